"""A filter split in two: what the index decides, and what a scan of the events in question has to."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
from sqlalchemy import BigInteger, and_, bindparam

from tracetui.analysis.index.block import Block, Ids
from tracetui.analysis.index.candidates import Candidates, candidates
from tracetui.analysis.index.columns import ColumnIndex
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.counts import Group, count_groups, facets_of
from tracetui.analysis.index.decisions import ALWAYS, OPEN, Coded, Decision, Mask
from tracetui.analysis.index.leaves import Judge
from tracetui.analysis.index.tally import TALLIED, Tally
from tracetui.filter import Expression, Surroundings, Told, compile_filter
from tracetui.filter.surroundings import NOTHING
from tracetui.trace import Chunk, Condition, Pace, Part, Schema, Trace

Cancelled = Callable[[], bool] | None

FEW = 16
"""Where fewer than one of so many events are in question, they are fetched one by one instead of scanned."""

BATCH = 400
"""Events that one statement looks up."""


class Plan:
    """How one filter is answered: exactly as a scan does, and as far as possible without one.

    It keeps to what the index knew when the plan was made; what lies beyond is scanned.
    """

    def __init__(
        self,
        expression: Expression | None,
        contents: Contents,
        decision: Decision,
        schema: Schema,
        surroundings: Surroundings,
        told: Told | None = None,
    ) -> None:
        self._expression = expression
        self._contents = contents
        self._decision = decision
        self._schema = schema
        self._surroundings = surroundings
        self._told = told

    @property
    def is_decided(self) -> bool:
        """Whether the index alone tells of each event that it knows whether it matches."""
        return self._decision.is_decided

    @property
    def ready_to(self) -> int | None:
        """Last id that the plan answers from the index."""
        return self._contents.ready_to

    @cached_property
    def condition(self) -> Condition | None:
        """What a scan looks for."""
        if self._expression is None:
            return None
        return compile_filter(self._expression, self._schema, self._surroundings)

    @cached_property
    def _rest(self) -> Condition:
        """What a scan looks for among the events that the index knows."""
        assert self._expression is not None
        return compile_filter(self._expression, self._schema, self._surroundings, self._told)

    def candidates(self, start: int | None = None, stop: int | None = None) -> Candidates:
        """Of the events that the index knows: those that match, and those that are in question."""
        return candidates(self._contents, self._decision, start, stop)

    def masks(self, trace: Trace) -> Iterator[tuple[Block, Mask]]:
        """Each block that the index knows, with the events that match."""
        pace = Pace()
        for block in self._contents.blocks:
            yield block, self._matching(trace, block, slice(None), None, pace)

    def group_count(self, trace: Trace, fields: tuple[str, ...]) -> list[Group] | None:
        """Matching events that the index knows, by the values of ``fields``; ``None`` where it cannot tell.

        Raises KeyError for a field that is not in :data:`GROUPED`.
        """
        if (tally := self._tally()) is not None and facets_of(fields) <= frozenset(TALLIED):
            mask = self._decision.on(tally.examples)[0]
            return count_groups(self._contents, self._schema, fields, [(tally.examples, mask)], tally.counts)
        masks = None if self._decision == ALWAYS else self.masks(trace)
        return count_groups(self._contents, self._schema, fields, masks)

    def count(
        self,
        trace: Trace,
        *,
        start: int | None = None,
        stop: int | None = None,
        cancelled: Cancelled = None,
    ) -> int:
        """How many events of ``start`` to ``stop`` match; of those looked at until ``cancelled()``."""
        whole = start is None and stop is None and self.ready_to is not None
        if whole and (self.is_decided or self._decision.share * FEW > 1):
            beyond = self._beyond(trace, None, None, False, cancelled)
            known = self._count_known() if self.is_decided else self._count_rest(trace, cancelled)
            return known + sum(len(chunk.ids) for chunk in beyond)
        return sum(
            len(chunk.ids) for chunk in self.chunks(trace, start=start, stop=stop, cancelled=cancelled)
        )

    def _tally(self) -> Tally | None:
        """The combinations of codes, where they tell all that the decision asks."""
        is_enough = self.is_decided and self._decision.facets <= frozenset(TALLIED)
        return self._contents.tally if is_enough else None

    def _count_known(self) -> int:
        decision = self._decision
        if isinstance(decision, Coded):
            return int(decision.total[decision.sure].sum())
        if (tally := self._tally()) is not None:
            return int(tally.counts[decision.on(tally.examples)[0]].sum())
        blocks = self._contents.blocks
        return sum(int(np.count_nonzero(decision.on(block)[0])) for block in blocks)

    def _count_rest(self, trace: Trace, cancelled: Cancelled) -> int:
        """How many events that the index knows match: so many are in question that all are read."""
        return trace.count(self._rest, stop=self.ready_to, cancelled=cancelled)

    def chunks(
        self,
        trace: Trace,
        *,
        start: int | None = None,
        stop: int | None = None,
        descending: bool = False,
        cancelled: Cancelled = None,
    ) -> Iterator[Chunk]:
        """What :meth:`Trace.scan` gives for the filter: the same ids in the same order, in other chunks."""
        known = self._from_index(trace, start, stop, descending, cancelled)
        beyond = self._beyond(trace, start, stop, descending, cancelled)
        for part in (beyond, known) if descending else (known, beyond):
            yield from part

    def _from_index(
        self, trace: Trace, start: int | None, stop: int | None, descending: bool, cancelled: Cancelled
    ) -> Iterator[Chunk]:
        pace = Pace()
        for block in self._contents.within(start, stop, descending):
            if cancelled is not None and cancelled():
                return
            wanted = block.positions(start, stop)
            found = block.ids[self._matching(trace, block, wanted, cancelled, pace)]
            if cancelled is not None and cancelled():
                return
            first = block.first if start is None else max(start, block.first)
            last = block.last if stop is None else min(stop, block.last)
            yield Chunk(_array(found[::-1] if descending else found), first, last)

    def _beyond(
        self, trace: Trace, start: int | None, stop: int | None, descending: bool, cancelled: Cancelled
    ) -> Iterator[Chunk]:
        ready_to, bounds = self._contents.ready_to, trace.bounds()
        if ready_to is not None:
            start = ready_to + 1 if start is None else max(start, ready_to + 1)
        if bounds is not None and (
            start is None or start <= (bounds[1] if stop is None else min(stop, bounds[1]))
        ):
            yield from trace.scan(
                self.condition, start=start, stop=stop, descending=descending, cancelled=cancelled
            )

    def _matching(self, trace: Trace, block: Block, wanted: slice, cancelled: Cancelled, pace: Pace) -> Mask:
        """The events of a block that match, of those at the places ``wanted``."""
        sure, possible = self._decision.on(block)
        found = np.zeros(block.count, np.bool_)
        found[wanted] = sure[wanted]
        if not self.is_decided:
            undecided = np.zeros(block.count, np.bool_)
            undecided[wanted] = possible[wanted] & ~sure[wanted]
            if undecided.any():
                for ids in self._scanned(trace, block, block.ids[undecided], cancelled, pace):
                    found[block.places(ids)] = True
        return found

    def _scanned(
        self, trace: Trace, block: Block, ids: Ids, cancelled: Cancelled, pace: Pace
    ) -> Iterator[Ids]:
        """Those of ``ids``, which are of ``block``, that match; perhaps more events that match."""
        condition = self._rest
        if len(ids) * FEW > block.count:
            first, last = int(ids[0]), int(ids[-1])
            for chunk in trace.scan(condition, start=first, stop=last, cancelled=cancelled, pace=pace):
                yield np.array(chunk.ids, np.int64)
            return
        for begin in range(0, len(ids), BATCH):
            some = ids[begin : begin + BATCH].tolist()
            restricted = self._restricted(condition, some)
            # One chunk for all: it is the few events that take time, not the distance between them.
            whole = Pace(some[-1] - some[0] + 1)
            for chunk in trace.scan(
                restricted, start=some[0], stop=some[-1], cancelled=cancelled, pace=whole
            ):
                yield np.array(chunk.ids, np.int64)

    def _restricted(self, condition: Condition, ids: list[int]) -> Condition:
        """``condition``, asked of some events only."""
        tables = self._schema.tables
        # Not as parameters: SQLite would compare the name of each with all before it.
        wanted = bindparam("wanted", ids, BigInteger, unique=True, expanding=True, literal_execute=True)
        parts = tuple(
            Part(
                and_(tables[part.source].c.id.in_(wanted), part.where), part.source, part.tables, part.without
            )
            for part in condition.parts
        )
        return Condition(parts, condition.functions, condition.failure)


def plan(
    expression: Expression | None,
    index: ColumnIndex,
    schema: Schema,
    surroundings: Surroundings = NOTHING,
) -> Plan:
    """How to find the events that match ``expression`` (all, for ``None``) with what the index knows now."""
    contents = index.contents
    if not index.knows(schema):
        return Plan(expression, Contents.empty(), OPEN, schema, surroundings)
    if expression is None:
        return Plan(expression, contents, ALWAYS, schema, surroundings)
    judge = Judge(contents, schema, surroundings)
    decision = judge.decision(expression.root)
    index.wants_paths |= judge.asks_paths
    return Plan(expression, contents, decision, schema, surroundings, judge)


def _array(ids: Ids) -> array[int]:
    """Ids in order, 4 bytes each where they fit."""
    fits = not len(ids) or (min(ids[0], ids[-1]) >= 0 and max(ids[0], ids[-1]) <= np.iinfo(np.uint32).max)
    found = array("I" if fits else "q")
    found.frombytes(ids.astype(np.uint32 if fits else np.int64).tobytes())
    return found
