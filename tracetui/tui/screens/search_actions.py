"""What the explorer does about searching: the search line, its matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.tui.screens.parts import ExplorerParts
from tracetui.tui.widgets.events_pane import SEARCH

if TYPE_CHECKING:
    from tracetui.tui.filtering import SearchBar


class SearchActions(ExplorerParts):
    """Keys and messages that go from match to match and hide nothing."""

    async def action_search(self) -> None:
        from tracetui.tui.filtering import SearchBar

        if not self.query("#search"):
            await self.mount(SearchBar(id="search"), before="#keys")
        self._filters.origin = self._pane.list.current_id
        bar = self.query_one("#search", SearchBar)
        bar.display = True
        bar.start()

    def on_search_bar_wanted(self, message: SearchBar.Wanted) -> None:
        problem = self._filters.search(self._pane, message.kind, message.text)
        self._notice(problem)

    def on_search_bar_moved(self, message: SearchBar.Moved) -> None:
        self.action_match(message.step)

    def on_search_bar_submitted(self, message: SearchBar.Submitted) -> None:
        self._pane.list.focus()

    def on_search_bar_cancelled(self, message: SearchBar.Cancelled) -> None:
        self._end_search()
        if self._filters.origin is not None:
            self._pane.list.select_id(self._filters.origin, by_user=True)
        self._pane.list.focus()

    def _end_search(self) -> None:
        self._filters.end_search(self._pane)
        for bar in self.query("#search"):
            bar.display = False

    def action_match(self, step: int) -> None:
        self._pane.step(SEARCH, step)
        self._say_place()

    def _say_place(self) -> None:
        from tracetui.tui.filtering import SearchBar

        pane = self._pane
        for bar in self.query("#search").results(SearchBar):
            place, total, counting = pane.place(SEARCH)
            wrapped = place is not None and pane.wrapped_to == pane.list.current_id
            bar.set_place(place, total, wrapped=wrapped, counting=counting)
