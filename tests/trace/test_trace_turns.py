"""Statements of several threads never overlap, and none holds its lock for long."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError

from support import boot, openat, write_trace
from tracetui.trace import Condition, Trace, TraceError
from tracetui.trace.condition import SqlFunction
from tracetui.trace.connection import BUSY_POLL_SECONDS, connect
from tracetui.trace.rows import RowLoader
from tracetui.trace.turns import turn_at


def looks(look):
    """A condition that calls ``look`` for each event and holds where that gives 1."""
    return Condition.of(func.look_at(1) == 1, functions=(SqlFunction("look_at", 1, look, False),))


def test_threads_take_turns(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(5))
    inside, most, counts = [], [], []

    def look(_):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.001)
        inside.pop()
        return 1

    def count():
        with Trace.open(path) as trace:
            counts.append(trace.count(looks(look)))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counts == [34] * 4
    assert max(most) == 1


def test_a_file_is_not_opened_while_a_thread_reads_it(tmp_path):
    """Closing any descriptor of a file would drop the lock under which the thread reads."""
    path = write_trace(tmp_path / "t.db", boot())
    reading, may_end, opened = threading.Event(), threading.Event(), threading.Event()

    def look(_):
        reading.set()
        may_end.wait(10)
        return 1

    def open_and_close():
        connect(path).close()
        opened.set()

    with Trace.open(path) as trace:
        reader = threading.Thread(target=trace.count, args=(looks(look),))
        reader.start()
        assert reading.wait(10)
        opener = threading.Thread(target=open_and_close)
        opener.start()
        assert not opened.wait(0.1)
        may_end.set()
        assert opened.wait(10)
        reader.join(10)


def test_rows_are_read_before_they_are_asked_for(tmp_path):
    """Else the lock would be held for as long as their reader takes."""
    path = write_trace(tmp_path / "t.db", boot(50))
    with closing(connect(path)) as connection, closing(sqlite3.connect(path, timeout=0)) as writer:
        cursor = connection.execute("SELECT id FROM event ORDER BY id")
        assert cursor.fetchone() == (1,)
        writer.execute("DELETE FROM event WHERE id > 2")
        writer.commit()
        assert cursor.fetchmany(2) == [(2,), (3,)]
        assert next(cursor) == (4,)
        assert len(cursor.fetchall()) == 300
        assert (cursor.fetchone(), cursor.fetchall(), list(cursor)) == (None, [], [])


def test_the_lock_is_free_while_rows_are_made(tmp_path, monkeypatch):
    """To make one, the interpreter is needed, which other threads may have for long."""
    path = write_trace(tmp_path / "t.db", boot())
    made = []

    def text(stored):
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
        made.append(stored.decode())
        return made[-1]

    with Trace.open(path) as trace:
        trace._driver.text_factory = text
        records = trace.fetch(range(1, 11))
        chunks = list(trace.scan())
        rows = trace._driver.execute("WITH e AS (SELECT * FROM event) SELECT type FROM e").fetchall()
    assert [record.id for record in records] == list(range(1, 11))
    assert [event_id for chunk in chunks for event_id in chunk.ids] == list(range(1, 11))
    assert [event_type for (event_type,) in rows] == [record.type for record in records]
    assert len(made) > 30


def test_values_pass_through_memory_as_they_are_stored(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    values = [None, 3, 3.0, 1 << 62, "3", "a\0b", b"\xff\0", ""]
    with closing(connect(path)) as reader:
        for _ in range(2):
            asked = reader.execute(f"SELECT {', '.join('?' * len(values))} FROM event LIMIT 2", values)
            rows = asked.fetchall()
            assert rows == [tuple(values)] * 2
            assert [type(value) for value in rows[0]] == [type(value) for value in values]
            assert len(asked.description) == len(values)


def test_a_page_that_takes_too_long_is_read_in_parts(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", (openat(f"/{number}") for number in range(100)))
    asked, fetch_batch = [], RowLoader._fetch_batch

    def fetch(self, connection, ids, whole):
        asked.append(len(ids))
        if len(ids) > 30:
            assert self._driver.divisible
            self._driver.expired = True
            raise DBAPIError(None, None, sqlite3.OperationalError("interrupted"))
        return fetch_batch(self, connection, ids, whole)

    monkeypatch.setattr(RowLoader, "_fetch_batch", fetch)
    with Trace.open(path) as trace:
        records = trace.fetch(range(1, 101))
        assert [record.path for record in records] == [f"/{number}" for number in range(100)]
        assert asked == [100, 50, 25, 25, 50, 25, 25]
        assert trace.damage.sentence is None
        assert not trace._driver.divisible


@pytest.mark.parametrize("descending", [False, True])
def test_a_chunk_that_takes_too_long_is_read_in_parts(tmp_path, descending):
    path = write_trace(tmp_path / "t.db", (openat("/x") for _ in range(400)))

    def look(_):
        time.sleep(0.001)
        return 1

    with Trace.open(path) as trace:
        chunks = list(trace.scan(looks(look), descending=descending))
        ids = [event_id for chunk in chunks for event_id in chunk.ids]
        assert ids == sorted(range(1, 401), reverse=descending)
        assert max(len(chunk.ids) for chunk in chunks) < 20
        assert trace.damage.sentence is None


def test_a_function_that_fails_is_still_an_error(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())

    def look(_):
        raise ValueError

    with Trace.open(path) as trace, pytest.raises(TraceError, match="user-defined function"):
        trace.count(looks(look))


def test_whoever_waits_comes_before_one_who_wants_it_again(tmp_path):
    turn, order, waiting = turn_at(tmp_path / "t.db"), [], threading.Event()

    def wait(name):
        waiting.set()
        with turn:
            order.append(name)

    assert turn_at(tmp_path / "t.db") is turn
    with turn, turn:
        threads = []
        for number in range(3):
            waiting.clear()
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            assert waiting.wait(10)
            while len(turn._waiting) <= number:
                time.sleep(0.001)
    with turn:
        order.append("again")
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, "again"]


def test_a_short_pause_of_a_writer_is_not_missed(tmp_path, monkeypatch):
    """A logger in a hurry has the file nearly all the time: whoever looks seldom never gets in."""
    path = write_trace(tmp_path / "t.db", boot())
    waits = []
    with closing(sqlite3.connect(path, isolation_level=None)) as writer, closing(connect(path)) as reader:
        writer.execute("BEGIN EXCLUSIVE")

        def wait(seconds):
            waits.append(seconds)
            if len(waits) == 40:
                writer.execute("COMMIT")

        monkeypatch.setattr(time, "sleep", wait)
        assert reader.execute("SELECT count(*) FROM event").fetchone() == (len(boot()),)
    assert waits == [BUSY_POLL_SECONDS] * 40
    assert max(waits) <= 0.01


def test_waiting_for_a_writer_does_not_count_as_reading(tmp_path, monkeypatch):
    """Else scans would take smaller and smaller steps beside a busy logger."""
    path = write_trace(tmp_path / "t.db", boot())
    sleep = time.sleep
    with closing(sqlite3.connect(path, isolation_level=None)) as writer, closing(connect(path)) as reader:
        writer.execute("BEGIN EXCLUSIVE")

        def wait(seconds):
            sleep(0.5)
            writer.execute("COMMIT")

        monkeypatch.setattr(time, "sleep", wait)
        reader.execute("SELECT count(*) FROM event")
        assert reader.took < 0.5
