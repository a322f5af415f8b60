"""Matches on their way to the screen: all of them, and no more at a time than it takes in."""

from __future__ import annotations

import threading
from array import array
from pathlib import Path
from queue import SimpleQueue

import pytest

from support import boot, write_trace
from tracetui.filter import Surroundings, parse
from tracetui.trace import Trace
from tracetui.trace.scan import FIRST_CHUNK
from tracetui.tui import fill
from tracetui.tui.fill import Fill, FillRequest
from tracetui.tui.indexing import Indexing
from tracetui.tui.messages import Found
from tracetui.tui.question import Question


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trace:
    monkeypatch.setattr(fill, "BATCH", 20)
    monkeypatch.setattr(fill, "TAKE_SECONDS", 20.0)
    return Trace.open(write_trace(tmp_path / "t.db", boot(50)))


def question(trace: Trace, text: str) -> Question:
    return Question(parse(text), trace.schema, Surroundings())


def no_pause() -> None:
    """The keys rest."""


def test_a_large_post_is_awaited(trace: Trace) -> None:
    bounds = trace.bounds()
    assert bounds is not None
    posted: SimpleQueue[Found | None] = SimpleQueue()
    under_way: list[Found] = []
    most = 0

    def post(message: object) -> bool:
        nonlocal most
        assert isinstance(message, Found)
        under_way.append(message)
        most = max(most, sum(len(one.ids) >= fill.BATCH and not one.taken.is_set() for one in under_way))
        posted.put(message)
        return True

    def take() -> None:
        while (message := posted.get()) is not None:
            message.taken.set()

    taking = threading.Thread(target=take)
    taking.start()
    with trace:
        asked = FillRequest("view", 1, question(trace, "failed"), 60)
        Fill(trace, asked, lambda: bounds, post, lambda: False, Indexing(), no_pause).run()
        posted.put(None)
        taking.join(10)
        expected = [i for chunk in trace.scan(question(trace, "failed").condition) for i in chunk.ids]
    ids: list[int] = []
    for message in under_way:
        ids = [*message.ids, *ids] if message.before else [*ids, *message.ids]
    assert ids == expected
    assert most == 1
    assert under_way[-1].done


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
        ids.update(message.ids)
        message.taken.set()
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
