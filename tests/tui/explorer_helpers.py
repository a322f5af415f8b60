"""Driving the whole explorer without a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from at_rest import WatchedApp, rest
from textual.pilot import Pilot
from tui_helpers import screen_lines, type_text, wait_for

from tracetui.filter import compile_filter, parse
from tracetui.trace import Trace
from tracetui.tui.detail.pane import DetailPane
from tracetui.tui.filtering import FilterBar
from tracetui.tui.options import Options
from tracetui.tui.screens.explorer import Explorer
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.events_pane import EventsPane
from tracetui.tui.widgets.process_tree import ProcessTree, TreeLines


class Driven:
    """An explorer under test: its parts, and what it shows."""

    def __init__(self, app: WatchedApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def explorer(self) -> Explorer:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, Explorer)
        return screen

    @property
    def pane(self) -> EventsPane:
        return self.explorer.query_one(EventsPane)

    @property
    def list(self) -> EventList:
        return self.explorer.query_one(EventList)

    @property
    def bar(self) -> FilterBar:
        return self.explorer.query_one("#filter", FilterBar)

    @property
    def detail(self) -> DetailPane:
        return self.explorer.query_one(DetailPane)

    @property
    def tree(self) -> TreeLines:
        return self.explorer.query_one(ProcessTree).lines

    @property
    def lines(self) -> list[str]:
        """The whole screen, line by line."""
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    @property
    def title(self) -> str:
        return self.lines[0]

    @property
    def ids(self) -> list[int]:
        """All events that the list holds, in its order."""
        positions = self.list.positions
        return list(positions.ids(0, len(positions)))

    @property
    def holds_events(self) -> bool:
        """Whether the explorer has its parts, and its list has events."""
        return bool(self.explorer.query("#filter") and self.list.count)

    @property
    def knows_annotations(self) -> bool:
        """Whether what there is to be read of them has been read, or cannot be."""
        assert self.app.session is not None
        annotations = self.app.session.annotations
        return bool(annotations.book or annotations.said or not annotations.expected)

    @property
    def settled(self) -> bool:
        """Whether no scan is under way."""
        pane = self.pane
        return not any(matches.scanning for matches in (pane.view.matches, *pane.beside.values()))

    def shows(self, *texts: str) -> bool:
        """Whether all ``texts`` are on the screen."""
        return all(text in self.text for text in texts)

    async def until(self, condition: Any) -> None:
        """Let the explorer run until ``condition()`` holds and nothing is under way any more."""
        await self.meanwhile(condition)
        await self.rest()
        if not condition():
            await self.until(condition)

    async def meanwhile(self, condition: Any) -> None:
        """Let the explorer run until ``condition()`` holds, whatever is under way then."""
        await wait_for(self.pilot, condition)

    async def rest(self) -> None:
        """Let the explorer run until nothing is under way any more."""
        await rest(self.app, self.pilot)

    async def until_shown(self, *texts: str) -> None:
        """Let the explorer run until all ``texts`` are on the screen."""
        await self.until(lambda: self.shows(*texts))

    async def until_ids(self, ids: Sequence[int]) -> None:
        """Let the explorer run until the list holds just these events and looks for no more."""
        await self.until(lambda: self.ids == list(ids) and self.settled)

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, and let them have all their effect."""
        await self.pilot.press(*keys)
        await self.rest()

    async def type(self, text: str, *, instead: bool = False) -> None:
        """Type into the line that has the keys, or ``instead`` of what it holds."""
        await type_text(self.pilot, text, instead=instead)
        await self.rest()

    async def filter(self, text: str) -> None:
        """Type a filter in the place of what the line holds, and confirm it."""
        await self.press("f")
        await self.type(text, instead=True)
        await self.press("enter")
        await self.until(lambda: self.list.has_focus and self.bar.applied == text and self.settled)

    async def go_to(self, event_id: int) -> None:
        """Select an event by its id, and let its details arrive."""
        self.list.select_id(event_id, by_user=True)
        await self.until(lambda: self.selected_record_id == event_id)

    async def show_details(self, event_id: int) -> None:
        """Select an event and let the detail pane, which has been opened, show it."""
        await self.go_to(event_id)
        await self.until(lambda: self.detail.record is not None and self.detail.record.id == event_id)

    async def open_details(self) -> None:
        """Open the detail pane where it is not open."""
        if not self.explorer.query(DetailPane) or not self.detail.display:
            await self.press("d")
        await self.until(lambda: self.explorer.query(DetailPane) and self.detail.display)

    @property
    def selected_record_id(self) -> int | None:
        """Id of the event whose columns have been loaded."""
        record = self.explorer._filters.selected
        return None if record is None else record.id


@asynccontextmanager
async def explored(
    trace: Path, size: tuple[int, int] = (100, 30), *, events: bool = True, **options: Any
) -> AsyncIterator[Driven]:
    """The explorer on ``trace``, at rest: its first events, and all that comes after them, are on the screen."""
    app = WatchedApp(Options(trace=trace, **options))
    async with app.run_test(size=size, notifications=True) as pilot:
        driven = Driven(app, pilot)
        if events:
            await driven.until(lambda: driven.holds_events and driven.knows_annotations)
        yield driven


def scanned(trace: Path, text: str) -> list[int]:
    """Ids that match, found without the screen."""
    with Trace(trace) as opened:
        condition = compile_filter(parse(text), opened.schema)
        return [event_id for chunk in opened.scan(condition) for event_id in chunk.ids]
