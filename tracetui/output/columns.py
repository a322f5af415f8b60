"""From a name that a user typed (``--fields``, ``--by``, a template) to a value of each record."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import cached_property

from tracetui.canonical.fields import Needs, plain_field, plain_names
from tracetui.events import Record, result_text, summarise
from tracetui.filter.field import Field, Kind
from tracetui.filter.lookup import BY_NAME, find
from tracetui.output.canonical_source import CanonicalSource
from tracetui.output.layout import Selected
from tracetui.output.stored import CONTEXT, TEXT_SUFFIX, column_names, readable, stored_columns
from tracetui.trace import Schema

SHOWN: dict[str, Callable[[Record], object]] = {
    "summary": summarise,
    "result": result_text,
    "errno": lambda record: record.errno_name or record.errno,
    "args": lambda record: tuple(argument.text for argument in record.arguments) or None,
    "env": lambda record: None if record.env is None else tuple(f"{n}={v}" for n, v in record.env),
}
"""What people want to read of an event where a filter field has none or several values."""


class UnknownField(ValueError):
    """A name that is neither a field nor a column; the message lists those that are."""


_OF_PROCESS = "ps."
"""Begins the names of what canonical events know of their process, at any event and not at execs only."""


_PARAMETERS = "params."
"""Begins the names of parameters, typed and decoded; a filter asks for the argument as it is stored."""

_OF_METADATA = "meta."
"""Begins the names of tags: the user's, and those that an imported trace came with."""


def select(
    name: str, schema: Schema, *, stored_first: bool, source: CanonicalSource | None = None
) -> Selected:
    """The value called ``name``: a filter field, normalised, a column, as stored, or a canonical field.

    Some names are both (``fd``, ``retno``); ``stored_first`` decides. Fields of the process need a
    ``source``. Raises :class:`UnknownField`.
    """
    if name in SHOWN:
        return Selected(name, SHOWN[name])
    knows_processes = source is not None and source.knows_processes
    if name.startswith(_OF_PROCESS) and knows_processes and (found := _canonical(name, source)):
        return found
    if name.startswith(_PARAMETERS) and (found := _canonical(name, source)):
        return found
    column = _column(name, schema)
    field = _field(name, schema, source)
    if name.startswith(_OF_METADATA) and field is not None and (tag := _canonical(name, source)):
        return Selected(name, _either(tag.value, field))
    first, second = (column, field) if stored_first else (field, column)
    value = first or second
    if value is not None:
        return Selected(name, value)
    if (found := _canonical(name, source)) is not None:
        return found
    raise UnknownField(_complaint(name, schema))


def _either(
    first: Callable[[Record], object], second: Callable[[Record], object]
) -> Callable[[Record], object]:
    """The first of two values that an event has."""

    def value(record: Record) -> object:
        found = first(record)
        return second(record) if found is None else found

    return value


def _canonical(name: str, source: CanonicalSource | None) -> Selected | None:
    """A field of canonical events; ``None`` for another name, or where the source cannot know it."""
    events = source or CanonicalSource()
    field = plain_field(name, events.style, events.delimiter)
    if field is None or (Needs.PROCESS in field.needs and not events.knows_processes):
        return None
    return events.selected(name, field)


def _column(name: str, schema: Schema) -> Callable[[Record], object] | None:
    """How to get a column by one of the names that JSON and CSV give it."""
    known = column_names(schema)
    base = name.removesuffix(TEXT_SUFFIX)
    if name not in known and base not in known:
        return None
    if name not in known or name.endswith(TEXT_SUFFIX):
        return lambda record: _text(stored_columns(record).get(base))
    if name.startswith(f"{CONTEXT}."):
        inner = name[len(CONTEXT) + 1 :]
        return lambda record: _context(record).get(inner)
    return lambda record: stored_columns(record).get(name)


def _context(record: Record) -> dict[str, object]:
    context = stored_columns(record).get(CONTEXT)
    return context if isinstance(context, dict) else {}


def _text(value: object) -> object:
    return readable(value) if isinstance(value, bytes) else value


def _field(name: str, schema: Schema, source: CanonicalSource | None) -> Callable[[Record], object] | None:
    """The first value of a filter field, of the event or of its process, else what a record tells so."""
    field = find(name, {table: schema.columns(table) for table in schema.tables})
    if field is None:
        return (lambda record: getattr(record, name)) if name in _TOLD else None
    if field.note and not field.sources and source is not None:
        return _annotations(field.note, source)
    value = SHOWN.get(field.name) or _first_value(field)
    if field.process is not None and source is not None and source.knows_processes:
        return _either(value, source.told_by_process(field))
    return value


def _annotations(kind: str, source: CanonicalSource) -> Callable[[Record], object]:
    """What the user wrote on an event: a text where there is one only, all else in a list."""

    def value(record: Record) -> object:
        found = tuple(source.book.of(kind, record.id))
        return found[0] if len(found) == 1 else found or None

    return value


_TOLD = frozenset(
    name for name, member in vars(Record).items() if isinstance(member, property | cached_property)
)


def _first_value(field: Field) -> Callable[[Record], object]:
    """What ``field`` says of a record: true or false of a flag, the text where there is also a number."""
    if field.kind is Kind.FLAG:
        return lambda record: next((bool(value) for value in field.values(record)), None)
    if field.kind is Kind.MIXED:
        return lambda record: min(field.values(record), key=_is_number, default=None)
    return lambda record: next(iter(field.values(record)), None)


def _is_number(value: object) -> bool:
    return not isinstance(value, str)


def _complaint(name: str, schema: Schema) -> str:
    known = dict.fromkeys([*SHOWN, *column_names(schema), *plain_names()])
    close = difflib.get_close_matches(name, [*known, *BY_NAME], n=1)
    meant = f" Did you mean '{close[0]}'?" if close else ""
    return f"unknown field '{name}'.{meant} Known: {', '.join(sorted(known))}; all others: tracetui fields"
