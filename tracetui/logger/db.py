"""The DB logger: events from any thread, written in the background in bulk."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from tracetui.events.ddl import OWN_TABLES, PENGUIN_TABLES
from tracetui.logger.batch import DATA_ERRORS, Queue, Rejected, find_bad, insert_all
from tracetui.logger.block import Block, insert_block
from tracetui.logger.tables import CONTEXT, ClassWriter, class_writer

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Query
    from typing_extensions import Self

log = logging.getLogger("tracetui.logger")

BUSY_SECONDS = 5.0
"""How long one attempt waits for another program's lock, as Penguin's does."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two attempts; doubled each time."""

KEPT_REJECTS = 1_000

_CACHE_KIB = 65_536
"""Of pages of a block until it is committed: what does not fit is written, and synced, in between."""


class LoggerError(Exception):
    """Events could not be written. They are still queued while the logger lives."""


class DB:
    """Writes events to ``outdir/plugins.db`` as Penguin's logger does, and loses none while it lives.

    The file is made at the first flush. Rows are inserted per table in one transaction per flush; each type
    gets one block of ids, the type met first first. With ``order="arrival"`` ids follow the order of
    :meth:`add_event` instead: for recorders that know the true order.

    What Penguin's logger would lose is kept: a locked or full or read-only file is tried again until it
    works, rows that the database does not take are left out alone (and counted in :attr:`rejected`), and a
    file that already has events is continued after its highest id.
    """

    def __init__(
        self,
        outdir: str | Path,
        bufsize: int = 100_000,
        verbose: bool = False,
        *,
        filename: str = "plugins.db",
        order: Literal["type", "arrival"] = "type",
        interval: float = 2.0,
    ) -> None:
        self.path = Path(outdir) / filename
        self.buffer_size = int(bufsize)
        self.interval = interval
        self.written = 0
        """Events committed so far."""
        self.rejected: deque[Rejected] = deque(maxlen=KEPT_REJECTS)
        """The latest rows that the database did not take."""
        self.rejected_count = 0
        self.last_error: str | None = None
        """Why the last attempt failed; ``None`` after one that did not."""
        self._by_type = order == "type"
        self._writers: dict[type[Any], ClassWriter] = {}
        self._tables = {name: OWN_TABLES[name] for name in PENGUIN_TABLES}
        """What makes each table that is needed."""
        self._created: set[str] = set()
        self._engine: Engine | None = None
        if verbose:
            log.setLevel(logging.DEBUG)
        self._reset()
        _fork_aware(self)

    def _reset(self) -> None:
        """Start empty: at first, and in a forked child, whose events are its parent's to write."""
        self._queue = Queue()
        self._backlog = Queue()
        self._queue_lock = threading.Lock()
        self._flush_lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None

    # Logging.

    def add_event(
        self,
        cls: type[Any],
        row: Mapping[str, Any],
        context: dict[str, Any] | None = None,
        beside: Mapping[type[Any], dict[str, Any]] | None = None,
    ) -> None:
        """Queue one row of a mapped class. May be called from any thread; costs about a microsecond.

        ``row`` holds the columns of the class and of ``event``; it is copied. ``context`` holds columns of
        :class:`tracetui.events.Context`, where a recorder knows them. ``beside`` holds rows of further tables
        that get the event's id, by mapped class (which must not be an event itself); they are handed over.

        Raises ``sqlalchemy.exc.NoInspectionAvailable`` for a class that is not mapped.
        """
        if cls not in self._writers:
            self._introduce(cls, row)
        if beside is not None:
            for other, more in beside.items():
                if other not in self._writers:
                    self._introduce(other, more)
        copied = dict(row)
        with self._queue_lock:
            queue = self._queue
            queue.append(cls, copied, context, beside)
            full = len(queue.rows) >= self.buffer_size
            if self._worker is None and not self._stop.is_set():
                self._start()
        if full:
            self._wake.set()

    def add_block(self, block: Block) -> None:
        """Write many events at once, in this thread, after all that is queued: for importers.

        Ids follow the positions in the block. Where it cannot be written as a whole (a row is bad, the file
        is locked), its events are queued as by :meth:`add_event`. Raises KeyError for an unknown table.
        """
        for table, part in block.tables.items():
            if part.rows:
                self._tables.setdefault(table, OWN_TABLES[table])
        if not self._attempt() or not self._attempt_block(block):
            for call in block.calls():
                self.add_event(*call)

    @property
    def pending(self) -> int:
        """Events queued and not yet written."""
        return len(self._queue) + len(self._backlog)

    def flush(self, timeout: float = 30.0) -> None:
        """Write all that was added before. Raises :class:`LoggerError` if it cannot within ``timeout`` s."""
        deadline = time.monotonic() + timeout
        pause = FIRST_PAUSE
        while not self._attempt():
            if time.monotonic() + pause > deadline:
                raise LoggerError(
                    f"{self.pending:,} events are not written to {self.path}: {self.last_error}"
                )
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def query(self, cls: type[Any]) -> Query[Any]:
        """A query over what has been logged, flushed first: ``db.query(Syscall).filter_by(...)``."""
        self.flush()
        self._prepare()
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session
        from sqlalchemy.pool import NullPool

        if self._engine is None:
            self._engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        return Session(self._engine).query(cls)

    def uninit(self, timeout: float = 60.0) -> None:
        """Write what is left and stop.

        Raises :class:`LoggerError` where that could not be done within ``timeout`` s: the events named there
        are lost when the process ends.
        """
        self._stop.set()
        self._wake.set()
        worker, self._worker = self._worker, None
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout)
        try:
            self.flush(timeout)
        finally:
            if self._engine is not None:
                self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.uninit()

    # Writing.

    def _start(self) -> None:
        self._worker = threading.Thread(target=self._work, name="tracetui-logger", daemon=True)
        self._worker.start()

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.wait(self.interval)
            self._wake.clear()
            while not self._attempt() and not self._stop.wait(pause):
                pause = min(pause * 2, LONGEST_PAUSE)
            pause = FIRST_PAUSE

    def _attempt(self) -> bool:
        """Try once to write everything queued; false where it must be tried again."""
        with self._flush_lock:
            with self._queue_lock:
                queued, self._queue = self._queue, Queue()
            self._backlog.extend(queued)
            if not len(self._backlog):
                return True
            started = time.perf_counter()
            try:
                self._write()
            except Exception as error:  # whatever it is, the worker must live and the events be kept
                if self.last_error is None:
                    log.warning("%s: %s; %d events are kept and tried again", self.path, error, self.pending)
                self.last_error = str(error)
                return False
            self.last_error = None
            log.debug("flushed %d events in %.4f s", len(self._backlog), time.perf_counter() - started)
            self._backlog = Queue()
            return True

    def _attempt_block(self, block: Block) -> bool:
        """Try once to write a block; false, and nothing written, where that did not work."""
        with self._flush_lock:
            try:
                self._make_folder()
                connection = self._connect(isolation_level=None)
                try:
                    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                    connection.execute("BEGIN IMMEDIATE")
                    self._make_tables(connection)
                    insert_block(connection, block)
                    connection.execute("COMMIT")
                finally:
                    connection.close()  # what is not committed is rolled back
            except Exception as error:  # whatever it is, the events are queued, and tried one by one
                self.last_error = str(error)
                return False
            self._created.update(self._tables)
            self.written += len(block.events)
            return True

    def _write(self) -> None:
        self._prepare()
        connection = self._connect(isolation_level=None)
        try:
            if not (self._insert(connection, thorough=False) or self._insert(connection, thorough=True)):
                self._leave_out_bad(connection)
                if not self._insert(connection, thorough=True):
                    raise LoggerError("rows were refused together that were accepted one by one")
        finally:
            connection.close()
        self.written += len(self._backlog)

    def _connect(self, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, check_same_thread=False, **options
        )
        return connection

    def _insert(self, connection: sqlite3.Connection, thorough: bool) -> bool:
        """One transaction with all that is queued; false, and nothing written, where a row is bad."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            insert_all(connection, self._backlog, self._writer, by_type=self._by_type, thorough=thorough)
        except DATA_ERRORS:
            connection.execute("ROLLBACK")
            return False
        connection.execute("COMMIT")
        return True

    def _leave_out_bad(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        bad = find_bad(connection, self._backlog, self._writer)
        connection.execute("ROLLBACK")
        for index, reason in bad.items():
            cls, row = self._backlog.classes[index], self._backlog.rows[index]
            self.rejected.append(Rejected(cls, row, reason))
            log.warning("%s: a row of %s was left out: %s", self.path, cls.__name__, reason)
        self.rejected_count += len(bad)
        self._backlog = self._backlog.without(bad)

    def _introduce(self, cls: type[Any], row: Mapping[str, Any]) -> None:
        """Learn how to write a class that is met for the first time."""
        writer = class_writer(cls)
        unknown = sorted(map(str, row.keys() - writer.columns - {"id", "type"}))
        if unknown:
            log.warning("%s has no column %s: left out", cls.__name__, ", ".join(unknown))
        self._writers[cls] = writer
        for table in writer.tables:
            self._tables.setdefault(table.name, table.create)

    def _prepare(self) -> None:
        """Make the folder, the file and the tables that are missing."""
        if any(context is not None for context in self._backlog.contexts):
            self._tables.setdefault(CONTEXT.name, OWN_TABLES[CONTEXT.name])
        if self._tables.keys() <= self._created and self._is_there():
            return
        self._make_folder()
        connection = self._connect(isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._make_tables(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
        self._created.update(self._tables)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        """Make the tables that are missing: in a transaction, so that a reader sees none of them, or all."""
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        for name, statement in self._tables.items():
            if name not in there:
                connection.execute(statement)

    def _is_there(self) -> bool:
        """Whether the file is still there: it may have been removed while we were writing."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def _writer(self, cls: type[Any]) -> ClassWriter:
        return self._writers[cls]


def _fork_aware(db: DB) -> None:
    reference = weakref.ref(db)

    def in_child() -> None:
        forked = reference()
        if forked is not None:
            forked._reset()

    os.register_at_fork(after_in_child=in_child)
