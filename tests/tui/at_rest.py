"""When an explorer has nothing under way, so that what it shows is what it will go on showing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual.message_pump import MessagePump
from textual.pilot import Pilot
from tui_helpers import DEADLINE, TURNS, screen_lines, wait_for

from tracetui.tui import app as app_module
from tracetui.tui.app import TracetuiApp
from tracetui.tui.filtering import FilterBar, SearchBar
from tracetui.tui.screens.explorer import Explorer
from tracetui.tui.session import Session


class WatchedApp(TracetuiApp):
    """The application, which counts how often it was painted."""

    CSS_PATH = Path(app_module.__file__).with_name(str(TracetuiApp.CSS_PATH))
    painted = 0

    def post_display_hook(self) -> None:
        self.painted += 1
        super().post_display_hook()


async def rest(app: WatchedApp, pilot: Pilot[Any]) -> None:
    """Let an explorer run until nothing is under way any more, and nothing is painted."""
    deadline = time.monotonic() + DEADLINE
    while True:
        assert time.monotonic() < deadline, screen_lines(app)
        await wait_for(pilot, lambda: _has_ended(app) or not _under_way(app))
        painted = app.painted
        for _ in range(TURNS):
            await pilot.pause(0)
            if _has_ended(app):
                return
            if _under_way(app) or app.painted != painted:
                break
        else:
            return


def _has_ended(app: TracetuiApp) -> bool:
    return app._exit or not app.is_running


def _under_way(app: TracetuiApp) -> bool:
    """Whether a thread reads, a timer runs, or a key or message waits to be heard of."""
    return (
        (app.session is not None and _reads(app.session))
        or bool(app._typeahead._held)
        or any(pump.message_queue_size for pump in (app, *app.screen.walk_children(with_self=True)))
        or any(_has_timer(pump) for pump in _with_timers(app))
    )


def _reads(session: Session) -> bool:
    return (
        session._listed_to != session.last
        or any(reader.is_alive() and reader.busy for reader in session.readers)
        or not session.annotations._work.empty()
    )


def _with_timers(app: TracetuiApp) -> Iterator[MessagePump]:
    """What waits a moment before it does what a key asks for."""
    yield app
    for screen in app.screen_stack:
        if isinstance(screen, Explorer):
            yield screen
            yield from screen.query(FilterBar)
            yield from screen.query(SearchBar)


def _has_timer(pump: MessagePump) -> bool:
    """Whether something is still to happen once."""
    return any(
        timer._repeat == 0 and timer._task is not None and not timer._task.done() for timer in pump._timers
    )
