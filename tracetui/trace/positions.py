"""Which event stands on which line: an ordered set of ids that is cheap to grow at both ends."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

_COMPACT_LIMIT = 1 << 32


def compact(ids: array[int]) -> array[int]:
    """Ids in order, ascending or descending, 4 bytes each where they fit."""
    if ids.typecode == "I" or not ids:
        return ids if ids else array("I")
    low, high = min(ids[0], ids[-1]), max(ids[0], ids[-1])
    return array("I", ids) if low >= 0 and high < _COMPACT_LIMIT else ids


class Positions(Protocol):
    """The ids of a view in ascending order, addressed by line."""

    def __len__(self) -> int: ...

    def ids(self, start: int, stop: int) -> Sequence[int]:
        """Ids of lines ``start`` to ``stop`` (exclusive), as far as there are any."""

    def position(self, event_id: int) -> int:
        """Line of the first id that is not below ``event_id``; the number of lines if there is none."""


class IdRuns:
    """All events of a trace: runs of consecutive ids. A trace without gaps is one run."""

    def __init__(self) -> None:
        self._first = array("q")
        self._line = array("q")
        self._count = 0

    @classmethod
    def dense(cls, first: int, last: int) -> IdRuns:
        """Every id from ``first`` to ``last``."""
        runs = cls()
        runs.append_range(first, last)
        return runs

    def __len__(self) -> int:
        return self._count

    @property
    def runs(self) -> int:
        """Number of runs; what the memory grows with."""
        return len(self._first)

    @property
    def last(self) -> int | None:
        """Highest id."""
        if not self._first:
            return None
        return self._first[-1] + (self._count - self._line[-1]) - 1

    def append_range(self, first: int, last: int) -> None:
        """Add every id from ``first`` to ``last``, above all that are there."""
        if last < first:
            return
        if self.last is None or self.last + 1 != first:
            self._first.append(first)
            self._line.append(self._count)
        self._count += last - first + 1

    def ids(self, start: int, stop: int) -> Sequence[int]:
        start, stop = max(start, 0), min(stop, self._count)
        if start >= stop:
            return []
        run = bisect_right(self._line, start) - 1
        found: list[int] = []
        while start < stop:
            end = self._line[run + 1] if run + 1 < len(self._line) else self._count
            first = self._first[run] + start - self._line[run]
            taken = min(end, stop) - start
            found.extend(range(first, first + taken))
            start += taken
            run += 1
        return found

    def position(self, event_id: int) -> int:
        run = bisect_right(self._first, event_id) - 1
        if run < 0:
            return 0
        end = self._line[run + 1] if run + 1 < len(self._line) else self._count
        return min(self._line[run] + event_id - self._first[run], end)


class IdList:
    """Events that match a filter: their ids, 4 bytes each where they fit and 8 elsewhere."""

    def __init__(self, ids: Sequence[int] = ()) -> None:
        self._ids = array("I")
        self.extend(ids)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def last(self) -> int | None:
        """Highest id."""
        return self._ids[-1] if self._ids else None

    def ids(self, start: int, stop: int) -> Sequence[int]:
        return self._ids[max(start, 0) : max(stop, 0)].tolist()

    def position(self, event_id: int) -> int:
        return bisect_left(self._ids, event_id)

    def extend(self, ids: Sequence[int]) -> None:
        """Add ascending ids, above all that are there."""
        if ids:
            added = self._fitting(ids)
            self._ids.extend(added)

    def prepend(self, ids: Sequence[int]) -> None:
        """Add ascending ids, below all that are there."""
        if ids:
            added = self._fitting(ids)
            added.extend(self._ids)
            self._ids = added

    def _fitting(self, ids: Sequence[int]) -> array[int]:
        """``ids`` as an array of this list's item type, which is widened first where it must."""
        if self._ids.typecode == "I" and not (ids[0] >= 0 and ids[-1] < _COMPACT_LIMIT):
            self._ids = array("q", self._ids)
        return array(self._ids.typecode, ids)
