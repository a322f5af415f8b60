"""The one-row input that filter and search are typed into."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tracetui.events import clean

LONGEST = 16_384
"""Characters that are taken; what is pasted beyond them is refused by the bell."""


class Line(Input):
    """A compact :class:`Input` that keeps what is pasted on one printable line."""

    DEFAULT_CSS = """
    Line.-textual-compact { width: 1fr; background: $surface; }
    Line.-textual-compact:focus { background-tint: $foreground 4%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Apply", id="line.apply"),
        Binding("ctrl+u", "empty", "Clear", show=False, id="line.clear"),
    ]

    def __init__(
        self,
        *,
        id: str | None = None,
        placeholder: str = "",
        highlighter: Highlighter | None = None,
    ) -> None:
        super().__init__(
            id=id,
            placeholder=placeholder,
            highlighter=highlighter,
            compact=True,
            select_on_focus=False,
            max_length=LONGEST,
        )

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
