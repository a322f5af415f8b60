"""A question answered by one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label


class Prompt(ModalScreen[str | None]):
    """Asks for a text; ``check`` says what is wrong with one, or nothing."""

    DEFAULT_CSS = """
    Prompt { align: center middle; background: $background 50%; }
    Prompt > Vertical {
        width: 60; max-width: 95%; height: auto; padding: 0 1;
        background: $panel; border: round $primary;
    }
    Prompt Input { border: none; height: 1; padding: 0; background: $surface; }
    Prompt .hint { color: $foreground 60%; }
    Prompt .wrong { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", id="prompt.cancel")]

    def __init__(
        self, question: str, hint: str, check: Callable[[str], str | None] | None = None, text: str = ""
    ) -> None:
        """Without ``check`` any text is an answer, an empty one too."""
        super().__init__()
        self._question = question
        self._hint = hint
        self._check = check
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Content(self._question))
            yield Input(self._text, id="answer", compact=True)
            yield Label(Content(self._hint), classes="hint", id="hint")

    def on_input_changed(self, event: Input.Changed) -> None:
        wrong = self._check(event.value) if event.value and self._check is not None else None
        hint = self.query_one("#hint", Label)
        hint.update(Content(wrong or self._hint))
        hint.set_class(wrong is not None, "wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._check is None or (event.value and self._check(event.value) is None):
            self.dismiss(event.value)
