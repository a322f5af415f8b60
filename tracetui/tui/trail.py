"""Where the cursor has been: back and forward through the places that were left by a jump. Pure."""

from __future__ import annotations

MAX_PLACES = 100


class Trail:
    """Ids of events, in the order in which they were visited."""

    def __init__(self) -> None:
        self._behind: list[int] = []
        self._ahead: list[int] = []

    def left(self, event_id: int) -> None:
        """A jump led away from an event."""
        if not self._behind or self._behind[-1] != event_id:
            self._behind.append(event_id)
            del self._behind[:-MAX_PLACES]
        self._ahead.clear()

    def back(self, current: int) -> int | None:
        """The place before this one; ``None`` at the oldest."""
        return _step(self._behind, self._ahead, current)

    def forward(self, current: int) -> int | None:
        """The place that ``back`` came from; ``None`` at the newest."""
        return _step(self._ahead, self._behind, current)


def _step(source: list[int], target: list[int], current: int) -> int | None:
    while source and source[-1] == current:
        source.pop()
    if not source:
        return None
    target.append(current)
    return source.pop()
