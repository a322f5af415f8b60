"""Going from match to match, also to those that are still being looked for."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tracetui.tui.view import Matches


class Step(NamedTuple):
    """To the next match (+1) or the previous one (-1)."""

    by: int
    start: int | None = None
    """From which event it is sought, itself included; ``None``: from beside the cursor."""


class Reached(NamedTuple):
    """Where a step leads to."""

    event_id: int | None
    """``None`` where nothing matches."""
    wrapped: bool
    """Whether it went on from the other end."""


def reach(step: Step, matches: Matches, current: int) -> Reached | None:
    """Where a step leads to from the event ``current``; ``None`` while that is being looked for."""
    found = None if matches.awaited else matches.shown
    count = len(found) if found is not None else 0
    index = -1
    if found is not None:
        if step.start is not None:
            index = found.position(step.start)
        else:
            index = found.position(current + 1) if step.by > 0 else found.position(current) - 1
    inside = 0 <= index < count
    if not inside and matches.scanning:
        return None
    if found is None or not count:
        return Reached(step.start, wrapped=False)
    return Reached(found.ids(index % count, index % count + 1)[0], wrapped=not inside)


class Steps:
    """Steps to matches of one role, in the order in which they were asked for; the first one waits."""

    def __init__(self) -> None:
        self.role = ""
        self._waiting: deque[Step] = deque()

    def begin(self, role: str, step: Step | None) -> None:
        """Other matches are looked for: what waited for the former ones is given up."""
        if step is not None:
            self.role, self._waiting = role, deque([step])
        elif role == self.role:
            self._waiting.clear()

    def add(self, role: str, step: Step) -> None:
        """One more step, after those that wait."""
        if role != self.role:
            self.begin(role, step)
        else:
            self._waiting.append(step)

    def give_up(self) -> None:
        """Nothing is waited for any more."""
        self._waiting.clear()

    @property
    def next(self) -> Step | None:
        """The step that is to be gone now."""
        return self._waiting[0] if self._waiting else None

    def gone(self) -> None:
        """It has been gone."""
        self._waiting.popleft()
