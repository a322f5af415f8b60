"""Counts by combinations of codes are those of the events."""

from __future__ import annotations

from pathlib import Path

import pytest
from filter_helpers import tables_of
from filter_random import trace

from support import run_sql
from tracetui.analysis.index import ColumnIndex, plan, tally
from tracetui.analysis.index import contents as contents_module
from tracetui.filter import Surroundings, parse
from tracetui.trace import Trace

TEXTS = (
    "type = read and fd = 4",
    "failed",
    "failed or procname exists",
    "not (type = syscall and pid exists) or fd > 3",
    "errno = ENOENT and not name = openat",
    "id in 5..60 and failed",
)
FIELDS = (("procname",), ("type", "fd"), ("pid", "name", "errno"))


def built(opened: Trace) -> ColumnIndex:
    index = ColumnIndex()
    for _ in index.steps(opened):
        pass
    return index


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trace of several blocks, without flows, whose descriptors an index does not know."""
    monkeypatch.setattr(contents_module, "SIZE", 64)
    path = trace(tmp_path / "t.db", 3, 300)
    run_sql(path, *(f"DROP TABLE {table}" for table in ("file_flow", "network_flow", "sysflow")))
    return path


@pytest.mark.parametrize("repeated", [0, 1_000_000], ids=["combined", "event by event"])
def test_counts(path: Path, monkeypatch: pytest.MonkeyPatch, repeated: int) -> None:
    monkeypatch.setattr(tally, "_REPEATED", repeated)
    with Trace.open(path) as opened:
        index = built(opened)
        assert len(index.contents.blocks) > 3
        assert (index.contents.tally is None) == bool(repeated)
        surroundings = Surroundings(tables=tables_of(opened))
        for text in TEXTS:
            made = plan(parse(text, surroundings), index, opened.schema, surroundings)
            assert made.count(opened) == opened.count(made.condition), text


def test_groups(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Trace.open(path) as opened:
        indexes = []
        for repeated in (0, 1_000_000):
            monkeypatch.setattr(tally, "_REPEATED", repeated)
            indexes.append(built(opened))
        for text in (None, *TEXTS):
            plans = [plan(parse(text) if text else None, index, opened.schema) for index in indexes]
            for fields in FIELDS:
                combined, one_by_one = (made.group_count(opened, fields) for made in plans)
                assert combined == one_by_one, (text, fields)
                assert combined is not None


def test_the_last_block_grows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "_REPEATED", 0)
    with Trace.open(path) as opened:
        contents = built(opened).contents
    assert contents.tally is not None
    assert contents.tally.counts.sum() == sum(block.count for block in contents.blocks)
    assert len(contents.combinations) == len(contents.blocks) - 1


def test_names_of_files_leave_the_tally_as_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "_REPEATED", 0)
    with Trace.open(path) as opened:
        index = built(opened)
        before = index.contents
        index.wants_paths = True
        for _ in index.steps(opened):
            pass
    assert index.contents.paths_to == before.ready_to != before.paths_to
    assert index.contents.tally is before.tally
