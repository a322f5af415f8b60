"""Annotations that go along with events to another trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.cli.guard import complain
from tracetui.cli.opening import read_notes

if TYPE_CHECKING:
    from tracetui.annotations import Book
    from tracetui.trace import Trace


def book_of(trace: Trace) -> Book:
    """What is annotated; says why where that cannot be read, for the events can be copied all the same."""
    from tracetui.annotations import EMPTY, AnnotationError, Notebook

    try:
        return read_notes(Notebook(trace))
    except AnnotationError as error:
        complain(error.message, error.hint)
        return EMPTY


def annotate_copy(path: Path, book: Book) -> None:
    """Write annotations beside a trace. Raises :class:`tracetui.annotations.AnnotationError`."""
    from tracetui.annotations import Notebook
    from tracetui.trace import Trace

    if not len(book):
        return
    with Trace(path) as copy:
        Notebook(copy).add(book)
