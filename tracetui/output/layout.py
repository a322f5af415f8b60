"""What a formatter is asked to show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracetui.events import Record
from tracetui.trace import Schema

LOOKAHEAD = 200
"""Records held back to choose column widths."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A named value of a record: one column of the output."""

    name: str
    value: Callable[[Record], object]


@dataclass(frozen=True, slots=True)
class Layout:
    """How to format the records of one trace."""

    schema: Schema
    fields: Sequence[Selected] | None = None
    """Columns in order; ``None`` leaves the choice to the formatter."""
    width: int | None = None
    """Cells of the terminal; ``None`` where lines may be of any length."""
    lookahead: int = LOOKAHEAD
    """Records that may be held back to choose column widths; 0 while a trace is followed."""
    exact: bool = True
    """Whether text may hold control characters where the format allows it: not on a terminal."""


Writer = Callable[[Iterable[Record], Layout], Iterator[str]]
"""Turns records into pieces of text, newlines included, one record at a time."""
