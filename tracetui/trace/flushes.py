"""Where the logger's flushes begin, told from the order of types.

Since v2.2.52 a flush writes one contiguous block of ids per type, in the order in which it first met them.
A type that comes again therefore starts a new flush. It is a lower bound: two flushes whose types follow on
without repeating look like one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, func, select

from tracetui.events import Era

if TYPE_CHECKING:
    from tracetui.trace.trace import Trace

GROUPED_ERAS = frozenset({Era.V3A, Era.V3B})
"""Eras whose ids are given by type inside a flush; in the others ids follow the order of logging."""

MANY, SHORT = 10_000, 16
"""Where there are so many flushes, of fewer events each in the mean, ids do not follow the types: a logger
that keeps the order of the events gave them."""


class Flushes:
    """First ids of the flushes seen so far, in order; none where types follow each other without order."""

    def __init__(self) -> None:
        self.is_grouped = True
        """Whether types come in blocks, as far as that was seen."""
        self._starts = array("q")
        self._seen: set[str] = set()
        self._type: str | None = None

    def __len__(self) -> int:
        return len(self._starts)

    def feed(self, event_id: int, event_type: str) -> bool:
        """Take note of an event whose type differs from its predecessor's; true where a flush begins."""
        if event_type == self._type or not self.is_grouped:
            return False
        self._type = event_type
        begins = event_type in self._seen or not self._starts
        if begins:
            self._starts.append(event_id)
            self._seen.clear()
            self._look_at_lengths()
        self._seen.add(event_type)
        return begins and self.is_grouped

    def _look_at_lengths(self) -> None:
        starts = self._starts
        if len(starts) == MANY and starts[-1] - starts[0] < MANY * SHORT:
            self.is_grouped = False
            self._starts = array("q")

    def begins_at(self, event_id: int) -> bool:
        """Whether a flush begins with this event."""
        index = bisect_right(self._starts, event_id) - 1
        return index >= 0 and self._starts[index] == event_id

    def number(self, event_id: int) -> int:
        """The flush that an event belongs to, from 1; 0 where that is not known."""
        return bisect_right(self._starts, event_id)


def type_changes(
    trace: Trace,
    start: int | None = None,
    stop: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[int, str]]:
    """(id, type) of every event whose predecessor in the same chunk has another type."""
    event: Any = trace.schema.tables["event"]
    low, high = bindparam("low", type_=Integer), bindparam("high", type_=Integer)
    asked = select(event.c.id, event.c.type).where(event.c.id >= low, event.c.id <= high)
    # With the limit, SQLite does not look beyond the last row, where the file may be damaged.
    chunk = asked.order_by(event.c.id).limit(high - low + 1).subquery()
    before = func.lag(chunk.c.type).over(order_by=chunk.c.id).label("before")
    inner = select(chunk.c.id, chunk.c.type, before).subquery()
    statement = select(inner.c.id, inner.c.type).where(inner.c.before.is_distinct_from(inner.c.type))
    ordered = statement.order_by(inner.c.id)
    for _, _, rows in trace.rows(ordered, "event", start=start, stop=stop, cancelled=cancelled):
        yield from ((int(row[0]), str(row[1])) for row in rows)
