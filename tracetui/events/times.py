"""Moments as text, exact to the nanosecond."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

_SECOND = 1_000_000_000


def iso_time(ns: int, zone: tzinfo | None = timezone.utc) -> str:
    """``ns`` since the Unix epoch in ISO 8601: ``2019-03-25T19:48:00.704111050Z``.

    ``zone`` None is the local time, with its offset. Always nine digits, never rounded: a float holds
    microseconds of our times at best.
    """
    seconds, fraction = divmod(ns, _SECOND)
    moment = datetime.fromtimestamp(seconds, zone).astimezone(zone)
    offset = "Z" if zone is timezone.utc else moment.isoformat()[19:]
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}{offset}"


def go_time(ns: int, utc_offset: int = 0) -> str:
    """``ns`` since the Unix epoch as Go writes it: ``2021-01-03T19:24:21.0986701+01:00``, without zeros at
    the end of the fraction. ``utc_offset`` is in seconds east of Greenwich.
    """
    zone = timezone(timedelta(seconds=utc_offset)) if utc_offset else timezone.utc
    text = iso_time(ns, zone)
    fraction = text[20:29].rstrip("0")
    return f"{text[:19]}{'.' if fraction else ''}{fraction}{text[29:]}"


def go_text(ns: int, utc_offset: int = 0) -> str:
    """``ns`` since the Unix epoch as Go prints it: ``2021-01-03 19:24:21.0986701 +0100 +0100``."""
    written = go_time(ns, utc_offset).replace("T", " ")
    if written.endswith("Z"):
        return f"{written[:-1]} +0000 UTC"
    zone = written[-6:].replace(":", "")
    return f"{written[:-6]} {zone} {zone}"


def local_time(ns: int) -> str:
    """``ns`` since the Unix epoch on the clock of this machine: ``2019-03-25T20:48:00.704111050+01:00``."""
    return iso_time(ns, None)
