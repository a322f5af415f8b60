"""The formats by name, and what each shows where no fields are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.output.columns import select
from tracetui.output.csv_format import csv_rows
from tracetui.output.json_format import json_array, jsonl
from tracetui.output.layout import Formatter
from tracetui.output.strace_format import strace
from tracetui.output.table_format import table
from tracetui.output.template_format import TemplateError, is_template, template
from tracetui.trace import Schema


@dataclass(frozen=True, slots=True)
class Format:
    """One way to print records."""

    formatter: Formatter
    default_fields: tuple[str, ...] | None = None
    """Columns where none are asked for; ``None``: all that are stored."""
    stored_first: bool = True
    """Whether a name that is a column and a field means the column, with its value as stored."""
    takes_fields: bool = True


FORMATS: dict[str, Format] = {
    "table": Format(table, ("id", "type", "procname", "pid", "result", "summary"), stored_first=False),
    "json": Format(json_array),
    "jsonl": Format(jsonl),
    "csv": Format(csv_rows),
    "strace": Format(strace, takes_fields=False),
}
"""Formats that have a name; anything with a ``{`` is a template."""


def find_format(name: str, schema: Schema) -> Format:
    """The format called ``name``, or the template that it is.

    Raises :class:`TemplateError`, or :class:`tracetui.output.UnknownField` for a template's field.
    """
    if name in FORMATS:
        return FORMATS[name]
    if is_template(name):
        formatter = template(name, lambda field: select(field, schema, stored_first=False))
        return Format(formatter, takes_fields=False)
    raise TemplateError(
        f"'{name}' is no format: it is none of {', '.join(FORMATS)}, and a template has fields in braces, "
        "as in '{id} {summary}'"
    )
