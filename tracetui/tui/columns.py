"""How wide each column of the event list is, and how a cell is cut to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len, set_cell_size

GUTTER = 2
"""Cells before the id: flush, failure."""

TIME_WIDTH = 15


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; a width of 0 hides the column."""

    event_id: int
    time: int
    tag: int
    pid: int
    process: int
    text: int
    result: int
    gutter: int = GUTTER
    """Cells of signs before the id."""

    @classmethod
    def fit(
        cls, width: int, *, last_id: int, has_pids: bool, has_times: bool, has_annotations: bool = False
    ) -> Columns:
        """Columns that fill ``width`` cells: what must be read stays, what is nice comes with width."""
        gutter = GUTTER + has_annotations
        event_id = max(len(str(last_id)), 4)
        wide = width >= 110
        time = TIME_WIDTH if has_times and width >= 120 else 0
        tag = 5 if width >= 44 else 0
        pid = 7 if has_pids and width >= 60 else 0
        process = 0 if width < 36 else 22 if width >= 150 else 16 if wide else 10 if width >= 70 else 8
        result = 14 if width >= 90 else 10 if width >= 60 else 8
        shown = [event_id, time, tag, pid, process, result]
        gaps = sum(1 for column in shown if column)
        text = max(width - gutter - sum(shown) - gaps, 4)
        return cls(event_id, time, tag, pid, process, text, result, gutter)


def fill(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, with an ellipsis where it was cut."""
    if len(text) == width and text.isascii():
        return text
    if len(text) <= width and cell_len(text) <= width:
        return set_cell_size(text, width)
    # No text needs more characters than cells: a bound for texts of megabytes.
    return set_cell_size(text[:width], width - 1) + "…" if width > 1 else "…"[:width]


def fill_left(text: str, width: int) -> str:
    """``text`` right-aligned in ``width`` cells."""
    length = cell_len(text)
    return " " * (width - length) + text if length <= width else fill(text, width)


def short_process(procname: str, width: int) -> str:
    """A program name that fits: the whole path, else its last part."""
    if len(procname) <= width:
        return procname
    base = procname.rsplit("/", 1)[-1]
    return base or procname


def clock(ts: int | None) -> str:
    """Local time of day to the microsecond, ``12:34:56.789012``."""
    if ts is None:
        return ""
    try:
        seconds, nanoseconds = divmod(ts, 1_000_000_000)
        return f"{datetime.fromtimestamp(seconds):%H:%M:%S}.{nanoseconds // 1000:06d}"
    except (ValueError, OverflowError, OSError):
        return "?"
