"""Following a file that grows, goes away, or is replaced; readers whose newest request wins; flushes."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from support import append, boot, openat, run_sql, write_trace
from tracetui.trace import (
    FileState,
    Flushes,
    Growth,
    Locked,
    Reader,
    Tail,
    Trace,
    TraceError,
    faults,
    type_changes,
)
from tracetui.trace.flushes import MANY


def test_growth_is_seen_once(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        tail = Tail(trace, trace.bounds()[1])
        assert tail.look() is None
        append(path, boot())
        assert tail.look() == Growth(10, 20)
        assert tail.look() is None
        append(path, boot())
        append(path, boot())
        assert tail.look() == Growth(20, 40)


def test_an_empty_trace_fills(tmp_path):
    path = write_trace(tmp_path / "t.db", [])
    with Trace.open(path) as trace:
        tail = Tail(trace, None)
        assert tail.look() is None
        append(path, boot())
        assert tail.look() == Growth(0, 10)


def test_a_commit_that_adds_no_event(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        tail = Tail(trace, 10)
        tail.look()
        connection = sqlite3.connect(path)
        connection.execute("UPDATE event SET procname = 'x' WHERE id = 1")
        connection.commit()
        assert tail.look() is None
        assert tail.state is FileState.CHANGED


def test_write_ahead_logs_are_noticed(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), [])
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = wal")
    with Trace.open(path) as trace:
        tail = Tail(trace, 10)
        tail.look()
        writer.execute("INSERT INTO event VALUES (11, 'x', 'y', 0)")
        writer.commit()
        assert tail.look() == Growth(10, 11)


def test_a_commit_counts_after_its_log_was_seen(tmp_path, monkeypatch):
    """A writer syncs its log before the commit counts: a look may come between the two."""
    path = write_trace(tmp_path / "t.db", boot())
    with closing(sqlite3.connect(path)) as writer, Trace.open(path) as trace:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("UPDATE event SET procname = procname")
        writer.commit()
        tail = Tail(trace, trace.bounds()[1])
        assert tail.look() is None
        before = trace.data_version()
        writer.execute("INSERT INTO event VALUES (11, 'read', 'x', 0)")
        writer.commit()
        with monkeypatch.context() as patched:
            patched.setattr(trace, "data_version", lambda: before)
            assert tail.look() is None
        assert tail.look() == Growth(10, 11)
        assert tail.look() is None


def test_a_file_that_goes_away_or_is_replaced(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        tail = Tail(trace, 10)
        path.rename(tmp_path / "old.db")
        assert tail.look() is None
        assert tail.state is FileState.GONE
        write_trace(path, boot(3))
        assert tail.look() is None
        assert tail.state is FileState.REPLACED
        assert trace.count() == 10


def test_a_link_that_leads_to_the_next_run(tmp_path):
    for number, rounds in enumerate((1, 3)):
        (tmp_path / f"{number}").mkdir()
        write_trace(tmp_path / f"{number}" / "plugins.db", boot(rounds))
    latest = tmp_path / "latest"
    latest.symlink_to("0")
    with Trace.open(latest / "plugins.db") as trace:
        tail = Tail(trace, 10)
        assert tail.look() is None
        latest.unlink()
        latest.symlink_to("1")
        assert tail.look() is None
        assert tail.state is FileState.REPLACED
        with trace.again() as other:
            assert trace.count() == other.count() == 10


def test_another_file_is_never_taken_for_the_one_that_was_opened(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        write_trace(tmp_path / "other.db", boot(3)).replace(path)
        with pytest.raises(TraceError, match="replaced since it was opened"):
            trace.again()
        assert trace.count() == 10


def test_the_newest_request_wins(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    started, go, answered, done = threading.Event(), threading.Event(), [], threading.Event()

    def answer(trace, request, stale):
        answered.append((request, trace.count()))
        if request == 1:
            started.set()
            go.wait(10)
            answered.append(("stale", stale()))
        if request == 4:
            done.set()

    reader = Reader("test", lambda: Trace.open(path), answer, answered.append)
    reader.start()
    reader.request(1)
    assert started.wait(10)
    for request in (2, 3, 4):
        reader.request(request)
    go.set()
    assert done.wait(10)
    reader.stop(10)
    assert answered == [(1, 10), ("stale", True), (4, 10)]
    assert not reader.is_alive()


def test_a_reader_survives_what_it_cannot_read(tmp_path):
    path = tmp_path / "t.db"
    failures, done = [], threading.Event()

    def failed(error):
        failures.append(error)
        done.set()

    reader = Reader("test", lambda: Trace.open(path), lambda trace, request, stale: done.set(), failed)
    reader.start()
    reader.request(1)
    assert done.wait(10)
    assert isinstance(failures[0], TraceError)
    done.clear()
    write_trace(path, boot())
    reader.request(2)
    assert done.wait(10)
    assert len(failures) == 1
    reader.stop(10)


def test_a_stopped_reader_is_a_daemon():
    reader = Reader("test", lambda: pytest.fail("opened"), lambda *args: None, lambda error: None)
    assert reader.daemon
    reader.start()
    reader.stop(10)
    assert not reader.is_alive()


def test_a_type_that_comes_again_starts_a_flush():
    flushes = Flushes()
    blocks = "syscall read write syscall write exec write syscall".split()
    begun = [flushes.feed(number * 10, kind) for number, kind in enumerate(blocks, 1)]
    assert begun == [True, False, False, True, False, False, True, False]
    assert len(flushes) == 3
    assert [flushes.number(event_id) for event_id in (5, 10, 39, 40, 70, 999)] == [0, 1, 1, 2, 3, 3]
    assert flushes.begins_at(40)
    assert not flushes.begins_at(41)


def test_no_flushes_where_ids_follow_the_time() -> None:
    flushes = Flushes()
    for number in range(3 * MANY):
        flushes.feed(number, ("syscall", "read")[number % 2])
    assert not flushes.is_grouped
    assert len(flushes) == 0
    assert not flushes.begins_at(2)


def test_type_changes_of_a_trace(tmp_path):
    with Trace.open(write_trace(tmp_path / "t.db", boot(2))) as trace:
        changes = list(type_changes(trace))
        types = {record.id: record.type for record in trace.records()}
        expected = [(n, kind) for n, kind in types.items() if n == 1 or types[n - 1] != kind]
        assert changes == expected
        assert list(type_changes(trace, start=16)) == [(16, "proc_exit")]


def test_a_log_that_is_written_after_opening(tmp_path):
    """Opened while nobody used its write-ahead log, the file was taken for one that does not change."""
    path = write_trace(tmp_path / "t.db", boot(), [])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
    with Trace.open(path) as trace:
        assert trace.still
        tail = Tail(trace, 10)
        assert tail.look() is None
        with closing(sqlite3.connect(path)) as writer:
            for number in (11, 12):
                writer.execute(f"INSERT INTO event VALUES ({number}, 'x', 'y', 0)")
                writer.commit()
                assert tail.look() == Growth(number - 1, number)


def overwrite(path, events, **more):
    """Another run's trace in the same file: the inode stays."""
    made = write_trace(path.with_name("other.db"), events, **more)
    path.write_bytes(made.read_bytes())


@pytest.mark.parametrize(("rounds", "first_id"), [(1, 1), (5, 1), (9, 1), (9, 100)])
def test_ids_that_start_again_in_the_same_file(tmp_path, rounds, first_id):
    path = write_trace(tmp_path / "t.db", boot(5))
    with Trace.open(path) as trace:
        tail = Tail(trace, None)
        assert tail.look() == Growth(0, 34)
        overwrite(path, boot(rounds)[::-1], first_id=first_id)
        for _ in range(2):
            assert tail.look() is None
            assert tail.state is FileState.REPLACED


def test_a_trace_that_is_emptied(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(5))
    with Trace.open(path) as trace:
        tail = Tail(trace, 34)
        run_sql(path, "DELETE FROM event")
        assert tail.look() is None
        assert tail.state is FileState.REPLACED


def test_a_file_that_shrinks_and_keeps_its_events(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(5), ["CREATE TABLE t AS SELECT zeroblob(100000)"])
    with Trace.open(path) as trace:
        tail = Tail(trace, 34)
        tail.look()
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("DROP TABLE t")
            writer.execute("VACUUM")
        assert tail.look() is None
        assert tail.state is FileState.SHRUNK
        append(path, boot())
        assert tail.look() == Growth(34, 44)


def test_a_file_that_is_cut_off_while_it_is_followed(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(200))
    with Trace.open(path) as trace:
        tail = Tail(trace, 1204)
        tail.look()
        os.truncate(path, 4096 * 3)
        with pytest.raises(TraceError, match="damaged"):
            tail.look()


def test_a_table_that_is_added_while_the_trace_is_followed(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace, trace.again() as other:
        before = trace.schema
        tail = Tail(trace, 10)
        assert tail.look() is None
        run_sql(
            path,
            "CREATE TABLE netbind (id INTEGER PRIMARY KEY REFERENCES event(id), port INTEGER)",
            "INSERT INTO event VALUES (11, 'bind', 'httpd', 12)",
            "INSERT INTO netbind VALUES (11, 80)",
        )
        assert tail.look() == Growth(10, 11, new_schema=True)
        assert trace.schema.reflected == ("netbind",)
        assert before.reflected == other.schema.reflected == ()
        assert trace.fetch([11])[0].extras == {"netbind": {"id": 11, "port": 80}}
        assert other.fetch([11])[0].type == "bind"
        assert not trace.refresh_schema()
        assert other.refresh_schema()
        assert other.fetch([11])[0].extras


def test_a_writer_that_holds_its_lock_is_an_error_and_not_the_end(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", boot())
    monkeypatch.setattr(faults, "BUSY_SECONDS", 0.05)
    with Trace.open(path) as trace, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        tail = Tail(trace, 10)
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("INSERT INTO event VALUES (11, 'x', 'y', 0)")
        with pytest.raises(TraceError, match="is locked"):
            tail.look()
        writer.execute("COMMIT")
        assert tail.look() == Growth(10, 11)


def test_what_a_look_did_not_tell_is_told_by_the_next(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace(path) as trace:
        tail = Tail(trace, trace.bounds()[1])
        append(path, [openat("/x")])

        def locked(*_, **__):
            raise Locked("locked")

        with monkeypatch.context() as patch:
            patch.setattr(Trace, "fetch", locked)
            with pytest.raises(Locked):
                tail.look()
        assert tail.look() == Growth(10, 11)
        assert tail.look() is None


def test_a_reader_survives_a_defect_and_says_so(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    told, answered = [], threading.Event()

    def answer(trace, request, stale):
        if request == 0:
            raise ZeroDivisionError("0")
        answered.set()

    reader = Reader("test", lambda: Trace(path), answer, told.append)
    reader.start()
    reader.request(0)
    deadline = time.monotonic() + 60
    while not told and time.monotonic() < deadline:
        time.sleep(0.005)
    assert "ZeroDivisionError" in told[0].message
    reader.request(1)
    assert answered.wait(5)
    reader.stop()
