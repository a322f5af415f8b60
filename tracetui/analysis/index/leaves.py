"""What the index can say of one comparison: each source of the field is asked of a dictionary's entries.

A condition is asked once for each entry, however many events have it; by the same rules as the evaluation of
single events. What no facet keeps is left open, except for kinds of events that have no such thing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import Ids
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.decisions import ALWAYS, NEVER, OPEN, ById, Coded, Decision, Fixed, Mask, joined
from tracetui.analysis.index.facets import (
    CALL,
    KINDS,
    NO_TABLE,
    PATH,
    PID,
    TABLE,
    UNKNOWN,
    Entry,
    Facet,
    Span,
    columns_of,
    facet_of,
)
from tracetui.filter.field import Anything, Derived, Field, Number, Source, Stored
from tracetui.filter.intervals import Interval, Intervals
from tracetui.filter.nodes import And, Exists, Leaf, Node, Not, Or
from tracetui.filter.operands import Value
from tracetui.filter.patterns import PatternTooSlow, bounded
from tracetui.filter.predicate import Predicate
from tracetui.filter.scope import Scope
from tracetui.filter.spans import Spans, spans_of
from tracetui.filter.surroundings import Surroundings
from tracetui.trace import Schema

_MANY_SPANS = 64
"""Lives of processes whose pids were given again, above which their events are left to a scan."""

_PID = PID.expressions

_ANY_KIND = -1
"""In the place of the kind of events that the index cannot tell."""

Passes = Callable[[Value], bool]
Answer = bool | None
"""``None``: the index does not know."""


class Judge:
    """Turns a filter into a decision over what the index knows."""

    def __init__(self, contents: Contents, schema: Schema, surroundings: Surroundings) -> None:
        self._contents = contents
        self._surroundings = surroundings
        self.asks_paths = False
        """Whether it was asked which files events name."""
        whole = Scope(schema)
        self._sources: dict[tuple[Source, Predicate | None], Decision] = {}
        self._scopes = {kind: whole.of_kind(None if kind == NO_TABLE else kind) for kind in KINDS}

    def decision(self, node: Node) -> Decision:
        """What the index says of ``node``."""
        if isinstance(node, Not):
            return self.decision(node.term).opposite()
        if isinstance(node, And | Or):
            return joined((self.decision(term) for term in node.terms), isinstance(node, And))
        try:
            return self._leaf(node)
        except PatternTooSlow:
            return OPEN

    def told(self, kind: str | None, source: Source, predicate: Predicate) -> bool | None:
        """What a scan of the events that the index knows need not ask: see :class:`tracetui.filter.Told`."""
        try:
            decision = self._source(source, predicate.matcher(), predicate)
        except PatternTooSlow:
            return None
        if isinstance(decision, Coded) and decision.facet == CALL.name:
            of_kind = self._kinds == KINDS.index(NO_TABLE if kind is None else kind)
            decision = decision.folded(of_kind | (self._kinds == _ANY_KIND))
        return decision.sure if isinstance(decision, Fixed) and decision.is_decided else None

    @cached_property
    def _kinds(self) -> NDArray[np.int8]:
        """The kind of the events of each code, as a place in :data:`KINDS`."""
        entries = self._contents.dictionaries[CALL.name].entries[: len(self._contents.totals[CALL.name])]
        kinds = [KINDS.index(entry[TABLE]) if TABLE in entry else _ANY_KIND for entry in entries]
        return np.array(kinds, np.int8)

    def _leaf(self, leaf: Leaf) -> Decision:
        if isinstance(leaf, Exists):
            return self._some(leaf.field, _anything, None)
        holds = self._some(leaf.field, leaf.predicate.matcher(), leaf.predicate)
        if not leaf.operator.negated:
            return holds
        if leaf.operator.or_absent:
            return holds.opposite()
        return joined((self._some(leaf.field, _anything, None), holds.opposite()), True)

    def _some(self, field: Field, passes: Passes, predicate: Predicate | None) -> Decision:
        """Whether some value of ``field`` passes; without a predicate: whether there is any."""
        terms = [self._source(source, passes, predicate) for source in field.sources]
        if field.note:
            terms.append(self._annotated(field.note, passes))
        spans = spans_of(field, passes, self._surroundings.genealogy)
        if spans is not None:
            terms.append(self._within(spans))
        return joined(terms, False)

    def _source(self, source: Source, passes: Passes, predicate: Predicate | None) -> Decision:
        known = self._sources.get((source, predicate))
        if known is None:
            known = self._sources[source, predicate] = self._judged(source, passes, predicate)
        return known

    def _judged(self, source: Source, passes: Passes, predicate: Predicate | None) -> Decision:
        if isinstance(source, Anything):
            return OPEN if predicate is not None else ALWAYS
        columns = columns_of(source)
        if columns == ("event.id",):
            return _by_number(passes, predicate)
        facet = facet_of(source)
        if facet is PATH:
            self.asks_paths = True
            facet = None if self._contents.paths_to is None else PATH
        visible = self._visible(source)
        if not visible:
            return NEVER
        if facet is None:
            return self._coded(CALL, (TABLE,), lambda entry: None if entry[TABLE] in visible else False)
        if facet is PATH:
            return self._by_path(source, columns, passes)
        if facet is not CALL:
            return self._coded(facet, columns, lambda entry: _ask(source, columns, entry, passes, predicate))

        def ask(entry: Entry) -> Answer:
            if entry[TABLE] not in visible:
                return False
            if any(column not in entry for column in columns):
                return False if _is_guarded(source, entry) else None
            return _ask(source, columns, entry, passes, predicate)

        guard = (source.guard,) if isinstance(source, Derived) and source.guard else ()
        return self._coded(CALL, (TABLE, *columns, *guard), ask)

    def _visible(self, source: Source) -> frozenset[str]:
        """The kinds of events that can have values in ``source``."""
        return frozenset(kind for kind, scope in self._scopes.items() if scope.has(source))

    def _coded(self, facet: Facet, names: tuple[str, ...], ask: Callable[[Entry], Answer]) -> Decision:
        """A decision by what ``ask`` says of each entry of a facet, which looks at ``names`` alone."""
        alike = self._contents.dictionaries[facet.name].alike(names)
        places = alike.places[: len(self._contents.totals[facet.name])]
        answers = [None, *map(ask, alike.examples)]
        sure = np.array([answer is True for answer in answers])[places]
        possible = np.array([answer is not False for answer in answers])[places]
        return self._decided(facet, sure, possible)

    def _by_path(self, source: Source, columns: tuple[str, ...], passes: Passes) -> Decision:
        """A decision by the files that events name: the values that ``source`` makes are known by code."""
        told = self._told(source, columns)[: len(self._contents.totals[PATH.name])]
        sure = np.fromiter((any(map(passes, values)) for values in told), np.bool_, len(told))
        possible = sure.copy()
        sure[UNKNOWN], possible[UNKNOWN] = False, True
        return self._decided(PATH, sure, possible)

    def _told(self, source: Source, columns: tuple[str, ...]) -> Sequence[Sequence[Value]]:
        """The values that ``source`` makes of what events name, by code; they are made once."""
        names = self._contents.dictionaries[PATH.name]
        known = names.told.get(source, ())
        new = names.entries[len(known) :]
        made = (
            tuple(_values(source, [entry[column] for column in columns])) if columns[0] in entry else ()
            for entry in new
        )
        found = names.told[source] = (*known, *made)
        return found

    def _decided(self, facet: Facet, sure: Mask, possible: Mask) -> Decision:
        if not len(self._contents.blocks):
            return OPEN
        return Coded(facet.name, sure, possible, self._contents.totals[facet.name]).folded()

    # What the event itself does not know.

    def _within(self, spans: Spans) -> Decision:
        """Events of the pids in ``spans``."""
        terms = [self._of_pids(frozenset(spans.always()))]
        by_span: dict[tuple[int | None, int | None], set[int]] = {}
        for pid, span in spans.sometimes():
            by_span.setdefault(span, set()).add(pid)
        if len(by_span) > _MANY_SPANS:
            reused = set().union(*by_span.values())
            terms.append(self._coded(PID, _PID, lambda entry: None if entry["=pid"] in reused else False))
            by_span = {}
        for (first, last), pids in by_span.items():
            within = ById(_inside((Interval(first, last),)))
            terms.append(joined((self._of_pids(pids), within), True))
        return joined(terms, False)

    def _of_pids(self, pids: Collection[int]) -> Decision:
        return self._coded(PID, _PID, lambda entry: entry["=pid"] in pids)

    def _annotated(self, kind: str, passes: Passes) -> Decision:
        annotations = self._surroundings.annotations
        if annotations is None:
            return NEVER
        ids = np.array(sorted(set(annotations.ids(kind, bounded(passes)))), np.int64)
        return ById(lambda found: np.isin(found, ids, assume_unique=True), 0.0) if len(ids) else NEVER


def _anything(value: Value) -> bool:
    return True


def _is_guarded(source: Source, entry: Entry) -> bool:
    """Whether a guard tells that there are no values."""
    return isinstance(source, Derived) and source.guard in entry and entry[source.guard] is None


def _ask(
    source: Source, columns: tuple[str, ...], entry: Entry, passes: Passes, predicate: Predicate | None
) -> Answer:
    """Whether some value that ``source`` makes of an entry passes."""
    if any(column not in entry for column in columns):
        return False
    stored = [entry[column] for column in columns]
    if any(isinstance(value, Span) for value in stored):
        return _ask_span(stored[0], predicate) if isinstance(source, Number) else None
    return any(passes(value) for value in _values(source, stored))


def _values(source: Source, stored: list[Any]) -> Iterable[Value]:
    if isinstance(source, Derived):
        return source.values(*stored)
    value = stored[0]
    if isinstance(source, Stored):
        if not isinstance(value, str) or value in source.absent:
            return ()
        return (value,) if source.also is None else (value, source.also(value))
    return (value,) if isinstance(value, int) else ()


def _ask_span(span: Span, predicate: Predicate | None) -> Answer:
    """The answer for a number of which only its bounds are known."""
    if predicate is None:
        return True
    if predicate.numbers is None:
        return None if predicate.numbers_as_text else False
    answers = [_overlap(interval, span) for interval in predicate.numbers]
    if True in answers:
        return True
    return None if None in answers else False


def _overlap(interval: Interval, span: Span) -> Answer:
    """Whether all numbers of ``span`` lie in ``interval``, or none, or some."""
    low, high = interval.low, interval.high
    if low is not None and (span.high < low or (interval.low_open and span.high == low)):
        return False
    if high is not None and (span.low > high or (interval.high_open and span.low == high)):
        return False
    from_low = low is None or span.low > low or (span.low == low and not interval.low_open)
    to_high = high is None or span.high < high or (span.high == high and not interval.high_open)
    return True if from_low and to_high else None


def _by_number(passes: Passes, predicate: Predicate | None) -> Decision:
    """The test of an event's own id."""
    if predicate is None:
        return ALWAYS
    if predicate.numbers is not None:
        return ById(_inside(predicate.numbers))
    return OPEN if predicate.numbers_as_text else NEVER


def _inside(intervals: Intervals) -> Callable[[Ids], Mask]:
    """A test of many numbers at once: whether each lies in one of ``intervals``."""

    def test(ids: Ids) -> Mask:
        found: NDArray[np.bool_] = np.zeros(len(ids), np.bool_)
        for interval in intervals:
            part = np.ones(len(ids), np.bool_)
            if interval.low is not None:
                part &= ids > interval.low if interval.low_open else ids >= interval.low
            if interval.high is not None:
                part &= ids < interval.high if interval.high_open else ids <= interval.high
            found |= part
        return found

    return test
