"""The pop-up under the filter line: what can be put at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tracetui.events.sanitise import clean
from tracetui.tui.widgets.shades import shade

VISIBLE_ROWS = 8
LABEL_WIDTH = 36
"""Cells that names and values may take before they are cut."""
HINT_WIDTH = 48
WIDEST = 96


@dataclass(frozen=True)
class Choice:
    """One entry of the pop-up."""

    label: str
    """The field, operator, value or former filter; sanitised when it is painted."""
    text: str
    """What replaces the text from ``start`` to ``end``."""
    start: int
    end: int
    hint: str = ""
    """What it means, or how many events have it."""
    numeric: bool = False
    """Whether ``hint`` is a count, which is set flush right."""


class Choices(Widget):
    """A list of choices under the line, never focused: the line keeps the keys and tells it what to do."""

    DEFAULT_CSS = """
    Choices {
        overlay: screen;
        constrain: inside inflect;
        margin: 1 0;
        display: none;
        width: auto;
        height: auto;
        background: $panel;
        color: $foreground;

        &.-open { display: block; }
        & > .choices--typed { color: $text-accent; text-style: bold; }
        & > .choices--hint { text-style: dim; }
        & > .choices--first { background: $primary 22%; }
        & > .choices--chosen { background: $primary 55%; text-style: bold; }
        & > .choices--foot { color: $foreground 55%; background: $surface; }
        & > .choices--error { color: $text-error; background: $surface; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choices--typed",
        "choices--hint",
        "choices--first",
        "choices--chosen",
        "choices--foot",
        "choices--error",
    }

    class Picked(Message):
        """A click on a choice."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._typed = ""
        self._error = ""
        self._index = 0
        self._top = 0
        self._widths = (0, 0)
        self.entered = False
        """Whether the user has moved into the list; until then Enter belongs to the line."""

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    @property
    def chosen(self) -> Choice | None:
        """The choice that Tab takes."""
        return self._choices[self._index] if self.is_open and self._choices else None

    def open(self, choices: Sequence[Choice], typed: str = "", error: str = "") -> None:
        """Show ``choices``, with the part that matches ``typed`` marked; close where there are none.

        ``error`` takes the place of the help in the last line.
        """
        if not choices:
            self.close()
            return
        before = self._shape if self.is_open else None
        kept = self.chosen if self.entered else None
        self._choices, self._typed, self._error = tuple(choices), typed, error
        self._index = self._choices.index(kept) if kept in self._choices else 0
        self.entered = kept in self._choices
        self._top = 0
        self._measure()
        self._reveal()
        self.add_class("-open")
        self.refresh(layout=self._shape != before)

    def close(self) -> None:
        self.remove_class("-open")
        self._choices = ()
        self.entered = False

    def move(self, step: int) -> None:
        """Go to another choice; the first step down enters the list, a step up from its head leaves it."""
        if not self._choices:
            return
        if not self.entered:
            self.entered, self._index = True, 0 if step > 0 else len(self._choices) - 1
        elif self._index + step < 0:
            self.entered, self._index = False, 0
        else:
            self._index = min(self._index + step, len(self._choices) - 1)
        self._reveal()
        self.refresh()

    # Painting.

    def _measure(self) -> None:
        labels = max(cell_len(_bounded(choice.label)) for choice in self._choices)
        hints = max(cell_len(clean(choice.hint)) for choice in self._choices)
        self._widths = (min(labels, LABEL_WIDTH), min(hints, HINT_WIDTH))

    def _reveal(self) -> None:
        rows = self._rows
        self._top = min(max(self._top, self._index - rows + 1), self._index)

    @property
    def _rows(self) -> int:
        return min(len(self._choices), VISIBLE_ROWS)

    @property
    def _shape(self) -> tuple[int, int]:
        """Cells that it would take if there were room, and rows: the screen is laid out where they change."""
        label, hint = self._widths
        return max(label + hint + (4 if hint else 2), cell_len(self._foot()) + 2), self._rows

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return min(self._shape[0], WIDEST, viewport.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._rows + 1 if self._choices else 0

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < self._rows:
            return self._choice_line(self._top + y, width)
        name = "choices--error" if self._error else "choices--foot"
        style = self.get_component_rich_style(name)
        return Strip([Segment(set_cell_size(f" {self._foot()}", width), style)], width)

    def _choice_line(self, index: int, width: int) -> Strip:
        choice = self._choices[index]
        base = self.rich_style + self._row_style(index)
        hint_style = shade(self, "choices--hint")
        label_width, hint_width = self._widths
        label_width = min(label_width, max(width - 2, 0))
        room = max(width - label_width - 4, 0)
        hint = _bounded(choice.hint, min(hint_width, room)) if room > 3 else ""
        if choice.numeric:
            hint = " " * (room - cell_len(hint)) + hint
        segments = [
            Segment(" ", base),
            *self._label(choice.label, label_width, base),
            Segment("  ", base),
            Segment(hint, base + hint_style),
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _row_style(self, index: int) -> Style:
        if index != self._index:
            return Style.null()
        name = "choices--chosen" if self.entered else "choices--first"
        return shade(self, name)

    def _label(self, label: str, width: int, base: Style) -> list[Segment]:
        """The label, ``width`` cells wide, with the typed part marked."""
        label = set_cell_size(_bounded(label, width), width)
        at = label.lower().find(self._typed.lower()) if self._typed else -1
        if at < 0:
            return [Segment(label, base)]
        end = at + len(self._typed)
        typed = base + shade(self, "choices--typed")
        return [Segment(label[:at], base), Segment(label[at:end], typed), Segment(label[end:], base)]

    def _foot(self) -> str:
        if self._error:
            return clean(self._error)
        keys = "Enter takes it" if self.entered else "Tab takes it"
        count = len(self._choices)
        place = f"{self._index + 1} of {count}" if count > VISIBLE_ROWS else "↑↓"
        return f"{place} · {keys}"

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = self._top + event.y
        if event.y < self._rows and index < len(self._choices):
            self.post_message(self.Picked(self._choices[index]))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        if self.entered and self._index:
            self.move(-1)


def _bounded(text: str, width: int = LABEL_WIDTH) -> str:
    """``text`` without control characters, cut to ``width`` cells."""
    text = clean(text[: width + 1])
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"
