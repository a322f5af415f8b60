"""Which events the list shows: all of them or those that match, while both sets grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.trace.positions import IdList, IdRuns, Positions

if TYPE_CHECKING:
    from tracetui.trace.condition import Condition
    from tracetui.tui.fill import ViewRequest
    from tracetui.tui.messages import EventsExist, Found


class View:
    """The state behind the list. It asks for scans by returning requests and never does any itself."""

    def __init__(self, bounds: tuple[int, int] | None, dense: bool) -> None:
        """``dense`` takes every id between ``bounds`` to exist until a look has shown which do."""
        self._known = IdRuns()
        self._assumed = IdRuns.dense(*bounds) if bounds and dense else None
        self._last = bounds[1] if bounds else 0
        self._matches: IdList | None = None
        self._pending: IdList | None = None
        self._condition: Condition | None = None
        self._scanned_to = 0
        self.generation = 0
        self.scanning = False
        self.seen = 0
        """Width of the id range that the current scan has looked at."""

    @property
    def shown(self) -> Positions:
        """What the list shows now."""
        return self.all if self._matches is None else self._matches

    @property
    def all(self) -> IdRuns:
        """Every event, as far as known."""
        return self._assumed if self._assumed is not None else self._known

    @property
    def filtered(self) -> bool:
        """Whether a filter applies (its first matches may still be awaited)."""
        return self._condition is not None

    @property
    def matches(self) -> int:
        """Events that match, as far as found."""
        found = self._pending if self._pending is not None else self._matches
        return len(found) if found is not None else len(self.all)

    @property
    def last(self) -> int:
        """Highest committed id."""
        return self._last

    def apply(self, condition: Condition | None, anchor: int) -> ViewRequest | None:
        """Show another selection of events; the former one stays until the first match is there."""
        self.generation += 1
        self._condition = condition
        self.seen = 0
        if condition is None:
            self._matches = self._pending = None
            self.scanning = False
            return None
        self._pending = IdList()
        self.scanning = True
        return self._request(condition, anchor, resume=None)

    def take_found(self, found: Found) -> bool:
        """Take in matches; false where they answer a filter that no longer applies."""
        if found.generation != self.generation or self._condition is None:
            return False
        if self._pending is not None and (len(found.ids) or found.done):
            self._matches, self._pending = self._pending, None
        if self._matches is not None:
            (self._matches.prepend if found.before else self._matches.extend)(found.ids)
        self.seen = found.seen
        if found.done:
            self.scanning = False
            self._scanned_to = found.last
        return True

    def take_events(self, message: EventsExist) -> bool:
        """Take in which ids exist; false where that changes nothing on the screen."""
        before = len(self.all)
        _append(self._known, message.ranges)
        self._last = max(self._last, message.last)
        if message.complete:
            self._assumed = None
        elif self._assumed is not None and message.live:
            _append(self._assumed, message.ranges)
        return self._matches is None and (message.live or len(self.all) != before)

    def catch_up(self) -> ViewRequest | None:
        """The scan that the newest events need, once the one under way is done."""
        if self._condition is None or self.scanning or self._scanned_to >= self._last:
            return None
        self.scanning = True
        return self._request(self._condition, self._scanned_to + 1, resume=self._scanned_to + 1)

    def _request(self, condition: Condition, anchor: int, resume: int | None) -> ViewRequest:
        from tracetui.tui.fill import ViewRequest

        return ViewRequest(self.generation, condition, anchor, resume)


def _append(runs: IdRuns, ranges: Sequence[tuple[int, int]]) -> None:
    for first, last in ranges:
        runs.append_range(first, last)
