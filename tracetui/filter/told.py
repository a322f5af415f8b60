"""Values of what Fibratus tells: pure functions over stored columns, for both back ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from tracetui.filter.operands import Value

_EPOCH = datetime(1970, 1, 1)
_SECOND = 10**9


def json_of(stored: object) -> object:
    """What a column of JSON holds; ``None`` where it cannot be read."""
    if not isinstance(stored, str):
        return None
    try:
        return json.loads(stored, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def members(stored: object) -> Iterator[str]:
    """The texts of a stored list."""
    found = json_of(stored)
    return (item for item in found if isinstance(item, str)) if isinstance(found, list) else iter(())


def variables(stored: object) -> Iterator[str]:
    """``NAME=value`` and ``NAME`` of each variable of a stored environment."""
    found = json_of(stored)
    for name, value in found.items() if isinstance(found, dict) else ():
        yield f"{name}={value}"
        yield name


def of_items(member: str) -> Callable[[object], Iterator[Value]]:
    """The values of one member of each object of a stored list."""

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        for item in found if isinstance(found, list) else ():
            if isinstance(item, dict):
                yield from plain(item.get(member))

    return values


def of_object(*path: str) -> Callable[[object], Iterator[Value]]:
    """The values that one member of a stored object has; with a longer path, a member of that."""

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return plain(found)

    return values


def of_member(name: str) -> Callable[[object], Iterator[Value]]:
    """The values of the members of a stored object that are called ``name``, in any case."""
    lowered = name.lower()

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        for called, value in found.items() if isinstance(found, dict) else ():
            if called.lower() == lowered:
                yield from plain(value)

    return values


def of_either(first: str, second: str) -> Callable[[object], Iterator[Value]]:
    """The values of a member of a stored object, of ``second`` where it has no ``first``."""

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        return plain(found.get(first, found.get(second))) if isinstance(found, dict) else iter(())

    return values


def of_parameter(category: str, name: str) -> Callable[[object, object], Iterator[Value]]:
    """The values of a parameter without a column, where an event is of a category."""
    of = of_object(name)
    return lambda told, parameters: of(parameters) if told == category else iter(())


def of_user(member: str, part: int) -> Callable[[object, object], Iterator[Value]]:
    """A member of what a state tells beside, else that part of its ``DOMAIN\\user``."""
    of = of_object(member)

    def values(more: object, sid: object) -> Iterator[Value]:
        yield from of(more)
        domain, mark, user = sid.partition("\\") if isinstance(sid, str) else ("", "", "")
        if mark and not any(of(more)):
            yield (domain, user)[part]

    return values


def of_items_in(name: str, member: str) -> Callable[[object], Iterator[Value]]:
    """The values of one member of each object of a list in a stored object."""

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        items = found.get(name) if isinstance(found, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield from plain(item.get(member))

    return values


def of_section(name: str, member: str) -> Callable[[object], Iterator[Value]]:
    """One member of the section called ``name`` of a stored header of an executable."""

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        sections = found.get("sections") if isinstance(found, dict) else None
        for section in sections if isinstance(sections, list) else ():
            if isinstance(section, dict) and section.get("name") == name:
                yield from plain(section.get(member))

    return values


def of_named_item(name: str, member: str) -> Callable[[object], Iterator[Value]]:
    """One member of the object called ``name`` (or a path that ends so) in a stored list, in any case."""
    wanted = name.lower()

    def values(stored: object) -> Iterator[Value]:
        found = json_of(stored)
        for item in found if isinstance(found, list) else ():
            if isinstance(item, dict) and isinstance(called := item.get("name"), str):
                called = called.lower()
                if called == wanted or called.endswith(f"\\{wanted}"):
                    yield from plain(item.get(member))

    return values


_UPPER_HALF = range(1 << 63, 1 << 64)
"""Numbers of 64 bits that filters, as the database, know as negative ones."""


def plain(value: object) -> Iterator[Value]:
    """A value of JSON as values of a field: items of a list, names of an object, truth in words."""
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, int) and value in _UPPER_HALF:
        yield value - (1 << 64)
    elif isinstance(value, str | int | float):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from plain(item)
    elif isinstance(value, dict):
        yield from value


def command(comm: object, args: object) -> Iterator[str]:
    """A command line as it was told, and its arguments."""
    if isinstance(comm, str):
        yield comm
    yield from members(args)


def first_text(*stored: object) -> tuple[str, ...]:
    """The first text among columns of which one is told."""
    return next(((text,) for text in stored if isinstance(text, str)), ())


def either(stored: object) -> tuple[Value, ...]:
    """A number or a text."""
    return (stored,) if isinstance(stored, str | int) else ()


def addresses(word: str) -> tuple[str, ...]:
    """A written address as it is stored: in small letters, without ``0x``."""
    bare = word.lower().removeprefix("0x")
    return tuple(dict.fromkeys((word, bare, bare.lstrip("0") or bare)))


# Paths of Windows.


def windows_folder(path: str) -> str | None:
    """The folder of a path; ``None`` for what is no path."""
    return path.rstrip("\\").rpartition("\\")[0] or None


def windows_name(path: str) -> str | None:
    """The last component of a path; ``None`` for what is no path."""
    return (path.rstrip("\\").rpartition("\\")[2] or None) if "\\" in path else None


def extension(path: str) -> str | None:
    """The extension of a path with its point, in small letters; ``None`` where it has none."""
    name = path.replace("\\", "/").rpartition("/")[2]
    stem, point, end = name.rpartition(".")
    return f".{end.lower()}" if point and stem and end else None


# What the clock showed.


def _clock(ts: object, utc_offset: object) -> datetime | None:
    if not isinstance(ts, int):
        return None
    seconds = ts // _SECOND + (utc_offset if isinstance(utc_offset, int) else 0)
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def of_clock(read: Callable[[datetime], Value]) -> Callable[[object, object], tuple[Value, ...]]:
    """A value of the time that the clock of the host showed; UTC where nobody told."""

    def values(ts: object, utc_offset: object) -> tuple[Value, ...]:
        when = _clock(ts, utc_offset)
        return () if when is None else (read(when),)

    return values


def zone(ts: object, utc_offset: object) -> tuple[str, ...]:
    """``UTC`` or ``+01:00``, where the zone was told."""
    if not isinstance(ts, int) or not isinstance(utc_offset, int):
        return ()
    if not utc_offset:
        return ("UTC",)
    minutes = abs(utc_offset) // 60
    return (f"{'-' if utc_offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}",)
