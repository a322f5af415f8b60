"""An application around the filter widgets that writes down what they say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual import on
from textual._context import visible_screen_stack
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from tracetui.tui.filtering import FilterBar, FilterStackScreen, SearchBar

Bar = TypeVar("Bar", FilterBar, SearchBar)

DEADLINE = 60.0
"""Seconds after which what is waited for does not come, on however busy a machine."""

TURN = 0.01
"""Seconds between two looks."""

TURNS = 3
"""For how many turns nothing may happen until nothing is taken to happen any more."""


class Host(App[Any]):
    """Shows one widget at the top; every message of it ends in ``told``."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.told: list[Any] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    @on(FilterBar.Changed)
    @on(FilterBar.Submitted)
    @on(FilterBar.Cancelled)
    @on(FilterBar.ValuesWanted)
    @on(FilterStackScreen.Changed)
    @on(SearchBar.Wanted)
    @on(SearchBar.Moved)
    @on(SearchBar.Submitted)
    @on(SearchBar.Cancelled)
    def _note(self, message: Message) -> None:
        self.told.append(message)

    def kinds(self, *kinds: type) -> list[Any]:
        """What was told of these kinds, in order."""
        return [message for message in self.told if isinstance(message, kinds)]


def screen_lines(app: App[Any]) -> list[str]:
    """What is on the screen, line by line; around a dialog, what is behind it."""
    visible_screen_stack.set(list(app._background_screens))
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


async def wait_for(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the application run until ``condition`` holds."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, screen_lines(pilot.app)
        assert pilot.app._exception is None
        await asyncio.sleep(TURN)


async def settle(pilot: Pilot[Any]) -> None:
    """Let the application run until no widget has a message to hear of, not even one that follows from another."""
    quiet = 0
    while quiet < TURNS:
        await pilot.pause(0)
        pumps = (pilot.app, *pilot.app.screen.walk_children(with_self=True))
        quiet = 0 if any(pump.message_queue_size for pump in pumps) else quiet + 1


@asynccontextmanager
async def typing_in(bar: Bar, width: int = 80) -> AsyncIterator[tuple[Host, Bar, Pilot[Any]]]:
    """An application around a bar that has the keys."""
    app = Host(bar)
    async with app.run_test(size=(width, 24)) as pilot:
        bar.start()
        await settle(pilot)
        yield app, bar, pilot


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, and let them have their effect."""
    await pilot.press(*keys)
    await settle(pilot)


async def type_text(pilot: Pilot[Any], text: str, *, instead: bool = False) -> None:
    """Put ``text`` at the cursor, or ``instead`` of what the line holds.

    The last character comes from the keyboard, as completion looks there.
    """
    line = pilot.app.focused
    assert isinstance(line, Input)
    if instead:
        line.replace(text[:-1], 0, len(line.value))
    else:
        line.insert_text_at_cursor(text[:-1])
    await press(pilot, "space" if text[-1] == " " else text[-1])
