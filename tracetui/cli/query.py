"""``tracetui query``: the events that match, in a format of your choice."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import IO, TYPE_CHECKING

from tracetui.cli.guard import UsageError, complain
from tracetui.cli.opening import (
    add_trace,
    condition_of,
    file_to_write,
    names_in,
    open_trace,
    output_file,
    whole_number,
    width_of,
)

if TYPE_CHECKING:
    from tracetui.events import Record
    from tracetui.output import CanonicalSource, Format, Layout
    from tracetui.trace import Condition, Schema, Trace

NAME = "query"
HELP = "print the events that match"

BY_ID, BY_TIME = "id", "timeline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument(
        "--fields",
        metavar="A,B",
        help="columns to print, by field or column name; one with a comma in its name in double quotes",
    )
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        default="table",
        help="table (the default), json, jsonl, csv, strace; of canonical events: canonical (JSON lines), "
        "batch (JSON array), template (one line each); or a template of your own: "
        "'{id} {procname} {summary}', '{{ .Seq }} {{ .Process }} {{ .Type }} ({{ .Params }})'",
    )
    parser.add_argument(
        "--param-names",
        choices=["snake", "dot", "pascal", "camel"],
        default="snake",
        help="how {{ .Params }} writes names: file_name (the default), file.name, FileName, fileName",
    )
    parser.add_argument(
        "--param-delimiter", metavar="TEXT", help="what {{ .Params }} puts between name and value"
    )
    parser.add_argument(
        "--compat",
        choices=["fibratus-1"],
        help="write canonical events (canonical, batch) with the members that Fibratus 1 gives them",
    )
    parser.add_argument("-n", "--limit", metavar="N", type=whole_number(0), help="stop after N events")
    parser.add_argument("-c", "--count", action="store_true", help="print only how many events match")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new events until interrupted")
    parser.add_argument(
        "--order",
        choices=(BY_ID, BY_TIME),
        default=BY_ID,
        help="order of the events: id (the default), or timeline, by time where the trace has times",
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=file_to_write, help="write to FILE instead")


def run(args: argparse.Namespace) -> int:
    """Print matching events."""
    if args.count and args.follow:
        raise UsageError("--count and --follow exclude each other: a count is given once")
    if args.follow and args.order == BY_TIME:
        raise UsageError("--follow prints events as they come, and not --order timeline")
    with open_trace(args.trace) as trace:
        if args.count:
            return _print_count(trace, args)
        with _canonical(trace, args) as source:
            _print_records(trace, source, args)
    return 0


def _print_records(trace: Trace, source: CanonicalSource, args: argparse.Namespace) -> None:
    format_ = _format(args.format, trace.schema, source)
    records = _records(trace, args)
    with output_file(args.output, trace) as file:
        layout = _layout(args, format_, trace.schema, source, file)
        write = _writer(file, flush=args.follow)
        for piece in format_.formatter(records, layout):
            write(piece)


def _print_count(trace: Trace, args: argparse.Namespace) -> int:
    matches = trace.count(condition_of(args.expr, trace))
    with output_file(args.output, trace) as file:
        print(matches if args.limit is None else min(matches, args.limit), file=file)
    return 0


def _records(trace: Trace, args: argparse.Namespace) -> Iterator[Record]:
    """Matching records; a bad filter is found before anything is written."""
    if args.follow:
        from tracetui.cli.following import follow

        output = sys.stdout if args.output is None else None
        return follow(trace, args.expr, limit=args.limit, output=output)
    condition = condition_of(args.expr, trace)
    if args.order == BY_TIME:
        return _by_time(trace, condition, args.limit)
    return trace.records(condition, limit=args.limit)


def _by_time(trace: Trace, condition: Condition | None, limit: int | None) -> Iterator[Record]:
    from tracetui.trace import has_times, records_by_time

    if not has_times(trace):
        raise UsageError(
            f"{trace.name} has no times, so --order timeline cannot be had",
            "Ids are the best order that is known: --order id.",
        )
    return records_by_time(trace, condition, limit=limit)


def _canonical(trace: Trace, args: argparse.Namespace) -> closing[CanonicalSource]:
    """What makes canonical events for a format or fields that show them."""
    from tracetui.canonical import DELIMITER, NameStyle
    from tracetui.output import CanonicalSource

    delimiter = DELIMITER if args.param_delimiter is None else args.param_delimiter
    style = NameStyle(args.param_names)
    compatible = bool(args.compat)
    return closing(
        CanonicalSource(trace, style=style, delimiter=delimiter, compatible=compatible, warn=complain)
    )


def _format(name: str, schema: Schema, source: CanonicalSource) -> Format:
    from tracetui.output import TemplateError, UnknownField, find_format

    try:
        return find_format(name, schema, source)
    except (TemplateError, UnknownField) as error:
        raise UsageError(f"--format: {error}") from error


def _layout(
    args: argparse.Namespace, format_: Format, schema: Schema, source: CanonicalSource, file: IO[str]
) -> Layout:
    from tracetui.output import LOOKAHEAD, Layout, UnknownField, select

    names = format_.default_fields
    if args.fields is not None:
        if not format_.takes_fields:
            raise UsageError(f"--fields has no meaning with --format {args.format}")
        names = names_in(args.fields)
        if not names:
            raise UsageError("--fields needs at least one field")
    try:
        fields = (
            None
            if names is None
            else [select(n, schema, stored_first=format_.stored_first, source=source) for n in names]
        )
    except UnknownField as error:
        raise UsageError(f"--fields: {error}") from error
    return Layout(
        schema,
        fields,
        width=width_of(file),
        lookahead=0 if args.follow else LOOKAHEAD,
        exact=not file.isatty(),
    )


def _writer(file: IO[str], flush: bool) -> Callable[[str], object]:
    """How to write a piece; whoever follows wants to see it at once."""
    if not flush:
        return file.write

    def write(piece: str) -> None:
        file.write(piece)
        file.flush()

    return write
