"""How many events have each combination of codes: what counts need, without a look at the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import Block, Codes
from tracetui.analysis.index.facets import CALL, FD, PID, PROCNAME

TALLIED = (CALL.name, PROCNAME.name, PID.name, FD.name)
"""Facets whose codes are combined: two bytes each make one number."""

_BITS = 16

_REPEATED = 4
"""Events of a combination, in the mean, that make it worth keeping."""

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Combinations:
    """Combinations of codes in ascending order, and the number of events of each."""

    keys: Keys
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, block: Block) -> Combinations | None:
        """Those of a block; ``None`` where most events have one of their own."""
        keys = np.zeros(block.count, np.uint64)
        for facet in TALLIED:
            keys = keys << np.uint64(_BITS) | block.codes[facet]
        found, counts = np.unique(keys, return_counts=True)
        return cls(found, counts.astype(np.int64)) if len(found) * _REPEATED <= block.count else None

    @property
    def size(self) -> int:
        """Bytes that the arrays take."""
        return self.keys.nbytes + self.counts.nbytes


@dataclass(frozen=True, slots=True)
class Tally:
    """The combinations of all events."""

    examples: Block
    """One event of each combination; its id means nothing."""
    counts: NDArray[np.int64]
    """Events of each combination."""

    @classmethod
    def of(cls, parts: Sequence[Combinations | None]) -> Tally | None:
        """The sum of ``parts``; ``None`` where one is not known."""
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or not known:
            return None
        keys, places = np.unique(np.concatenate([part.keys for part in known]), return_inverse=True)
        counts = np.bincount(places, weights=np.concatenate([part.counts for part in known]))
        codes: dict[str, Codes] = {}
        left = keys
        for facet in reversed(TALLIED):
            codes[facet] = (left & np.uint64((1 << _BITS) - 1)).astype(np.uint16)
            left = left >> np.uint64(_BITS)
        return cls(Block.of(np.arange(len(keys), dtype=np.int64), codes), counts.astype(np.int64))
