"""Events in the order of time, for traces that have times and ids in another order.

Several recordings in one file, or flows that were written at their end, need sorting. Only ids and times are
sorted: 16 bytes an event.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import Any

from sqlalchemy import Integer, bindparam, select

from tracetui.events import Record
from tracetui.trace.condition import Condition
from tracetui.trace.rows import BATCH
from tracetui.trace.trace import Trace

RUN = 250_000
"""Events sorted at once; runs are merged while they are given away."""

FIRST = -(1 << 63)
"""Time of what comes before all that has one."""

_NOTHING = (1 << 63, 0)
"""After the last id."""

_Run = tuple["array[int]", "array[int]"]
"""Times and ids, sorted by time and then by id."""


class TimeOrder:
    """Takes ids with times, ids ascending; gives the ids by time, those of the same time ascending."""

    def __init__(self, run: int = RUN) -> None:
        self._size = run
        self._waiting: list[tuple[int, int]] = []
        self._runs: list[_Run] = []

    def add(self, event_id: int, time: int) -> None:
        """Take one event."""
        self._waiting.append((time, event_id))
        if len(self._waiting) >= self._size:
            self._close_run()

    def __iter__(self) -> Iterator[int]:
        self._close_run()
        runs = self._runs
        if all(before[0][-1] <= after[0][0] for before, after in pairwise(runs)):
            return chain.from_iterable(ids for _, ids in runs)
        merged = heapq.merge(*(zip(times, ids, strict=True) for times, ids in runs))
        return (event_id for _, event_id in merged)

    def _close_run(self) -> None:
        if self._waiting:
            self._waiting.sort()
            times, ids = zip(*self._waiting, strict=True)
            self._runs.append((array("q", times), array("q", ids)))
            self._waiting = []


def has_times(trace: Trace) -> bool:
    """Whether any event has a time."""
    return any(rows for rows in _times(trace, None, None))


def ids_by_time(trace: Trace, condition: Condition | None = None) -> Iterator[int]:
    """Ids of the events that match, in the order of time.

    An event without a time keeps its place behind the one before it.
    """
    order, before = TimeOrder(), FIRST
    for chunk in trace.scan(condition):
        known = list(chain.from_iterable(_times(trace, chunk.first, chunk.last)))
        for event_id, time in _timed(chunk.ids, known, before):
            order.add(event_id, time)
        before = known[-1][1] if known else before
    return iter(order)


def records_by_time(
    trace: Trace, condition: Condition | None = None, *, limit: int | None = None
) -> Iterator[Record]:
    """Records that match, in the order of time."""
    ids = islice(ids_by_time(trace, condition), limit)
    while batch := list(islice(ids, BATCH)):
        yield from trace.fetch(batch)


def _timed(ids: Sequence[int], known: Sequence[tuple[int, int]], before: int) -> Iterator[tuple[int, int]]:
    """Each of ``ids`` with the last time that is ``known`` at it; both ascend."""
    time, rest = before, iter(known)
    known_id, known_time = next(rest, _NOTHING)
    for event_id in ids:
        while known_id <= event_id:
            time = known_time
            known_id, known_time = next(rest, _NOTHING)
        yield event_id, time


def _times(trace: Trace, start: int | None, stop: int | None) -> Iterator[list[Any]]:
    """Chunks of (id, time), ids ascending, of the events that have a time."""
    table = trace.schema.tables.get("context")
    if table is None or "ts" not in table.c:
        return
    low, high = bindparam("low", type_=Integer), bindparam("high", type_=Integer)
    statement = select(table.c.id, table.c.ts).where(table.c.id.between(low, high), table.c.ts.is_not(None))
    ordered = statement.order_by(table.c.id)
    for _, _, rows in trace.rows(ordered, "context", start=start, stop=stop, plain=True):
        if rows:
            yield rows
