"""The formats by name, and what each shows where no fields are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracetui.canonical.template import DEFAULT_TEMPLATE, DEFAULT_WITHOUT_CONTEXT
from tracetui.output.canonical_format import canonical_batch, canonical_lines
from tracetui.output.canonical_source import CanonicalSource
from tracetui.output.columns import select
from tracetui.output.csv_format import csv_rows
from tracetui.output.json_format import json_array, jsonl
from tracetui.output.layout import Writer
from tracetui.output.strace_format import strace
from tracetui.output.table_format import table
from tracetui.output.template_format import TemplateError, is_template, template
from tracetui.trace import Schema


@dataclass(frozen=True, slots=True)
class Format:
    """One way to print records."""

    formatter: Writer
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
"""Formats of records that have a name."""

CANONICAL_FORMATS: dict[str, Callable[[CanonicalSource], Writer]] = {
    "canonical": canonical_lines,
    "batch": canonical_batch,
}
"""Formats of canonical events that have a name."""

TEMPLATE = "template"
"""Names the default template."""


def find_format(name: str, schema: Schema, source: CanonicalSource | None = None) -> Format:
    """The format called ``name``, or the template that it is; ``source`` makes canonical events.

    Raises :class:`TemplateError`, or :class:`tracetui.output.UnknownField` for a template's field.
    """
    events = source or CanonicalSource()
    if name in FORMATS:
        return FORMATS[name]
    if name in CANONICAL_FORMATS:
        return Format(CANONICAL_FORMATS[name](events), takes_fields=False)
    if name == TEMPLATE:
        name = DEFAULT_TEMPLATE if schema.has("context") else DEFAULT_WITHOUT_CONTEXT
    if is_template(name):
        formatter = template(
            name, lambda field: select(field, schema, stored_first=False, source=events), events
        )
        return Format(formatter, takes_fields=False)
    names = ", ".join((*FORMATS, *CANONICAL_FORMATS, TEMPLATE))
    raise TemplateError(
        f"'{name}' is no format: it is none of {names}, and a template has "
        "fields in braces, as in '{id} {summary}' or '{{ .Seq }} {{ .Type }}'"
    )
