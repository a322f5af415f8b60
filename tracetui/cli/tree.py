"""``tracetui tree``: who started whom, how each process ended, and how many of its events match."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tracetui.cli.opening import add_trace, expression_of, open_trace, surroundings_of, width_of

if TYPE_CHECKING:
    from tracetui.process import Count, Forest, Identity, Line, Matches, Process
    from tracetui.trace import Trace

NAME = "tree"
HELP = "show the tree of processes, how each ended, and its events and failures"

Counted = Callable[["Process"], tuple[int, int] | None]
"""Events and failures of a process; ``None`` where the trace does not tell."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Print the tree; with EXPR only processes with events that match, and their ancestors."""
    with open_trace(args.trace) as trace:
        forest, matches = _read(trace, args.expr)
        counted: Counted = _own if matches is None else _matching(matches.by_process)
        lines = forest.flatten(only=None if matches is None else matches.by_process.keys())
        printer = _json if args.format == "json" else _text
        for piece in printer(lines, counted):
            sys.stdout.write(piece)
    print(f"tracetui: {forest.basis_sentence}", file=sys.stderr)
    if matches is not None and matches.unassigned:
        print(f"tracetui: matches of no process in the tree: {matches.unassigned:,}", file=sys.stderr)
    return 0


def _read(trace: Trace, text: str | None) -> tuple[Forest, Matches | None]:
    """The forest and what a filter finds in it. Raises :class:`tracetui.filter.FilterError`."""
    from tracetui.filter import compile_filter
    from tracetui.process import build_forest, count_matches

    expression = expression_of(text, trace)
    forest = build_forest(trace)
    if expression is None:
        return forest, None
    surroundings = replace(surroundings_of(expression, trace), genealogy=forest)
    condition = compile_filter(expression, trace.schema, surroundings)
    return forest, count_matches(trace, forest, condition)


def _own(process: Process) -> tuple[int, int] | None:
    return (process.events, process.failures) if process.counted else None


def _matching(matches: Mapping[Process, Count]) -> Counted:
    def counted(process: Process) -> tuple[int, int] | None:
        count = matches.get(process)
        if count is not None:
            return count.events, count.failures
        return (0, 0) if process.counted else None

    return counted


def _text(lines: Iterable[Line], counted: Counted) -> Iterator[str]:
    """A table whose last column is drawn as a tree."""
    from tracetui.output import align

    return align(
        ("pid", "events", "failures", "status", "process"),
        (_row(line, counted(line.process)) for line in lines),
        width=width_of(sys.stdout),
        numbers=("pid", "events", "failures"),
    )


def _row(line: Line, counts: tuple[int, int] | None) -> tuple[str, ...]:
    process = line.process
    events, failures = ("-", "-") if counts is None else (f"{number:,}" for number in counts)
    pid = "-" if process.pid is None else str(process.pid)
    return pid, events, failures, process.status, _guides(line) + process.command


def _guides(line: Line) -> str:
    if not line.depth:
        return ""
    hidden = line.depth - 1 - len(line.guides)
    before = f"({hidden} more) " if hidden else ""
    return (
        before
        + "".join("│  " if goes_on else "   " for goes_on in line.guides)
        + ("└─ " if line.last else "├─ ")
    )


def _json(lines: Iterable[Line], counted: Counted) -> Iterator[str]:
    """A list of processes, parents before their children."""
    objects = (json.dumps(_object(line.process, counted(line.process))) for line in lines)
    yield "["
    for index, text in enumerate(objects):
        yield f",\n{text}" if index else text
    yield "]\n"


def _object(process: Process, counts: tuple[int, int] | None) -> dict[str, Any]:
    """A process in types that JSON has; what is unknown is ``None``. Texts are as stored."""
    events, failures = (None, None) if counts is None else counts
    return {
        **_identity(process.identity),
        "parent": _identity(process.parent.identity) if process.parent else None,
        "ppid": process.ppid,
        "uid": process.uid,
        "name": process.name,
        "argv": list(process.argv),
        "execs": [
            {"id": step.event_id, "name": step.name, "argv": list(step.argv), "attempts": step.attempts}
            for step in process.execs
        ],
        "first_id": process.first_id,
        "last_id": process.last_id,
        "status": process.status,
        "code": process.code,
        "signal": process.signal,
        "placeholder": process.placeholder,
        "events": events,
        "failures": failures,
    }


def _identity(identity: Identity) -> dict[str, Any]:
    """What tells a process apart; in a trace without pids that is the name."""
    named = {"procname": identity.name} if identity.name else {}
    return {
        "pid": identity.pid or None,
        "create_time": identity.create_time,
        "occurrence": identity.occurrence,
        **named,
    }
