"""What the index knows at one moment: it can be asked while a background pass adds to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import SIZE, Block, Codes
from tracetui.analysis.index.facets import FACETS, Dictionary
from tracetui.analysis.index.tally import Combinations, Tally
from tracetui.events import Era

Totals = Mapping[str, NDArray[np.int64]]
"""Number of events by code, for each facet."""


@dataclass(frozen=True)
class Contents:
    """Blocks of events from the first one of a trace, and the dictionaries of their codes.

    The dictionaries may have grown since: codes in the blocks are those below the length of the totals.
    """

    era: Era | None
    """The era by whose rules the values were read; ``None`` before any was."""
    dictionaries: Mapping[str, Dictionary]
    blocks: tuple[Block, ...]
    totals: Totals
    combinations: tuple[Combinations | None, ...] = ()
    """Those of all blocks but the last one, to which events may still be added."""

    @cached_property
    def tally(self) -> Tally | None:
        """The combinations of codes of all events; ``None`` where there are too many."""
        return Tally.of([*self.combinations, *map(Combinations.of, self.blocks[len(self.combinations) :])])

    @classmethod
    def empty(cls, era: Era | None = None) -> Contents:
        dictionaries = {facet.name: Dictionary(facet.read) for facet in FACETS}
        return cls(era, dictionaries, (), {facet.name: np.zeros(1, np.int64) for facet in FACETS})

    @property
    def ready_to(self) -> int | None:
        return self.blocks[-1].last if self.blocks else None

    def appended(self, piece: Block) -> Contents:
        """These and the events of ``piece``, which come after them."""
        blocks = list(self.blocks)
        joins = bool(blocks) and blocks[-1].count + piece.count <= SIZE
        blocks.extend((blocks.pop().joined(piece) if joins else piece).parts(SIZE))
        totals = {name: _sum(total, _count(piece.codes[name])) for name, total in self.totals.items()}
        added = tuple(Combinations.of(block) for block in blocks[len(self.combinations) : -1])
        return replace(self, blocks=tuple(blocks), totals=totals, combinations=self.combinations + added)

    def within(self, start: int | None, stop: int | None, descending: bool = False) -> Iterator[Block]:
        """Blocks that have ids from ``start`` to ``stop``, both included."""
        for block in reversed(self.blocks) if descending else self.blocks:
            if (start is None or block.last >= start) and (stop is None or block.first <= stop):
                yield block


def _count(codes: Codes) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.bincount(codes).astype(np.int64)
    return found


def _sum(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    found: NDArray[np.int64] = long.copy()
    found[: len(short)] += short
    return found
