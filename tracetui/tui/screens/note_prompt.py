"""A few lines of text: the note on an event."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tracetui.annotations import AnnotationError, check_note
from tracetui.events.sanitise import clean


class NoteText(TextArea):
    """Enter ends; another line begins with ``ctrl+j`` or ``alt+enter``."""

    class Entered(Message):
        """The user is done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,shift+enter", "new_line", "Another line", show=False, id="note.line"),
    ]

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Entered())
            return
        await super()._on_key(event)

    def action_new_line(self) -> None:
        self.insert("\n")


class NotePrompt(ModalScreen[str | None]):
    """Asks for a note; an empty one removes what was there."""

    DEFAULT_CSS = """
    NotePrompt { align: center middle; background: $background 50%; }
    NotePrompt > Vertical {
        width: 76; max-width: 95%; height: auto; padding: 0 1;
        background: $panel; border: round $primary;
    }
    NotePrompt NoteText, NotePrompt NoteText:focus {
        height: 7; border: none; padding: 0; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel", id="note.cancel")]

    def __init__(self, question: str, note: str) -> None:
        super().__init__()
        self._question = question
        self._shown = "\n".join(map(clean, note.splitlines()))

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._question
            box.border_subtitle = "⏎ saves, empty removes, ^j new line, esc cancels"
            yield NoteText(self._shown, id="note")

    def on_mount(self) -> None:
        text = self.query_one(NoteText)
        text.move_cursor(text.document.end)
        text.focus()

    def on_note_text_entered(self) -> None:
        text = self.query_one(NoteText).text
        if text == self._shown:
            self.dismiss(None)
            return
        try:
            self.dismiss(check_note(text))
        except AnnotationError as error:
            self.app.notify(clean(error.message), severity="error", markup=False)
