"""Writers in a process of their own, readers in threads: every committed event is shown once, in its order."""

from __future__ import annotations

import multiprocessing
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.schema import CreateTable

from support import append, boot, openat, run_sql, write_trace
from tracetui.events import Base, Read, Syscall
from tracetui.filter import Surroundings, parse
from tracetui.logger import DB
from tracetui.trace import Locked, Trace, faults
from tracetui.tui import messages, session
from tracetui.tui.question import Question
from tracetui.tui.session import Session
from tracetui.tui.view import View

FILTER = "errno = ENOENT"
MATCHING = "SELECT id FROM syscall WHERE retno = -2 ORDER BY id"
SIZES = (3, 400, 5_000)
"""Events in a flush: a trickle, a usual one, a burst."""

DEADLINE_SECONDS = 20.0
"""Until what was committed must be shown; it takes a fraction of that."""


# The process that writes.


def write(path: Path, orders: Connection) -> None:
    """Obey orders: (writer, number of events); answers how many were committed, or why none were."""
    with DB(path.parent, filename=path.name, interval=3600) as logger:
        writers = {
            "logger": lambda count: _logged(logger, count),
            "penguin": lambda count: _as_penguin(path, count),
        }
        while order := orders.recv():
            name, count = order
            try:
                writers[name](count)
            except (sqlite3.Error, RuntimeError) as error:
                orders.send(str(error))
            else:
                orders.send(count)


def _logged(logger: DB, count: int) -> None:
    for number in range(count):
        if number % 5:
            row = {"name": "sys_openat", "retno": -2 if number % 3 else 3}
            logger.add_event(Syscall, row | {"procname": "sh", "proc_id": 0})
        else:
            row = {"fd": 3, "fname": "/dev/x", "buffer": b"x" * 200}
            logger.add_event(Read, row | {"procname": "cat", "proc_id": 0})
    logger.flush()
    if logger.rejected_count:
        raise RuntimeError(str(logger.rejected[0]))


def _as_penguin(path: Path, count: int) -> None:
    """One transaction of a connection that waits for 5 s and then gives up; a block of ids for each type."""
    with closing(sqlite3.connect(path)) as connection, connection:
        first = (connection.execute("SELECT max(id) FROM event").fetchone()[0] or 0) + 1
        middle, end = first + count // 5, first + count
        for kind, ids in (("read", range(first, middle)), ("syscall", range(middle, end))):
            rows = [(event_id, kind, "init", 0) for event_id in ids]
            connection.executemany(
                "INSERT INTO event (id, type, procname, proc_id) VALUES (?, ?, ?, ?)", rows
            )
        rows = [(event_id, 1, "/dev/y", b"y" * 200) for event_id in range(first, middle)]
        connection.executemany("INSERT INTO read (id, fd, fname, buffer) VALUES (?, ?, ?, ?)", rows)
        calls = [(event_id, "sys_openat", -2 if event_id % 3 else 3) for event_id in range(middle, end)]
        connection.executemany("INSERT INTO syscall (id, name, retno) VALUES (?, ?, ?)", calls)


class Writer:
    """The writing process, from here."""

    def __init__(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=write, args=(path, there), daemon=True)
        self._process.start()
        self.written = 0

    def order(self, name: str, count: int) -> None:
        self._here.send((name, count))

    @property
    def done(self) -> bool:
        """Whether the order was carried out; fails the test where events were lost."""
        if not self._here.poll():
            return False
        answer = self._here.recv()
        assert isinstance(answer, int), f"a flush failed: {answer}"
        self.written += answer
        return True

    def stop(self) -> None:
        self._here.send(None)
        self._process.join(30)
        assert self._process.exitcode == 0


# The screen, without a screen.


class Shown:
    """A session and what its messages make of the view, as the event list does it."""

    def __init__(self, path: Path) -> None:
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        trace = Trace(path)
        self._schema = trace.schema
        self.troubles: list[str] = []
        """What the threads said they could not do."""
        self.session = Session(trace, lambda message: self._inbox.put(message) is None)
        self.view = View(trace.bounds(), dense=False)
        self.session.start()

    def filter(self, text: str | None) -> None:
        """Show what matches only, from the newest event on, or all."""
        question = Question(parse(text), self._schema, Surroundings()) if text else None
        request = self.view.matches.apply(question, self.view.last)
        if request is not None:
            self.session.fill(request)

    def run(self, seconds: float = 0.02) -> None:
        """Take in what the threads tell, for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._take(self._inbox.get(timeout=left))
            except queue.Empty:
                return

    def _take(self, message: object) -> None:
        matches = self.view.matches
        if isinstance(message, messages.ReadFailed | messages.ScanFailed):
            self.troubles.append(message.text)
        if isinstance(message, messages.EventsExist):
            self.view.take_events(message)
        elif not (isinstance(message, messages.Found) and matches.take(message) and message.done):
            return
        request = matches.catch_up(self.view.last)
        if request is not None:
            self.session.fill(request)

    @property
    def ids(self) -> Sequence[int]:
        shown = self.view.shown
        return shown.ids(0, len(shown))


@contextmanager
def watched(path: Path) -> Iterator[tuple[Writer, Shown]]:
    writer = Writer(path)
    shown = Shown(path)
    try:
        yield writer, shown
    finally:
        shown.session.stop()
        writer.stop()


def stored(path: Path, sql: str) -> list[int]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(sql).fetchall()]


def check(path: Path, shown: Shown, filtered: bool) -> None:
    """What is shown becomes what is stored, and stays so."""
    expected = stored(path, MATCHING if filtered else "SELECT id FROM event ORDER BY id")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while shown.view.count < len(expected) and time.monotonic() < deadline:
        shown.run()
    shown.run(0.15)
    assert shown.view.count == len(expected)
    assert list(shown.ids) == expected


@pytest.mark.parametrize(
    ("number", "seconds"), [(0, 2.5), *(pytest.param(n, 60.0, marks=pytest.mark.long) for n in range(1, 31))]
)
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, number: int, seconds: float) -> None:
    path = tmp_path / "plugins.db"
    with closing(sqlite3.connect(path)) as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(str(CreateTable(table)))
    chance = random.Random(number)
    with watched(path) as (writer, shown):
        filtered = False
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            size = chance.choice(SIZES)
            for _ in range(chance.randint(1, 6)):
                writer.order(chance.choice(("logger", "penguin")), size)
                while not writer.done:
                    shown.run()
                if chance.random() < 0.3:
                    filtered = not filtered
                    shown.filter(FILTER if filtered else None)
            check(path, shown, filtered)
            shown.run(chance.random() * 0.3)
        for filtered in (True, False):
            shown.filter(FILTER if filtered else None)
            check(path, shown, filtered)
        assert shown.view.count == writer.written > 0
        assert not shown.troubles


@pytest.mark.parametrize("filtered", [False, True])
def test_a_writer_that_holds_the_file_for_long_only_delays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filtered: bool
) -> None:
    path = write_trace(tmp_path / "plugins.db", (openat("/x", -2 if n % 2 else 3) for n in range(50)))
    monkeypatch.setattr(faults, "BUSY_SECONDS", 0.02)
    shown = Shown(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        shown.run(0.3)
        connection.execute("BEGIN EXCLUSIVE")
        shown.filter(FILTER if filtered else None)
        connection.execute("INSERT INTO event VALUES (51, 'syscall', 'sh', 0)")
        connection.execute("INSERT INTO syscall (id, name, retno) VALUES (51, 'sys_open', -2)")
        shown.run(0.3)
        assert shown.view.count == (0 if filtered else 50)
        connection.execute("COMMIT")
    check(path, shown, filtered)
    run_sql(path, "INSERT INTO event VALUES (52, 'x', 'sh', 0)")
    check(path, shown, filtered)
    assert shown.session.last == 52
    shown.session.stop()


def test_ids_that_could_not_be_listed_are_listed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_trace(tmp_path / "plugins.db", boot(5))
    count_chunks, failing = Trace.count_chunks, [True]

    def locked(trace: Trace, *asked: Any) -> Iterator[tuple[int, int, int]]:
        if failing:
            raise Locked("locked")
        return count_chunks(trace, *asked)

    monkeypatch.setattr(Trace, "count_chunks", locked)
    shown = Shown(path)
    for _ in range(2):
        while not shown.troubles:
            shown.run()
        failing.clear()
        check(path, shown, filtered=False)
        failing.append(True)
        shown.troubles.clear()
        append(path, boot(2))
    shown.session.stop()


def test_a_session_ends_at_once_though_all_its_threads_wait_for_a_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_trace(tmp_path / "plugins.db", boot(50))
    shown = Shown(path)
    background = shown.session.background
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        shown.run(0.2)
        connection.execute("BEGIN EXCLUSIVE")
        shown.filter(FILTER)
        background.read()
        background.read_tree()
        background.count_values("name")
        now = [0.0]

        def join(thread: threading.Thread, timeout: float) -> None:
            now[0] += timeout

        monkeypatch.setattr(threading.Thread, "join", join)
        monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: now[0]))
        shown.session.stop()
        monkeypatch.undo()
        assert 0 < now[0] <= session.STOP_SECONDS
