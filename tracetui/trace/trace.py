"""A trace: one read-only connection, its schema, and the questions one may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType
from typing_extensions import Self

from tracetui.events import Era, Record
from tracetui.trace.condition import Condition
from tracetui.trace.connection import ReadConnection, connect
from tracetui.trace.damage import Damage
from tracetui.trace.entities import last_entity
from tracetui.trace.errors import TraceError
from tracetui.trace.faults import Identity, changed_lately, check_file, explain, identity, reading
from tracetui.trace.pace import Pace
from tracetui.trace.partner import Partner
from tracetui.trace.rows import BATCH, RowLoader
from tracetui.trace.scan import Chunk, Scanner, clip
from tracetui.trace.schema import Schema, read_schema
from tracetui.trace.statements import connection_to
from tracetui.trace.walk import Walker

_ENTITIES = 2_000
"""Entities that are read at once."""


class Trace:
    """One open trace. It belongs to one thread at a time; :meth:`again` opens another for another thread.

    No statement outlives a call or, in an iterator, a chunk: between two chunks a writer can commit.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema | None = None,
        damage: Damage | None = None,
        name: Path | None = None,
    ) -> None:
        """Open ``path``. Raises :class:`TraceError`."""
        try:
            check_file(path)
            self._open(path, path.resolve(), schema, damage, name)
        except TraceError as error:
            # Nobody knows the copy by its name.
            error.message = error.message.replace(str(path), str(name or path))
            raise

    def _open(
        self, path: Path, target: Path, schema: Schema | None, damage: Damage | None, name: Path | None
    ) -> None:
        self.path = path
        self._target = target
        """Where ``path`` led: ``results/latest`` leads elsewhere when the next run begins."""
        self.name = name or path
        """What the user named, where ``path`` is a copy of it."""
        self._connect(connect(target), schema)
        self.damage = damage or Damage(self._driver.cut, self._driver.schema_damaged)
        """What could not be read so far, whoever has read it."""
        self._prepare()

    _partner: Partner | None = None

    def _connect(self, driver: ReadConnection, schema: Schema | None) -> None:
        self._driver = driver
        self._file = identity(self._target)
        try:
            with reading(self.path):
                self._schema_version = self._ask_pragma("schema_version")
                self.schema = schema or read_schema(driver, self.path)
        except BaseException:
            driver.close()
            raise
        self._connection = connection_to(driver)

    def _prepare(self) -> None:
        self._loader = RowLoader(self.schema, self._driver, self.damage)
        walker = Walker(
            self._connection, self._driver, self.damage, self.schema.tables["event"], self._is_written
        )
        self._ids = walker.ids
        self._scanner = Scanner(self.schema, walker, self._driver, self._helped)

    def _is_written(self) -> bool:
        """Whether there is probably a logger that writes it."""
        return changed_lately(self._target)

    def _helped(self) -> Partner | None:
        """The one that reads beside this trace; none beside a logger, whose core that would take."""
        if self._is_written():
            return None
        if self._partner is None:
            try:
                other = self.again()
            except TraceError:
                return None
            self._partner = Partner(other._connection, other._driver)
        return self._partner

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the database at ``path`` (see :func:`locate` for other targets)."""
        return cls(Path(path))

    def again(self) -> Trace:
        """Another connection to the same file, for another thread. Raises :class:`TraceError`."""
        other = Trace.__new__(Trace)
        other._open(self.path, self._target, self.schema, self.damage, self.name)
        if other._file != self._file:
            other.close()
            raise TraceError(f"{self.path} has been replaced since it was opened", "Open it again.")
        other._schema_version = self._schema_version
        return other

    @property
    def era(self) -> Era:
        return self.schema.era

    # Questions that an index answers.

    def bounds(self) -> tuple[int, int] | None:
        """First and last id; ``None`` while there is no event."""
        with self._explained():
            return self._ids.bounds()

    def data_version(self) -> int:
        """A number that changes when another connection commits (SQLite's ``data_version``)."""
        with reading(self.path, self._file):
            return self._ask_pragma("data_version")

    def refresh_schema(self) -> bool:
        """Take note of tables and columns that were added since; whether there are any.

        A :class:`Schema` that was handed out stays as it was.
        """
        with reading(self.path, self._file):
            version = self._ask_pragma("schema_version")
            if version == self._schema_version:
                return False
            self.schema = read_schema(self._driver, self.path)
            self._schema_version = version
        self._prepare()
        return True

    @property
    def still(self) -> bool:
        """Whether changes are only seen after :meth:`reopen`: see :attr:`ReadConnection.still`."""
        return self._driver.still

    def reopen(self) -> None:
        """Open the file again. Raises :class:`TraceError`, and then keeps what is open."""
        driver = connect(self._target)
        self.close()
        self._connect(driver, None)
        self._prepare()

    def _ask_pragma(self, name: str) -> int:
        return int(self._driver.execute(f"PRAGMA {name}").fetchone()[0])

    def fetch(self, ids: Sequence[int], *, whole: bool = True) -> list[Record]:
        """Records of ``ids``, in that order; ids that do not exist are left out.

        ``whole=False`` loads only the first 512 bytes of buffers, for lists.
        """
        with self._explained():
            return self._loader.fetch(self._connection, ids, whole=whole)

    def nearest(self, event_id: int, descending: bool = False) -> int | None:
        """The first existing id at or after ``event_id`` (at or before it, descending)."""
        bounds = self.bounds()
        if bounds is None:
            return None
        low, high = bounds
        if not low <= event_id <= high:
            return (high if event_id > high else None) if descending else (low if event_id < low else None)
        with self._explained():
            return self._ids.nearest(self.schema.tables["event"], event_id, descending)

    # Questions that need a scan.

    def scan(
        self,
        condition: Condition | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
        descending: bool = False,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> Iterator[Chunk]:
        """Ids that match, of ``start`` to ``stop`` (inclusive), in chunks that are short transactions."""
        bounds = self.bounds()
        if bounds is None:
            return
        first, last = clip(start, stop, bounds)
        with self._explained():
            yield from self._scanner.ids(
                condition, first, last, descending=descending, cancelled=cancelled, pace=pace
            )

    def records(
        self,
        condition: Condition | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]:
        """Records that match, in order of id, in constant memory."""
        left = limit
        for chunk in self.scan(condition, start=start, stop=stop, descending=descending):
            for begin in range(0, len(chunk.ids), BATCH):
                ids = chunk.ids[begin : begin + BATCH]
                if left is not None:
                    ids = ids[:left]
                    left -= len(ids)
                yield from self.fetch(ids)
                if left == 0:
                    return

    def count(
        self,
        condition: Condition | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> int:
        """How many events match; of those looked at until ``cancelled()`` turned true."""
        bounds = self.bounds()
        if bounds is None:
            return 0
        first, last = clip(start, stop, bounds)
        with self._explained():
            counts = self._scanner.counts(condition, first, last, cancelled)
            return sum(matches for _, _, matches in counts)

    def count_chunks(
        self, start: int, stop: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, int, int]]:
        """(low, high, number of events) chunk by chunk: where ids have gaps, the number is smaller."""
        with self._explained():
            yield from self._scanner.counts(None, start, stop, cancelled)

    def table_counts(self) -> dict[str, int]:
        """Rows in each event table, by name."""
        counts: dict[str, int] = {}
        for name, table in self.schema.tables.items():
            with self._explained():
                ends = self._ids.ends(table)
                statement = select(func.count()).select_from(table)
                counts[name] = 0 if ends is None else self._count_rows(table, statement, *ends)
        return counts

    def matching(self, condition: Condition) -> Any:
        """The ids that match between the parameters ``low`` and ``high``, as a subquery for :meth:`rows`."""
        return self._scanner.matching(condition)

    def rows(
        self,
        statement: Any,
        table: str,
        *,
        start: int | None = None,
        stop: int | None = None,
        cancelled: Callable[[], bool] | None = None,
        plain: bool = False,
        halves: bool = False,
    ) -> Iterator[tuple[int, int, list[Any]]]:
        """Chunks (low, high, rows) of a Core statement over ``table`` with parameters ``low`` and ``high``.

        For what needs columns and no records: ``select(t.c.x).where(t.c.id.between(bindparam("low"),
        bindparam("high")))``.

        ``plain`` gives tuples of what is stored, in a third of the time. ``halves`` lets the rows of a chunk
        come in two parts, one after the other, each as if it were a chunk: where few rows say much, in half
        the time.
        """
        bounds = self.bounds()
        if bounds is None or table not in self.schema.tables:
            return
        first, last = clip(start, stop, bounds)
        with self._explained():
            source = self.schema.tables[table]
            yield from self._scanner.rows(statement, source, first, last, cancelled, plain, halves)

    def entities(
        self, member: str, columns: Sequence[str], cancelled: Callable[[], bool] | None = None
    ) -> Iterator[Sequence[Any]]:
        """Columns of all entities of SysFlow that events refer to as ``member``, in the order of the file."""
        table = self.schema.linked.get(member)
        if table is None:
            return
        key = tuple_(table.c.source, table.c.number)
        wanted = [type_coerce(table.c[name], NullType()) for name in columns]
        first = select(table.c.source, table.c.number, *wanted).order_by(*key).limit(_ENTITIES)
        statement, at = first, dict[str, int]()
        while cancelled is None or not cancelled():
            with self._explained():
                rows = self._connection.execute(statement, at).all()
            yield from (row[2:] for row in rows)
            if len(rows) < _ENTITIES:
                return
            statement = first.where(key > tuple_(bindparam("source"), bindparam("number")))
            at = {"source": rows[-1][0], "number": rows[-1][1]}

    def told_processes(
        self, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[object, object, object]]:
        """(pid, parent's pid, name) of every state of a process that Fibratus tells, in order of the file."""
        if self.schema.states is None:
            return
        table = self.schema.states.__table__
        wanted = [type_coerce(table.c[name], NullType()) for name in ("pid", "ppid", "name")]
        statement = select(table.c.number, *wanted).where(table.c.number > bindparam("after"))
        statement = statement.order_by(table.c.number).limit(_ENTITIES)
        after = -1
        while cancelled is None or not cancelled():
            with self._explained():
                rows = self._connection.execute(statement, {"after": after}).all()
            yield from ((pid, ppid, name) for _, pid, ppid, name in rows)
            if len(rows) < _ENTITIES:
                return
            after = rows[-1][0]

    def last_entity(self, member: str, wanted: Mapping[str, object]) -> Mapping[str, object] | None:
        """The last entity that events may refer to as ``member`` with these values, by column."""
        if member not in self.schema.linked:
            return None
        with self._explained():
            return last_entity(self._connection, self.schema.linked[member], wanted)

    def interrupt(self) -> None:
        """Stop what another thread is running on this trace; it sees a :class:`TraceError`."""
        self._driver.interrupt()
        if self._partner is not None:
            self._partner.interrupt()

    def close(self) -> None:
        if self._partner is not None:
            self._partner.close()
            self._partner = None
        self._connection.close()
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _count_rows(self, table: Any, statement: Any, first: int, last: int) -> int:
        ranged = statement.where(table.c.id >= bindparam("low"), table.c.id <= bindparam("high"))
        return sum(rows[0][0] for _, _, rows in self._scanner.rows(ranged, table, first, last))

    def _explained(self) -> _Explained:
        return _Explained(self.path, self._file)


class _Explained:
    """Turns database errors into :class:`TraceError`."""

    def __init__(self, path: Path, opened: Identity | None) -> None:
        self._path = path
        self._opened = opened

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(error, DBAPIError):
            raise explain(self._path, error, self._opened) from error
