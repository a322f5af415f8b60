"""Part of a trace as a trace of its own: the same schema, the chosen events, every value bit for bit."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from sqlalchemy import Column, Insert, MetaData, Table, bindparam, create_engine, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool
from typing_extensions import Self

from tracetui.events.eras import RECORDED_ID
from tracetui.trace.connection import RANGE_SECONDS, connect, reading_uri
from tracetui.trace.damage import Damage, is_damage

BATCH = 500
"""Events copied in one transaction; fewer where that takes long, as the source is locked meanwhile."""

BUSY_SECONDS = 10.0

_SETTINGS = ("encoding", "page_size", "user_version", "application_id")


class ExcerptError(Exception):
    """The new trace cannot be made; the message says why."""


class Excerpt:
    """Copies events of ``source`` into a new database at ``target``; a context manager.

    The database is built beside ``target`` and takes its place at the end, so that a half-made one is never
    seen. SQLite itself copies the rows: no value passes through Python, so none can change. What cannot be
    read of a damaged source is left out.
    """

    def __init__(
        self, source: Path, target: Path, *, replace: bool = False, damage: Damage | None = None
    ) -> None:
        """Create the new database. Raises :class:`ExcerptError` and :class:`TraceError`.

        ``replace`` allows another file to be there, which stays until the new one takes its place. ``damage``
        takes note of events that cannot be read.
        """
        if target.exists() and (
            target.samefile(source) or not target.is_file() or (target.stat().st_size and not replace)
        ):
            raise ExcerptError(f"{target} exists already")
        self.events = 0
        """Events copied so far."""
        self.left_out: list[str] = []
        """Tables, indexes, views and triggers that SQLite refuses to make."""
        self._damage = damage or Damage()
        self._batch = BATCH
        self._target = target
        self._partial = target.with_name(target.name + ".partial")
        try:
            self._partial.unlink(missing_ok=True)
            self._db = _open(self._partial, source)
        except (OSError, sqlite3.Error) as error:
            raise ExcerptError(f"{target} cannot be written: {error}") from error
        engine = create_engine("sqlite://", creator=lambda: self._db, poolclass=StaticPool)
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._copies = self._copy_schema()
        except (sqlite3.Error, DBAPIError) as error:
            self.discard()
            raise ExcerptError(f"{target} cannot be written: {error}") from error

    def add(self, ids: Iterable[int]) -> None:
        """Copy the events with these ids, with their rows in every other event table.

        Raises :class:`ExcerptError`.
        """
        left = list(ids)
        try:
            while left:
                batch, left = left[: self._batch], left[self._batch :]
                for name, copy in self._copies:
                    self._copy_rows(name, copy, batch)
        except DBAPIError as error:
            raise ExcerptError(f"{self._target} cannot be written: {error.orig}") from error

    def _copy_rows(self, name: str, copy: Insert, ids: Sequence[int]) -> None:
        """Rows of one table; where they cannot be copied at once, one by one, as far as they can be read."""
        began = time.monotonic()
        try:
            copied = self._connection.execute(copy, {"ids": ids}).rowcount
        except DBAPIError as error:
            if not _is_of_source(error):
                raise
            copied = sum(self._copy_row(name, copy, event_id) for event_id in ids)
        took = time.monotonic() - began
        self._batch = max(self._batch // 2, 1) if took > RANGE_SECONDS else min(self._batch * 2, BATCH)
        if name == "event":
            self.events += copied

    def _copy_row(self, name: str, copy: Insert, event_id: int) -> int:
        """How many rows of an event were copied."""
        try:
            copied = self._connection.execute(copy.prefix_with("OR IGNORE"), {"ids": [event_id]}).rowcount
        except DBAPIError as error:
            if not _is_of_source(error):
                raise
            copied = 0
        else:
            if copied or name != "event":
                return copied
        self._damage.add(event_id, event_id)
        return copied

    def finish(self) -> None:
        """Add what else the schema has, and put the new trace in its place. Raises :class:`ExcerptError`."""
        try:
            for name, sql in self._db.execute(_LATER_SCHEMA).fetchall():
                self._make(name, sql)
            if self._has_lost_all_times():
                self._db.execute(f"PRAGMA application_id = {RECORDED_ID}")
            self._close()
            for remnant in ("-journal", "-wal"):
                self._target.with_name(self._target.name + remnant).unlink(missing_ok=True)
            os.replace(self._partial, self._target)
        except (OSError, sqlite3.Error) as error:
            self.discard()
            raise ExcerptError(f"{self._target} cannot be written: {error}") from error

    def discard(self) -> None:
        """Forget the half-made trace."""
        self._close()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.discard()

    def _close(self) -> None:
        self._connection.close()
        self._db.close()

    def _has_lost_all_times(self) -> bool:
        """Whether the trace has times that show who wrote it, and none of the events copied has one."""
        if not any(name == "context" for name, _ in self._copies):
            return False
        ours, theirs = (
            self._db.execute(f"SELECT 1 FROM {schema}.context LIMIT 1").fetchone()  # noqa: S608 - a constant
            for schema in ("main", "source")
        )
        return theirs is not None and ours is None

    def _copy_schema(self) -> list[tuple[str, Insert]]:
        """Create the source's tables; the statements that copy rows of events, event itself first.

        Tables that belong to no event are copied whole.
        """
        for name, sql in self._db.execute(_TABLES).fetchall():
            self._make(name, sql)
        names = [name for (name,) in self._db.execute(_TABLE_NAMES)]
        copies = []
        for name in sorted(names, key=lambda name: name != "event"):
            columns = [column for (column,) in self._db.execute(_COLUMNS, (name,))]
            source, target = _table(name, columns, "source"), _table(name, columns, "main")
            rows: Any = select(source)
            if "id" in columns:
                rows = rows.where(source.c.id.in_(bindparam("ids", expanding=True)))
                copies.append((name, insert(target).from_select(columns, rows)))
            else:
                self._copy_all(insert(target).from_select(columns, rows))
        return copies

    def _make(self, name: object, sql: object) -> None:
        """A part of the schema; what SQLite would not have made is left out."""
        try:
            self._db.execute(str(sql))
        except (sqlite3.Error, ValueError):
            self.left_out.append(str(name))

    def _copy_all(self, copy: Insert) -> None:
        try:
            self._connection.execute(copy)
        except DBAPIError as error:
            if not _is_of_source(error):
                raise
            self._damage.uncounted = True


# Only what SQLite knows as a table: the rest of a damaged schema may be anything.
_TABLES = (
    "SELECT name, sql FROM source.sqlite_master AS entry WHERE type = 'table' "
    "AND name NOT LIKE 'sqlite^_%' ESCAPE '^' AND sql NOT LIKE 'CREATE VIRTUAL%' "
    "AND EXISTS (SELECT 1 FROM pragma_table_info(entry.name, 'source')) ORDER BY rowid"
)
_LATER_SCHEMA = (
    "SELECT name, sql FROM source.sqlite_master WHERE type IN ('index', 'view', 'trigger') "
    "AND sql IS NOT NULL ORDER BY rowid"
)
_TABLE_NAMES = (
    "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'"
)
_COLUMNS = "SELECT name FROM pragma_table_info(?)"


def _table(name: str, columns: Sequence[str], schema: str) -> Table:
    return Table(name, MetaData(), *(Column(column) for column in columns), schema=schema)


def _is_of_source(error: DBAPIError) -> bool:
    """Whether rows are the trouble, and not the place where they should go."""
    return is_damage(error) or isinstance(error, IntegrityError)


def _open(path: Path, source: Path) -> sqlite3.Connection:
    """The new database with the source attached read-only, in the source's encoding and page size."""
    with closing(connect(source)) as old:
        settings = {name: old.execute(f"PRAGMA {name}").fetchone()[0] for name in _SETTINGS}
        damaged, as_text = old.cut or old.schema_damaged, old.text_factory
    new = sqlite3.connect(
        f"file:{quote(os.fsencode(path.absolute()))}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        new.text_factory = as_text
        for name, value in settings.items():
            new.execute(f"PRAGMA {name} = '{value}'")
        # A crash leaves nothing but the half-made copy, so nothing has to survive one.
        new.execute("PRAGMA synchronous = OFF")
        new.execute("PRAGMA journal_mode = MEMORY")
        new.execute("PRAGMA trusted_schema = OFF")
        if damaged:
            new.execute("PRAGMA writable_schema = ON")  # as in tracetui.trace.connection
        new.execute("ATTACH ? AS source", (reading_uri(source),))
    except BaseException:
        new.close()
        raise
    return new
