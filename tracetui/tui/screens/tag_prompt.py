"""A line with all tags of an event; those that other events have are offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Label

from tracetui.annotations import AnnotationError, check_tags
from tracetui.events.sanitise import clean

_SHOWN = 8
"""Tags that the hint names."""


def _shown(tag: str) -> str:
    """A tag as one word, whatever it is."""
    return clean(tag).replace(" ", "␠")


class TagSuggester(Suggester):
    """Completes the last word of a line."""

    def __init__(self, known: Sequence[str]) -> None:
        """``known`` tags, the most frequent first."""
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        before, blank, begun = value.rpartition(" ")
        if not begun:
            return None
        has = before.split()
        found = (tag for tag in self._known if tag.startswith(begun) and tag != begun and tag not in has)
        tag = next(found, None)
        return None if tag is None else f"{before}{blank}{tag}"


class TagPrompt(ModalScreen[tuple[str, ...] | None]):
    """Asks for the tags of an event: what is no longer in the line is taken away."""

    DEFAULT_CSS = """
    TagPrompt { align: center middle; background: $background 50%; }
    TagPrompt > Vertical {
        width: 70; max-width: 95%; height: auto; padding: 0 1;
        background: $panel; border: round $primary;
    }
    TagPrompt Input { border: none; height: 1; padding: 0; background: $surface; }
    TagPrompt .hint { color: $foreground 60%; }
    TagPrompt .wrong { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", id="tag.cancel"),
        Binding("tab", "complete", "Complete", priority=True, id="tag.complete"),
    ]

    def __init__(self, question: str, tags: Sequence[str], known: Sequence[str]) -> None:
        super().__init__()
        self._question = question
        self._stored = {_shown(tag): tag for tag in tags}
        """Tags as stored by what is shown of them: a file of others may hold any text."""
        self._known = [_shown(tag) for tag in known]

    def compose(self) -> ComposeResult:
        text = "".join(f"{tag} " for tag in self._stored)
        with Vertical():
            yield Label(Content(self._question))
            yield Input(
                text, id="answer", compact=True, select_on_focus=False, suggester=TagSuggester(self._known)
            )
            yield Label(Content(self._hint()), classes="hint", id="hint")

    def _hint(self) -> str:
        used = f"  used: {' '.join(self._known[:_SHOWN])}" if self._known else ""
        return f"words, as odd or env=prod; tab completes{used}"

    def _tags(self, line: str) -> tuple[str, ...]:
        """The tags of a line, as stored. Raises :class:`AnnotationError`."""
        words = line.split()
        check_tags(word for word in words if word not in self._stored)
        return tuple(sorted({self._stored.get(word, word) for word in words}))

    def on_input_changed(self, event: Input.Changed) -> None:
        wrong = ""
        try:
            self._tags(event.value)
        except AnnotationError as error:
            wrong = clean(error.message)
        hint = self.query_one("#hint", Label)
        hint.update(Content(wrong or self._hint()))
        hint.set_class(bool(wrong), "wrong")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(self._tags(event.value))
        except AnnotationError:
            self.app.bell()

    async def action_complete(self) -> None:
        """Take what is offered."""
        line = self.query_one(Input)
        suggestion = await TagSuggester(self._known).get_suggestion(line.value)
        if suggestion is not None:
            line.value = f"{suggestion} "
            line.action_end()
