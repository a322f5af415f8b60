"""Columns that are read as one long text are those that are read row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filter_random import ERAS, trace

from support import boot, run_sql, write_trace
from tracetui.analysis.index import ColumnIndex
from tracetui.analysis.index.packed import Packed
from tracetui.trace import Trace

HOSTILE = (
    "UPDATE event SET procname = 'a' || char(30) || 'b' WHERE id = 7",
    "UPDATE event SET procname = '' WHERE id = 8",
    "UPDATE event SET procname = 12 WHERE id = 9",
    "UPDATE event SET proc_id = 'x' WHERE id = 10",
    "UPDATE event SET type = x'FF' WHERE id = 11",
    "UPDATE syscall SET name = 'sys' || char(31) || '1' || char(31) WHERE id = (SELECT min(id) FROM syscall)",
    "UPDATE syscall SET retno = -2, retno_repr = '' WHERE id = (SELECT max(id) FROM syscall)",
    "UPDATE syscall SET retno_repr = NULL",
    "UPDATE syscall SET name = CAST(x'66FF' AS TEXT) WHERE id % 3 = 0",
    "UPDATE syscall SET arg0 = 'no number', arg0_repr = 'fd=3'",
    "DELETE FROM event WHERE id % 4 = 0",
)


def read(path: Path) -> dict[str, list[Any]]:
    """The keys of all events by facet."""
    index = ColumnIndex()
    with Trace.open(path) as opened:
        for _ in index.steps(opened):
            pass
    contents = index.contents
    return {
        name: [dictionary.keys_by_code[code] for block in contents.blocks for code in block.codes[name]]
        for name, dictionary in contents.dictionaries.items()
    }


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[bool]]:
    """Turns packed answers on or off; gives a list of whether each was taken."""
    unpacked = Packed.unpacked

    def switch(on: bool) -> list[bool]:
        taken = []

        def ask(self: Packed, answer: Any) -> Any:
            found = unpacked(self, answer) if on else None
            taken.append(found is not None)
            return found

        monkeypatch.setattr(Packed, "unpacked", ask)
        return taken

    return switch


def check(path: Path, answers: Callable[[bool], list[bool]]) -> list[bool]:
    answers(False)
    expected = read(path)
    taken = answers(True)
    assert read(path) == expected
    return taken


@pytest.mark.parametrize("era", [None, *ERAS])
def test_both_ways_agree(tmp_path: Path, answers: Callable[[bool], list[bool]], era: str | None) -> None:
    path = trace(tmp_path / "t.db", 5, 200)
    run_sql(path, *(ERAS[era] if era else ()))
    check(path, answers)


@pytest.mark.parametrize("statement", HOSTILE)
def test_what_does_not_fit_is_read_row_by_row(
    tmp_path: Path, answers: Callable[[bool], list[bool]], statement: str
) -> None:
    path = write_trace(tmp_path / "t.db", boot(20))
    run_sql(path, statement)
    check(path, answers)


def test_an_ordinary_trace_is_read_in_one_piece(
    tmp_path: Path, answers: Callable[[bool], list[bool]]
) -> None:
    assert all(check(write_trace(tmp_path / "t.db", boot(20)), answers))
