"""Filter by pointing: what of an event one may want to see more of, or less of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.events.record import Record


@dataclass(frozen=True, slots=True)
class Point:
    """A field of an event with its value, as the filter language names it."""

    label: str
    field: str
    value: str | int


def points(record: Record) -> list[Point]:
    """What the selected event offers, the most telling first."""
    from tracetui.events.families import common_name

    offered: list[Point | None] = [
        _point("this call", "name", record.name and common_name(record.name)),
        _point("this path", "path", record.path),
        _point("this errno", "errno", record.errno_name),
        _point("this process", "pid", record.pid),
        _point("this process and its children", "tree", record.pid),
        _point("this program", "procname", record.procname or None),
        _point("this descriptor", "fd", record.fd),
        _point("this type", "type", record.type),
        _point("this result", "ret", record.retno),
        _point("this signal", "reason", record.reason),
        _point("this exit code", "code", record.code),
        _point("this thread", "tid", record.tid),
    ]
    for argument in record.arguments:
        if argument.string is not None and not argument.is_path:
            offered.append(
                _point(f"this {argument.name or 'argument'}", f"arg{argument.index}", argument.string)
            )
        elif argument.value is not None and argument.string is None and argument.name != "fd":
            offered.append(
                _point(f"this {argument.name or 'argument'}", f"arg{argument.index}", argument.value)
            )
    return [point for point in offered if point is not None]


def _point(label: str, field: str, value: str | int | None) -> Point | None:
    return None if value is None else Point(label, field, value)
