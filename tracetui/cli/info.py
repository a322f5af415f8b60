"""``tracetui info``: what a trace is, what it holds, and who writes it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracetui.cli.guard import complain
from tracetui.cli.opening import add_trace, open_trace, read_notes

if TYPE_CHECKING:
    from tracetui.trace import Trace

NAME = "info"
HELP = "show what a trace holds: era, tables, ids, loggers, writer"

LOGGERS = {
    "syscalls_logger": ("syscall",),
    "rw_logger": ("read", "write"),
    "exec_logger": ("exec",),
    "processes": ("proc_start", "proc_exit"),
}
"""Penguin's logger plugins and the tables that each fills."""

FLUSHES_UP_TO = 5_000_000
"""Ids up to which flushes are counted: that needs a look at every event."""

RECENT_SECONDS = 10.0
"""A file changed since less than this is being written: loggers flush every 2 s."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser, expression=False)
    parser.add_argument("--format", choices=["text", "json"], default="text", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Print the facts."""
    with open_trace(args.trace) as trace:
        facts = {**collect(trace), "annotations": _annotations(trace)}
    if args.format == "json":
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(_lines(facts)))
    return 0


def collect(trace: Trace) -> dict[str, Any]:
    """Everything that ``info`` shows, in types that JSON has; what is unknown is ``None``."""
    bounds = trace.bounds()
    counted = trace.table_counts()
    tables = {name: counted[name] for name in _in_order(counted)}
    return {
        "path": str(trace.name),
        "size": trace.path.stat().st_size,
        "era": trace.era.value,
        "era_title": trace.era.title,
        "events": tables.get("event", 0),
        "first_id": bounds[0] if bounds else None,
        "last_id": bounds[1] if bounds else None,
        "tables": tables,
        "unknown_tables": list(trace.schema.reflected),
        "ignored_tables": dict(trace.schema.ignored),
        "columns": {name: list(trace.schema.columns(name)) for name in tables},
        "loggers": _loggers(tables),
        "flushes": _flushes(trace),
        "time": _time_range(trace),
        "writer": _writer(trace.path),
    }


def _in_order(tables: Iterable[str]) -> list[str]:
    """``event``, then the tables that have a model, then the others."""
    from tracetui.events import KNOWN_TYPES

    order = ("event", *KNOWN_TYPES)
    return sorted(tables, key=lambda name: (order.index(name) if name in order else len(order), name))


def _loggers(tables: dict[str, int]) -> dict[str, bool | None]:
    """Whether each of Penguin's loggers was on; ``None`` where the era had no such table."""
    return {
        name: any(tables.get(table) for table in filled) if any(table in tables for table in filled) else None
        for name, filled in LOGGERS.items()
    }


def _flushes(trace: Trace) -> int | None:
    """How many flushes the order of types proves; ``None`` where it tells nothing or costs too much."""
    from tracetui.trace.flushes import GROUPED_ERAS, Flushes, type_changes

    bounds = trace.bounds()
    if trace.era not in GROUPED_ERAS or bounds is None or bounds[1] - bounds[0] > FLUSHES_UP_TO:
        return None
    flushes = Flushes()
    for event_id, event_type in type_changes(trace):
        flushes.feed(event_id, event_type)
    return len(flushes) if flushes.is_grouped else None


def _time_range(trace: Trace) -> dict[str, Any] | None:
    """First and last time of the ``context`` table, in ns since the epoch and as UTC."""
    from sqlalchemy import bindparam, func, select

    if not trace.schema.has("context"):
        return None
    context = trace.schema.tables["context"]
    end = func.coalesce(context.c.end_ts, context.c.ts) if "end_ts" in context.c else context.c.ts
    statement = select(func.min(context.c.ts), func.max(end)).where(
        context.c.id.between(bindparam("low"), bindparam("high"))
    )
    found = [rows[0] for _, _, rows in trace.rows(statement, "context")]
    starts = [row[0] for row in found if isinstance(row[0], int)]
    ends = [row[1] for row in found if isinstance(row[1], int)]
    if not starts:
        return None
    first, last = min(starts), max(ends, default=max(starts))
    return {"first_ns": first, "last_ns": last, "first": _utc(first), "last": _utc(last)}


def _utc(ns: int) -> str | None:
    try:
        moment = datetime.fromtimestamp(ns // 1_000_000_000, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000:09d}Z"


def _writer(path: Path) -> dict[str, Any]:
    """Whether something seems to be writing the file."""
    journal = path.with_name(path.name + "-journal").exists()
    age = max(time.time() - path.stat().st_mtime, 0.0)
    state = "flushing" if journal else "active" if age < RECENT_SECONDS else "quiet"
    return {"state": state, "journal": journal, "changed_seconds_ago": round(age, 1)}


def _annotations(trace: Trace) -> dict[str, Any] | None:
    """What is annotated, and where that is kept; ``None`` where it cannot be read."""
    from tracetui.annotations import AnnotationError, Notebook

    notebook = Notebook(trace)
    try:
        book = read_notes(notebook)
    except AnnotationError as error:
        complain(error.message, error.hint)
        return None
    return {"events": len(book), "marks": book.marks, "files": list(notebook.places)}


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    """The facts for people; unknown ones are left out."""
    from tracetui.events import clean, clean_value
    from tracetui.output import align

    yield f"{clean(facts['path'])}  {facts['size']:,} bytes"
    yield f"era      {facts['era']}: {facts['era_title']}"
    if facts["first_id"] is None:
        yield "events   none yet"
    else:
        yield f"events   {facts['events']:,}, ids {facts['first_id']:,} to {facts['last_id']:,}"
    if facts["flushes"] is not None:
        yield f"flushes  at least {facts['flushes']:,}"
    if facts["time"] is not None:
        yield f"time     {facts['time']['first']} to {facts['time']['last']}"
    yield f"loggers  {_logger_line(facts['loggers'])}"
    if facts["ignored_tables"]:
        ignored = [f"{clean_value(name, 40)} ({kind})" for name, kind in facts["ignored_tables"].items()]
        yield f"ignored  {', '.join(ignored[:20])}"
    annotations = facts["annotations"]
    if annotations is not None and annotations["events"]:
        yield f"notes    on {annotations['events']:,} events, in {clean(', '.join(annotations['files']))}"
    writer = facts["writer"]
    yield f"writer   {writer['state']}, file changed {writer['changed_seconds_ago']:,.0f} s ago"
    yield ""
    rows = [
        (clean(name), f"{count:,}", clean(", ".join(facts["columns"][name])))
        for name, count in facts["tables"].items()
    ]
    yield "".join(align(["table", "rows", "columns"], rows, numbers=("rows",))).rstrip("\n")


def _logger_line(loggers: dict[str, bool | None]) -> str:
    said = {True: "seen", False: "no event", None: "not in this era"}
    return ", ".join(f"{name} ({said[seen]})" for name, seen in loggers.items())
