"""``tracetui fields``: every field of the filter language, with the operators and functions for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from tracetui.cli.opening import open_trace

if TYPE_CHECKING:
    from tracetui.filter import Field, Kind

NAME = "fields"
HELP = "list every field that filters know, with the operators and functions for it"

_WIDTH = 80
_PATTERNS = (
    ("arg.NAME", "the argument that a call's prototype names so: arg.flags contains O_CREAT"),
    ("proc.aname[N]", "the name of one ancestor, 1 being the parent; proc.apid[N] its process id"),
    ("TABLE.COLUMN", "any column of the trace, as stored: tracetui fields TRACE lists them"),
    ("${FIELD}", "as a value: what the selected event has, in the explorer"),
    ("@NAME", "alone: a saved filter (tracetui filters)"),
)
"""What is no field of its own and yet may stand in a filter."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("trace", metavar="TRACE", nargs="?", help="list the columns of this trace too")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Print the fields, those that are the same in every trace first."""
    from tracetui.filter import FIELDS

    fields = [*FIELDS, *(_columns(args.trace) if args.trace is not None else ())]
    if args.format == "json":
        sys.stdout.write(",\n".join(json.dumps(_object(field)) for field in fields).join(("[", "]\n")))
    else:
        sys.stdout.writelines(line + "\n" for line in _text(fields))
    return 0


def _columns(target: str) -> list[Field]:
    """The columns of a trace, as fields."""
    from tracetui.filter.lookup import column_field

    with open_trace(target) as trace:
        schema = trace.schema
        return [
            column_field(table, name) for table in sorted(schema.tables) for name in schema.columns(table)
        ]


def _object(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.kind.value,
        "meaning": field.meaning,
        "aliases": field.aliases,
        "example": field.example,
        "operators": _operators(field.kind),
        "functions": _functions(field),
    }


def _operators(kind: Kind) -> list[str]:
    """What may stand between a field of this kind and a value, in the canonical spelling."""
    from tracetui.filter.operators import EXISTS, OPERATORS

    return [*(operator.name for operator in OPERATORS if kind.takes(operator)), EXISTS]


def _functions(field: Field) -> list[str]:
    from tracetui.filter.functions import FUNCTIONS, can_transform

    return list(FUNCTIONS) if can_transform(field) else []


def _text(fields: Iterable[Field]) -> Iterator[str]:
    from tracetui.events import clean
    from tracetui.filter import Kind
    from tracetui.filter.functions import FUNCTIONS
    from tracetui.filter.operators import EXISTS, OPERATORS

    for field in fields:
        yield f"{clean(field.name)}  ({field.kind.value})"
        yield from _entry("", clean(field.meaning))
        yield from _entry("also", ", ".join(field.aliases))
        yield from _entry("example", field.example)
    yield from ("", "More names:")
    for name, meaning in _PATTERNS:
        yield from _definition(name, meaning)
    yield from ("", "Operators, all spellings:")
    for operator in OPERATORS:
        yield from _definition("  ".join(operator.spellings), operator.meaning)
    yield from _definition(EXISTS, "the event has a value")
    yield from ("", "Operators by type of field:")
    for kind in Kind:
        yield from _definition(kind.value, "  ".join(_operators(kind)))
    yield from ("", "Functions, of fields with text or bytes, as in len(path) > 20:")
    for name, function in FUNCTIONS.items():
        yield from _definition(name, function.meaning)


def _entry(label: str, text: str) -> Iterator[str]:
    """A line about a field, continued on further ones; none without a text."""
    return _definition(label, text, indent=4, width=9) if text else iter(())


def _definition(term: str, text: str, indent: int = 2, width: int = 20) -> Iterator[str]:
    """``term`` and ``text`` in two columns of a page."""
    margin = " " * (indent + width)
    first = f"{' ' * indent}{term:<{width}}" if term else " " * indent
    if len(first) > len(margin):
        first += " "
    return iter(
        wrap(
            text,
            _WIDTH,
            initial_indent=first,
            subsequent_indent=margin if term else first,
            break_on_hyphens=False,
        )
    )
