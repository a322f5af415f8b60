"""What of a trace cannot be read, and how to read around it."""

from __future__ import annotations

import sqlite3
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.exc import DBAPIError

from tracetui.trace.connection import ReadConnection

FAILURES_A_GRAIN = 2_000
"""Failed reads after which pieces that are given up become twice as large: so that a scan ends."""

SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1
"""The integers that SQLite can hold."""

_LOCAL = ("malformed", "disk I/O error", "too big")
"""What SQLite says where it cannot read one place of a file, though perhaps others."""

STRIDES = sorted({(8 + part) << exponent >> 3 for exponent in range(64) for part in range(8)})
"""Distances at which a way past damage is sought: each at most an eighth longer than the one before."""

Read = Callable[[int, int], list[Any]]
"""Rows of a range of ids, both ends inclusive."""


class Damage:
    """Ids of events that could not be read, or not whole. Shared by all connections to a trace."""

    def __init__(self, cut: bool = False, schema: bool = False) -> None:
        """``cut``: the file is shorter than its first page says; ``schema``: not all tables are known."""
        self.cut = cut
        self.schema = schema
        self.uncounted = False
        """Whether there is damage of which nobody knows how many events it hides."""
        self.bounds: tuple[int, int] | None = None
        """First and last id that can be read, where the ends of the trace are damaged."""
        self._low: list[int] = []
        self._high: list[int] = []
        self._lock = threading.Lock()

    def add(self, low: int, high: int) -> None:
        """Take note that ``low`` to ``high`` (inclusive) cannot be read."""
        with self._lock:
            first = bisect_left(self._high, low - 1)
            last = bisect_right(self._low, high + 1)
            if first < last:
                low, high = min(low, self._low[first]), max(high, self._high[last - 1])
            self._low[first:last] = [low]
            self._high[first:last] = [high]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Ids that cannot be read, as disjoint ascending ranges, both ends inclusive."""
        with self._lock:
            return list(zip(self._low, self._high, strict=True))

    @property
    def count(self) -> int:
        """How many ids that is; where ids have gaps, there are fewer events."""
        return sum(high - low + 1 for low, high in self.ranges)

    def _how_many(self) -> str:
        return "1 event" if self.count == 1 else f"{self.count:,} events"

    @property
    def sentence(self) -> str | None:
        """What to tell the user; ``None`` where nothing is damaged as far as the trace was read."""
        ranges = self.ranges
        parts = ["the file is cut off"] if self.cut else []
        parts += ["its schema cannot be read as a whole"] if self.schema else []
        if ranges:
            shown = ", ".join(
                f"{low:,}" if low == high else f"{low:,} to {high:,}" for low, high in ranges[:3]
            )
            more = f" and {len(ranges) - 3:,} ranges more" if len(ranges) > 3 else ""
            parts.append(f"{self._how_many()} cannot be read, or not whole (id {shown}{more})")
        if self.uncounted or self.bounds is not None:
            parts.append("how much more is lost cannot be told")
        return f"damaged: {'; '.join(parts)}" if parts else None


class Salvage:
    """Reads ranges of ids around what cannot be read, and takes note of that. Meant for one walk."""

    def __init__(self, damage: Damage, driver: ReadConnection, every_id: bool = True) -> None:
        """``every_id``: whether each id in a range is one of an event that should be found there."""
        self._damage = damage
        self._every_id = every_id
        self._driver = driver
        self._failures = 0

    def pieces(
        self, read: Read, low: int, high: int, descending: bool = False
    ) -> Iterator[tuple[int, int, list[Any]]]:
        """(low, high, rows) of the parts of a range that can be read; normally of the range as a whole."""
        pending = [(low, high)]
        while pending:
            low, high = pending.pop()
            try:
                rows = read(low, high)
            except DBAPIError as error:
                if not is_damage(error, self._driver):
                    raise
                pending += self._halves(low, high, descending, slow=self._driver.expired)
            else:
                self._failures //= 2
                yield low, high, rows

    def _halves(self, low: int, high: int, descending: bool, slow: bool) -> list[tuple[int, int]]:
        """What to try instead of a range that failed, last first; nothing where it is small enough.

        A range that was ``slow`` is never given up: but for one id, nothing is wrong with it.
        """
        grain = 1 if slow else 1 << (self._failures // FAILURES_A_GRAIN)
        self._failures += not slow
        if high - low < grain:
            if self._every_id:
                self._damage.add(low, high)
            else:
                self._damage.uncounted = True
            return []
        middle = (low + high) // 2
        halves = [(low, middle), (middle + 1, high)]
        return halves if descending else halves[::-1]


def is_damage(error: Exception, driver: sqlite3.Connection | None = None) -> bool:
    """Whether other places of the file may still be read; also for a statement that took too long."""
    said = str(getattr(error, "orig", None) or error)
    if "interrupted" in said or "user-defined function" in said:
        return isinstance(driver, ReadConnection) and driver.expired
    return any(words in said for words in _LOCAL)


def farthest(
    nearest: Callable[[int, bool], int | None], start: int, descending: bool, limit: int | None = None
) -> int:
    """The last id, up to ``limit``, that can be reached from ``start`` where the way there is damaged.

    ``nearest(id, descending)`` is that of :class:`tracetui.trace.ids.Ids` for one table. Strides grow, and
    begin anew from the farthest id that was found until they lead nowhere.
    """
    lowest, highest = (limit if limit is not None else end for end in (SMALLEST, LARGEST))
    best, led_on = start, True
    while led_on:
        led_on = False
        for stride in STRIDES:
            target = max(best - stride, lowest) if descending else min(best + stride, highest)
            try:
                found = nearest(target, not descending)
            except DBAPIError as error:
                if not is_damage(error):
                    raise
                continue
            if found is not None and (found < best if descending else found > best):
                best, led_on = found, True
    return best
