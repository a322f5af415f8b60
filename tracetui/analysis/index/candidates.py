"""Which events of a part of the trace match as far as the index knows, and which are in question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracetui.analysis.index.block import Block, Ids
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.decisions import Decision


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ids in ascending order."""

    sure: Ids
    """Events that match."""
    open: Ids
    """Events of which only a scan can tell."""


def candidates(contents: Contents, decision: Decision, start: int | None, stop: int | None) -> Candidates:
    """The candidates among the events from ``start`` to ``stop``, both included."""
    parts = [candidates_in(block, decision, start, stop) for block in contents.within(start, stop)]
    return Candidates(
        concatenated([part.sure for part in parts]), concatenated([part.open for part in parts])
    )


def candidates_in(block: Block, decision: Decision, start: int | None, stop: int | None) -> Candidates:
    """The candidates of one block."""
    sure, possible = decision.on(block)
    wanted = block.positions(start, stop)
    ids, sure, possible = block.ids[wanted], sure[wanted], possible[wanted]
    return Candidates(ids[sure], ids[:0] if decision.is_decided else ids[possible & ~sure])


def concatenated(parts: list[Ids]) -> Ids:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
