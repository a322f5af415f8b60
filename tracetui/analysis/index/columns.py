"""The index itself: what a background pass has read of the columns, and the questions one may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracetui.analysis.index.block import Block, Ids
from tracetui.analysis.index.candidates import Candidates, candidates
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.counts import Masks, Value, count_groups
from tracetui.analysis.index.garbage import few_collections
from tracetui.analysis.index.leaves import Judge
from tracetui.analysis.index.naming import PathReader
from tracetui.analysis.index.reading import Reader, can_read
from tracetui.filter import Expression, Surroundings
from tracetui.filter.surroundings import NOTHING
from tracetui.trace import Schema, Trace

Cancelled = Callable[[], bool]


class ColumnIndex:
    """Codes of the events of one trace from its first up to :attr:`ready_to`.

    One thread extends it; any thread may ask it at the same time.
    """

    def __init__(self) -> None:
        self._schema: Schema | None = None
        self.wants_paths = False
        """Whether the next pass also reads which files events name; set when somebody asks for them."""
        self.clear()

    @classmethod
    def of(cls, contents: Contents, schema: Schema) -> ColumnIndex:
        """An index that knows ``contents`` of a trace, which is all of it."""
        index = cls()
        index._schema, index.contents, index.progress = schema, contents, 1.0
        return index

    def clear(self) -> None:
        """Forget everything: the trace is another one."""
        self.contents = Contents.empty()
        self.progress = 0.0
        """How much of the trace, as it was when the last pass began, is in the index: 0 to 1."""

    @property
    def ready_to(self) -> int | None:
        """The last id that the index knows; it knows all events up to it. ``None`` while it is empty."""
        return self.contents.ready_to

    @property
    def events(self) -> int:
        """How many events the index knows."""
        return sum(block.count for block in self.contents.blocks)

    @property
    def size(self) -> int:
        """Bytes that the codes take."""
        combinations = (part.size for part in self.contents.combinations if part is not None)
        return sum(block.size for block in self.contents.blocks) + sum(combinations)

    def knows(self, schema: Schema) -> bool:
        """Whether its answers hold for a trace that is read by ``schema``."""
        return self.contents.era is schema.era and can_read(schema)

    def steps(self, trace: Trace, cancelled: Cancelled = lambda: False) -> Iterator[float]:
        """Take in the events that are not yet known, then what files they name if that is wanted.

        Yields after each short step how much of either is done, 0 to 1.
        Stops, and forgets everything, where parts of the trace cannot be read. Raises :class:`TraceError`.
        """
        self._schema = trace.schema
        if self.contents.era is not trace.era:
            self.contents = Contents.empty(trace.era)
        bounds = trace.bounds()
        if bounds is None or not can_read(trace.schema):
            return
        first = bounds[0] if self.ready_to is None else self.ready_to + 1
        last = bounds[1]
        pieces = Reader(trace, self.contents.dictionaries, first, last).pieces(cancelled)
        while (piece := _next(pieces)) is not None:
            if trace.damage.sentence is not None:
                self.clear()
                return
            self._append(piece)
            self.progress = (piece.last - bounds[0] + 1) / (last - bounds[0] + 1)
            yield self.progress
        yield from self._path_steps(trace, cancelled)
        _ = self.contents.tally  # made now, so that no count waits for it

    def _path_steps(self, trace: Trace, cancelled: Cancelled) -> Iterator[float]:
        """Read which files events name, where that is wanted."""
        if not self.wants_paths or self.contents.paths_to == self.ready_to:
            return
        made: list[Block] = []
        blocks = PathReader(trace, self.contents).blocks(cancelled)
        while (block := _next(blocks)) is not None:
            if trace.damage.sentence is not None:
                self.clear()
                return
            made.append(block)
            first = made[0].first
            yield (block.last - first + 1) / (self.contents.blocks[-1].last - first + 1)
        self.contents = self.contents.with_paths(made)

    # Questions.

    def matches(
        self,
        expression: Expression,
        surroundings: Surroundings = NOTHING,
        start: int | None = None,
        stop: int | None = None,
    ) -> Ids | None:
        """Ids from ``start`` to ``stop`` that match; ``None`` where the index cannot decide that.

        Without ``stop``, up to :attr:`ready_to`.
        """
        candidates = self.candidates(expression, surroundings, start, stop)
        return None if candidates is None or len(candidates.open) else candidates.sure

    def candidates(
        self,
        expression: Expression,
        surroundings: Surroundings = NOTHING,
        start: int | None = None,
        stop: int | None = None,
    ) -> Candidates | None:
        """Ids that match, and those of which only a scan can tell; ``None`` beyond :attr:`ready_to`."""
        contents, schema = self.contents, self._schema
        if schema is None or contents.ready_to is None or (stop is not None and stop > contents.ready_to):
            return None
        judge = Judge(contents, schema, surroundings)
        decision = judge.decision(expression.root)
        self.wants_paths |= judge.asks_paths
        return candidates(contents, decision, start, stop)

    def group_count(self, field: str, masks: Masks | None = None) -> list[tuple[Value, int, int]] | None:
        """(value, events, failed calls) for each value of a field, most frequent first.

        ``masks`` restricts the events (see :meth:`Plan.masks`). ``None`` where the index does not know all
        values. Raises KeyError for a field that is not in :data:`GROUPED`.
        """
        groups = None
        if self._schema is not None:
            groups = count_groups(self.contents, self._schema, (field,), masks)
        return (
            None if groups is None else [(group.values[0], group.count, group.failures) for group in groups]
        )

    def _append(self, piece: Block) -> None:
        self.contents = self.contents.appended(piece)


def _next(pieces: Iterator[Block]) -> Block | None:
    with few_collections():
        return next(pieces, None)
