"""Walking a trace in short transactions: the answer to every question that has no index."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Join,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.exc import DBAPIError

from tracetui.trace.condition import Condition, Part
from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import LARGEST, SMALLEST, STRIDES, Damage, Salvage, farthest, is_damage
from tracetui.trace.partner import ALONE, NARROW, Partner
from tracetui.trace.plain import Plain, rows_of
from tracetui.trace.schema import Schema

CHUNK_SECONDS = 0.008
"""What a chunk should take: half of :data:`tracetui.trace.connection.RANGE_SECONDS`, at which it is cut."""

BESIDE_SECONDS = 0.004
"""The same beside a logger, whose commit waits for the end of a chunk."""

FIRST_CHUNK = 2_000
MAX_CHUNK = 200_000

_QUICK_CHUNKS = 8
"""Chunks in which the right width is found."""

MAX_LOST_CHUNKS = 4
"""Chunks after each of which the way to the next id is damaged, before a farther one is sought."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Matching ids of the range ``first`` to ``last`` (both looked at), in the order of the scan."""

    ids: array[int]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Queries:
    """The same question for a range of ids (``low`` to ``high``) and for the one id ``low``.

    A query for a range looks one row beyond its end, which may be damaged; one for a single id does not.
    """

    range: Any
    single: Any


def _nobody() -> Partner | None:
    return None


def _never() -> bool:
    return False


class Pace:
    """Chooses the width of the next chunk so that each takes about as long as it should."""

    def __init__(self, width: int = FIRST_CHUNK) -> None:
        self.width = width
        self.seconds = CHUNK_SECONDS
        """What a chunk should take."""
        self.chunks = 0
        """Chunks so far, in all walks that keep this pace."""

    def took(self, seconds: float) -> None:
        """Learn from the last chunk."""
        self.chunks += 1
        # Later on, what is read too far on a busy machine is read again: it pays to grow slowly.
        fastest = 2.0 if self.chunks < _QUICK_CHUNKS else 1.2
        factor = min(max(self.seconds / max(seconds, 1e-6), 0.25), fastest)
        self.width = int(min(max(self.width * factor, 200), MAX_CHUNK))


class Scanner:
    """Scans of one trace over one connection. Not for use by two threads at once."""

    def __init__(
        self,
        schema: Schema,
        connection: Connection,
        driver: ReadConnection,
        damage: Damage,
        partner: Callable[[], Partner | None] = _nobody,
        is_written: Callable[[], bool] = _never,
    ) -> None:
        """``partner()`` gives the one that reads with it when a scan takes long; ``is_written()`` tells
        whether a logger is at work.
        """
        self._schema = schema
        self._connection = connection
        self._driver = driver
        self._damage = damage
        self._partner = partner
        self._is_written = is_written
        self._event = schema.tables["event"]

    def ids(
        self,
        condition: Condition | None,
        first: int,
        last: int,
        *,
        descending: bool = False,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
    ) -> Iterator[Chunk]:
        """Matching ids of ``first`` to ``last``, chunk by chunk, each chunk a transaction of its own.

        Stops without an error when ``cancelled()`` turns true between two chunks.
        """
        source = self._source(condition)

        def ids_of(single: bool) -> Any:
            selects = [self._select(part, _id_of, single) for part in _parts(condition)]
            found = (selects[0] if len(selects) == 1 else union_all(*selects)).subquery()
            # One row: for each more, SQLite waits, lock in hand, until the interpreter attends to it.
            return select(func.group_concat(found.c.event_id))

        queries = Queries(ids_of(False), ids_of(True))
        with _failing(condition):
            for low, high, rows in self._walk(
                source, queries, first, last, descending, cancelled, pace or Pace(), self._joining(condition)
            ):
                found = array("q")
                for row in rows:
                    found += _ascending(row[0])
                yield Chunk(found[::-1] if descending else found, low, high)

    def counts(
        self, condition: Condition | None, first: int, last: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, int, int]]:
        """(low, high, number of matches) of each chunk; their sum is the exact count."""
        source = self._source(condition)

        def count_of(single: bool) -> Any:
            counted = (self._select(part, _count_of, single) for part in _parts(condition))
            return select(reduce(add, (one.scalar_subquery() for one in counted)))

        queries = Queries(count_of(False), count_of(True))
        with _failing(condition):
            for low, high, rows in self._walk(
                source, queries, first, last, False, cancelled, Pace(), self._joining(condition)
            ):
                yield low, high, sum(row[0] for row in rows)

    def matching(self, condition: Condition) -> Any:
        """A subquery for the ids that match between the parameters low and high, for use in :meth:`rows`."""
        self._register(condition)
        selects = [self._select(part, _id_of, single=False) for part in _parts(condition)]
        return selects[0] if len(selects) == 1 else union_all(*selects)

    def rows(
        self,
        statement: Select[Any],
        source: Table,
        first: int,
        last: int,
        cancelled: Callable[[], bool] | None = None,
        plain: bool = False,
        halves: bool = False,
    ) -> Iterator[tuple[int, int, list[Any]]]:
        """Chunks (low, high, rows) of a statement over ``source`` that has the parameters low and high.

        ``plain`` rows are tuples of what is stored, in a third of the time.
        """
        has_id = any(source in _tables(part) for part in statement.get_final_froms())
        single = statement.where(source.c.id == bindparam("low")) if has_id else statement
        queries = Queries(Plain(statement), Plain(single)) if plain else Queries(statement, single)
        partner = self._joining(None) if halves else _nobody
        return self._walk(source, queries, first, last, False, cancelled, Pace(), partner)

    def bounds(self) -> tuple[int, int] | None:
        """First and last id that can be read; ``None`` where there is no event."""
        try:
            return self._ends(self._event)
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise
            if self._damage.bounds is None:
                start = self._any_id()
                if start is None:
                    raise
                low, high = (farthest(self.nearest, start, descending) for descending in (True, False))
                self._damage.bounds = low, high
        return self._damage.bounds

    def ends(self, source: Table) -> tuple[int, int] | None:
        """A range of ids that holds all of a table's: as narrow as the table tells, else the trace's."""
        try:
            return self._ends(source)
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise
            return self.bounds()

    def _ends(self, source: Table) -> tuple[int, int] | None:
        first = select(func.min(source.c.id)).scalar_subquery()
        last = select(func.max(source.c.id)).scalar_subquery()
        low, high = self._connection.execute(select(first, last)).one()
        return None if low is None else (int(low), int(high))

    def _any_id(self) -> int | None:
        """Some id that can be read, where the ends cannot."""
        for stride in STRIDES:
            for target, descending in ((stride, False), (stride, True), (-stride, True)):
                with suppress(DBAPIError):
                    found = self.nearest(max(min(target, LARGEST), SMALLEST), descending)
                    if found is not None:
                        return found
        return None

    def nearest(self, event_id: int, descending: bool = False) -> int | None:
        """The first id at or after ``event_id`` (at or before it, descending)."""
        return self._nearest(self._event, event_id, descending)

    def _walk(
        self,
        source: Table,
        queries: Queries,
        first: int,
        last: int,
        descending: bool,
        cancelled: Callable[[], bool] | None,
        pace: Pace,
        partner: Callable[[], Partner | None] = _nobody,
    ) -> Iterator[tuple[int, int, list[Any]]]:
        """Chunks of a range; after many at this pace, ``partner()`` reads a half of each."""
        helping: Partner | None = None
        pace.seconds = BESIDE_SECONDS if self._is_written() else CHUNK_SECONDS

        def read(low: int, high: int) -> list[Any]:
            query = queries.single if low == high else queries.range
            self._driver.divisible = low != high
            try:
                return rows_of(query, self._connection, self._driver, low, high)
            finally:
                self._driver.divisible = False
                pace.took(self._driver.took)

        def read_chunk(low: int, high: int) -> list[Any]:
            if helping is None or high - low < NARROW:
                return read(low, high)
            return helping.read_halves(queries.range, low, high, read, self._driver.turn)

        salvage = Salvage(self._damage, self._driver, every_id=source is self._event)
        lost = 0
        position: int | None = last if descending else first
        while position is not None and first <= position <= last:
            if cancelled is not None and cancelled():
                return
            if descending:
                low, high = max(position - pace.width + 1, first), position
            else:
                low, high = position, min(position + pace.width - 1, last)
            if helping is None and pace.chunks >= ALONE:
                helping = partner()
            is_empty = True
            for piece in salvage.pieces(read_chunk, low, high, descending):
                is_empty = is_empty and not _has_found(piece[2])
                yield piece
            beyond = low - 1 if descending else high + 1
            if not first <= beyond <= last:
                return
            if not is_empty:
                position, lost = beyond, 0
                continue
            try:
                # Ids may have gaps of any size: after one, the next chunk starts at the next id that exists.
                position, lost = self._nearest(source, beyond, descending), 0
            except DBAPIError as error:
                if not is_damage(error, self._driver):
                    raise
                position, lost = beyond, lost + 1
                if lost > MAX_LOST_CHUNKS:
                    # Damage hides a gap, which may be endless.
                    self._damage.uncounted = True
                    position = self._beyond_damage(source, beyond, first if descending else last, descending)

    def _beyond_damage(self, source: Table, event_id: int, end: int, descending: bool) -> int | None:
        """The next id that can be read, where those next to ``event_id`` cannot: sought from the far end."""
        with suppress(DBAPIError):
            start = self._nearest(source, end, not descending)
            if start is not None and (start < event_id if descending else start > event_id):
                return farthest(partial(self._nearest, source), start, not descending, event_id)
        return None

    def _nearest(self, source: Table, event_id: int, descending: bool) -> int | None:
        if descending:
            statement = select(func.max(source.c.id)).where(source.c.id <= bindparam("id"))
        else:
            statement = select(func.min(source.c.id)).where(source.c.id >= bindparam("id"))
        found = self._connection.execute(statement, {"id": event_id}).scalar()
        return int(found) if found is not None else None

    def _has_no_row(self, event: Table, tables: Iterable[str]) -> Any:
        """Whether an event has no row in the table that its type names, if that is one of ``tables``."""
        lookups = {
            name: ~exists().where(self._schema.tables[name].c.id == event.c.id).correlate(event)
            for name in sorted(tables)
        }
        return case(lookups, value=event.c.type, else_=true())

    def _source(self, condition: Condition | None) -> Table:
        """The table whose ids lead from chunk to chunk: that of the only part, else ``event``."""
        self._register(condition)
        alone = condition is not None and len(condition.parts) == 1
        return self._schema.tables[condition.parts[0].source] if condition and alone else self._event

    def _select(self, part: Part, what: Callable[[Table], Any], single: bool) -> Select[Any]:
        source = self._schema.tables[part.source]
        joined: Any = source
        for name in sorted(part.tables - {part.source}):
            table = self._schema.tables[name]
            # The sum hides the source's key from SQLite, which else may walk all events to find a few rows.
            joined = joined.join(table, table.c.id == source.c.id + 0, isouter=name != "event")
        clause = part.where
        if part.without:
            clause = and_(clause, self._has_no_row(source, part.without))
        ids = source.c.id
        wanted = [ids == bindparam("low")] if single else [ids >= bindparam("low"), ids <= bindparam("high")]
        return select(what(source)).select_from(joined).where(*wanted, clause)

    def _joining(self, condition: Condition | None) -> Callable[[], Partner | None]:
        """The partner, ready for ``condition``."""

        def join() -> Partner | None:
            partner = self._partner()
            if partner is not None and condition is not None:
                partner.register(condition.functions)
            return partner

        return join

    def _register(self, condition: Condition | None) -> None:
        for function in condition.functions if condition else ():
            self._driver.add_function(
                function.name, function.nargs, function.callable, function.deterministic
            )


def _parts(condition: Condition | None) -> tuple[Part, ...]:
    return (Part(true()),) if condition is None else condition.parts or (Part(false()),)


def _id_of(source: Table) -> Any:
    return source.c.id.label("event_id")


def _ascending(joined: str | None) -> array[int]:
    """Ids from the list that SQLite makes of them, whose order it leaves open."""
    return array("q", sorted(map(int, joined.split(",")))) if joined else array("q")


def _count_of(source: Table) -> Any:
    return func.count()


@contextmanager
def _failing(condition: Condition | None) -> Iterator[None]:
    """Raise what a function of ``condition`` gave up with, in the place of SQLite's bare word."""
    try:
        yield
    except DBAPIError:
        failure = condition.failure() if condition is not None else None
        if failure is None:
            raise
        raise failure from None


def _has_found(rows: list[Any]) -> bool:
    """Whether there are ids or numbers other than 0 in the first column of an answer."""
    return any(row[0] for row in rows)


def _tables(part: FromClause) -> list[FromClause]:
    """The tables that one part of a FROM clause joins."""
    return [*_tables(part.left), *_tables(part.right)] if isinstance(part, Join) else [part]


def clip(first: int | None, last: int | None, bounds: tuple[int, int]) -> tuple[int, int]:
    """The part of ``bounds`` between two optional ends, both inclusive."""
    low = bounds[0] if first is None else max(first, bounds[0])
    high = bounds[1] if last is None else min(last, bounds[1])
    return low, high
