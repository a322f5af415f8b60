"""CSV with a header, as Python's csv module, spreadsheets and databases read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from tracetui.events import Record, clean
from tracetui.output.layout import Layout
from tracetui.output.stored import column_names, flat, in_one_text, plain_value, stored_columns


def csv_rows(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """A header, then one row an event; an unknown value is an empty cell."""
    return csv_lines(_rows(records, layout), exact=layout.exact)


def csv_lines(rows: Iterable[Sequence[object]], *, exact: bool) -> Iterator[str]:
    """The text of each row, with its newline; unless ``exact``, what a terminal would interpret is shown.

    NUL is ``\\x00`` in any case: Python refuses to read it before 3.11, others end the cell there.
    """
    buffer = io.StringIO()
    # Cells with a carriage return are quoted only where it is part of what ends a row.
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        cells = row if exact else [_printable(cell) for cell in row]
        try:
            writer.writerow(cells)
        except csv.Error:  # before 3.11, of NUL in a cell that needs quotes
            writer.writerow(map(_without_nul, cells))
        text = buffer.getvalue()[:-2]
        yield f"{_without_nul(text)}\n"
        buffer.seek(0)
        buffer.truncate()


def _rows(records: Iterable[Record], layout: Layout) -> Iterator[Sequence[object]]:
    if layout.fields is not None:
        yield [field.name for field in layout.fields]
        for record in records:
            yield [in_one_text(plain_value(field.value(record))) for field in layout.fields]
        return
    names = column_names(layout.schema)
    yield names
    for record in records:
        row = flat(stored_columns(record))
        yield [row.get(name) for name in names]


def _without_nul(cell: object) -> object:
    return cell.replace("\0", "\\x00") if isinstance(cell, str) and "\0" in cell else cell


def _printable(cell: object) -> object:
    return clean(cell) if isinstance(cell, str) else cell
