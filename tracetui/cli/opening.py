"""What the text commands share: from TRACE and EXPR to an open trace and a condition."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tracetui.cli.guard import UsageError, complain

if TYPE_CHECKING:
    from tracetui.annotations import Book, Notebook
    from tracetui.filter import Expression, Surroundings
    from tracetui.process import ForestBuilder
    from tracetui.trace import Condition, Trace

Conditions = Callable[[], "Condition | None"]
"""Gives what to look for; ``None`` where all events match."""


def add_trace(parser: argparse.ArgumentParser, expression: bool = True) -> None:
    """Declare TRACE and, where the verb filters, EXPR."""
    parser.add_argument("trace", metavar="TRACE", help="a database, or the folder of a run or a project")
    if expression:
        parser.add_argument(
            "expr", metavar="EXPR", nargs="?", help="filter expression (fields: tracetui fields)"
        )


def whole_number(least: int) -> Callable[[str], int]:
    """Reads an argument that is a whole number from ``least`` on."""

    def read(text: str) -> int:
        with suppress(ValueError):
            if int(text) >= least:
                return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")

    return read


def file_to_write(text: str) -> Path | None:
    """Reads an argument that names a file; ``-`` is standard output, as where none is named."""
    return None if text == "-" else Path(text)


@contextmanager
def open_trace(target: str | Path | None, *, streams: bool = True) -> Iterator[Trace]:
    """The trace that ``target`` stands for, unpacked, recovered or read to a copy where it must be.

    ``streams``: may it come through a pipe?

    Says on standard error what was done, and in the end what could not be read. Raises
    :class:`tracetui.trace.TraceError`.
    """
    from tracetui.trace import Trace, locate, open_source

    with open_source(locate(target, streams=streams), show_progress) as source:
        if source.sentence:
            complain(f"{source.original}: {source.sentence}")
        with Trace(source.path, name=source.original) as trace:
            yield trace
            if trace.damage.sentence:
                complain(f"{source.original} is {trace.damage.sentence}")


@contextmanager
def output_file(path: Path | None, trace: Trace) -> Iterator[IO[str]]:
    """Standard output, or the file at ``path``, which must be neither the trace nor its annotations.

    Raises :class:`UsageError`.
    """
    from tracetui.annotations import beside

    if path is None:
        yield sys.stdout
        return
    for taken, what in ((trace.name, "the trace itself"), (beside(trace.name), "where annotations are kept")):
        if path.exists() and taken.exists() and path.samefile(taken):
            raise UsageError(f"-o: {path} is {what}")
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{error.filename or path}: {error.strerror or error}") from error


def width_of(file: IO[str]) -> int | None:
    """What a line of a table may take: the width of the terminal; ``None`` where ``file`` is none."""
    import shutil

    return shutil.get_terminal_size().columns if file.isatty() else None


def show_progress(done: int, total: int | None) -> None:
    """How far a copy is, for people who wait for it."""
    if not sys.stderr.isatty():
        return
    if total is None:
        print(f"copying: {done >> 20:,} MiB", end="\r", file=sys.stderr, flush=True)
    elif total:
        end = "\r" if done < total else "\r\x1b[K"
        print(f"copying: {done * 100 // total} %", end=end, file=sys.stderr, flush=True)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list with commas, as CSV has them: one that holds a comma is in double quotes."""
    import csv

    rows = csv.reader(text.splitlines(keepends=True), skipinitialspace=True)
    return tuple(name.strip() for row in rows for name in row if name.strip())


def expression_of(text: str | None, trace: Trace) -> Expression | None:
    """The filter, parsed for ``trace``; ``None`` where there is none. Says what was perhaps not meant.

    Raises :class:`tracetui.filter.FilterError`.
    """
    if not text or not text.strip():
        return None
    from tracetui.filter import parse

    schema = trace.schema
    tables = {name: schema.columns(name) for name in schema.tables}
    expression = parse(text, tables=tables, saved=saved_filters(text))
    for warning in expression.warnings:
        complain(f"filter: {warning}")
    return expression


def saved_filters(text: str) -> dict[str, str]:
    """The saved filters to which ``text`` may refer."""
    if "@" not in text:
        return {}
    from tracetui.filter import saved

    try:
        return saved.load()
    except saved.SavedError as error:
        raise UsageError(str(error)) from error


def surroundings_of(expression: Expression | None, trace: Trace) -> Surroundings:
    """What a filter may refer to beside the event at hand: processes and annotations, if it asks about any.

    Raises :class:`tracetui.annotations.AnnotationError`.
    """
    return _Known(expression, trace).now()


class _Known:
    """What a filter may refer to, at any moment: processes start, and others annotate the trace."""

    def __init__(self, expression: Expression | None, trace: Trace) -> None:
        self._builder: ForestBuilder | None = None
        self._notebook: Notebook | None = None
        self._book: Book | None = None
        if expression is not None and expression.needs_processes:
            from tracetui.process import ForestBuilder

            self._builder = ForestBuilder(trace)
        if expression is not None and expression.needs_annotations:
            from tracetui.annotations import Notebook

            self._notebook = Notebook(trace)

    @property
    def changes(self) -> bool:
        """Whether it can be another the next time."""
        return self._builder is not None or self._notebook is not None

    def now(self) -> Surroundings:
        from tracetui.filter import Surroundings

        if self._notebook is not None and self._notebook.changed:
            self._book = read_notes(self._notebook)
        genealogy = None if self._builder is None else self._builder.update()
        return Surroundings(genealogy=genealogy, annotations=self._book)


def read_notes(notebook: Notebook) -> Book:
    """The annotations of a trace; says on standard error what is not shown of them."""
    book = notebook.read()
    if notebook.sentence:
        complain(notebook.sentence)
    return book


def condition_of(text: str | None, trace: Trace) -> Condition | None:
    """What to scan ``trace`` for; ``None`` where all events match. Raises as :func:`expression_of` does."""
    return conditions_of(text, trace)()


def conditions_of(text: str | None, trace: Trace) -> Conditions:
    """A function that gives the condition as of now: what happens later changes what it means."""
    expression = expression_of(text, trace)
    if expression is None:
        return lambda: None
    from tracetui.filter import compile_filter

    known = _Known(expression, trace)
    if known.changes:
        return lambda: compile_filter(expression, trace.schema, known.now())
    condition = compile_filter(expression, trace.schema)
    return lambda: condition
