"""What can stand at the cursor: fields, operators, values that occur in the trace, and, or."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from tracetui.filter.errors import FilterError
from tracetui.filter.field import Field, Kind
from tracetui.filter.fields import FIELDS, KINDS
from tracetui.filter.functions import FUNCTIONS
from tracetui.filter.operators import EXISTS, OPERATORS
from tracetui.filter.parser import Parser
from tracetui.filter.rewrite import written_for
from tracetui.filter.surroundings import NOTHING, Surroundings
from tracetui.filter.written import Expected, Slot

MAX_ITEMS = 400
"""Offers made at once: every field is among those for an empty line."""

Counted = Callable[[str, str], Sequence[tuple[str | int, int]]]
"""Gives the values of a field that start with a prefix, and how many events have each."""


@dataclass(frozen=True, slots=True)
class Item:
    """One offer: the text to put, what it means, and for a value how many events have it."""

    text: str
    meaning: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """Offers for the text from ``start`` to ``end``."""

    start: int
    end: int
    items: tuple[Item, ...] = ()
    field: str = ""
    """Name of the field whose values belong here, those that start with ``prefix``."""
    prefix: str = ""
    optional: bool = False
    """Whether the filter is whole without what is offered."""


def complete(
    text: str, cursor: int, values: Counted | None = None, surroundings: Surroundings = NOTHING
) -> Completion:
    """What can stand at ``cursor``. Never raises, whatever the text."""
    before = text[:cursor]
    slot = _slot(before, surroundings)
    if slot is None:
        return Completion(cursor, cursor)
    typed = before[slot.start : cursor]
    if slot.expected is Expected.VALUE and slot.field is not None:
        prefix = _unquoted(typed)
        items = _values(slot.field, prefix, values)
        return Completion(slot.start, cursor, items, slot.field.name, prefix)
    offers: Iterable[Item]
    if slot.expected is Expected.TERM:
        offers = _terms(typed, surroundings)
    elif slot.expected is Expected.OPERATOR:
        offers = _operators(slot.field)
    else:
        # After a field alone: it may be compared, too.
        compared = _operators(slot.field) if slot.field is not None else ()
        offers = (*compared, Item("and", "both hold"), Item("or", "one holds"))
    optional = slot.expected is Expected.LOGIC and not typed
    return Completion(slot.start, cursor, _matching(offers, typed), optional=optional)


def _slot(before: str, surroundings: Surroundings) -> Slot | None:
    """The last place at which something was expected, if the cursor is still there."""
    parser = Parser(before, surroundings)
    with suppress(FilterError):
        parser.expression()
    slots = parser.reading.slots
    end = len(before)
    touching = [slot for slot in slots if slot.start < slot.end == end]
    if touching:
        return touching[-1]
    at_end = [slot for slot in slots if slot.start == slot.end and not before[slot.start :].strip()]
    if at_end:
        field = next((slot.field for slot in at_end if slot.field is not None), None)
        return replace(at_end[-1], start=end, end=end, field=field)
    return Slot(Expected.TERM, end, end) if not before.strip() else None


def _terms(typed: str, surroundings: Surroundings) -> Iterable[Item]:
    if typed.startswith("@"):
        yield from (Item(f"@{name}", saved) for name, saved in surroundings.saved.items())
        return
    lowered = typed.lower()
    yield from (Item(field.name, field.meaning) for field in FIELDS if field.name.startswith(lowered))
    for field in FIELDS:
        if not field.name.startswith(lowered):
            name = next((alias for alias in field.aliases if alias.startswith(lowered)), field.name)
            yield Item(name, field.meaning)
    known = {field.name for field in FIELDS}
    for table, columns in surroundings.tables.items():
        for column in columns:
            name = f"{table}.{column}"
            if lowered and name.lower().startswith(lowered) and name not in known:
                yield Item(name, "column as stored")
    yield Item("not", "turns the next condition round")
    yield from (Item(kind, f"events of kind {kind}") for kind in KINDS if kind not in known)
    if lowered:
        yield from (Item(f"{name}(", function.meaning) for name, function in FUNCTIONS.items())


def _operators(field: Field | None) -> Iterable[Item]:
    kind = field.kind if field is not None else Kind.TEXT
    yield from (Item(operator.name, operator.meaning) for operator in OPERATORS if kind.takes(operator))
    yield Item(EXISTS, "the event has it")


def _values(field: Field, prefix: str, values: Counted | None) -> tuple[Item, ...]:
    lowered = prefix.lower()
    counted = values(field.name, prefix) if values is not None else ()
    if counted:
        named = [(str(value), value, count) for value, count in counted]
        found = _beginning_first(named, lambda entry: entry[0], lowered)
        return tuple(Item(written_for(field, value), "", count) for _, value, count in found)
    words: Iterable[str] = ()
    if field.kind is Kind.FLAG:
        words = ("true", "false")
    elif field.words is not None:
        words = field.words()
    elif field.name == "type":
        words = KINDS
    return _matching((Item(word) for word in words), prefix)


def _matching(offers: Iterable[Item], typed: str) -> tuple[Item, ...]:
    """Offers that start with what is typed, then those that contain it."""
    return tuple(_beginning_first(offers, lambda item: item.text, typed.lower()))


_T = TypeVar("_T")


def _beginning_first(offers: Iterable[_T], text: Callable[[_T], str], lowered: str) -> list[_T]:
    """Those that start with a text in any case, then those that contain it; not more than can be shown."""
    starting: list[_T] = []
    within: list[_T] = []
    for offer in offers:
        shown = text(offer).lower()
        if shown.startswith(lowered):
            starting.append(offer)
        elif lowered in shown:
            within.append(offer)
    return (starting + within)[:MAX_ITEMS]


def _unquoted(typed: str) -> str:
    return typed[1:].removesuffix(typed[0]) if typed[:1] in ("'", '"') and typed else typed
