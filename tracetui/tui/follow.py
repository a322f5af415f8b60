"""When the list follows the end of the trace, and what it missed while it did not."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

WINDOW_SECONDS = 5.0
"""Stretch of time over which the rate of new events is averaged."""


SPARK_SECONDS = 12
_BARS = " ▁▂▃▄▅▆▇█"


def starts_at_end(path: Path, wanted: bool | None) -> bool:
    """Whether to open a trace at its end and follow it: as the user wants, else where it is being written."""
    from tracetui.trace.faults import changed_lately

    return changed_lately(path) if wanted is None else wanted


class Follow:
    """Moving up pauses, reaching the end resumes; new events are counted meanwhile."""

    def __init__(self, following: bool = False) -> None:
        self.following = following
        self.missed = 0
        self.live = False
        """Whether any event has come since the trace was opened."""
        self._arrivals: deque[tuple[float, int]] = deque()
        self._newest = 0.0

    def moved(self, at_end: bool) -> None:
        """The user moved the cursor."""
        self.set(at_end)

    def set(self, following: bool) -> None:
        """Follow or stay."""
        self.following = following
        if following:
            self.missed = 0

    def arrived(self, count: int, now: float | None = None) -> None:
        """``count`` events were committed."""
        if not count:
            return
        self.live = True
        self._newest = time.monotonic() if now is None else now
        self._arrivals.append((self._newest, count))
        if not self.following:
            self.missed += count

    def rate(self, now: float | None = None) -> float:
        """Events per second over the last seconds."""
        now = time.monotonic() if now is None else now
        while self._arrivals and now - self._arrivals[0][0] > SPARK_SECONDS:
            self._arrivals.popleft()
        return sum(count for at, count in self._arrivals if now - at <= WINDOW_SECONDS) / WINDOW_SECONDS

    def quiet_seconds(self, now: float | None = None) -> float:
        """Time since the newest event was committed."""
        return (time.monotonic() if now is None else now) - self._newest

    def sparkline(self, now: float | None = None) -> str:
        """Events of the last seconds, a character a second, the newest at the right; empty for none."""
        now = time.monotonic() if now is None else now
        seconds = [0] * SPARK_SECONDS
        for at, count in self._arrivals:
            age = int(now - at)
            if 0 <= age < SPARK_SECONDS:
                seconds[-1 - age] += count
        highest = max(seconds)
        if not highest:
            return ""
        return "".join(_BARS[-(-count * (len(_BARS) - 1) // highest)] for count in seconds)
