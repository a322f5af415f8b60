"""Walking a trace in short transactions: the answer to every question that has no index."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, FromClause, Join, Select, Table, bindparam, func, select, true
from sqlalchemy.exc import DBAPIError

from tracetui.trace.condition import Condition
from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import LARGEST, STRIDES, Damage, Salvage, farthest, is_damage
from tracetui.trace.schema import Schema

CHUNK_SECONDS = 0.012
"""What a chunk may take; well below the 25 ms after which a writer would notice."""

FIRST_CHUNK = 2_000
MAX_CHUNK = 200_000

MAX_LOST_CHUNKS = 4
"""Chunks after each of which the way to the next id is damaged, before a farther one is sought."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Matching ids of the range ``first`` to ``last`` (both looked at), in the order of the scan."""

    ids: array[int]
    first: int
    last: int


class Pace:
    """Chooses the width of the next chunk so that each takes about :data:`CHUNK_SECONDS`."""

    def __init__(self, width: int = FIRST_CHUNK) -> None:
        self.width = width

    def took(self, seconds: float) -> None:
        """Learn from the last chunk."""
        factor = min(max(CHUNK_SECONDS / max(seconds, 1e-6), 0.25), 2.0)
        self.width = int(min(max(self.width * factor, 200), MAX_CHUNK))


class Scanner:
    """Scans of one trace over one connection. Not for use by two threads at once."""

    def __init__(
        self, schema: Schema, connection: Connection, driver: ReadConnection, damage: Damage
    ) -> None:
        self._schema = schema
        self._connection = connection
        self._driver = driver
        self._damage = damage
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
        source, clause = self._source(condition)
        order = source.c.id.desc() if descending else source.c.id
        statement = self._select(source, clause, condition, source.c.id).order_by(order)
        with _failing(condition):
            for low, high, rows in self._walk(
                source, statement, first, last, descending, cancelled, pace or Pace()
            ):
                yield Chunk(array("q", (row[0] for row in rows)), low, high)

    def counts(
        self, condition: Condition | None, first: int, last: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, int, int]]:
        """(low, high, number of matches) of each chunk; their sum is the exact count."""
        source, clause = self._source(condition)
        statement = self._select(source, clause, condition, func.count())
        with _failing(condition):
            for low, high, rows in self._walk(source, statement, first, last, False, cancelled, Pace()):
                yield low, high, rows[0][0]

    def rows(
        self,
        statement: Select[Any],
        source: Table,
        first: int,
        last: int,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[tuple[int, int, list[Any]]]:
        """Chunks (low, high, rows) of a statement over ``source`` that has the parameters low and high."""
        return self._walk(source, statement, first, last, False, cancelled, Pace())

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
                    found = self.nearest(min(target, LARGEST), descending)
                    if found is not None:
                        return found
        return None

    def nearest(self, event_id: int, descending: bool = False) -> int | None:
        """The first id at or after ``event_id`` (at or before it, descending)."""
        return self._nearest(self._event, event_id, descending)

    def _walk(
        self,
        source: Table,
        statement: Select[Any],
        first: int,
        last: int,
        descending: bool,
        cancelled: Callable[[], bool] | None,
        pace: Pace,
    ) -> Iterator[tuple[int, int, list[Any]]]:
        # A range query looks one row beyond its end, which may be damaged; a query for one id does not.
        has_id = any(source in _tables(part) for part in statement.get_final_froms())
        single = statement.where(source.c.id == bindparam("low")) if has_id else statement

        def read(low: int, high: int) -> list[Any]:
            started = time.perf_counter()
            query = single if low == high else statement
            try:
                return list(self._connection.execute(query, {"low": low, "high": high}).fetchall())
            finally:
                pace.took(time.perf_counter() - started)

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
            yield from salvage.pieces(read, low, high, descending)
            beyond = low - 1 if descending else high + 1
            if not first <= beyond <= last:
                return
            try:
                # Ids may have gaps of any size: the next chunk starts at the next id that exists.
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

    def _source(self, condition: Condition | None) -> tuple[Table, Any]:
        """The table to walk: the driver where there is one, else ``event``."""
        self._register(condition)
        if condition is None:
            return self._event, true()
        return self._schema.tables[condition.driver or "event"], condition.where

    def _select(self, source: Table, clause: Any, condition: Condition | None, what: Any) -> Select[Any]:
        joined: Any = source
        if condition and condition.reads_event and source is not self._event:
            joined = joined.join(self._event, self._event.c.id == source.c.id)
        for name in sorted(condition.tables if condition else ()):
            table = self._schema.tables[name]
            if table is not source:
                joined = joined.outerjoin(table, table.c.id == source.c.id)
        return (
            select(what)
            .select_from(joined)
            .where(source.c.id >= bindparam("low"), source.c.id <= bindparam("high"), clause)
        )

    def _register(self, condition: Condition | None) -> None:
        driver = self._connection.connection.driver_connection
        for function in condition.functions if condition else ():
            driver.create_function(  # type: ignore[union-attr]
                function.name, function.nargs, function.callable, deterministic=function.deterministic
            )


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


def _tables(part: FromClause) -> list[FromClause]:
    """The tables that one part of a FROM clause joins."""
    return [*_tables(part.left), *_tables(part.right)] if isinstance(part, Join) else [part]


def clip(first: int | None, last: int | None, bounds: tuple[int, int]) -> tuple[int, int]:
    """The part of ``bounds`` between two optional ends, both inclusive."""
    low = bounds[0] if first is None else max(first, bounds[0])
    high = bounds[1] if last is None else min(last, bounds[1])
    return low, high
