"""From a name that a user typed (``--fields``, ``--by``, a template) to a value of each record."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from tracetui.events import Record, result_text, summarise
from tracetui.output.layout import Selected
from tracetui.output.stored import CONTEXT, TEXT_SUFFIX, column_names, readable, stored_columns
from tracetui.trace import Schema

SHOWN: dict[str, Callable[[Record], object]] = {"summary": summarise, "result": result_text}
"""What the event list shows and neither a column nor a filter field holds."""


class UnknownField(ValueError):
    """A name that is neither a field nor a column; the message lists those that are."""


def select(name: str, schema: Schema, *, stored_first: bool) -> Selected:
    """The value called ``name``: a filter field, normalised, or a column, as stored.

    Some names are both (``fd``, ``retno``); ``stored_first`` decides. Raises :class:`UnknownField`.
    """
    if name in SHOWN:
        return Selected(name, SHOWN[name])
    column = _column(name, schema)
    field = _field(name)
    first, second = (column, field) if stored_first else (field, column)
    value = first or second
    if value is None:
        raise UnknownField(_complaint(name, schema))
    return Selected(name, value)


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


def _field(name: str) -> Callable[[Record], object] | None:
    raise NotImplementedError


def _complaint(name: str, schema: Schema) -> str:
    known = [*SHOWN, *column_names(schema)]
    close = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean '{close[0]}'?" if close else ""
    return f"unknown field '{name}'.{meant} Known: {', '.join(sorted(known))}"
