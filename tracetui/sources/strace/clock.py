"""Times of a log's lines, in whatever form strace was told to print them, as nanoseconds since the epoch."""

from __future__ import annotations

import time
from datetime import datetime

from tracetui.sources.strace.calls import nanoseconds

_DAY = 86_400 * 1_000_000_000


class Clock:
    """Turns the time column of a log into nanoseconds since the epoch.

    ``-ttt`` has the epoch. ``-t`` and ``-tt`` have no date: it is taken from ``written``, when the log was
    last written (seconds since the epoch), and later lines stay later across midnight. ``-r`` has only the
    distance from the line before: such a trace begins at the epoch itself, which no one takes for a date.
    """

    def __init__(self, written: float | None = None) -> None:
        self._written = time.time() if written is None else written
        self._midnight: int | None = None
        self._last_of_day = 0
        self._elapsed = 0

    def epoch(self, text: str) -> int:
        """``1795240768.053259`` of ``-ttt``."""
        return nanoseconds(text)

    def of_day(self, text: str) -> int:
        """``12:34:56.123456`` of ``-t`` or ``-tt``, local time."""
        hours, minutes, seconds = text.split(":")
        moment = (int(hours) * 3600 + int(minutes) * 60) * 1_000_000_000 + nanoseconds(seconds)
        if self._midnight is None:
            self._midnight = self._day_before_written(moment)
        elif moment < self._last_of_day - _DAY // 2:
            self._midnight += _DAY
        self._last_of_day = moment
        return self._midnight + moment

    def relative(self, text: str) -> int:
        """``0.000123`` since the line before, of ``-r``."""
        self._elapsed += nanoseconds(text)
        return self._elapsed

    def _day_before_written(self, moment: int) -> int:
        """Midnight of the last day on which ``moment`` was not after the log's last change."""
        day = datetime.fromtimestamp(self._written).replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = int(day.timestamp()) * 1_000_000_000
        return midnight if midnight + moment <= (self._written + 1) * 1_000_000_000 else midnight - _DAY
