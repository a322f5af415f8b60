"""Some thousand ascending ids, as a bit for each id of their range or as a list, whichever takes less."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

SIZE = 4096
"""Ids of a segment at most."""

_SPARSE = 16
"""Where fewer than one of so many ids are there, they are listed."""

_COMPACT_LIMIT = 1 << 32

_ABSENT, _PRESENT = b"01"
_FLAGS = bytes.maketrans(b"01", b"\0\1")


@dataclass(frozen=True, slots=True)
class Segment:
    """Ids from ``first`` to ``last``. They take 4 bytes each, 8 if large, a bit or two if frequent."""

    first: int
    last: int
    count: int
    _bits: int = field(repr=False)
    """Bit ``n`` tells whether ``first + n`` is there; unless ids are listed."""
    _listed: array[int] | None = field(repr=False)

    @classmethod
    def of(cls, ids: Sequence[int]) -> Segment:
        """A segment of ascending ids: one at least, :data:`SIZE` at most.

        An id may be there several times: a scan finds an event once for each table that has a row of it.
        """
        first, last, count = ids[0], ids[-1], len(ids)
        width = last - first + 1
        if width > _SPARSE * count or len(set(ids)) < count:
            return cls(first, last, count, 0, compact(ids))
        return cls(first, last, count, (1 << width) - 1 if count == width else _bits_of(ids), None)

    def ids(self) -> Sequence[int]:
        """All ids."""
        if self._listed is not None:
            return self._listed
        every = range(self.first, self.last + 1)
        if len(every) == self.count:
            return every
        flags = format(self._bits, "b").encode().translate(_FLAGS)
        return compact(tuple(compress(every, reversed(flags))))

    def position(self, event_id: int) -> int:
        """How many ids are below ``event_id``."""
        if self._listed is not None:
            return bisect_left(self._listed, event_id)
        below = min(max(event_id - self.first, 0), self.last - self.first + 1)
        return (self._bits & (1 << below) - 1).bit_count()


def segments_of(ids: Sequence[int]) -> list[Segment]:
    """Ascending ids, cut into segments."""
    return [Segment.of(ids[start : start + SIZE]) for start in range(0, len(ids), SIZE)]


def compact(ids: Sequence[int]) -> array[int]:
    """Ids in order, ascending or descending, 4 bytes each where they fit."""
    if isinstance(ids, array) and ids.typecode == "I":
        return ids
    fits = not ids or (min(ids[0], ids[-1]) >= 0 and max(ids[0], ids[-1]) < _COMPACT_LIMIT)
    return array("I" if fits else "q", ids)


def _bits_of(ids: Sequence[int]) -> int:
    last = ids[-1]
    flags = bytearray([_ABSENT]) * (last - ids[0] + 1)
    for event_id in ids:
        flags[last - event_id] = _PRESENT
    return int(flags, 2)
