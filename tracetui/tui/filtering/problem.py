"""The place under the filter line where an error is explained, right under the text that caused it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from tracetui.events.sanitise import clean

LONGEST_MESSAGE = 400


class Problem(Static):
    """A caret line and a message; in one row where both fit, else in two or three."""

    DEFAULT_CSS = """
    Problem {
        overlay: screen;
        constrain: inside inflect;
        margin: 1 0;
        offset: 0 -1;
        display: none;
        width: 100%;
        height: auto;
        max-height: 4;
        background: $panel;
        color: $text-error;

        &.-open { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def show(self, message: str, column: int, length: int, advice: str, width: int) -> None:
        """Show ``message`` with carets under ``length`` cells from ``column``; ``advice`` follows, dimmed."""
        self.update(layout(message, column, length, advice, width))
        self.add_class("-open")

    def hide(self) -> None:
        self.remove_class("-open")


def layout(message: str, column: int, length: int, advice: str, width: int) -> Text:
    """The lines to show in ``width`` cells; a column outside of them is moved to the nearer edge."""
    column = min(max(column, 0), max(width - 1, 0))
    carets = "^" * max(min(length, width - column), 1)
    message = clean(message[:LONGEST_MESSAGE])
    words = Text(message)
    if advice:
        words.append(f"  {clean(advice)}", Style(dim=True))
    needed = cell_len(words.plain)
    text = Text(" " * column + carets, overflow="fold")
    if column + len(carets) + 1 + needed <= width:
        return text.append(" ").append_text(words)
    indent = min(column, max(width - needed, 0))
    return text.append("\n" + " " * indent).append_text(words)
