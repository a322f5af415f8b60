"""The one-row input that filters, searches and answers are typed into."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input

from tracetui.events.sanitise import clean
from tracetui.tui.filtering.highlight import FilterHighlighter

LONGEST = 16_384
"""Characters that are taken; what is pasted beyond them is refused by the bell."""


class Line(Input):
    """A compact :class:`Input` that keeps what is pasted on one printable line."""

    DEFAULT_CSS = """
    Line.-textual-compact {
        width: 1fr;
        background: $surface;

        &:focus { background-tint: $foreground 4%; }
        & > .line--string { color: $text-success; }
        & > .line--reference { color: $text-secondary; text-style: bold; }
        & > .line--logic { color: $text-warning; text-style: bold; }
        & > .line--field { color: $text-primary; }
        & > .line--operator { color: $foreground 75%; }
        & > .line--number { color: $text-accent; }
        & > .line--wrong { color: $text-error; text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = FilterHighlighter.COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Apply", id="line.apply"),
        Binding("ctrl+u", "empty", "Clear", show=False, id="line.clear"),
    ]

    def __init__(
        self,
        *,
        id: str | None = None,
        text: str = "",
        placeholder: str = "",
        painted: bool = False,
        select_on_focus: bool = False,
        suggester: Suggester | None = None,
    ) -> None:
        """``painted`` colours the text as a filter."""
        self._paint = FilterHighlighter(self) if painted else None
        super().__init__(
            text,
            id=id,
            placeholder=placeholder,
            highlighter=self._paint,
            compact=True,
            select_on_focus=select_on_focus,
            suggester=suggester,
            max_length=LONGEST,
        )

    def mark(self, start: int, length: int) -> None:
        """Underline what is wrong; nothing where ``length`` is 0."""
        if self._paint is not None:
            self._paint.wrong = (start, start + length)
            self.refresh()

    def action_empty(self) -> None:
        """Clear the line."""
        self.clear()

    def on_paste(self, event: events.Paste) -> None:
        """Lines are joined and control characters shown, so that nothing pasted reaches the terminal raw."""
        event.prevent_default()
        event.stop()
        text = clean(" ".join(event.text.splitlines()))
        start, end = sorted(self.selection)
        self.replace(text, start, end)


def stop(timer: Timer | None) -> None:
    """Stop a timer that may be set."""
    if timer is not None:
        timer.stop()
