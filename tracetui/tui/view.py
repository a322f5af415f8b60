"""Which events the list shows: all of them or those that match, while both sets grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.trace.positions import IdList, IdRuns, Positions

if TYPE_CHECKING:
    from tracetui.tui.fill import FillRequest
    from tracetui.tui.messages import EventsExist, Found
    from tracetui.tui.question import Question


NEVER = 1 << 63
"""An id that no event has: what was scanned to here needs no scan."""


class Matches:
    """The events that match one filter, found bit by bit, and kept up to date.

    It asks for scans by returning requests and never does any itself.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self.generation = 0
        self.scanning = False
        self.seen = 0
        """Width of the id range that the current scan has looked at."""
        self._question: Question | None = None
        self._ids: IdList | None = None
        self._pending: IdList | None = None
        self._scanned_to = 0

    @property
    def active(self) -> bool:
        """Whether there is a filter."""
        return self._question is not None

    @property
    def awaited(self) -> bool:
        """Whether the first match is still looked for."""
        return self._pending is not None

    @property
    def shown(self) -> IdList | None:
        """The matches, or those of the former filter while the first new one is awaited."""
        return self._ids

    @property
    def found(self) -> int:
        """How many have been found so far."""
        ids = self._pending if self._pending is not None else self._ids
        return len(ids) if ids is not None else 0

    def apply(self, question: Question | None, anchor: int) -> FillRequest | None:
        """Look for something else, nearest to the event ``anchor`` first."""
        self.generation += 1
        self._question = question
        self.seen = 0
        if question is None:
            self._ids = self._pending = None
            self.scanning = False
            return None
        self._pending = IdList()
        self.scanning = True
        return self._request(question, anchor, None)

    def expect(self, question: Question | None, last: int) -> None:
        """Look for something in events above ``last`` only, as they come."""
        self.generation += 1
        self._question = question
        self._ids = IdList() if question is not None else None
        self._pending = None
        self.scanning = False
        self._scanned_to = last

    def take(self, found: Found) -> bool:
        """Take in matches; false where they answer a filter that no longer applies."""
        if found.generation != self.generation or self._question is None:
            return False
        if self._pending is not None and (len(found.ids) or found.done):
            self._ids, self._pending = self._pending, None
        if self._ids is not None:
            (self._ids.prepend if found.before else self._ids.extend)(found.ids)
        self.seen = found.seen
        if found.done:
            self.scanning = False
            self._scanned_to = found.last
        return True

    def fail(self, generation: int) -> bool:
        """The scan could not be finished; false where it answers a filter that no longer applies."""
        if generation != self.generation:
            return False
        if self._pending is not None:
            self._ids, self._pending = self._pending, None
        self.scanning = False
        self._scanned_to = NEVER
        return True

    def catch_up(self, last: int) -> FillRequest | None:
        """The scan that events up to ``last`` need, once the one under way is done."""
        if self._question is None or self.scanning or self._scanned_to >= last:
            return None
        self.scanning = True
        return self._request(self._question, self._scanned_to + 1, self._scanned_to + 1)

    def _request(self, question: Question, anchor: int, resume: int | None) -> FillRequest:
        from tracetui.tui.fill import FillRequest

        return FillRequest(self.role, self.generation, question, anchor, resume)


class View:
    """The events of the list."""

    def __init__(self, bounds: tuple[int, int] | None, dense: bool) -> None:
        """``dense`` takes every id between ``bounds`` to exist until a look has shown which do."""
        self.matches = Matches("view")
        self.last = bounds[1] if bounds else 0
        """Highest committed id."""
        self._known = IdRuns()
        self._assumed = IdRuns.dense(*bounds) if bounds and dense else None

    @property
    def all(self) -> IdRuns:
        """Every event, as far as known."""
        return self._assumed if self._assumed is not None else self._known

    @property
    def shown(self) -> Positions:
        """What the list shows now."""
        return self.matches.shown if self.matches.shown is not None else self.all

    @property
    def filtered(self) -> bool:
        """Whether a filter applies (its first matches may still be awaited)."""
        return self.matches.active

    @property
    def count(self) -> int:
        """Events of the view, as far as found."""
        return self.matches.found if self.filtered else len(self.all)

    def take_events(self, message: EventsExist) -> bool:
        """Take in which ids exist; true where that changes what an unfiltered list shows."""
        before = len(self.all)
        _append(self._known, message.ranges)
        self.last = max(self.last, message.last)
        if message.complete:
            self._assumed = None
        elif self._assumed is not None and message.live:
            _append(self._assumed, message.ranges)
        return message.live or len(self.all) != before


def _append(runs: IdRuns, ranges: Sequence[tuple[int, int]]) -> None:
    for first, last in ranges:
        runs.append_range(first, last)
