"""Statements are compiled once for all traces that a process opens."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler

from support import boot, openat, write_trace
from tracetui.trace import Trace, connection
from tracetui.trace.connection import connect
from tracetui.trace.plain import Plain


def test_what_was_asked_of_one_trace_is_not_compiled_again_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write_trace(tmp_path / "one.db", boot())
    other = write_trace(tmp_path / "other.db", [openat("/tmp/other")])
    with Trace.open(one) as opened:
        assert opened.bounds() == (1, 10)
        assert len(opened.fetch([1, 2])) == 2

    def compile_again(*words: Any, **named: Any) -> None:
        raise AssertionError("compiled again")

    with Trace.open(other) as opened:
        monkeypatch.setattr(SQLiteCompiler, "__init__", compile_again)
        assert opened.bounds() == (1, 1)
        assert [record.path for record in opened.fetch([1])] == ["/tmp/other"]


def test_one_parameter_for_each_value():
    """SQLite compares each parameter with all others, and a filter over many texts has thousands."""
    column = sqlalchemy.column("name")
    asked = [column == 1, column == "1", column == b"1", column.in_([1, 2])] * 50
    written, values = Plain(sqlalchemy.select(sqlalchemy.or_(*asked)))._written
    assert sorted(map(repr, values.values())) == ["'1'", "1", "1", "2", "b'1'"]
    with closing(sqlite3.connect(":memory:")) as db:
        found = db.execute(f"WITH here (name) AS (VALUES (2)) {written} FROM here", values)
        assert found.fetchall() == [(1,)]


def test_bounds_are_parameters_of_their_own():
    """Though they have the same value until they are asked for, with any version of SQLAlchemy."""
    number = sqlalchemy.column("id", sqlalchemy.Integer)
    bounds = number >= sqlalchemy.bindparam("low"), number <= sqlalchemy.bindparam("high"), number != 0
    written, values = Plain(sqlalchemy.select(number).where(*bounds))._written
    assert ":low" in written
    assert ":high" in written
    assert sorted(values)[:2] == ["high", "id_1"]


def test_a_statement_is_prepared_before_its_time_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes long to prepare would else be interrupted each time, and taken for damage in the end."""
    driver = connect(write_trace(tmp_path / "t.db", boot()))
    seconds: list[float] = []
    monkeypatch.setattr(connection._watch, "begin", lambda it: seconds.append(it.deadline - time.monotonic()))
    prepared: list[int] = []

    def authorise(action: int, table: str | None, *others: object) -> int:
        if table == "event":
            prepared.append(len(seconds))
        return sqlite3.SQLITE_OK

    driver.set_authorizer(authorise)
    driver.divisible = True
    assert driver.execute("SELECT count(*) FROM event WHERE id > ?", (0,)).fetchall() == [(10,)]
    assert (len(seconds), set(prepared)) == (2, {1})
    assert seconds[1] <= connection.RANGE_SECONDS < seconds[0]
    driver.close()
