"""How a field's values are taken from a record or a process: what several groups of fields share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.filter.field import Values
from tracetui.filter.surroundings import ProcessNode

if TYPE_CHECKING:
    from tracetui.events.record import Record

PAIRS = tuple(name for n in range(6) for name in (f"syscall.arg{n}", f"syscall.arg{n}_repr"))
"""The argument columns of a call, number and text in turn."""

TEXTS = PAIRS[1::2]
"""The texts of a call's arguments."""


def one(get: Callable[[Record], Values | str | int | bytes | None]) -> Callable[[Record], Values]:
    """The values of a record's attribute that is one value or ``None``."""

    def values(record: Record) -> Values:
        value = get(record)
        return () if value is None else (value,)  # type: ignore[return-value]

    return values


def of_state(of: Callable[..., Values], *columns: str) -> Callable[[Record], Values]:
    """The values that ``of`` makes of columns of the state of the process that an event refers to."""
    return lambda record: tuple(of(*(record.linked.get(column) for column in columns)))


def of_process(get: Callable[[ProcessNode], int | None]) -> Callable[[ProcessNode], Values]:
    def values(node: ProcessNode) -> Values:
        value = get(node)
        return () if value is None else (value,)

    return values
