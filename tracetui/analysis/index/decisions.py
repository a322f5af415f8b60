"""Conditions that the index can judge, block by block: each event matches, does not, or perhaps does.

A verdict is a pair of masks: what surely matches, and what possibly does. Events that possibly match and do
not surely are the ones that only a scan can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import Block, Codes, Ids

Mask = NDArray[np.bool_]
Verdict = tuple[Mask, Mask]
"""What surely matches, and what possibly does; the same mask twice where nothing is left open."""


_FEW_CODES = 6

IDS = "id"
"""Stands among facets for the ids themselves."""


class Decision(Protocol):
    @property
    def share(self) -> float:
        """About how many of all events possibly match, 0 to 1; what is cheapest to ask first."""

    @property
    def is_decided(self) -> bool:
        """Whether no event is left to a scan."""

    @property
    def facets(self) -> frozenset[str]:
        """What it looks at: facets, and :data:`IDS`."""

    def on(self, block: Block) -> Verdict: ...

    def opposite(self) -> Decision: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for all events."""

    sure: bool
    possible: bool

    @property
    def share(self) -> float:
        return float(self.possible)

    @property
    def is_decided(self) -> bool:
        return self.sure == self.possible

    @property
    def facets(self) -> frozenset[str]:
        return frozenset()

    def on(self, block: Block) -> Verdict:
        possible = np.full(block.count, self.possible)
        return possible if self.is_decided else np.full(block.count, self.sure), possible

    def opposite(self) -> Fixed:
        return Fixed(not self.possible, not self.sure)


ALWAYS, NEVER, OPEN = Fixed(True, True), Fixed(False, False), Fixed(False, True)


class Coded:
    """By the code of one facet."""

    def __init__(self, facet: str, sure: Mask, possible: Mask, total: NDArray[np.int64]) -> None:
        """``sure`` and ``possible`` are verdicts by code, ``total`` the number of events by code."""
        self.facet = facet
        self.sure, self.possible, self.total = sure, possible, total

    @property
    def share(self) -> float:
        return float(self.total[self.possible].sum()) / max(float(self.total.sum()), 1.0)

    @property
    def is_decided(self) -> bool:
        return not (self._there & (self.sure != self.possible)).any()

    @property
    def facets(self) -> frozenset[str]:
        return frozenset({self.facet})

    @property
    def _there(self) -> Mask:
        """Codes that some event has."""
        return self.total > 0

    def folded(self, among: Mask | None = None) -> Decision:
        """The same as a constant, where all codes that occur (``among`` some) say the same."""
        there = self._there if among is None else self._there & among
        sure, possible = self.sure[there], self.possible[there]
        for fixed in (ALWAYS, NEVER, OPEN):
            if (sure == fixed.sure).all() and (possible == fixed.possible).all():
                return fixed
        return self

    def on(self, block: Block) -> Verdict:
        codes = block.codes[self.facet]
        possible = looked_up(self.possible, codes)
        return possible if self.is_decided else looked_up(self.sure, codes), possible

    def opposite(self) -> Coded:
        return Coded(self.facet, ~self.possible, ~self.sure, self.total)


@dataclass(frozen=True, slots=True)
class ById:
    """By the ids themselves."""

    test: Callable[[Ids], Mask]
    share: float = 0.5
    negated: bool = False

    @property
    def is_decided(self) -> bool:
        return True

    @property
    def facets(self) -> frozenset[str]:
        return frozenset({IDS})

    def on(self, block: Block) -> Verdict:
        found = self.test(block.ids) != self.negated
        return found, found

    def opposite(self) -> ById:
        return ById(self.test, 1 - self.share, not self.negated)


@dataclass(frozen=True, slots=True)
class Joined:
    """Several decisions joined by ``and`` (or by ``or``), the most selective first."""

    terms: tuple[Decision, ...]
    is_and: bool

    @property
    def share(self) -> float:
        shares = [term.share for term in self.terms]
        return min(shares) if self.is_and else min(sum(shares), 1.0)

    @property
    def is_decided(self) -> bool:
        return all(term.is_decided for term in self.terms)

    @property
    def facets(self) -> frozenset[str]:
        return frozenset().union(*(term.facets for term in self.terms))

    def on(self, block: Block) -> Verdict:
        sure, possible = self.terms[0].on(block)
        for term in self.terms[1:]:
            if not possible.any() if self.is_and else sure.all():
                break
            also_sure, also_possible = term.on(block)
            open_before, open_now = possible is not sure, also_possible is not also_sure
            possible = possible & also_possible if self.is_and else possible | also_possible
            if open_before or open_now:
                sure = sure & also_sure if self.is_and else sure | also_sure
            else:
                sure = possible
        return sure, possible

    def opposite(self) -> Decision:
        return joined((term.opposite() for term in self.terms), not self.is_and)


def joined(terms: Iterable[Decision], is_and: bool) -> Decision:
    """The terms joined: constants are folded, and terms about the same facet become one."""
    neutral, decisive = (ALWAYS, NEVER) if is_and else (NEVER, ALWAYS)
    coded: dict[str, Coded] = {}
    others: list[Decision] = []
    for term in _flat(terms, is_and):
        if term == decisive:
            return decisive
        if isinstance(term, Coded):
            former = coded.get(term.facet)
            coded[term.facet] = term if former is None else _merged(former, term, is_and)
        elif term != neutral and not (term == OPEN and OPEN in others):
            others.append(term)
    folded = [term.folded() for term in coded.values()]
    if decisive in folded:
        return decisive
    left = [*(term for term in folded if term != neutral), *others]
    if not left:
        return neutral
    left.sort(key=lambda term: term.share, reverse=not is_and)
    return left[0] if len(left) == 1 else Joined(tuple(left), is_and)


def _flat(terms: Iterable[Decision], is_and: bool) -> Iterable[Decision]:
    for term in terms:
        if isinstance(term, Joined) and term.is_and == is_and:
            yield from term.terms
        else:
            yield term


def _merged(one: Coded, other: Coded, is_and: bool) -> Coded:
    if is_and:
        return Coded(one.facet, one.sure & other.sure, one.possible & other.possible, one.total)
    return Coded(one.facet, one.sure | other.sure, one.possible | other.possible, one.total)


def looked_up(table: Mask, codes: Codes) -> Mask:
    """``table[codes]``; in a tenth of the time where only a few codes are told apart."""
    chosen = np.flatnonzero(table)
    if len(chosen) <= _FEW_CODES:
        return _any_of(chosen, codes)
    others = np.flatnonzero(~table)
    return ~_any_of(others, codes) if len(others) <= _FEW_CODES else np.take(table, codes)


def _any_of(chosen: NDArray[np.intp], codes: Codes) -> Mask:
    found = np.zeros(len(codes), np.bool_)
    for code in chosen.tolist():
        if code <= np.iinfo(codes.dtype).max:
            found |= codes == code
    return found
