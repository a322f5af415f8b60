"""JSON: one object an event, on a line of its own or in one array."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tracetui.events import Record
from tracetui.output.layout import Layout
from tracetui.output.stored import plain, plain_value, stored_columns

_encode = json.JSONEncoder(allow_nan=False).encode
"""ASCII only: what a terminal might interpret is an escape in every locale."""


def as_object(record: Record, layout: Layout) -> dict[str, object]:
    """The JSON object of one event."""
    if layout.fields is None:
        return plain(stored_columns(record))
    return {field.name: plain_value(field.value(record)) for field in layout.fields}


def jsonl(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """JSON lines."""
    for record in records:
        yield _encode(as_object(record, layout)) + "\n"


def json_array(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """One array, valid also where it is empty, one event a line."""
    before = "["
    for record in records:
        yield before + _encode(as_object(record, layout))
        before = ",\n"
    yield "[]\n" if before == "[" else "]\n"
