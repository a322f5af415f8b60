"""Times as Go writes them, exact to the nanosecond."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple

_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*"
    r"(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))(?:\s.*)?",
    re.ASCII,
)


_FIRST_YEAR = 1900
"""Go writes the year 1 for a time that was never set."""

_LARGEST = (1 << 63) - 1
"""ns that a database can hold: times up to the year 2262."""


class Moment(NamedTuple):
    """A time and what the clock showed there."""

    ns: int
    """Since the Unix epoch."""
    utc_offset: int
    """Seconds east of Greenwich."""


def moment(text: str) -> Moment | None:
    """The time that ``2021-01-03T19:24:21.0986701+01:00`` is, also with blanks.

    ``None`` where it is none, or none that can be kept.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    seconds = _seconds(*found.group(1, 2, 3, 4, 5, 6))
    if seconds is None:
        return None
    offset = 0
    if found["utc"] is None:
        hours, minutes = int(found["hours"]), int(found["minutes"])
        if hours > 23 or minutes > 59:
            return None
        offset = (hours * 60 + minutes) * (-60 if found["sign"] == "-" else 60)
    ns = (seconds - offset) * 10**9 + int((found[7] or "").ljust(9, "0"))
    return Moment(ns, offset) if ns <= _LARGEST else None


@lru_cache(maxsize=1024)
def _seconds(*written: str) -> int | None:
    """Seconds since the Unix epoch of a date and time in UTC; events are many in each second."""
    year, month, day, hour, minute, second = map(int, written)
    if year < _FIRST_YEAR or second > 60:
        return None
    leap = second == 60  # of which datetime knows nothing
    try:
        shown = datetime(year, month, day, hour, minute, second - leap, tzinfo=timezone.utc)
    except ValueError:
        return None
    return int(shown.timestamp()) + leap
