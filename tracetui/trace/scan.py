"""Walking a trace in short transactions: the answer to every question that has no index."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, func, select, true

from tracetui.trace.condition import Condition
from tracetui.trace.schema import Schema

CHUNK_SECONDS = 0.012
"""What a chunk may take; well below the 25 ms after which a writer would notice."""

FIRST_CHUNK = 2_000
MAX_CHUNK = 200_000


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

    def __init__(self, schema: Schema, connection: Connection) -> None:
        self._schema = schema
        self._connection = connection
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
        position: int | None = last if descending else first
        while position is not None and first <= position <= last:
            if cancelled is not None and cancelled():
                return
            if descending:
                low, high = max(position - pace.width + 1, first), position
            else:
                low, high = position, min(position + pace.width - 1, last)
            started = time.perf_counter()
            rows = list(self._connection.execute(statement, {"low": low, "high": high}).fetchall())
            pace.took(time.perf_counter() - started)
            yield low, high, rows
            beyond = low - 1 if descending else high + 1
            if not first <= beyond <= last:
                return
            # Ids may have gaps of any size: the next chunk starts at the next id that exists.
            position = self._nearest(source, beyond, descending)

    def _nearest(self, source: Table, event_id: int, descending: bool) -> int | None:
        if descending:
            statement = select(func.max(source.c.id)).where(source.c.id <= bindparam("id"))
        else:
            statement = select(func.min(source.c.id)).where(source.c.id >= bindparam("id"))
        found = self._connection.execute(statement, {"id": event_id}).scalar()
        return int(found) if found is not None else None

    def _source(self, condition: Condition | None) -> tuple[Table, Any]:
        """The table to walk: the driver alone where it suffices, else ``event``."""
        self._register(condition)
        if condition is None:
            return self._event, true()
        alone = condition.driver and not condition.reads_event and condition.tables <= {condition.driver}
        if alone and condition.driver in self._schema.tables:
            return self._schema.tables[condition.driver], condition.where
        return self._event, condition.where

    def _select(self, source: Table, clause: Any, condition: Condition | None, what: Any) -> Select[Any]:
        joined: Any = source
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


def clip(first: int | None, last: int | None, bounds: tuple[int, int]) -> tuple[int, int]:
    """The part of ``bounds`` between two optional ends, both inclusive."""
    low = bounds[0] if first is None else max(first, bounds[0])
    high = bounds[1] if last is None else min(last, bounds[1])
    return low, high
