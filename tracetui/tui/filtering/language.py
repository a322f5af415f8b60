"""What the filter line asks of the filter language. Nothing here needs a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracetui.tui.filtering.choices import Choice
from tracetui.tui.filtering.values import Values

if TYPE_CHECKING:
    from tracetui.filter import Expression, FilterError, Surroundings

Known = Callable[[], "Surroundings"]
"""Gives what a filter may refer to now: tables, the selected event, saved filters."""


def saved_only() -> Surroundings:
    """The surroundings of a line that belongs to no trace: the user's saved filters."""
    from tracetui.filter import Surroundings

    return Surroundings(saved=saved_filters())


def saved_filters() -> dict[str, str]:
    """The user's saved filters; none where their file cannot be read."""
    from tracetui.filter import saved

    try:
        return saved.load()
    except saved.SavedError:
        return {}


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


def check(text: str, known: Known = saved_only) -> Checked:
    """Parse ``text``; never raises."""
    from tracetui.filter import FilterError, parse

    if not text.strip():
        return Checked("")
    try:
        return Checked(text.strip(), parse(text, known()))
    except FilterError as error:
        return Checked(text.strip(), error=error)


def explanation(error: FilterError) -> str:
    """What is wrong, what was expected, what was perhaps meant and what to do, in one line."""
    return f"{error.explanation} ({error.hint})" if error.hint else error.explanation


def is_refused(error: FilterError) -> bool:
    """Whether what was typed is a mistake for which there is advice, and not just unfinished."""
    return bool(error.hint) and error.position < len(error.text.rstrip())


def offer(text: str, cursor: int, values: Values, asked: bool, known: Known = saved_only) -> Offer:
    """Choices for the word at ``cursor``; of all kinds where ``asked``, else only of what was begun."""
    from tracetui.filter import complete

    found = complete(text, cursor, values.of, known())
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
    needless = found.optional or not text[:cursor].strip() or [choice.label for choice in choices] == [typed]
    if not asked and needless:
        choices = []
    return Offer(choices, typed, found.start, wanted)


def name_error(name: str) -> str | None:
    """What is wrong with the name of a filter to save."""
    return None if name.replace("-", "_").isidentifier() else "a name is letters, digits, - and _"


def save(name: str, text: str) -> str:
    """Save a filter; what went wrong, or an empty text."""
    from tracetui.filter import FilterError, saved

    try:
        saved.save(name, text)
    except (saved.SavedError, FilterError) as error:
        return str(error)
    return ""
