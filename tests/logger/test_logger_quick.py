"""Rows with unknown values are inserted in bulk, not one by one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tracetui.events import Syscall
from tracetui.logger import DB
from tracetui.logger import db as db_module


def call(**columns):
    unused = {f"arg{n}": None for n in range(6)} | {f"arg{n}_repr": "" for n in range(6)}
    return {"procname": "a", "name": "sys_open", "retno": None, "retno_repr": None} | unused | columns


@pytest.mark.parametrize(
    ("columns", "stored"),
    [
        ({}, (None, "")),
        ({"arg0": (1 << 64) - 1}, (-1, "")),
        ({"arg0": 5, "arg0_repr": "\udc80"}, (5, "\\udc80")),
    ],
)
def test_no_search_for_bad_rows_where_there_are_none(tmp_path, monkeypatch, columns, stored):
    def search(*_):
        raise AssertionError("looked for bad rows")

    monkeypatch.setattr(db_module, "find_bad", search)
    with DB(tmp_path) as db:
        db.add_event(Syscall, call(**columns), {"ts": 1})
        db.add_event(Syscall, call(arg1=3))
    with closing(sqlite3.connect(db.path)) as connection:
        assert connection.execute("SELECT arg0, arg0_repr FROM syscall").fetchone() == stored
        assert connection.execute("SELECT count(*) FROM syscall").fetchone() == (2,)
    assert db.written == 2
    assert db.rejected_count == 0
