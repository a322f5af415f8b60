"""Numbers as columns of block characters."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def column_chart(values: Sequence[float], height: int) -> list[str]:
    """Lines, the upper first, in which each value is a column; the highest fills all of the ``height`` lines.

    The smallest value above zero still shows, and zero is blank.
    """
    top = max(values, default=0.0)
    if top <= 0:
        return [" " * len(values)] * height
    levels = [max(round(value / top * height * 8), 1) if value > 0 else 0 for value in values]
    return [
        "".join(_EIGHTHS[min(max(level - below * 8, 0), 8)] for level in levels)
        for below in range(height - 1, -1, -1)
    ]


def short_bytes(count: float) -> str:
    """A number of bytes in few characters: ``512 B``, ``117 kB``, ``1.2 MB``."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5:
            return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"
    return f"{count / 1000:,.1f} TB"


def short_seconds(seconds: float) -> str:
    """A length of time in few characters: ``28 ms``, ``1.2 s``, ``4 min``."""
    for limit, factor, unit in (
        (1e-3, 1e6, "µs"),
        (1.0, 1e3, "ms"),
        (100.0, 1.0, "s"),
        (6000.0, 1 / 60, "min"),
    ):
        if seconds < limit:
            value = seconds * factor
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{seconds / 3600:,.1f} h"
