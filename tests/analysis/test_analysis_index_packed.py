"""Columns that are read as one long text are those that are read row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filter_random import ERAS, trace

from support import boot, run_sql, write_trace
from tracetui.analysis.index import ColumnIndex, plan
from tracetui.analysis.index.packed import Packed
from tracetui.filter import parse
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
    "UPDATE syscall SET arg1_repr = 'filename=0x7f(\"/a' || char(30) || '\")' WHERE id % 3 = 0",
    "UPDATE syscall SET arg3_repr = 'newname=0x7f(\"/a' || char(31) || '\")', arg4_repr = 'fd=0x4(/b)'",
    "UPDATE syscall SET arg0_repr = CAST('filename=0x7f(\"/a\")' AS BLOB) WHERE id % 3 = 1",
    "UPDATE syscall SET arg2_repr = 'file' || char(0) || '=0x7f(\"/a\")', name = 'sys_read' WHERE id % 2 = 0",
    "UPDATE syscall SET arg0_repr = 'a b=(\"/c\")', arg1_repr = '/bare', arg2_repr = 'FD:3(/etc/x)'",
    "UPDATE syscall SET arg0_repr = 'fd=0x3', arg1_repr = 'fd=0x4(/x)', arg5_repr = '(\"\")'",
    "UPDATE read SET fname = CASE id % 4 WHEN 0 THEN x'41' WHEN 1 THEN '' WHEN 2 THEN '?' ELSE fname END",
    "UPDATE write SET fname = NULL",
    "UPDATE exec SET argv = CAST(argv AS BLOB)",
    "DELETE FROM event WHERE id % 4 = 0",
)


def read(path: Path) -> dict[str, list[Any]]:
    """The keys of all events by facet."""
    index = ColumnIndex()
    index.wants_paths = True
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
    path = write_trace(tmp_path / "t.db", boot(6))
    run_sql(path, statement)
    check(path, answers)


def test_an_ordinary_trace_is_read_in_one_piece(
    tmp_path: Path, answers: Callable[[bool], list[bool]]
) -> None:
    assert all(check(write_trace(tmp_path / "t.db", boot(6)), answers))


@pytest.mark.parametrize("statement", HOSTILE)
def test_what_is_named_is_what_a_scan_finds(tmp_path: Path, statement: str) -> None:
    path = write_trace(tmp_path / "t.db", boot(6))
    run_sql(path, statement)
    index = ColumnIndex()
    index.wants_paths = True
    with Trace.open(path) as opened:
        for _ in index.steps(opened):
            pass
        # A scan also finds rows without an event.
        events = {i for chunk in opened.scan(None) for i in chunk.ids}
        for text in ("path exists", "path contains a", "fd.name exists", "fd.directory = /"):
            made = plan(parse(text), index, opened.schema)
            expected = sorted({i for chunk in opened.scan(made.condition) for i in chunk.ids} & events)
            assert [i for chunk in made.chunks(opened) for i in chunk.ids] == expected, text
