"""The one place where a trace is opened, and how: a writer beside us is not hurt, nor are we by the file."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from typing_extensions import Self

from tracetui.events.text import text_of_bytes
from tracetui.trace import faults
from tracetui.trace.deadline import Watch
from tracetui.trace.errors import HotJournal
from tracetui.trace.turns import Turn, turn_at

STATEMENT_SECONDS = 4.0
"""How long a statement may read: Penguin's logger gives up, and loses the run, when held up for 5 s."""

RANGE_SECONDS = 0.016
"""How long a statement may read that can be asked again in parts; 25 ms until it has ended in any case."""

BUSY_POLL_SECONDS = 0.005
"""How long to wait between two tries while a writer has the file.

SQLite would wait for up to 0.1 s, and miss what a logger in a hurry leaves: it has the file from where its
transaction outgrows the cache until it has committed, and begins the next one at once.
"""

LONGEST_VALUE = 256 << 20
"""Bytes of the longest row or value that is read; SQLite refuses longer ones by itself."""

_PRAGMAS = ("trusted_schema = 0", "cell_size_check = 1", "temp_store = 2")
"""The last one: what is collected stays in memory."""

_CACHE_KIB = 512
"""Memory for pages of the file: a program has a dozen connections, and scans gain nothing from more."""

_PREPARED = 32
"""Statements that a connection keeps prepared: those of a filter are large, and each filter has its own."""

_QUERIES = ("SELECT", "WITH")

_COLLECTED = f"collected_{token_hex(8)}"
"""Name of the tables in memory; a file that has a table of this name would have its own hidden by them."""

_SHAPES = 256
"""Statements whose columns are remembered."""

_LIMITS = {
    "SQLITE_LIMIT_LENGTH": LONGEST_VALUE,
    "SQLITE_LIMIT_ATTACHED": 0,
    "SQLITE_LIMIT_WORKER_THREADS": 0,
}


Column = tuple[Any, ...]
"""What DB-API says of a column of a result: its name, and six times ``None``."""


class ReadConnection(sqlite3.Connection):
    """A connection whose statements end, by themselves or with the error ``interrupted``.

    The time starts when a statement begins to read: waiting for a lock does not count, as it holds up nobody.
    """

    cut = False
    """Whether the file is shorter than its header says."""
    schema_damaged = False
    """Whether some of the schema cannot be read."""
    still = False
    """Whether the file is taken for one that does not change: what is written to it later is not seen."""
    divisible = False
    """Whether the next statement can be asked again in parts, so that it need not take long."""
    expired = False
    """Whether the last statement was ended because it took too long."""
    took = 0.0
    """Seconds for which the last statement read."""
    deadline = 0.0
    """When the running statement has to end, by ``time.monotonic``."""
    turn: Turn

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shapes: dict[str, tuple[Column, ...]] = {}
        self._collected: set[int] = set()

    @contextmanager
    def timed(self, seconds: float | None = None) -> Iterator[None]:
        """Run one statement, for as long as it may."""
        began = time.monotonic()
        self.deadline = began + (seconds or (RANGE_SECONDS if self.divisible else STATEMENT_SECONDS))
        self.expired = False
        _watch.begin(self)
        try:
            yield
        finally:
            _watch.end(self)
            self.took = time.monotonic() - began

    def add_function(
        self, name: str, nargs: int, function: Callable[..., object], deterministic: bool
    ) -> None:
        """Let statements call ``function``, which may take long for each of many rows."""

        def timed(*values: object) -> Any:
            if time.monotonic() > self.deadline:
                self.expired = True
                raise TimeoutError
            return function(*values)

        self.create_function(name, nargs, timed, deterministic=deterministic)

    def execute(self, *args: Any) -> sqlite3.Cursor:
        cursor: _DrainedCursor = self.cursor()
        return cursor.execute(*args)

    def cursor(self, factory: Any = None) -> Any:
        """A cursor whose statements are over when :meth:`execute` is."""
        return super().cursor(factory or _DrainedCursor)

    def shape_of(self, sql: str, parameters: Any) -> tuple[Column, ...]:
        """Columns of the result of a query, for which there is a table to collect it in.

        A new one is prepared here, and not in the time that it has for reading: it holds up nobody yet.
        """
        shape = self._shapes.get(sql)
        if shape is None:
            asking = super().cursor(sqlite3.Cursor)
            with self.timed(STATEMENT_SECONDS):
                shape = asking.execute(f"SELECT * FROM ({sql}) LIMIT 0", parameters).description  # noqa: S608
                self._make_table(len(shape))
                asking.executemany(_collecting(len(shape), sql), ())
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            self._shapes[sql] = shape
        return shape

    def _make_table(self, width: int) -> None:
        """Somewhere to collect rows of so many columns."""
        if width not in self._collected:
            names = ", ".join(f"c{n}" for n in range(width))
            super().cursor(sqlite3.Cursor).execute(f"CREATE TABLE {_table(width)} ({names})")
            self._collected.add(width)


def _table(width: int) -> str:
    """Where rows of so many columns are collected."""
    return f"temp.{_COLLECTED}_{width}"


def _collecting(width: int, sql: str) -> str:
    """The statement that collects the rows of a query of so many columns."""
    return f"INSERT INTO {_table(width)} {sql}"


_watch = Watch()


class _DrainedCursor(sqlite3.Cursor):
    """Takes all rows of a statement at once: its lock is held in :meth:`execute` and never longer.

    For each row that SQLite returns it would wait for the interpreter, lock in hand. So the rows are first
    collected in a table in memory, and taken from there.
    """

    _rows: Iterator[Any] = iter(())
    _shape: tuple[Column, ...] | None = None
    _table: str | None = None
    """Where the rows are that were collected and not yet taken."""

    def execute(self, sql: str, parameters: Any = ()) -> Self:
        connection = self.connection
        assert isinstance(connection, ReadConnection)
        with connection.turn:
            given_up = time.monotonic() + faults.BUSY_SECONDS
            while not self._try(connection, sql, parameters, last=time.monotonic() > given_up):
                time.sleep(BUSY_POLL_SECONDS)
        # From here on nobody is held up.
        if self._table is not None:
            self._take(self._table)
        return self

    def _try(self, connection: ReadConnection, sql: str, parameters: Any, last: bool) -> bool:
        """Execute, unless a writer has the file; the last try raises what is in the way."""
        try:
            if sql.startswith(_QUERIES):
                self._collect(connection, sql, parameters)
            else:
                self._ask(connection, sql, parameters)
        except UnicodeDecodeError as error:
            raise _unsaid(error.object) from error
        except sqlite3.DatabaseError as error:
            if not str(error):  # until Python 3.10
                raise _unsaid(b"...") from error
            if last or str(error) != "database is locked":
                raise
            return False
        return True

    def _ask(self, connection: ReadConnection, pragma: str, parameters: Any) -> None:
        with connection.timed():
            super().execute(pragma, parameters)
            self._rows, self._shape = iter(super().fetchall()), super().description

    def _collect(self, connection: ReadConnection, sql: str, parameters: Any) -> None:
        self._shape = connection.shape_of(sql, parameters)
        with connection.timed():
            super().execute(_collecting(len(self._shape), sql), parameters)
        self._table = _table(len(self._shape))

    def _take(self, table: str) -> None:
        try:
            super().execute(f"SELECT * FROM {table}")  # noqa: S608
            self._rows = iter(super().fetchall())
        finally:
            super().execute(f"DELETE FROM {table}")  # noqa: S608
            self._table = None

    @property
    def description(self) -> Any:
        return self._shape

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return list(islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return next(self._rows)


def _unsaid(words: bytes) -> sqlite3.DatabaseError:
    """The error that Python could not raise, because its message quotes bytes of the file."""
    return sqlite3.DatabaseError(f"malformed database schema ({text_of_bytes(words)})")


def connect(path: Path) -> ReadConnection:
    """A private connection that can only read.

    The file is opened with ``mode=ro``, statements run in autocommit and no longer than
    :data:`STATEMENT_SECONDS`, and text that is not valid UTF-8 arrives with ``\\xNN`` escapes. The connection
    may be handed to another thread but never shared.

    Raises :class:`TraceError`.
    """
    faults.check_file(path)
    turn = turn_at(path)
    # To look at a file is to close it again, which drops the locks of this process: nobody may hold one now.
    with turn, faults.reading(path):
        log = faults.log_state(path)
        if log is faults.Log.LEFT:
            raise HotJournal(path, log=True)
        connection = sqlite3.connect(
            _uri(path, log),
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
            factory=ReadConnection,
            cached_statements=_PREPARED,
        )
        try:
            connection.turn = turn
            connection.still = log is faults.Log.UNUSED
            _harden(connection)
            _touch(connection, path)
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except BaseException:
            connection.close()
            raise
    return connection


def reading_uri(path: Path) -> str:
    """By which SQLite can attach ``path``, never writes to it, and leaves nothing beside it."""
    with turn_at(path):
        return _uri(path, faults.log_state(path))


def _uri(path: Path, log: faults.Log) -> str:
    # Bytes: a file name need not be valid UTF-8. What a killed writer left of its log is not mended in place.
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&readonly_shm=1"
    return uri + "&immutable=1" if log is faults.Log.UNUSED else uri


def _harden(connection: ReadConnection) -> None:
    """A database is input like any other: nothing that its schema says is run, and nothing runs for long."""
    connection.text_factory = text_of_bytes
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if hasattr(connection, "setlimit"):  # since Python 3.11
        for name, limit in _LIMITS.items():
            connection.setlimit(getattr(sqlite3, name), limit)


def _touch(connection: ReadConnection, path: Path) -> None:
    """Read the schema, so that a file that cannot be read fails now, and see what of it is missing."""
    probe = "SELECT count(*) FROM sqlite_master"
    try:
        connection.execute(probe).fetchall()
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        # With this SQLite reads what is there of a file that lacks its last pages. Writing stays off.
        connection.execute("PRAGMA writable_schema = 1")
        connection.schema_damaged = "schema" in str(error)
        connection.cut = not connection.schema_damaged
        if not connection.execute("SELECT 1 FROM pragma_table_info('event')").fetchall():
            raise
    connection.cut = connection.cut or _lacks_a_part(connection, path)


def _lacks_a_part(connection: ReadConnection, path: Path) -> bool:
    """Whether the last page is not whole, of which SQLite says nothing: it reads zeros for the rest."""
    if faults.beside(path, "-wal").exists():
        return False
    count, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size")
    )
    # Asked for after the count: a file that is being written only grows.
    return 0 < path.stat().st_size < count * size
