"""A line with all tags of an event; those that other events have are offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from tracetui.annotations import AnnotationError, check_tags
from tracetui.events.sanitise import clean
from tracetui.tui.filtering.line import Line
from tracetui.tui.widgets.prompt import LinePrompt, WrongAnswer

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


class TagPrompt(LinePrompt[tuple[str, ...]]):
    """Asks for the tags of an event: what is no longer in the line is taken away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="tag.cancel"),
        Binding("tab", "complete", "Complete", priority=True, id="tag.complete"),
    ]

    def __init__(self, question: str, tags: Sequence[str], known: Sequence[str]) -> None:
        self._stored = {_shown(tag): tag for tag in tags}
        """Tags as stored by what is shown of them: a file of others may hold any text."""
        words = [_shown(tag) for tag in known]
        self._suggester = TagSuggester(words)
        used = f"  used: {' '.join(words[:_SHOWN])}" if words else ""
        hint = f"words, as odd or env=prod; tab completes{used}"
        super().__init__(question, hint, "".join(f"{tag} " for tag in self._stored))

    def make_line(self, text: str) -> Line:
        return Line(id="answer", text=text, suggester=self._suggester)

    def read(self, text: str) -> tuple[str, ...]:
        """The tags of a line, as stored."""
        words = text.split()
        try:
            check_tags(word for word in words if word not in self._stored)
        except AnnotationError as error:
            raise WrongAnswer(clean(error.message)) from None
        return tuple(sorted({self._stored.get(word, word) for word in words}))

    async def action_complete(self) -> None:
        """Take what is offered."""
        line = self.line
        suggestion = await self._suggester.get_suggestion(line.value)
        if suggestion is not None:
            line.value = f"{suggestion} "
            line.action_end()
