"""A record as data: the columns of its tables, with their values as stored."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache

from tracetui.events import Event, Read, Record, Write
from tracetui.events.text import text_of_bytes
from tracetui.trace import Schema

TEXT_SUFFIX = "_text"
"""Ends the name under which a column of bytes is given as readable text."""

CONTEXT = "context"


def stored_columns(record: Record) -> dict[str, object]:
    """Column to value: the ``event`` table's, the type's own table's, then those of tables without a model.

    A column of a reflected table whose name is taken is called ``table.column``. What the ``context`` table
    knows is a dict under ``context``. Values are as stored, but for buffers, which are bytes in every era.
    """
    event = record.event
    columns = {name: getattr(event, name) for name in model_columns(type(event))}
    if isinstance(event, Read | Write):
        columns["buffer"] = record.buffer
    for table, row in record.extras.items():
        if table == CONTEXT:
            columns[CONTEXT] = {name: value for name, value in row.items() if name != "id"}
            continue
        for name, value in row.items():
            if name != "id":
                columns[_free_name(columns, table, name)] = value
    if record.context is not None:
        context = record.context
        names = type(context).__table__.c.keys()
        columns[CONTEXT] = {name: getattr(context, name) for name in names if name != "id"}
    return columns


def plain(columns: dict[str, object]) -> dict[str, object]:
    """``columns`` in types that JSON has: bytes become base64, with readable text beside them."""
    result: dict[str, object] = {}
    for name, value in columns.items():
        if isinstance(value, bytes):
            result[name] = base64.b64encode(value).decode("ascii")
            result[name + TEXT_SUFFIX] = readable(value)
        elif isinstance(value, dict):
            result[name] = plain(value)
        else:
            result[name] = plain_value(value)
    return result


def plain_value(value: object) -> object:
    """A single value in a type that JSON has."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain_value(item) for name, item in value.items()}
    return str(value)


def in_one_text(value: object) -> object:
    """A list or an object, in types that JSON has, as one text: words with a blank between, or JSON.

    All other values stay what they are.
    """
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def flat(columns: dict[str, object]) -> dict[str, object]:
    """:func:`plain` without nesting: ``context.ts`` and the like."""
    result: dict[str, object] = {}
    for name, value in plain(columns).items():
        if isinstance(value, dict):
            result.update({f"{name}.{inner}": item for inner, item in value.items()})
        else:
            result[name] = value
    return result


def column_names(schema: Schema) -> tuple[str, ...]:
    """Every name that :func:`flat` can give for a trace of this schema, in a fixed order."""
    names = dict.fromkeys(model_columns(Event))
    for model in schema.models:
        for name in model_columns(model):
            names[name] = None
            if name == "buffer":
                names[name + TEXT_SUFFIX] = None
    for table in schema.reflected:
        for name in schema.columns(table):
            if name != "id":
                free = f"{table}.{name}" if name in names else name
                names[free] = None
                if schema.is_declared_bytes(table, name):
                    names[free + TEXT_SUFFIX] = None
    if schema.has(CONTEXT):
        names.update(dict.fromkeys(f"{CONTEXT}.{name}" for name in schema.columns(CONTEXT) if name != "id"))
    return tuple(names)


def readable(data: bytes) -> str:
    """Bytes as text without control characters: ``GET / HTTP/1.1\\r\\n`` with the escapes spelled out.

    For reading and searching only; the exact bytes are the base64 form.
    """
    text = text_of_bytes(data).translate(_ESCAPES)
    return text if text.isprintable() else _UNPRINTABLE.sub(_escape, text)


_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    0x09: "\\t",
    0x0A: "\\n",
    0x0D: "\\r",
}
_UNPRINTABLE = re.compile(r"[^ -~]")


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


@lru_cache(maxsize=64)
def model_columns(model: type[Event]) -> tuple[str, ...]:
    """Columns of an event class: the common ones first."""
    return tuple(dict.fromkeys(_inherited(model)))


def _inherited(model: type[Event]) -> Iterator[str]:
    yield from Event.__table__.c.keys()
    yield from model.__table__.c.keys()


def _free_name(taken: dict[str, object], table: str, column: str) -> str:
    return f"{table}.{column}" if column in taken or column == CONTEXT else column
