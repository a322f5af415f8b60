"""Walking a trace in short transactions: the answer to every question that has no index."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
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
from tracetui.trace.ids import Range
from tracetui.trace.pace import Pace
from tracetui.trace.partner import Partner
from tracetui.trace.plain import Plain
from tracetui.trace.schema import Schema
from tracetui.trace.walk import FindPartner, Piece, Queries, Walker, nobody


@dataclass(frozen=True, slots=True)
class Chunk:
    """Matching ids of the range ``first`` to ``last`` (both looked at), in the order of the scan."""

    ids: array[int]
    first: int
    last: int


class Scanner:
    """Asks every event of a range. Not for use by two threads at once."""

    def __init__(
        self, schema: Schema, walker: Walker, driver: ReadConnection, partner: FindPartner = nobody
    ) -> None:
        """``partner()`` gives the one that reads with it when a scan takes long."""
        self._schema = schema
        self._walker = walker
        self._driver = driver
        self._partner = partner
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
        wanted = Range(self._source(condition), first, last, descending)

        def ids_of(single: bool) -> Any:
            selects = [self._select(part, _id_of, single) for part in _parts(condition)]
            found = (selects[0] if len(selects) == 1 else union_all(*selects)).subquery()
            # One row: for each more, SQLite waits, lock in hand, until the interpreter attends to it.
            return select(func.group_concat(found.c.event_id))

        queries = Queries(Plain(ids_of(False)), Plain(ids_of(True)))
        with _failing(condition):
            for low, high, rows in self._walker.pieces(
                queries, wanted, cancelled, pace, self._joining(condition)
            ):
                found = array("q")
                for row in rows:
                    found += _ascending(row[0])
                yield Chunk(found[::-1] if descending else found, low, high)

    def counts(
        self, condition: Condition | None, first: int, last: int, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, int, int]]:
        """(low, high, number of matches) of each chunk; their sum is the exact count."""
        wanted = Range(self._source(condition), first, last)

        def count_of(single: bool) -> Any:
            counted = (self._select(part, _count_of, single) for part in _parts(condition))
            return select(reduce(add, (one.scalar_subquery() for one in counted)))

        queries = Queries(Plain(count_of(False)), Plain(count_of(True)))
        with _failing(condition):
            for low, high, rows in self._walker.pieces(
                queries, wanted, cancelled, partner=self._joining(condition)
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
    ) -> Iterator[Piece]:
        """Chunks (low, high, rows) of a statement over ``source`` that has the parameters low and high.

        ``plain`` rows are tuples of what is stored, in a third of the time.
        """
        has_id = any(source in _tables(part) for part in statement.get_final_froms())
        single = statement.where(source.c.id == bindparam("low")) if has_id else statement
        queries = Queries(Plain(statement), Plain(single)) if plain else Queries(statement, single)
        partner = self._joining(None) if halves else nobody
        return self._walker.pieces(queries, Range(source, first, last), cancelled, partner=partner)

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

    def _joining(self, condition: Condition | None) -> FindPartner:
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


def _tables(part: FromClause) -> list[FromClause]:
    """The tables that one part of a FROM clause joins."""
    return [*_tables(part.left), *_tables(part.right)] if isinstance(part, Join) else [part]


def clip(first: int | None, last: int | None, bounds: tuple[int, int]) -> tuple[int, int]:
    """The part of ``bounds`` between two optional ends, both inclusive."""
    low = bounds[0] if first is None else max(first, bounds[0])
    high = bounds[1] if last is None else min(last, bounds[1])
    return low, high
