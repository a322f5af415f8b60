"""CSV with a header, as Python's csv module writes and reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from tracetui.events import Record, clean
from tracetui.output.layout import Layout
from tracetui.output.stored import column_names, flat, plain_value, stored_columns


def csv_rows(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """A header, then one row an event; an unknown value is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in _rows(records, layout):
        writer.writerow(row if layout.exact else [_printable(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _rows(records: Iterable[Record], layout: Layout) -> Iterator[Sequence[object]]:
    if layout.fields is not None:
        yield [field.name for field in layout.fields]
        for record in records:
            yield [_cell(field.value(record)) for field in layout.fields]
        return
    names = column_names(layout.schema)
    yield names
    for record in records:
        row = flat(stored_columns(record))
        yield [row.get(name) for name in names]


def _cell(value: object) -> object:
    """Lists become words with a blank between them."""
    value = plain_value(value)
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _printable(cell: object) -> object:
    return clean(cell) if isinstance(cell, str) else cell
