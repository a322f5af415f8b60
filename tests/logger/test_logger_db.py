"""The logger: what Penguin's leaves, and nothing lost where Penguin's loses it."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading

import pytest
from sqlalchemy import ForeignKey, create_engine, insert
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tracetui.events import Base, Event, Exec, ProcExit, Read, Syscall, Write
from tracetui.logger import DB, LoggerError
from tracetui.logger import db as db_module


def dump(path):
    """Schema and all rows of all tables."""
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY rowid").fetchall()
    rows = {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY id').fetchall() for name, _ in tables}
    connection.close()
    return tables, rows


def calls():
    """A mix of classes and of values that Penguin's plugins pass."""
    made = [
        (Syscall, {"procname": "a", "name": "sys_execve", "retno": 0, "retno_repr": "0x0", "proc_id": None})
    ]
    for number in range(20):
        args = {f"arg{n}": (1 << 64) - 1 - number if n == 4 else n for n in range(6)}
        reprs = {
            f"arg{n}_repr": f"x={n:#x}\udc80" if n == 5 and number == 3 else f"x={n:#x}" for n in range(6)
        }
        made.append(
            (
                Syscall,
                {"procname": "b", "name": "sys_mmap", "retno": -number, "retno_repr": "é"} | args | reprs,
            )
        )
        made.append(
            (Read, {"procname": "c", "proc_id": 0, "fd": 3, "fname": "/x", "buffer": bytes([number])})
        )
    made.append((Exec, {"calltree": "", "argc": "1", "argv": "['x']", "envp": "{}", "euid": 0, "egid": -1}))
    made.append((Write, {"procname": "d", "proc_id": 77, "fd": 1, "fname": None, "buffer": None}))
    return made


def reference(path, batches):
    """Penguin's way, from what is known of it: per flush, one block of ids per class, the first seen first."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    next_id = 1
    for batch in batches:
        groups = {}
        for cls, row in batch:
            groups.setdefault(cls, []).append(dict(row))
        with engine.begin() as connection:
            for cls, rows in groups.items():
                for row in rows:
                    event = {"id": next_id, "type": cls.__tablename__, "procname": row.get("procname", "[?]")}
                    connection.execute(insert(Event.__table__), event | {"proc_id": row.get("proc_id") or 0})
                    own = {k: _wrapped(v) for k, v in row.items() if k in cls.__table__.c}
                    connection.execute(insert(cls.__table__), own | {"id": next_id})
                    next_id += 1
    engine.dispose()


def _wrapped(value):
    if isinstance(value, int) and value > (1 << 63) - 1:
        return (value & (1 << 64) - 1) - (1 << 64)
    return value.replace("\udc80", "\\udc80") if isinstance(value, str) else value


def test_the_same_calls_leave_what_penguins_logger_leaves(tmp_path):
    batches = [
        calls(),
        calls()[5:],
        [(ProcExit, {"pid": 5, "create_time": 1, "code": 0, "reason": "exit", "proc_id": 5})],
    ]
    reference(tmp_path / "reference.db", batches)
    with DB(tmp_path, interval=3600) as db:
        for batch in batches:
            for cls, row in batch:
                db.add_event(cls, row)
            db.flush()
    assert dump(db.path) == dump(tmp_path / "reference.db")
    assert db.rejected_count == 0


def test_nothing_is_made_before_the_first_flush(tmp_path):
    db = DB(tmp_path / "new", interval=3600)
    db.add_event(Read, {"fd": 1, "fname": "x"})
    assert not (tmp_path / "new").exists()
    assert db.pending == 1
    db.uninit()
    assert (db.written, db.pending) == (1, 0)
    assert db.path == tmp_path / "new" / "plugins.db"


def test_without_events_there_is_no_file(tmp_path):
    DB(tmp_path).uninit()
    assert list(tmp_path.iterdir()) == []


def test_ids_can_follow_the_order_of_arrival(tmp_path):
    with DB(tmp_path, order="arrival", interval=3600) as db:
        for number in range(6):
            cls, row = (
                (Read, {"fd": number, "fname": "x"}) if number % 2 else (Syscall, {"name": f"sys_{number}"})
            )
            db.add_event(cls, row, {"ts": 1000 + number} if number else None)
    connection = sqlite3.connect(db.path)
    types = connection.execute("SELECT id, type FROM event ORDER BY id").fetchall()
    assert types == [(n + 1, "read" if n % 2 else "syscall") for n in range(6)]
    assert connection.execute("SELECT id, ts FROM context").fetchall() == [
        (n + 1, 1000 + n) for n in range(1, 6)
    ]


def test_without_context_there_is_no_context_table(tmp_path):
    with DB(tmp_path) as db:
        db.add_event(Read, {"fd": 1, "fname": "x"})
    assert "context" not in dump(db.path)[1]


def test_the_callers_row_stays_its_own(tmp_path):
    row = {"fd": 1, "fname": "first"}
    with DB(tmp_path, interval=3600) as db:
        db.add_event(Read, row)
        row["fname"] = "second"
        db.add_event(Read, row)
    assert row == {"fd": 1, "fname": "second"}
    assert [fname for _, _, fname, _ in dump(db.path)[1]["read"]] == ["first", "second"]


def test_a_full_buffer_is_flushed_before_the_interval(tmp_path):
    db = DB(tmp_path, bufsize=10, interval=3600)
    for _ in range(10):
        db.add_event(Read, {"fd": 1, "fname": "x"})
    wait_until(lambda: db.written == 10)
    db.uninit()


def test_the_worker_flushes_by_itself(tmp_path):
    db = DB(tmp_path, interval=0.01)
    db.add_event(Read, {"fd": 1, "fname": "x"})
    wait_until(lambda: db.written == 1)
    db.uninit()


def test_many_threads_lose_and_double_nothing(tmp_path):
    with DB(tmp_path, bufsize=50, interval=0.005) as db:

        def log(thread):
            for number in range(300):
                db.add_event(Read, {"fd": thread, "fname": str(number)})

        threads = [threading.Thread(target=log, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rows = dump(db.path)[1]
    assert [row[0] for row in rows["event"]] == list(range(1, 2401))
    assert sorted((fd, int(fname)) for _, fd, fname, _ in rows["read"]) == [
        (t, n) for t in range(8) for n in range(300)
    ]
    for thread in range(8):
        assert [int(fname) for _, fd, fname, _ in rows["read"] if fd == thread] == list(range(300))


def test_a_locked_database_is_waited_for_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(db_module, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(db_module, "FIRST_PAUSE", 0.01)
    db = DB(tmp_path, interval=0.01)
    db.add_event(Read, {"fd": 1, "fname": "x"})
    db.flush()
    other = sqlite3.connect(db.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for number in range(20):
        db.add_event(Read, {"fd": number, "fname": "y"})
    wait_until(lambda: db.last_error is not None)
    assert "locked" in db.last_error
    with pytest.raises(LoggerError, match="20 events are not written .*locked"):
        db.flush(timeout=0.05)
    other.execute("COMMIT")
    db.uninit()
    assert [row[1] for row in dump(db.path)[1]["read"]] == [1, *range(20)]
    assert db.last_error is None


def test_uninit_says_what_it_could_not_write(tmp_path, monkeypatch):
    monkeypatch.setattr(db_module, "BUSY_SECONDS", 0.01)
    (tmp_path / "plugins.db").write_bytes(b"this is no database " * 300)
    db = DB(tmp_path, interval=3600)
    db.add_event(Read, {"fd": 1, "fname": "x"})
    with pytest.raises(LoggerError, match="1 events are not written .*not a database"):
        db.uninit(timeout=0.2)


def test_a_file_that_is_removed_is_made_again(tmp_path):
    db = DB(tmp_path, interval=3600)
    db.add_event(Read, {"fd": 1, "fname": "x"})
    db.flush()
    db.path.unlink()
    db.add_event(Read, {"fd": 2, "fname": "y"})
    db.uninit()
    assert [row[:3] for row in dump(db.path)[1]["read"]] == [(1, 2, "y")]


def test_bad_rows_go_alone_and_are_reported(tmp_path, caplog):
    with DB(tmp_path, interval=3600) as db, caplog.at_level(logging.WARNING, "tracetui.logger"):
        for number in range(10):
            db.add_event(Read, {"fd": number, "fname": "x"})
        db.add_event(Read, {"fd": None, "fname": "NULL is not allowed"})
        db.add_event(Read, {"fd": 1, "fname": "x", "buffer": ["a list"]})
        db.add_event(Read, {"fd": -(1 << 70), "fname": "too small"})
        db.add_event(Read, {"fd": 10, "fname": "x"})
    rows = dump(db.path)[1]
    assert [row[:2] for row in rows["read"]] == [(n + 1, n) for n in range(11)]
    assert [row[0] for row in rows["event"]] == list(range(1, 12))
    assert (db.written, db.rejected_count) == (11, 3)
    assert [reject.row["fname"] for reject in db.rejected] == ["NULL is not allowed", "x", "too small"]
    assert "NOT NULL constraint failed: read.fd" in caplog.text


def test_columns_that_a_table_has_not_are_named_once(tmp_path, caplog):
    with DB(tmp_path) as db, caplog.at_level(logging.WARNING, "tracetui.logger"):
        for _ in range(3):
            db.add_event(Read, {"fd": 1, "fname": "x", "colour": "red"})
    assert caplog.text.count("Read has no column colour") == 1
    assert db.written == 3


def test_missing_columns_are_null(tmp_path):
    with DB(tmp_path) as db:
        db.add_event(Syscall, {"name": "sys_a", "retno": 1})
        db.add_event(Syscall, {"name": "sys_b", "arg1": (1 << 64) - 1})
    rows = dump(db.path)[1]["syscall"]
    assert rows[0][:4] == (1, "sys_a", 1, None)
    assert rows[1][1:8] == ("sys_b", None, None, None, None, -1, None)


def test_an_existing_trace_is_continued_after_its_highest_id(tmp_path):
    for round_number in range(3):
        with DB(tmp_path) as db:
            db.add_event(Read, {"fd": round_number, "fname": "x"})
    assert [row[:2] for row in dump(db.path)[1]["read"]] == [(1, 0), (2, 1), (3, 2)]


def test_two_loggers_on_one_file(tmp_path):
    one, two = DB(tmp_path, interval=0.003), DB(tmp_path, interval=0.002)
    for number in range(200):
        one.add_event(Read, {"fd": number, "fname": "one"})
        two.add_event(Write, {"fd": number, "fname": "two"})
    one.uninit()
    two.uninit()
    rows = dump(one.path)[1]
    assert [row[0] for row in rows["event"]] == list(range(1, 401))
    assert (len(rows["read"]), len(rows["write"])) == (200, 200)


def test_a_class_that_nobody_knew_of(tmp_path):
    class Netbind(Event):
        __tablename__ = "netbind_for_test"
        __mapper_args__ = {"polymorphic_identity": "it's"}  # noqa: RUF012
        id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
        port: Mapped[int]

    class OtherBase(DeclarativeBase):
        pass

    class Note(OtherBase):
        __tablename__ = "note"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str]

    try:
        with DB(tmp_path) as db:
            db.add_event(Netbind, {"port": 80})
            db.add_event(Note, {"id": 7, "text": "flat"})
            db.add_event(Event, {"type": "odd", "procname": "x"})
        rows = dump(db.path)[1]
        assert rows["event"] == [(1, "it's", "[?]", 0), (2, "odd", "x", 0)]
        assert (rows["netbind_for_test"], rows["note"]) == ([(1, 80)], [(7, "flat")])
    finally:
        Base.metadata.remove(Netbind.__table__)


def test_a_class_that_is_not_mapped_is_refused_at_once(tmp_path):
    with DB(tmp_path) as db, pytest.raises(NoInspectionAvailable):
        db.add_event(dict, {})


def test_query_sees_what_was_just_added(tmp_path):
    with DB(tmp_path, interval=3600) as db:
        db.add_event(Read, {"fd": 1, "fname": "x"})
        db.add_event(Syscall, {"name": "sys_a"})
        assert db.query(Read).filter(Read.fd == 1).one().fname == "x"
        assert db.query(Event).count() == 2


def test_query_on_an_empty_logger(tmp_path):
    with DB(tmp_path) as db:
        assert db.query(Read).all() == []


def test_a_forked_child_does_not_write_its_parents_events(tmp_path):
    db = DB(tmp_path, interval=3600)
    db.add_event(Read, {"fd": 1, "fname": "parent"})
    child = os.fork()
    if child == 0:
        db.add_event(Read, {"fd": 2, "fname": "child"})
        db.uninit()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    db.uninit()
    assert sorted(row[2] for row in dump(db.path)[1]["read"]) == ["child", "parent"]


def test_files_are_as_penguins_journal_and_page_size(tmp_path):
    with DB(tmp_path) as db:
        db.add_event(Read, {"fd": 1, "fname": "x"})
    connection = sqlite3.connect(db.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("PRAGMA page_size").fetchone() == (4096,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)


def wait_until(condition, seconds=10.0):
    """Wait for what another thread does, with a deadline."""
    done = threading.Event()
    for _ in range(int(seconds * 500)):
        if condition():
            return
        done.wait(0.002)
    raise AssertionError("not in time")
