"""Which values a field has in a trace, and how many events have each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import bindparam, case, func, literal, select

from tracetui.filter.field import Anything, Data, Derived, Field, Number, Source, Stored
from tracetui.filter.lookup import find
from tracetui.filter.scope import Scope
from tracetui.trace import Condition, Trace

MAX_VALUES = 50_000
"""Different values that are counted; further ones only add to :attr:`Census.others`."""

_GROUPED = 2
"""Columns up to which SQLite groups equal rows; more are seldom equal."""

Cancelled = Callable[[], bool]
Value = str | int


class Census:
    """Counts of the values of one field, growing step by step."""

    def __init__(self, trace: Trace, field: str, condition: Condition | None = None) -> None:
        """Of the events that match ``condition``, or of all. Raises ValueError for an unknown field."""
        tables = {name: trace.schema.columns(name) for name in trace.schema.tables}
        found = find(field, tables)
        if found is None:
            raise ValueError(f"unknown field {field!r}")
        self._trace = trace
        self._field: Field = found
        self._condition = condition
        self.counts: Counter[Value] = Counter()
        self.failures: Counter[Value] = Counter()
        """Failed system calls among them."""
        self.others = 0
        """Events whose value came after :data:`MAX_VALUES` others."""

    def top(self, limit: int) -> list[tuple[Value, int]]:
        """The most frequent values so far, with their counts."""
        return self.counts.most_common(limit)

    def steps(self, cancelled: Cancelled = lambda: False) -> Iterator[int]:
        """Go through the trace; yields after each short step the id it has come to."""
        sources = self._field.sources[: len(self._field.sources) - self._field.again]
        if any(isinstance(source, Derived) for source in sources) and self._field.words is not None:
            # Names are what people choose from; the numbers are the same events again.
            sources = tuple(source for source in sources if not isinstance(source, Number))
        for source in sources:
            yield from self._count(source, cancelled)

    def _count(self, source: Source, cancelled: Cancelled) -> Iterator[int]:
        scope = Scope(self._trace.schema)
        owner = scope.owner(source) or "event"
        if isinstance(source, Anything | Data) or not scope.has(source) or owner not in scope.schema.tables:
            return
        names = source.columns if isinstance(source, Derived) else (source.column,)
        columns = [scope.column(name) for name in names]
        grouped = len(columns) <= _GROUPED
        table = scope.schema.tables[owner]
        joined: Any = table
        for other in sorted(scope.tables - {owner}):
            beside = scope.schema.tables[other]
            joined = joined.outerjoin(beside, beside.c.id == table.c.id)
        failed, joined = self._failed(scope, table, joined)
        counted = (func.count(), func.sum(failed)) if grouped else (literal(1), failed)
        statement = (
            select(*columns, *counted)
            .select_from(joined)
            .where(table.c.id.between(bindparam("low"), bindparam("high")))
        )
        if self._condition is not None:
            statement = statement.where(table.c.id.in_(self._trace.matching(self._condition)))
        if grouped:
            statement = statement.group_by(*columns)
        value_of = _reader(source)
        for _, high, rows in self._trace.rows(statement, owner, cancelled=cancelled, plain=True):
            for row in rows:
                self._add(value_of(*row[:-2]), row[-2], row[-1] or 0)
            yield high

    def _failed(self, scope: Scope, table: Any, joined: Any) -> tuple[Any, Any]:
        """1 for a failed call, and what must be joined to know; only calls can fail."""
        call = scope.schema.tables.get("syscall")
        if call is None or table.name not in ("event", "syscall", "context"):
            return literal(0), joined
        if table is not call and "syscall" not in scope.tables:
            joined = joined.outerjoin(call, call.c.id == table.c.id)
        return case((scope.column("=errno").is_not(None), 1), else_=0), joined

    def _add(self, value: object, count: int, failures: int) -> None:
        if not isinstance(value, str | int):
            return
        if value in self.counts or len(self.counts) < MAX_VALUES:
            self.counts[value] += count
            self.failures[value] += failures
        else:
            self.others += count


def _reader(source: Source) -> Callable[..., object]:
    """How to get the value that people choose from a row of a source's columns."""
    if isinstance(source, Stored):
        absent, also = source.absent, source.also

        def stored(value: object) -> object:
            if not isinstance(value, str) or value in absent:
                return None
            return also(value) if also is not None else value

        return stored
    if isinstance(source, Derived):
        values = source.values
        return lambda *columns: next(iter(list(values(*columns))[-1:]), None)
    return lambda value: value if isinstance(value, int) else None
