"""``tracetui replay``: write a trace once more, at the pace at which it was recorded."""

from __future__ import annotations

import argparse
import sys

from tracetui.cli.along import annotate_copy, book_of
from tracetui.cli.guard import OK
from tracetui.cli.opening import add_trace, open_trace
from tracetui.cli.target import add_target_arguments, prepare_target

NAME = "replay"
HELP = "write a trace again, live, at the pace at which it was recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser, expression=False)
    add_target_arguments(parser, append=False)
    add_speed_argument(parser)


def add_speed_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--speed``."""
    parser.add_argument(
        "--speed",
        type=speed,
        default=1.0,
        metavar="X",
        help="times as fast as it was recorded, 0 for at once (default: 1)",
    )


def speed(text: str) -> float:
    """A factor from 0 on. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 on")
    return value


def run(args: argparse.Namespace) -> int:
    """Replay to the end."""
    from tracetui.sources.replay import replay

    with open_trace(args.trace) as trace:
        target = prepare_target(args, sources=[trace.name])
        done = replay(trace.path, target, speed=args.speed)
        annotate_copy(target, book_of(trace))
    pace = "" if done.timed else "; it has no times, so there was no pace to keep"
    print(f"tracetui: {args.output}: {done.events:,} events in {done.seconds:.1f} s{pace}", file=sys.stderr)
    if done.left_out:
        print(f"  not copied: {', '.join(done.left_out)}", file=sys.stderr)
    return OK
