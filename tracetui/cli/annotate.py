"""``tracetui annotate``: marks, tags and notes on the events that match; without a change, a list of them."""

from __future__ import annotations

import argparse
import json
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tracetui.cli.guard import FOUND, UsageError, complain
from tracetui.cli.opening import add_trace, condition_of, open_trace, read_notes

if TYPE_CHECKING:
    from tracetui.annotations import Annotation, Book, Notebook
    from tracetui.events import Record
    from tracetui.trace import Trace

NAME = "annotate"
HELP = "mark, tag and note events, or list those that are"

FORMATS = ("text", "json", "md")

MOST = 100_000
"""Events that are annotated at once."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    give = parser.add_argument_group("what to write on the events that match EXPR")
    give.add_argument(
        "--mark", metavar="LETTER", help="let a letter from a to z name the one event that matches"
    )
    give.add_argument("--tag", metavar="TAG", action="append", default=[], help="a word, as odd or env=prod")
    give.add_argument("--note", metavar="TEXT", help="a note, in the place of the one that is there")
    take = parser.add_argument_group("what to take away")
    take.add_argument("--unmark", metavar="LETTERS", default="", help="letters that name no event any more")
    take.add_argument(
        "--untag", metavar="TAG", action="append", default=[], help="a tag of events that match, or of all"
    )
    take.add_argument("--no-note", action="store_true", help="the notes of the events that match")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="of the list, where nothing is changed; default: text",
    )


def run(args: argparse.Namespace) -> int:
    """Change what is annotated; list it where nothing is to be changed."""
    from tracetui.annotations import Notebook

    with open_trace(args.trace, streams=False) as trace:
        notebook = Notebook(trace)
        wanted = (args.mark, args.tag, args.no_note, args.unmark, args.untag)
        if any(wanted) or args.note is not None:
            return _change(trace, notebook, args)
        book = read_notes(notebook)
        from tracetui.output import annotated

        ids = annotated(trace, book, condition_of(args.expr, trace))
        for piece in _PRINTERS[args.format](trace, book, ids):
            sys.stdout.write(piece)
    return 0


# Changing.


def _change(trace: Trace, notebook: Notebook, args: argparse.Namespace) -> int:
    """Do what is asked, after all of it has been checked. 1 where no event matches."""
    from tracetui.annotations import check_letter, check_note, check_tags

    mark = check_letter(args.mark) if args.mark else ""
    unmark = [check_letter(letter) for letter in args.unmark]
    tags, note = check_tags(args.tag), check_note(args.note or "")
    removes_note = args.no_note or args.note is not None
    needs_events = bool(mark or tags or removes_note)
    ids = _events(trace, notebook, args.expr, needs_events)
    if needs_events and not ids:
        complain("no event matches: nothing was annotated")
        return FOUND
    if mark and len(ids) > 1:
        raise UsageError(
            f"{len(ids):,} events match, and a mark names one", "Narrow EXPR, as in 'id = 1234'."
        )
    notebook.unmark(unmark)
    notebook.untag(ids, args.untag)
    if removes_note and not note:
        notebook.note(ids, "")
    notebook.write(ids, mark=mark, tags=tags, note=note)
    _tell(len(ids), notebook)
    return 0


def _tell(count: int, notebook: Notebook) -> None:
    """What was done, and where annotations are."""
    where = ", ".join(notebook.places)
    events = "1 event" if count == 1 else f"{count:,} events"
    complain(f"{events}; annotations are in {where}" if where else f"{events}; nothing is annotated now")


def _events(trace: Trace, notebook: Notebook, text: str | None, required: bool) -> Sequence[int]:
    """The events that match; without a filter those that are annotated. Raises :class:`UsageError`."""
    condition = condition_of(text, trace)
    if condition is None:
        if required:
            raise UsageError(
                "EXPR is missing: which events?", "As in: tracetui annotate TRACE 'id = 1234' ..."
            )
        return read_notes(notebook).event_ids
    ids = array("q")
    for chunk in trace.scan(condition):
        ids.extend(chunk.ids)
        if len(ids) > MOST:
            raise UsageError(f"more than {MOST:,} events match", "Narrow EXPR: nothing was annotated.")
    return ids


# Listing.


def _text(trace: Trace, book: Book, ids: Sequence[int]) -> Iterator[str]:
    from tracetui.output import align, cell, records

    rows = (_row(record, book[record.id]) for record in records(trace, ids))
    headings = ("id", "mark", "tags", "process", "event", "result", "note")
    yield from align(headings, (tuple(map(cell, row)) for row in rows), numbers=("id",))


def _row(record: Record, annotation: Annotation) -> tuple[object, ...]:
    from tracetui.events import result_text, summarise

    marks, tags = " ".join(annotation.marks), " ".join(annotation.tags)
    shown = record.procname, summarise(record), result_text(record)
    return (record.id, marks, tags, *shown, annotation.note)


def _json(trace: Trace, book: Book, ids: Sequence[int]) -> Iterator[str]:
    from tracetui.output import records

    objects = (json.dumps(_object(record, book[record.id])) for record in records(trace, ids))
    yield "["
    for index, text in enumerate(objects):
        yield f",\n{text}" if index else text
    yield "]\n"


def _object(record: Record, annotation: Annotation) -> dict[str, object]:
    from tracetui.events import result_text, summarise

    return {
        "id": record.id,
        "marks": list(annotation.marks),
        "tags": list(annotation.tags),
        "note": annotation.note or None,
        "procname": record.procname,
        "summary": summarise(record),
        "result": result_text(record) or None,
    }


def _markdown(trace: Trace, book: Book, ids: Sequence[int]) -> Iterator[str]:
    from tracetui.output import report

    return report(trace, book, ids)


_PRINTERS: dict[str, Callable[[Trace, Book, Sequence[int]], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "md": _markdown,
}
