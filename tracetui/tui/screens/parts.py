"""What the parts of the explorer share: its panes, its filters, and the line for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tracetui.tui.filters import Filters
from tracetui.tui.widgets.events_pane import EventsPane

if TYPE_CHECKING:
    from tracetui.tui.app import TracetuiApp
    from tracetui.tui.detail.pane import DetailPane
    from tracetui.tui.filtering import FilterBar
    from tracetui.tui.session import Session
    from tracetui.tui.widgets.process_tree import ProcessTree


class ExplorerParts(Screen[int]):
    """A screen with the explorer's panes; those that are not there (yet) are ``None``."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As every screen has it; but whoever gets or loses the keys is painted, and not the whole screen."""

    def __init__(self) -> None:
        super().__init__()
        self._filters = Filters()

    @property
    def _session(self) -> Session:
        session = self._app.session
        assert session is not None
        return session

    @property
    def _app(self) -> TracetuiApp:
        return self.app  # type: ignore[return-value]

    @property
    def _pane(self) -> EventsPane:
        return self.query_one("#events-pane", EventsPane)

    @property
    def _bar(self) -> FilterBar | None:
        bars = self.query("#filter")
        return bars.first() if bars else None  # type: ignore[return-value]

    @property
    def _detail(self) -> DetailPane | None:
        panes = self.query("#detail")
        return panes.first() if panes else None  # type: ignore[return-value]

    @property
    def _tree(self) -> ProcessTree | None:
        trees = self.query("#tree")
        return trees.first() if trees else None  # type: ignore[return-value]

    def _notice(self, text: str) -> None:
        for message in self.query("#message").results(Static):
            if str(message.content) != text:
                message.update(Content(text))
                message.set_class(not text, "-hidden")

    def _withdraw(self, text: str) -> None:
        """Say ``text`` no longer, where it is what is said."""
        if any(str(message.content) == text for message in self.query("#message").results(Static)):
            self._notice("")

    def _apply_filters(self) -> None:
        """Ask anew for what the filters show."""
        raise NotImplementedError

    def _say_place(self) -> None:
        """Bring the search line up to date."""
        raise NotImplementedError

    def _say(self) -> None:
        """Bring the title and the status of the filter line up to date."""
        raise NotImplementedError
