"""A run of events in the index: their ids and, for each facet, their codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 1 << 16
"""Events of a block at most."""

Codes = NDArray[np.unsignedinteger[Any]]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Events in order of id. At most 12 bytes each: two for a facet's code, and for a sparse id."""

    first: int
    last: int
    count: int
    gaps: NDArray[np.uint16] | NDArray[np.uint32] | Ids | None
    """Ids less the one before, 0 for the first; ``None`` where they are consecutive."""
    codes: Mapping[str, Codes]
    """Codes of each event by the name of the facet."""

    @classmethod
    def of(cls, ids: Ids, codes: Mapping[str, Codes]) -> Block:
        """A block of ascending ids, of which there must be one at least."""
        first, last = int(ids[0]), int(ids[-1])
        gaps = None if last - first + 1 == len(ids) else _narrow_gaps(np.diff(ids, prepend=ids[:1]))
        return cls(first, last, len(ids), gaps, {name: narrow(part) for name, part in codes.items()})

    @property
    def ids(self) -> Ids:
        if self.gaps is None:
            return np.arange(self.first, self.last + 1, dtype=np.int64)
        return np.cumsum(self.gaps, dtype=np.int64) + self.first

    @property
    def size(self) -> int:
        """Bytes that the arrays take."""
        arrays = [*self.codes.values(), *(() if self.gaps is None else (self.gaps,))]
        return sum(array.nbytes for array in arrays if array.strides[0])

    def positions(self, start: int | None, stop: int | None) -> slice:
        """Where the ids from ``start`` to ``stop`` (both included) stand."""
        low = 0 if start is None else self._place(start)
        return slice(low, self.count if stop is None else self._place(stop + 1))

    def places(self, ids: Ids) -> NDArray[np.intp]:
        """Where ``ids`` stand; those that are not here are left out."""
        own = self.ids
        places: NDArray[np.intp] = np.searchsorted(own, ids)
        is_here: NDArray[np.bool_] = own[np.minimum(places, self.count - 1)] == ids
        return places[is_here]

    def _place(self, event_id: int) -> int:
        """Where the first id from ``event_id`` on stands."""
        if event_id <= self.first:
            return 0
        if event_id > self.last:
            return self.count
        return event_id - self.first if self.gaps is None else int(np.searchsorted(self.ids, event_id))

    def parts(self, size: int) -> Iterator[Block]:
        """The same events in blocks of at most ``size``."""
        if self.count <= size:
            yield self
            return
        for begin in range(0, self.count, size):
            part = slice(begin, begin + size)
            yield Block.of(self.ids[part], {name: codes[part] for name, codes in self.codes.items()})

    def joined(self, other: Block) -> Block:
        """This block and ``other``, which comes after it, as one."""
        return Block.of(
            np.concatenate((self.ids, other.ids)),
            {name: np.concatenate((part, other.codes[name])) for name, part in self.codes.items()},
        )


def _narrow_gaps(gaps: Ids) -> NDArray[np.uint16] | NDArray[np.uint32] | Ids:
    widest = int(gaps.max())
    if widest <= np.iinfo(np.uint16).max:
        return gaps.astype(np.uint16)
    return gaps.astype(np.uint32) if widest <= np.iinfo(np.uint32).max else gaps


def narrow(codes: Codes) -> Codes:
    """The same codes, one byte each where they fit, and none where all are unknown."""
    if not codes.any():
        return np.broadcast_to(np.zeros(1, np.uint8), len(codes))
    if codes.dtype == np.uint8 or (len(codes) and int(codes.max()) > 0xFF):
        return codes
    return codes.astype(np.uint8)
