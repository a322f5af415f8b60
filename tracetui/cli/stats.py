"""``tracetui stats``: how often each value occurs among the events that match, and how many failed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracetui.cli.guard import UsageError, complain
from tracetui.cli.opening import (
    add_trace,
    expression_of,
    names_in,
    open_trace,
    surroundings_of,
    whole_number,
    width_of,
)

if TYPE_CHECKING:
    from tracetui.events import Record
    from tracetui.output import CanonicalSource, Selected
    from tracetui.trace import Schema, Trace

NAME = "stats"
HELP = "count the events that match by the values of one or more fields"

FORMATS = ("table", "json", "jsonl", "csv")


@dataclass(slots=True)
class Group:
    """Events with the same values."""

    count: int = 0
    failures: int = 0


MANY = 50_000
"""Matching events from which it takes less time to go through all events for an index than to load each."""

Key = tuple[Any, ...]
Row = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument(
        "--by", metavar="FIELD[,FIELD]", required=True, help="fields whose values are counted"
    )
    parser.add_argument("-n", "--top", metavar="N", type=whole_number(1), help="only the N most frequent")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Count and print, most frequent first."""
    with open_trace(args.trace) as trace, closing(_source(trace)) as source:
        fields = _fields(args.by, trace.schema, source)
        groups = _groups(trace, args.expr, fields)
    total = sum(group.count for group in groups.values())
    ranked = sorted(groups.items(), key=lambda item: (-item[1].count, str(item[0])))
    shown = ranked[: args.top]
    rows = [_row(fields, key, group, total) for key, group in shown]
    sys.stdout.writelines(_print(args.format, [field.name for field in fields], rows))
    _tell_rest(ranked[len(shown) :])
    return 0


def _groups(trace: Trace, text: str | None, fields: Sequence[Selected]) -> dict[Key, Group]:
    """Groups of the events that match, by way of the index where there are many and it keeps the fields."""
    from tracetui.filter import compile_filter

    expression = expression_of(text, trace)
    surroundings = surroundings_of(expression, trace)
    condition = None if expression is None else compile_filter(expression, trace.schema, surroundings)
    if trace.count(condition) >= MANY:
        from tracetui.analysis.index import count_by

        found = count_by(trace, expression, surroundings, [field.name for field in fields])
        if found is not None:
            return {group.values: Group(group.count, group.failures) for group in found}
    return count_groups(trace.records(condition), fields)


def count_groups(records: Iterable[Record], fields: Sequence[Selected]) -> dict[Key, Group]:
    """Events and failures by the values of ``fields``; a value that an event does not have is ``None``."""
    groups: dict[Key, Group] = {}
    getters = [field.value for field in fields]
    for record in records:
        key = tuple([_hashable(get(record)) for get in getters])
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group()
        group.count += 1
        group.failures += bool(record.failed)
    return groups


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _source(trace: Trace) -> CanonicalSource:
    """What knows of an event more than its row: its process, and what the user wrote on it."""
    from tracetui.output import CanonicalSource

    return CanonicalSource(trace, warn=complain)


def _fields(names: str, schema: Schema, source: CanonicalSource) -> list[Selected]:
    from tracetui.output import UnknownField, select

    wanted = names_in(names)
    if not wanted:
        raise UsageError("--by needs at least one field")
    try:
        return [select(name, schema, stored_first=False, source=source) for name in wanted]
    except UnknownField as error:
        raise UsageError(f"--by: {error}") from error


def _row(fields: Sequence[Selected], key: Key, group: Group, total: int) -> Row:
    values = {field.name: value for field, value in zip(fields, key, strict=True)}
    share = round(group.count / total, 6)
    return {**values, "count": group.count, "share": share, "failures": group.failures}


def _tell_rest(rest: Sequence[tuple[Key, Group]]) -> None:
    """What ``--top`` leaves out is said, not silently dropped."""
    if rest:
        events = sum(group.count for _, group in rest)
        print(f"tracetui: {len(rest):,} more values with {events:,} events are not shown", file=sys.stderr)


def _print(form: str, names: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    from tracetui.output import ROW_PRINTERS

    if form == "table":
        return _table(names, rows)
    return ROW_PRINTERS[form]((*names, *_NUMBERS), rows, not sys.stdout.isatty())


def _table(names: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    from tracetui.output import align

    shown = (*_NUMBERS, *names)
    cells = (tuple(_cell(name, row[name]) for name in shown) for row in rows)
    return align(shown, cells, width=width_of(sys.stdout), numbers=_NUMBERS)


def _cell(name: str, value: Any) -> str:
    from tracetui.output import cell

    if name == "share":
        return f"{value:.1%}"
    if name in _NUMBERS:
        return f"{value:,}"
    return "-" if value is None else cell(value)


_NUMBERS = ("count", "share", "failures")
