"""One key that is a letter: which mark to set, or where to go."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tracetui.tui.columns import fill

_WIDTH = 68


class LetterPrompt(ModalScreen[str | None]):
    """Takes the first letter that is typed; shows those that have a meaning already."""

    DEFAULT_CSS = """
    LetterPrompt { align: center bottom; background: $background 30%; }
    LetterPrompt > Vertical {
        width: 72; max-width: 100%; height: auto; max-height: 90%; padding: 0 1;
        background: $panel; border: round $primary;
    }
    LetterPrompt Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", id="letter.cancel")]

    def __init__(self, question: str, letters: Mapping[str, str], *, any_letter: bool = False) -> None:
        """``letters`` have a meaning, in words; without ``any_letter`` no others are taken."""
        super().__init__()
        self._question = question
        self._letters = letters
        self._taken = ascii_lowercase if any_letter else "".join(letters)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._question
            box.border_subtitle = "a to z, esc cancels"
            if self._letters:
                lines = (
                    fill(f"{letter}  {words}", _WIDTH).rstrip() for letter, words in self._letters.items()
                )
                yield Static(Content("\n".join(lines)))

    def on_key(self, event: events.Key) -> None:
        if not event.is_printable:
            return
        event.stop()
        if event.character is not None and event.character in self._taken:
            self.dismiss(event.character)
        else:
            self.app.bell()
