"""Blocks: many events in one transaction, and what happens where that does not work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui.events import ProcExit
from tracetui.events.sysflow import FileFlow
from tracetui.logger import DB, NULL, Block

EXIT = ("id", "pid", "create_time", "code", "reason")
LINKS = ("id", "source", "record", "kind")


def block(*pids: Any) -> Block:
    """Exits and flows in turn; each third event has a time."""
    made = Block()
    for position, pid in enumerate(pids):
        if position % 2:
            made.events.append(("file_flow", "cat", pid))
            made.rows_of("file_flow", ("id", "path", "fd")).append((position, f"/tmp/{position}", 3))
            made.rows_of("sysflow", LINKS).append((position, 9, position, "FF"))
        else:
            made.events.append(("proc_exit", "sh", pid))
            made.rows_of("proc_exit", EXIT).append((position, pid, 5, 0, "exit"))
        if position % 3 == 0:
            made.rows_of("context", ("id", "ts", "host")).append((position, 1_000 + position, "node"))
    made.rows_of("sysflow_file", ("source", "number", "path")).append((9, 1, "/x"))
    return made


def content(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master ORDER BY 1")]
        return {name: db.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in names}


@pytest.mark.parametrize("events", [4, 16, 100])
def test_a_block_leaves_what_its_calls_leave(tmp_path: Path, events: int) -> None:
    """Whether its rows fill the statements that insert many, or not."""
    pids = range(1, events + 1)
    with DB(tmp_path, filename="block.db", order="arrival") as db:
        db.add_block(block(*pids))
        assert db.written == events
    with DB(tmp_path, filename="calls.db", order="arrival") as db:
        for call in block(*pids).calls():
            db.add_event(*call)
    assert content(tmp_path / "block.db") == content(tmp_path / "calls.db")
    assert len(content(tmp_path / "block.db")["event"]) == events


def test_null_and_none_are_the_same(tmp_path: Path) -> None:
    unknown = block(1, 2)
    unknown.tables["context"].rows[0] = (0, NULL, None)
    unknown.tables["file_flow"].rows[0] = (1, NULL, 3)
    with DB(tmp_path, order="arrival") as db:
        db.add_block(unknown)
    stored = content(tmp_path / "plugins.db")
    assert [row[1:] for row in stored["context"]] == [(None,) * 6]
    assert stored["file_flow"][0][1] is None
    (flow,) = (row for cls, row, *_ in unknown.calls() if cls is FileFlow)
    assert flow["path"] is None


@pytest.mark.parametrize("in_block", [True, False])
def test_all_tables_are_there_at_once(tmp_path: Path, monkeypatch: Any, in_block: bool) -> None:
    """Who follows the trace sees none of them, or all."""
    path = tmp_path / "plugins.db"
    seen: list[tuple[str, int]] = []
    connect = DB._connect

    def look(statement: str) -> None:
        with closing(sqlite3.connect(path)) as other:
            seen.append((statement, other.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]))

    def watched(self: DB, **options: Any) -> sqlite3.Connection:
        connection = connect(self, **options)
        connection.set_trace_callback(look)
        return connection

    monkeypatch.setattr(DB, "_connect", watched)
    with DB(tmp_path) as db:
        if in_block:
            db.add_block(block(1, 2))
        else:
            db.add_event(ProcExit, {"pid": 1, "create_time": 2, "code": 0, "reason": "exit"})
            db.flush()
    made = [count for statement, count in seen if "CREATE TABLE" in statement]
    assert len(made) > 5
    assert set(made) == {0}
    assert len(content(path)) > 5


def test_ids_follow_what_is_there_and_what_is_queued(tmp_path: Path) -> None:
    row = {"pid": 1, "create_time": 2, "code": 0, "reason": "exit", "proc_id": 77}
    with DB(tmp_path, order="arrival") as db:
        db.add_event(ProcExit, row)
        db.add_block(block(10, 11))
        db.add_event(ProcExit, row | {"proc_id": 88})
    assert [(number, pid) for number, *_, pid in content(tmp_path / "plugins.db")["event"]] == [
        (1, 77),
        (2, 10),
        (3, 11),
        (4, 88),
    ]


def test_a_bad_row_is_left_out_alone(tmp_path: Path) -> None:
    bad = block(1, 2, 3, 4)
    bad.tables["proc_exit"].rows[1] = (2, 3, 5, object(), "exit")
    with DB(tmp_path, order="arrival") as db:
        db.add_block(bad)
    assert db.rejected_count == 1
    assert [pid for *_, pid in content(tmp_path / "plugins.db")["event"]] == [1, 2, 4]


def test_a_locked_file_is_waited_for(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracetui.logger.db.BUSY_SECONDS", 0.01)
    with DB(tmp_path, order="arrival", interval=60) as db:
        db.add_block(block(1))
        with closing(sqlite3.connect(tmp_path / "plugins.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            db.add_block(block(2, 3))
            assert db.pending
        db.flush()
    assert [pid for *_, pid in content(tmp_path / "plugins.db")["event"]] == [1, 2, 3]


def test_rows_of_all_events_get_the_ids_of_their_events(tmp_path: Path) -> None:
    """As rows with positions do, whether written at once or, since one is bad, one by one."""
    stored: list[Any] = []
    for pids in ([1, 2, 3], list(range(100)), [1, object(), 3]):
        made = block(*pids)
        times = [(1_000 + position, "node") for position in range(len(pids))]
        made.tables.pop("context")
        made.rows_of_all("context", ("ts", "host")).extend(times)
        with DB(tmp_path, order="arrival") as db:
            db.add_block(made)
        events = content(tmp_path / "plugins.db")["event"]
        stored = [(event[0], event[-1]) for event in events]
        assert [row[0] for row in content(tmp_path / "plugins.db")["context"]] == [
            number for number, _ in stored
        ]
    times = {row[0]: row[1] for row in content(tmp_path / "plugins.db")["context"]}
    assert stored[-2:] == [(104, 1), (105, 3)]
    assert [times[number] for number in (104, 105)] == [1_000, 1_002]


def test_a_row_of_an_event_that_is_not_there_does_not_shift_others(tmp_path: Path) -> None:
    with DB(tmp_path, order="arrival") as db:
        db.add_block(block(1))
    with closing(sqlite3.connect(tmp_path / "plugins.db")) as other, other:
        other.execute("INSERT INTO context (id, ts) VALUES (50, 1)")
    made = block(*range(10))
    made.tables.pop("context")
    made.rows_of_all("context", ("ts",)).extend([(n,) for n in range(10)])
    with DB(tmp_path, order="arrival") as db:
        db.add_block(made)
        assert db.rejected_count == 0
    assert dict(row[:2] for row in content(tmp_path / "plugins.db")["context"]) == {
        **{number: number - 2 for number in range(2, 12)},
        1: 1_000,
        50: 1,
    }
