"""Rows that are no records (counts, connections) as JSON, JSON lines and CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tracetui.output.csv_format import csv_lines
from tracetui.output.stored import plain_value

PlainRow = Mapping[str, Any]
RowPrinter = Callable[[Sequence[str], Sequence[PlainRow], bool], Iterator[str]]
"""From the names of the columns and the rows to pieces of text; exact, or safe for a terminal."""


def _json(names: Sequence[str], rows: Sequence[PlainRow], exact: bool) -> Iterator[str]:
    yield "[" + ",\n".join(map(_object, rows)) + "]\n"


def _jsonl(names: Sequence[str], rows: Sequence[PlainRow], exact: bool) -> Iterator[str]:
    for row in rows:
        yield _object(row) + "\n"


def _object(row: PlainRow) -> str:
    return json.dumps({name: plain_value(value) for name, value in row.items()}, allow_nan=False)


def _csv(names: Sequence[str], rows: Sequence[PlainRow], exact: bool) -> Iterator[str]:
    return csv_lines([names, *([plain_value(row[name]) for name in names] for row in rows)], exact=exact)


ROW_PRINTERS: dict[str, RowPrinter] = {"json": _json, "jsonl": _jsonl, "csv": _csv}
"""By the name of the format."""
