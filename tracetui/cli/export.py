"""``tracetui export``: the events that match, as a trace of their own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tracetui.cli.guard import UsageError
from tracetui.cli.opening import add_trace, condition_of, open_trace

NAME = "export"
HELP = "write the events that match to a new trace"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the new trace")


def run(args: argparse.Namespace) -> int:
    """Copy schema and rows; ids and values stay as they are."""
    from tracetui.output import Excerpt, ExcerptError

    with open_trace(args.trace) as trace:
        condition = condition_of(args.expr, trace)
        try:
            with Excerpt(trace.path, args.output) as excerpt:
                for chunk in trace.scan(condition):
                    excerpt.add(chunk.ids)
        except ExcerptError as error:
            raise UsageError(str(error)) from error
    print(f"tracetui: {args.output}: {excerpt.events:,} events", file=sys.stderr)
    return 0
