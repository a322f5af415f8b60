"""Rows that are no records (counts, connections) as JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tracetui.output.stored import plain_value

PlainRow = Mapping[str, Any]
RowPrinter = Callable[[Sequence[str], Sequence[PlainRow]], Iterator[str]]
"""From the names of the columns and the rows to pieces of text."""


def _json(names: Sequence[str], rows: Sequence[PlainRow]) -> Iterator[str]:
    yield "[" + ",\n".join(map(_object, rows)) + "]\n"


def _jsonl(names: Sequence[str], rows: Sequence[PlainRow]) -> Iterator[str]:
    for row in rows:
        yield _object(row) + "\n"


def _object(row: PlainRow) -> str:
    return json.dumps({name: plain_value(value) for name, value in row.items()}, allow_nan=False)


def _csv(names: Sequence[str], rows: Sequence[PlainRow]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([plain_value(row[name]) for name in names] for row in rows)
    yield buffer.getvalue()


ROW_PRINTERS: dict[str, RowPrinter] = {"json": _json, "jsonl": _jsonl, "csv": _csv}
"""By the name of the format."""
