"""The filter stack: several filters, each on or off and with a mode of its own. Pure values, no screen.

A stack never changes: every operation returns another one, so that a dialog can be left without
effect and an earlier state can be put back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'")
_OR = re.compile(r"\bor\b|\|\|", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:or|and|not)\b|\|\||&&|!(?!=)", re.IGNORECASE)


class Mode(Enum):
    """What becomes of the events that a filter tells apart."""

    HIDE = "hide"
    """Events that do not match are left out of the list."""
    DIM = "dim"
    """Events that do not match stay, dimmed."""
    HIGHLIGHT = "highlight"
    """Events that match are marked; all stay."""

    @property
    def next(self) -> Mode:
        """The mode that one key press goes on to."""
        modes = list(Mode)
        return modes[(modes.index(self) + 1) % len(modes)]


class Pointing(Enum):
    """What to do with a condition that was pointed at rather than typed."""

    ONLY = "only"
    EXCLUDE = "exclude"
    AND = "and"
    OR = "or"


@dataclass(frozen=True)
class StackedFilter:
    """One filter of a stack."""

    text: str
    mode: Mode = Mode.HIDE
    enabled: bool = True


@dataclass(frozen=True)
class FilterStack:
    """Filters in the order they were added; the filter line shows and edits the current one."""

    filters: tuple[StackedFilter, ...] = ()
    current: int = 0
    """Index of the filter in the filter line; ``len(filters)`` while the line holds none of them."""
    suspended: bool = False
    """Whether all filters are put aside, without losing which of them are on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "current", min(max(self.current, 0), len(self.filters)))

    # What the views ask for.

    @property
    def text(self) -> str:
        """The filter in the filter line, or an empty text."""
        return self.filters[self.current].text if self.current < len(self.filters) else ""

    def active(self, mode: Mode) -> tuple[str, ...]:
        """The filters of ``mode`` that are on; none while the stack is suspended."""
        if self.suspended:
            return ()
        return tuple(one.text for one in self.filters if one.enabled and one.mode is mode)

    @property
    def hiding(self) -> str:
        """One expression that the events to show match, empty where all are shown."""
        return conjunction(self.active(Mode.HIDE))

    @property
    def dimming(self) -> str:
        """One expression for the events that are not dimmed, empty where nothing is."""
        return conjunction(self.active(Mode.DIM))

    @property
    def highlights(self) -> tuple[str, ...]:
        """Expressions whose matches are marked, each on its own."""
        return self.active(Mode.HIGHLIGHT)

    # The filter line.

    def edited(self, text: str) -> FilterStack:
        """The current filter is now ``text``: changed, added, or removed where ``text`` is empty."""
        text = text.strip()
        if not text:
            return self.removed(self.current) if self.current < len(self.filters) else self
        if self.current == len(self.filters):
            return replace(self, filters=(*self.filters, StackedFilter(text)), suspended=False)
        return replace(self.changed(self.current, text=text, enabled=True), suspended=False)

    def pointed(self, condition: str, how: Pointing) -> FilterStack:
        """The current filter, extended by a condition taken from a cell, a tree node or a field."""
        return self.edited(join(self.text, condition, how))

    # The filters one by one; an index that is not there changes nothing.

    def added(self, text: str, mode: Mode = Mode.HIDE) -> FilterStack:
        """``text`` as one more filter, which becomes the current one."""
        text = text.strip()
        if not text:
            return self
        filters = (*self.filters, StackedFilter(text, mode))
        return FilterStack(filters, len(filters) - 1, suspended=False)

    def removed(self, index: int) -> FilterStack:
        """Without the filter at ``index``."""
        if not self._has(index):
            return self
        filters = self.filters[:index] + self.filters[index + 1 :]
        current = self.current - 1 if index < self.current else self.current
        return replace(self, filters=filters, current=min(current, max(len(filters) - 1, 0)))

    def moved(self, index: int, step: int) -> FilterStack:
        """The filter at ``index`` moved up or down by ``step``, no further than the ends."""
        if not self._has(index):
            return self
        target = min(max(index + step, 0), len(self.filters) - 1)
        filters = list(self.filters)
        filters.insert(target, filters.pop(index))
        order = list(range(len(self.filters)))
        order.insert(target, order.pop(index))
        current = order.index(self.current) if self._has(self.current) else self.current
        return replace(self, filters=tuple(filters), current=current)

    def toggled(self, index: int) -> FilterStack:
        """The filter at ``index`` turned on or off."""
        return self.changed(index, enabled=not self.filters[index].enabled) if self._has(index) else self

    def changed(
        self, index: int, *, text: str | None = None, mode: Mode | None = None, enabled: bool | None = None
    ) -> FilterStack:
        """The filter at ``index`` with another text, mode or state."""
        if not self._has(index):
            return self
        old = self.filters[index]
        new = StackedFilter(
            old.text if text is None else text,
            old.mode if mode is None else mode,
            old.enabled if enabled is None else enabled,
        )
        return replace(self, filters=(*self.filters[:index], new, *self.filters[index + 1 :]))

    def picked(self, index: int) -> FilterStack:
        """The filter at ``index`` becomes the one in the filter line; past the end, a new one."""
        return replace(self, current=index)

    def toggled_all(self) -> FilterStack:
        """All filters put aside, or brought back as they were."""
        return replace(self, suspended=not self.suspended)

    def _has(self, index: int) -> bool:
        return 0 <= index < len(self.filters)


def join(text: str, condition: str, how: Pointing) -> str:
    """``condition`` added to the filter ``text`` in the way ``how``; always a filter of the same meaning
    as the two read separately, with parentheses only where they are needed."""
    text, condition = text.strip(), condition.strip()
    if how is Pointing.EXCLUDE:
        condition = f"not {_wrapped(condition, _JOINED)}"
    if how is Pointing.ONLY or not text:
        return condition
    if how is Pointing.OR:
        return f"{text} or {condition}"
    return conjunction((text, condition))


def conjunction(texts: Iterable[str]) -> str:
    """One expression for the events that match all of ``texts``."""
    texts = [text for text in texts if text.strip()]
    if len(texts) == 1:
        return texts[0]
    return " and ".join(_wrapped(text, _OR) for text in texts)


def _wrapped(text: str, loose: re.Pattern[str]) -> str:
    """``text`` in parentheses where it holds an operator that would bind too loosely."""
    return f"({text})" if loose.search(_QUOTED.sub("", text)) else text
