"""What the index knows at one moment: it can be asked while a background pass adds to it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import SIZE, Block, Codes
from tracetui.analysis.index.facets import FACETS, PATH, Dictionary
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
    paths_to: int | None = None
    """The last id of which the index knows, or knows that it cannot know, which files the event names."""

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

    @property
    def paths_from(self) -> int | None:
        """The first id of which the index may not know which files the event names."""
        return None if self.paths_to is None else self.paths_to + 1

    def with_paths(self, blocks: Sequence[Block]) -> Contents:
        """These with ``blocks``, which hold what events name, in the place of those that did not."""
        if not blocks:
            return self
        first = bisect_left(self.blocks, blocks[0].first, key=lambda block: block.first)
        made = (*self.blocks[:first], *blocks, *self.blocks[first + len(blocks) :])
        total = reduce(_sum, (_count(block.codes[PATH.name]) for block in made))
        found = replace(self, blocks=made, totals={**self.totals, PATH.name: total}, paths_to=blocks[-1].last)
        # The codes that are tallied are the same: to add them up again would take twice their memory.
        vars(found)["tally"] = self.tally
        return found

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
