"""A table for people: aligned columns, sanitised text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from unicodedata import east_asian_width

from tracetui.events import Record, bounded, clean_value
from tracetui.output.layout import Layout
from tracetui.output.stored import in_one_text, plain_value, readable

_GAP = "  "
_WIDEST = 40
"""Cells that a column other than the last may take; on a terminal it may take no more than a third."""

_NARROWEST = 4
"""Cells that such a column has in any case, however little is left for the last one."""

_USUAL = {"id": 8, "type": 10, "procname": 14, "pid": 6, "name": 14, "result": 10, "errno": 8, "path": 20}
"""Widths of columns where no record may be held back to measure them."""

_CELL_LIMIT = 4096


def table(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """A heading and one line an event."""
    fields = layout.fields or ()
    names = [field.name for field in fields]
    rows = (tuple(cell(field.value(record)) for field in fields) for record in records)
    return align(names, rows, width=layout.width, lookahead=layout.lookahead, numbers=("id", "pid"))


def align(
    headings: Sequence[str],
    rows: Iterable[tuple[str, ...]],
    *,
    width: int | None = None,
    lookahead: int | None = None,
    numbers: Collection[str] = (),
) -> Iterator[str]:
    """Lines of a table of sanitised cells.

    Columns are as wide as the first ``lookahead`` rows need (all, where ``None``); ``width`` is what a line
    may take; the columns named in ``numbers`` are right-aligned.
    """
    left = iter(rows)
    first = list(islice(left, lookahead))
    needs = [max(map(cells, column)) for column in zip(headings, *first, strict=True)]
    if not first:
        needs = [max(size, _USUAL.get(name, 0)) for size, name in zip(needs, headings, strict=True)]
    right = [name in numbers for name in headings]
    limits = [_WIDEST for _ in needs] if width is None else _limits(needs, right, width)
    widths = [min(size, limit) for size, limit in zip(needs, limits, strict=True)]
    heading = tuple(name.upper() for name in headings)
    for row in chain([heading], first, left):
        shown = row if width is None else (*map(_cut, row[:-1], limits), row[-1])
        yield _line(shown, widths, right, width) + "\n"


def _limits(needs: Sequence[int], is_number: Sequence[bool], width: int) -> list[int]:
    """Cells that each column may take, so that a quarter of a narrow terminal is left for the last.

    Numbers, of which a part says nothing, are not cut for that.
    """
    third = min(_WIDEST, max(width // 3, 1))
    room = width - min(needs[-1], width // 4) - len(_GAP) * (len(needs) - 1)
    for limit in range(third, _NARROWEST, -1):
        limits = [third if number else limit for number in is_number]
        if sum(map(min, needs[:-1], limits)) <= room:
            return limits
    return [third if number else min(third, _NARROWEST) for number in is_number]


def cell(value: object) -> str:
    """Any value as one safe line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return bounded(readable(value[:_CELL_LIMIT]), _CELL_LIMIT)
    return clean_value(in_one_text(plain_value(value)), _CELL_LIMIT)


def cells(text: str) -> int:
    """Terminal cells that ``text`` takes."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(char) in "WF" for char in text)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool], width: int | None) -> str:
    padded = [
        " " * (size - cells(text)) + text if to_right else text + " " * (size - cells(text))
        for text, size, to_right in zip(row, widths, right, strict=True)
    ]
    line = _GAP.join(padded).rstrip()
    return line if width is None else _cut(line, width)


def _cut(text: str, width: int) -> str:
    """The start of a text that fits ``width`` cells, with an ellipsis where something is left out."""
    if cells(text) <= width:
        return text
    left = width - 1
    for index, char in enumerate(text):
        left -= 2 if east_asian_width(char) in "WF" else 1
        if left < 0:
            return text[:index] + "…"
    return text
