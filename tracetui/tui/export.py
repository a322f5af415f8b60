"""Events in other forms: for the clipboard, and as a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.annotations import Book
    from tracetui.events.record import Record
    from tracetui.trace import Trace
    from tracetui.trace.schema import Schema


def event_json(record: Record, schema: Schema) -> str:
    """The event as ``tracetui query --format jsonl`` gives it."""
    from tracetui.output import Layout
    from tracetui.output.json_format import jsonl

    return "".join(jsonl([record], Layout(schema, None))).strip()


def report_name(trace: Path) -> str:
    """A file for the report on a trace, in the current folder."""
    return f"{trace.stem}.md"


def report_error(name: str) -> str | None:
    """What is wrong with a file to write a report to, or nothing."""
    path = Path(name).expanduser()
    if path.exists():
        return "this is there already"
    return None if path.parent.is_dir() else "its folder does not exist"


def write_report(trace: Trace, book: Book, name: str) -> str:
    """Write the report on all annotated events; returns what to tell. Raises OSError."""
    from tracetui.output import annotated, report

    ids = annotated(trace, book)
    path = Path(name).expanduser()
    with path.open("x", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(report(trace, book, ids))
    return f"{path}: {len(ids):,} annotated events"
