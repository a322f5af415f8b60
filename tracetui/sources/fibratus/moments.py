"""Times as Go writes them, exact to the nanosecond."""

from __future__ import annotations

import re
from calendar import timegm
from functools import lru_cache
from typing import NamedTuple

_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*"
    r"(?:(?P<utc>Z)|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))(?:\s.*)?",
    re.ASCII,
)


class Moment(NamedTuple):
    """A time and what the clock showed there."""

    ns: int
    """Since the Unix epoch."""
    utc_offset: int
    """Seconds east of Greenwich."""


def moment(text: str) -> Moment | None:
    """The time that ``2021-01-03T19:24:21.0986701+01:00`` is, also with blanks; ``None`` where it is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    seconds = _seconds(*found.group(1, 2, 3, 4, 5, 6))
    if seconds is None:
        return None
    offset = 0
    if found["utc"] is None:
        offset = int(found["hours"]) * 3600 + int(found["minutes"]) * 60
        offset = -offset if found["sign"] == "-" else offset
    return Moment((seconds - offset) * 10**9 + int((found[7] or "").ljust(9, "0")), offset)


@lru_cache(maxsize=1024)
def _seconds(*written: str) -> int | None:
    """Seconds since the Unix epoch of a date and time in UTC; events are many in each second."""
    year, month, day, hour, minute, second = map(int, written)
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return None
    # Go writes the year 1 for a time that was never set.
    return timegm((year, month, day, hour, minute, second)) if year >= 1900 else None
