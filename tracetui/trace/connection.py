"""The one place where a trace is opened, and how: a writer beside us is not hurt, nor are we by the file."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from typing_extensions import Self

from tracetui.trace import faults
from tracetui.trace.errors import HotJournal

STATEMENT_SECONDS = 4.0
"""How long a statement may read: Penguin's logger gives up, and loses the run, when held up for 5 s."""

LONGEST_VALUE = 256 << 20
"""Bytes of the longest row or value that is read; SQLite refuses longer ones by itself."""

_STEPS = 50_000
"""SQLite's own instructions between two looks at the clock: some milliseconds."""

_PRAGMAS = ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1")

_LIMITS = {
    "SQLITE_LIMIT_LENGTH": LONGEST_VALUE,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
}


class ReadConnection(sqlite3.Connection):
    """A connection whose statements end, by themselves or with the error ``interrupted``.

    The time starts when a statement begins to read: waiting for a lock does not count, as it holds up nobody.
    """

    cut = False
    """Whether the file has fewer pages than its header says."""
    still = False
    """Whether the file is taken for one that does not change: what is written to it later is not seen."""
    expired = False
    """Whether the last statement was ended because it took too long."""
    _since: float | None = None

    def restart_clock(self) -> None:
        self._since = None
        self.expired = False

    def look_at_clock(self) -> bool:
        """Whether the running statement has to end; SQLite asks every few milliseconds."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        self.expired = now - self._since > STATEMENT_SECONDS
        return self.expired

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self.restart_clock()
        try:
            return super().execute(*args)
        except UnicodeDecodeError as error:
            raise _unsaid(error) from error

    def cursor(self, factory: Any = None) -> Any:
        """A cursor that restarts the clock with each statement."""
        return super().cursor(factory or _TimedCursor)


class _TimedCursor(sqlite3.Cursor):
    def execute(self, *args: Any) -> Self:
        connection = self.connection
        assert isinstance(connection, ReadConnection)
        connection.restart_clock()
        try:
            return super().execute(*args)
        except UnicodeDecodeError as error:
            raise _unsaid(error) from error


def _unsaid(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    """The error that Python could not raise, because its message quotes bytes of the file."""
    return sqlite3.DatabaseError(f"malformed database schema ({_decode(error.object)})")


def connect(path: Path) -> ReadConnection:
    """A private connection that can only read.

    The file is opened with ``mode=ro``, statements run in autocommit and no longer than
    :data:`STATEMENT_SECONDS`, and text that is not valid UTF-8 arrives with ``\\xNN`` escapes. The connection
    may be handed to another thread but never shared.

    Raises :class:`TraceError`.
    """
    faults.check_file(path)
    log = faults.log_state(path)
    if log is faults.Log.LEFT:
        raise HotJournal(path, log=True)
    # Bytes: a file name need not be valid UTF-8.
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    if log is faults.Log.UNUSED:
        uri += "&immutable=1"
    with faults.reading(path):
        connection = sqlite3.connect(
            uri,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=faults.BUSY_SECONDS,
            factory=ReadConnection,
        )
        try:
            connection.still = log is faults.Log.UNUSED
            _harden(connection)
            _touch(connection)
            connection.execute("PRAGMA cache_size = -2000")
        except BaseException:
            connection.close()
            raise
    return connection


def _harden(connection: ReadConnection) -> None:
    """A database is input like any other: nothing that its schema says is run, and nothing runs for long."""
    connection.text_factory = _decode
    connection.set_progress_handler(connection.look_at_clock, _STEPS)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if hasattr(connection, "setlimit"):  # since Python 3.11
        for name, limit in _LIMITS.items():
            connection.setlimit(getattr(sqlite3, name), limit)


def _touch(connection: ReadConnection) -> None:
    """Read the schema, so that a file that cannot be read fails now."""
    probe = "SELECT count(*) FROM sqlite_master"
    try:
        connection.execute(probe).fetchall()
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        # With this SQLite reads what is there of a file that lacks its last pages. Writing stays off.
        connection.execute("PRAGMA writable_schema = 1")
        connection.cut = True
        if not connection.execute("SELECT 1 FROM pragma_table_info('event')").fetchall():
            raise


def _decode(stored: bytes) -> str:
    return stored.decode("utf-8", "backslashreplace")
