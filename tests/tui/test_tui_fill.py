"""Matches on their way to the screen: all of them, in batches, the nearest first."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from support import boot, write_trace
from tracetui.filter import Surroundings, parse
from tracetui.trace import Trace
from tracetui.trace.pace import FIRST_CHUNK
from tracetui.trace.positions import IdList
from tracetui.tui import fill
from tracetui.tui.fill import Fill, FillRequest
from tracetui.tui.indexing import Indexing
from tracetui.tui.messages import Found
from tracetui.tui.question import Question


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trace:
    monkeypatch.setattr(fill, "BATCH", 20)
    return Trace.open(write_trace(tmp_path / "t.db", boot(50)))


def question(trace: Trace, text: str) -> Question:
    return Question(parse(text), trace.schema, Surroundings())


def no_pause() -> None:
    """The keys rest."""


@pytest.mark.parametrize("anchor", [1, 60, 10_000])
def test_all_matches_are_posted_in_batches(trace: Trace, anchor: int) -> None:
    bounds = trace.bounds()
    assert bounds is not None
    posted: list[Found] = []

    def post(message: object) -> bool:
        assert isinstance(message, Found)
        posted.append(message)
        return True

    with trace:
        asked = FillRequest("view", 1, question(trace, "failed"), anchor)
        Fill(trace, asked, lambda: bounds, post, lambda: False, Indexing(), no_pause).run()
        expected = [i for chunk in trace.scan(question(trace, "failed").condition) for i in chunk.ids]
    found = IdList()
    for message in posted:
        (found.prepend if message.before else found.extend)(message.ids)
    assert list(found.ids(0, len(expected) + 1)) == expected
    assert len(posted) > 1
    assert posted[-1].done


def test_ids_that_need_eight_bytes_are_kept(trace: Trace) -> None:
    with trace:
        asked = FillRequest("view", 1, question(trace, "failed"), 1)
        filled = Fill(trace, asked, lambda: (1, 2), lambda message: True, lambda: False, Indexing(), no_pause)
        for ids in (array("q", [1, 2]), array("q", [1 << 40]), array("I", [3])):
            filled._keep(ids)
        assert filled._ids.tolist() == [1, 2, 1 << 40, 3]


@pytest.mark.parametrize("far", [True, False])
def test_what_is_near_is_posted_before_the_scan_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, far: bool
) -> None:
    trace = Trace.open(write_trace(tmp_path / "long.db", boot(1_000)))
    bounds = trace.bounds()
    assert bounds is not None
    assert bounds[1] > 2 * FIRST_CHUNK
    monkeypatch.setattr(fill, "FAR", 1_000 if far else 100_000)
    monkeypatch.setattr(fill, "FIRST_MATCHES", 2)
    ids: set[int] = set()
    at_rest: list[set[int]] = []

    def post(message: object) -> bool:
        assert isinstance(message, Found)
        ids.update(message.ids.ids(0, len(message.ids)))
        return True

    with trace:
        expected = {i for chunk in trace.scan(question(trace, "failed").condition) for i in chunk.ids}
        anchor = sorted(expected)[len(expected) // 2]
        asked = FillRequest("view", 1, question(trace, "failed"), anchor)
        pause = lambda: at_rest.append(set(ids))  # noqa: E731
        Fill(trace, asked, lambda: bounds, post, lambda: False, Indexing(), pause).run()
    assert ids == expected
    assert len(at_rest) == far
    for found in at_rest:
        assert min(found) < anchor < max(found)
        assert len(found) < len(expected)
