"""Questions that one line of text answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from tracetui.tui.filtering.line import Line

Answer = TypeVar("Answer")

TURNS = 12
"""Turns of the event loop in which all widgets that have changed have told the screen so."""


class WrongAnswer(Exception):
    """What is wrong with a line, in a sentence."""


class PromptPlace(Widget):
    """Where the prompts of a screen open. It takes no space, and spares the screen a new layout for each."""

    DEFAULT_CSS = "PromptPlace { dock: bottom; height: 0; }"


class LinePrompt(Widget, Generic[Answer]):
    """A question over the last lines of a screen, until it is answered, cancelled, or left for another pane.

    Nothing is laid out or painted anew for it, as for a screen of its own, so that an answer is carried out
    as fast as any key.
    """

    DEFAULT_CSS = """
    LinePrompt {
        overlay: screen;
        constrain: inside;
        height: auto;
        background: $panel;

        & > Horizontal { height: 1; background: $surface; }
        .question { width: auto; max-width: 60%; color: $text-secondary; text-style: bold; }
        & > .hint {
            height: auto; max-height: 3; padding: 0 1; color: $foreground 60%;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > .hint.-wrong { color: $text-error; text-wrap: wrap; }
    }
    """

    def __init__(self, question: str, hint: str, text: str = "") -> None:
        """``text`` is an answer that can be taken or changed."""
        super().__init__()
        self._question = question
        self._hint = hint
        self._text = text
        self._said = ""
        """What is wrong, as it is shown."""
        self._answered: Callable[[Answer], None] | None = None
        self._former: Widget | None = None
        """What had the keys, and gets them back."""

    def read(self, text: str) -> Answer:
        """The answer that ``text`` is. Raises :class:`WrongAnswer`."""
        raise NotImplementedError

    async def ask(self, screen: Screen[Any], answered: Callable[[Answer], None]) -> None:
        """Open on ``screen``; ``answered`` is called with an answer, and not at all without one."""
        for other in screen.query(LinePrompt):
            other.end()
        self._answered = answered
        self._former = screen.focused
        async with _one_paint(screen):
            place = screen.query_one_optional(PromptPlace)
            if place is None:
                place = PromptPlace()
                await screen.mount(place)
            await place.mount(self)
            screen.set_focus(self.line)

    def end(self) -> None:
        """Give the screen and the keys back."""
        if self._answered is None:
            return
        self._answered = None
        if self.has_focus_within:
            self.screen.set_focus(self._former)
        # At once, and removed later: what the answer changes is painted together with what was hidden.
        self.display = False
        self.call_after_refresh(self.remove)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(f"{self._question} › "), classes="question")
            yield self.make_line(self._text)
        yield Static(Content(self._hint), classes="hint", id="hint")

    def make_line(self, text: str) -> Line:
        """The line that is typed into."""
        return Line(id="answer", text=text)

    @property
    def line(self) -> Line:
        return self.query_one(Line)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._explain(event.value)

    @on(Input.Submitted)
    async def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        answered, screen = self._answered, self.screen
        try:
            answer = self.read(event.value)
        except WrongAnswer:
            if event.value:
                self.app.bell()
                self._explain(event.value)
            else:
                self.end()
            return
        async with _one_paint(screen):
            self.end()
            if answered is not None:
                answered(answer)

    def _explain(self, text: str) -> None:
        """Say what is wrong with what is typed."""
        wrong = self._wrong(text) if text else ""
        if wrong != self._said:
            self._said = wrong
            hint = self.query_one("#hint", Static)
            hint.update(Content(wrong or self._hint))
            hint.set_class(bool(wrong), "-wrong")

    def _wrong(self, text: str) -> str:
        try:
            self.read(text)
        except WrongAnswer as error:
            return str(error)
        return ""

    def action_cancel(self) -> None:
        self.end()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        # A terminal that is left for another window takes the focus from the line for a while, too.
        if self.app.app_focus and not self.has_focus_within:
            self.end()


class Prompt(LinePrompt[str]):
    """Asks for a text; ``check`` says what is wrong with one, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="prompt.cancel")]

    def __init__(
        self, question: str, hint: str, check: Callable[[str], str | None] | None = None, text: str = ""
    ) -> None:
        """Without ``check`` any text is an answer, an empty one too."""
        super().__init__(question, hint, text)
        self._check = check

    def make_line(self, text: str) -> Line:
        return Line(id="answer", text=text, select_on_focus=True)

    def read(self, text: str) -> str:
        wrong = self._check(text) if self._check is not None else None
        if wrong:
            raise WrongAnswer(wrong)
        return text


@asynccontextmanager
async def _one_paint(screen: Screen[Any]) -> AsyncIterator[None]:
    """Paint all that is changed meanwhile at once, and not one widget after the other."""
    with screen.app.batch_update():
        yield
        for _ in range(TURNS):
            await asyncio.sleep(0)
    # The end of a batch alone does not wake the screen.
    screen.check_idle()
