"""``tracetui [TRACE]``: open the explorer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tracetui.cli.guard import UsageError
from tracetui.cli.opening import expression_of, open_trace, saved_filters

NAME = "explore"
HELP = "open the explorer (what happens without a command)"


class NoTerminal(UsageError):
    """There is nothing to draw the explorer on."""

    def __init__(self, hint: str) -> None:
        super().__init__("the explorer needs a terminal for input and output", hint)


def on_terminal() -> bool:
    """Whether the explorer can be drawn, and keys can be read."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``tracetui [TRACE]``."""
    parser.add_argument(
        "trace",
        nargs="?",
        metavar="TRACE",
        help="a database, a run's folder, a results or project folder; found by itself where none is given",
    )
    parser.add_argument("--filter", metavar="EXPR", help="show only events that match (see: tracetui fields)")
    parser.add_argument("--goto", metavar="ID", type=int, help="start at this event")
    parser.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        help="stay at the newest event while the trace grows (default: where something is writing it)",
    )
    parser.add_argument("--wait", action="store_true", help="wait for a trace that does not exist yet")
    parser.add_argument("--theme", metavar="NAME", help="colour theme")
    parser.add_argument("--keymap", metavar="FILE", type=Path, help="TOML file with your own keys")


def run(args: argparse.Namespace) -> int:
    """Take over the terminal until the user quits."""
    if args.filter:
        _check_filter(args.filter)
    _check_keymap(args.keymap)
    if not on_terminal():
        return _without_terminal(args)
    from tracetui.tui import run as explore

    return explore(
        args.trace,
        filter=args.filter,
        goto=args.goto,
        follow=args.follow,
        wait=args.wait,
        theme=args.theme,
        keymap=args.keymap,
    )


def _check_filter(text: str) -> None:
    """Refuse what is no filter for any trace; whether a trace has ``table.column`` shows when it is open."""
    from tracetui.filter import parse
    from tracetui.filter.errors import UnknownFieldName

    try:
        parse(text, saved=saved_filters(text))
    except UnknownFieldName as error:
        if "." not in error.name:
            raise


def _check_keymap(path: Path | None) -> None:
    from tracetui.tui.configuration import ConfigurationError
    from tracetui.tui.keymap import load

    if path is None:
        return
    try:
        load(path)
    except ConfigurationError as error:
        raise UsageError(f"--keymap: {error}") from error


def _without_terminal(args: argparse.Namespace) -> int:
    """Say what is wrong with the trace or the filter, and else that there is no terminal to draw on."""
    if not args.wait:
        with open_trace(args.trace, streams=False) as trace:
            expression_of(args.filter, trace)
    raise NoTerminal("Text commands work in pipes: tracetui query, stats, tree, info, export")
