"""A report of what is annotated, in Markdown: the story of a trace as its reader has told it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.annotations import Annotation, Book
from tracetui.events import Record, bounded, result_text, summarise
from tracetui.events.errnos import errno_meaning
from tracetui.events.times import iso_time
from tracetui.output import markdown
from tracetui.output.stored import readable
from tracetui.trace import Condition, Trace

SHORT = 400
"""Characters of a buffer, a path or an argument list that the report shows."""

_BATCH = 400
"""Events read at once."""

_Member = tuple[str, str]
"""What a line of an event's list is about, and its text in Markdown."""


def annotated(trace: Trace, book: Book, condition: Condition | None = None) -> list[int]:
    """Ids of the events of ``book``, ascending; of those that match where a condition is given."""
    ids = book.event_ids
    if condition is None or not ids:
        return ids
    matching = trace.scan(condition, start=ids[0], stop=ids[-1])
    return [event_id for chunk in matching for event_id in chunk.ids if event_id in book]


def records(trace: Trace, ids: Sequence[int]) -> Iterator[Record]:
    """The events with these ids, a few at a time; those that do not exist are left out."""
    for start in range(0, len(ids), _BATCH):
        yield from trace.fetch(ids[start : start + _BATCH])


def report(trace: Trace, book: Book, ids: Sequence[int]) -> Iterator[str]:
    """The pieces of the report on some events of ``book``, in this order."""
    events = "1 annotated event" if len(ids) == 1 else f"{len(ids):,} annotated events"
    yield f"# {markdown.text(trace.name.name)}\n\n{events} · {markdown.text(trace.era.title)}\n"
    for record in records(trace, ids):
        yield f"\n{_event(record, book[record.id])}\n"


def _event(record: Record, annotation: Annotation) -> str:
    """One event: a heading, the note, the event, and what else is known of it."""
    marks = f" · mark {', '.join(annotation.marks)}" if annotation.marks else ""
    parts = [f"## Event {record.id:,}{marks}"]
    if annotation.note:
        parts.append(markdown.quote(annotation.note))
    parts.append(markdown.code_block(_lines(record)))
    parts.append("\n".join(f"- {label}: {text}" for label, text in _members(record, annotation)))
    return "\n\n".join(part for part in parts if part)


def _lines(record: Record) -> list[str]:
    """The event as lists show it, and the whole of a short buffer of which they show only the beginning."""
    result = result_text(record)
    lines = [f"{summarise(record)} = {result}" if result else summarise(record)]
    whole = readable(record.buffer or b"") if len(record.buffer or b"") <= SHORT else ""
    return [*lines, whole] if whole and whole not in lines[0] else lines


def _members(record: Record, annotation: Annotation) -> Iterator[_Member]:
    if annotation.tags:
        yield "tags", " ".join(map(markdown.code, annotation.tags))
    yield from _process(record)
    if record.errno is not None:
        name = record.errno_name or str(record.errno)
        meaning = errno_meaning(name)
        yield "error", markdown.text(f"{name} ({meaning})" if meaning else name)
    for path in record.paths or ((record.path,) if record.path else ()):
        yield "path", _short(path)
    if record.argv:
        yield "command", _short(" ".join(record.argv))
    for label, value in (("time", _time(record.ts)), ("host", record.host), ("container", record.container)):
        if value:
            yield label, _short(str(value))
    if record.duration is not None:
        yield "duration", f"{record.duration / 1e6:,.3f} ms"


def _process(record: Record) -> Iterator[_Member]:
    name = _short(record.procname) if record.procname else ""
    pid = f"pid {record.pid}" if record.pid is not None else ""
    if name or pid:
        yield "process", ", ".join(part for part in (name, pid) if part)


def _time(ts: int | None) -> str:
    """The moment in ISO 8601; where there is no such, the number."""
    try:
        return "" if ts is None else iso_time(ts)
    except (ValueError, OverflowError, OSError):
        return f"{ts} ns"


def _short(text: str) -> str:
    return markdown.code(bounded(text, SHORT))
