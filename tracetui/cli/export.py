"""``tracetui export``: the events that match as a trace of their own, or those annotated as a report."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tracetui.cli.along import annotate_copy, book_of
from tracetui.cli.guard import UsageError, complain
from tracetui.cli.opening import add_trace, condition_of, open_trace, output_file, read_notes
from tracetui.events.sanitise import clean

NAME = "export"
HELP = "write the events that match to a new trace, or a report of the annotated ones"

FORMATS = ("trace", "md")

_STANDARD = Path("-")
"""Standard output."""

_MARKDOWN = frozenset({".md", ".markdown"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_trace(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="the new trace, or the report; may be a pipe, and - for standard output",
    )
    parser.add_argument("--force", action="store_true", help="replace the trace FILE where it exists")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="trace: a smaller trace with the same ids; md: a Markdown report of the annotated events that "
        "match, to standard output where no FILE is named; default: what FILE ends with",
    )


def run(args: argparse.Namespace) -> int:
    """Write the trace or the report."""
    output: Path | None = args.output
    is_report = output is not None and output.suffix.lower() in _MARKDOWN
    if args.format == "md" or (args.format is None and is_report):
        return _report(args, None if output == _STANDARD else output)
    if output is None:
        raise UsageError("-o FILE is needed for a trace", "A report is printed with: --format md")
    if output.is_dir():
        raise UsageError(f"{output} is a folder", f"Name a file in it: -o {output / 'plugins.db'}")
    if not args.force and output.is_file() and output.stat().st_size:
        raise UsageError(f"{output} exists already", "Replace it with --force.")
    if output == _STANDARD and sys.stdout.isatty():
        raise UsageError("a trace is no text: it cannot be written to a terminal")
    return _excerpt(args, output)


def _excerpt(args: argparse.Namespace, output: Path) -> int:
    """Copy schema and rows; ids and values stay as they are, and annotations go along."""
    from tracetui.output import Excerpt, ExcerptError

    with open_trace(args.trace) as trace:
        condition = condition_of(args.expr, trace)
        if output.exists() and output.samefile(trace.name):
            raise UsageError(f"-o: {output} is the trace itself")
        book = book_of(trace)
        annotated: set[int] = set()
        with _made_in(output) as file:
            try:
                with Excerpt(trace.path, file, replace=args.force, damage=trace.damage) as excerpt:
                    for chunk in trace.scan(condition):
                        excerpt.add(chunk.ids)
                        annotated.update(event_id for event_id in chunk.ids if event_id in book)
            except ExcerptError as error:
                raise UsageError(str(error)) from error
    if file == output:
        annotate_copy(output, book.within(annotated))
    elif annotated:
        complain("annotations cannot go along through a pipe")
    events = "1 event" if excerpt.events == 1 else f"{excerpt.events:,} events"
    print(f"tracetui: {'standard output' if output == _STANDARD else output}: {events}", file=sys.stderr)
    if excerpt.left_out:
        complain(f"left out, as SQLite does not make them: {', '.join(map(clean, excerpt.left_out))}")
    return 0


@contextmanager
def _made_in(output: Path) -> Iterator[Path]:
    """The file in which a trace can be made: ``output``, or one whose bytes go there, where it is a pipe."""
    if output != _STANDARD and (output.is_file() or output.is_dir() or not output.exists()):
        yield output
        return
    with TemporaryDirectory() as folder:
        file = Path(folder, "trace.db")
        yield file
        with file.open("rb") as made:
            if output == _STANDARD:
                shutil.copyfileobj(made, sys.stdout.buffer)
                return
            try:
                with output.open("wb") as pipe:
                    shutil.copyfileobj(made, pipe)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise UsageError(f"{output}: {error.strerror or error}") from error


def _report(args: argparse.Namespace, output: Path | None) -> int:
    """Write what is annotated as Markdown."""
    from tracetui.annotations import Notebook
    from tracetui.output import annotated, report

    with open_trace(args.trace) as trace:
        book = read_notes(Notebook(trace))
        ids = annotated(trace, book, condition_of(args.expr, trace))
        with output_file(output, trace) as file:
            file.writelines(report(trace, book, ids))
    if not ids:
        complain("no event is annotated" if args.expr is None else "no annotated event matches")
    return 0
