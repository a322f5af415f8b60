"""Which event stands on which line: an ordered set of ids that is cheap to grow at both ends."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from tracetui.trace.segments import SIZE, Segment, segments_of


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
    """Events that match a filter: some bits each where many do, 4 bytes (8 for large ids) where few do.

    Not for use by two threads at once, as it remembers what was asked for last.
    """

    def __init__(self, ids: Sequence[int] = ()) -> None:
        """``ids`` are ascending."""
        self._segments = segments_of(ids)
        self._lines: list[int] = []
        """First line of each segment."""
        self._count = 0
        self._unpacked: tuple[Segment | None, Sequence[int]] = (None, ())
        self._number(0)

    def __len__(self) -> int:
        return self._count

    @property
    def last(self) -> int | None:
        """Highest id."""
        return self._segments[-1].last if self._segments else None

    def ids(self, start: int, stop: int) -> Sequence[int]:
        start, stop = max(start, 0), min(stop, self._count)
        found: list[int] = []
        place = bisect_right(self._lines, start) - 1
        while start < stop:
            ids, begin = self._ids_of(self._segments[place]), self._lines[place]
            found.extend(ids[start - begin : stop - begin])
            start, place = begin + len(ids), place + 1
        return found

    def position(self, event_id: int) -> int:
        place = bisect_left(self._segments, event_id, key=_first_of) - 1
        return self._lines[place] + self._segments[place].position(event_id) if place >= 0 else 0

    def extend(self, others: IdList) -> None:
        """Add ids above all that are there."""
        before = max(len(self._segments) - 1, 0)
        self._segments = _joined(self._segments, others._segments)
        self._number(before)

    def prepend(self, others: IdList) -> None:
        """Add ids below all that are there."""
        self._segments = _joined(list(others._segments), self._segments)
        self._number(0)

    def _ids_of(self, segment: Segment) -> Sequence[int]:
        """The ids of a segment; whoever asks for one line of it asks for those beside it, too."""
        if self._unpacked[0] is not segment:
            self._unpacked = (segment, segment.ids())
        return self._unpacked[1]

    def _number(self, start: int) -> None:
        """Number the lines from a segment on."""
        first = self._lines[start] if start < len(self._lines) else 0
        counts = (segment.count for segment in self._segments[start:])
        *self._lines[start:], self._count = accumulate(counts, initial=first)


def _joined(low: list[Segment], high: list[Segment]) -> list[Segment]:
    """``low``, extended by ``high``; two small segments that meet become one."""
    if low and high and low[-1].count + high[0].count <= SIZE:
        low[-1:] = [Segment.of([*low[-1].ids(), *high[0].ids()])]
        high = high[1:]
    low += high
    return low


def _first_of(segment: Segment) -> int:
    return segment.first
