"""The index itself: blocks of codes that a background pass appends, and the dictionaries they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracetui.analysis.index.block import SIZE, Block
from tracetui.analysis.index.facets import FACETS, Dictionary
from tracetui.analysis.index.reading import Reader, can_read
from tracetui.events import Era
from tracetui.trace import Schema, Trace

Cancelled = Callable[[], bool]


class ColumnIndex:
    """Codes of the events of one trace from its first up to :attr:`ready_to`.

    One thread extends it; any thread may ask it at the same time: blocks are replaced, never changed, and
    dictionaries only grow.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything: the trace is another one."""
        self.dictionaries = {facet.name: Dictionary(facet.read) for facet in FACETS}
        self.blocks: tuple[Block, ...] = ()
        """The events, in order of id."""
        self.era: Era | None = None
        """The era by whose rules the values were read."""
        self.progress = 0.0
        """How much of the trace, as it was when the last pass began, is in the index: 0 to 1."""

    @property
    def ready_to(self) -> int | None:
        """The last id that the index knows; it knows all events up to it. ``None`` while it is empty."""
        return self.blocks[-1].last if self.blocks else None

    @property
    def events(self) -> int:
        """How many events the index knows."""
        return sum(block.count for block in self.blocks)

    @property
    def size(self) -> int:
        """Bytes that the codes take."""
        return sum(block.size for block in self.blocks)

    def knows(self, schema: Schema) -> bool:
        """Whether its answers hold for a trace that is read by ``schema``."""
        return self.era is schema.era and can_read(schema)

    def steps(self, trace: Trace, cancelled: Cancelled = lambda: False) -> Iterator[float]:
        """Take in the events that are not yet known; yields :attr:`progress` after each short step.

        Stops, and forgets everything, where parts of the trace cannot be read. Raises :class:`TraceError`.
        """
        if self.era is not None and self.era is not trace.era:
            self.clear()
        bounds = trace.bounds()
        if bounds is None or not can_read(trace.schema):
            return
        self.era = trace.era
        first = bounds[0] if self.ready_to is None else self.ready_to + 1
        last = bounds[1]
        for piece in Reader(trace, self.dictionaries, first, last).pieces(cancelled):
            if trace.damage.sentence is not None:
                self.clear()
                return
            self._append(piece)
            self.progress = (piece.last - bounds[0] + 1) / (last - bounds[0] + 1)
            yield self.progress

    def _append(self, piece: Block) -> None:
        blocks = self.blocks
        if blocks and blocks[-1].count + piece.count <= SIZE:
            self.blocks = (*blocks[:-1], blocks[-1].joined(piece))
        else:
            self.blocks = (*blocks, piece)
