"""Where the ids of a table are: ranges of them, their ends, and the way past gaps and damage."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import LARGEST, SMALLEST, STRIDES, Damage, farthest, is_damage


@dataclass(frozen=True, slots=True)
class Range:
    """Ids of a table from ``first`` to ``last``, both included; walked down where ``descending``."""

    source: Table
    first: int
    last: int
    descending: bool = False

    @property
    def start(self) -> int:
        return self.last if self.descending else self.first

    @property
    def end(self) -> int:
        return self.first if self.descending else self.last

    def holds(self, event_id: int | None) -> bool:
        return event_id is not None and self.first <= event_id <= self.last

    def chunk(self, position: int, width: int) -> tuple[int, int]:
        """The ``width`` ids from ``position`` on."""
        if self.descending:
            return max(position - width + 1, self.first), position
        return position, min(position + width - 1, self.last)

    def beyond(self, low: int, high: int) -> int:
        """The id that comes after a chunk."""
        return low - 1 if self.descending else high + 1


class Ids:
    """Where the ids of a table begin, go on and end, as far as that can be read."""

    def __init__(self, connection: Connection, driver: ReadConnection, damage: Damage, event: Table) -> None:
        self._connection = connection
        self._driver = driver
        self._damage = damage
        self._event = event

    def bounds(self) -> tuple[int, int] | None:
        """First and last event that can be read; ``None`` where there is none."""
        try:
            return self._ends(self._event)
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise
            if self._damage.bounds is None:
                start = self._any()
                if start is None:
                    raise
                nearest = partial(self.nearest, self._event)
                low, high = (farthest(nearest, start, descending) for descending in (True, False))
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

    def nearest(self, source: Table, event_id: int, descending: bool = False) -> int | None:
        """The first id at or after ``event_id`` (at or before it, descending)."""
        if descending:
            statement = select(func.max(source.c.id)).where(source.c.id <= bindparam("id"))
        else:
            statement = select(func.min(source.c.id)).where(source.c.id >= bindparam("id"))
        found = self._connection.execute(statement, {"id": event_id}).scalar()
        return int(found) if found is not None else None

    def beyond_damage(self, wanted: Range, event_id: int) -> int | None:
        """The next id that can be read, where those next to ``event_id`` cannot: sought from the far end."""
        # Damage hides a gap, which may be endless.
        self._damage.uncounted = True
        down = wanted.descending
        with suppress(DBAPIError):
            start = self.nearest(wanted.source, wanted.end, not down)
            if start is not None and (start < event_id if down else start > event_id):
                return farthest(partial(self.nearest, wanted.source), start, not down, event_id)
        return None

    def _ends(self, source: Table) -> tuple[int, int] | None:
        first = select(func.min(source.c.id)).scalar_subquery()
        last = select(func.max(source.c.id)).scalar_subquery()
        low, high = self._connection.execute(select(first, last)).one()
        return None if low is None else (int(low), int(high))

    def _any(self) -> int | None:
        """Some event that can be read, where the ends cannot."""
        for stride in STRIDES:
            for target, descending in ((stride, False), (stride, True), (-stride, True)):
                with suppress(DBAPIError):
                    found = self.nearest(self._event, max(min(target, LARGEST), SMALLEST), descending)
                    if found is not None:
                        return found
        return None
