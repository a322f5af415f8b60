"""The explorer: event list, process tree, detail pane, filter line; what connects them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tracetui.tui import messages
from tracetui.tui.follow import Follow
from tracetui.tui.options import Options
from tracetui.tui.view import View
from tracetui.tui.widgets.event_list import EventHeader, EventList
from tracetui.tui.widgets.key_bar import KeyBar
from tracetui.tui.widgets.title_bar import Headline, TailState, TitleBar

if TYPE_CHECKING:
    from tracetui.tui.session import Session

LIVE_SECONDS = 10.0
"""A trace changed within this time is taken to be still written."""


class Explorer(Screen[int]):
    """Wires the panes to the session; each pane keeps its own state."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "follow", "Follow", id="events.follow", tooltip="Follow the end of the trace, or stop"),
        Binding("q", "quit", "Quit", id="app.leave"),
    ]

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._options = options
        self._view = View(None, dense=False)
        self._follow = Follow()
        self._title = Headline(trace=_shown_name(options), note="opening…")

    # Layout.

    def compose(self) -> ComposeResult:
        # The rest is mounted with the trace: each early layout of it would delay the first events.
        yield TitleBar(id="title")
        yield Static(Content("opening…"), id="opening")

    def on_mount(self) -> None:
        self._say()

    async def _build(self) -> None:
        """Mount the panes, once there is something to show in them."""
        header, events = EventHeader(id="header"), EventList(id="events")
        await self.query_one("#opening").remove()
        await self.mount(
            Horizontal(Vertical(header, events, id="events-pane"), id="body"),
            Static(id="message", classes="-hidden"),
            KeyBar(id="keys"),
        )
        events.focus()
        self.set_interval(1.0, self._say)

    @property
    def _events(self) -> EventList:
        return self.query_one("#events", EventList)

    @property
    def _session(self) -> Session | None:
        return self.app.session  # type: ignore[attr-defined, no-any-return]

    # The trace.

    @on(messages.Opened)
    async def _opened(self, message: messages.Opened) -> None:
        with self.app.batch_update():
            await self._build()
            self._show_trace(message)
        self.call_after_refresh(self._after_first_paint)

    def _show_trace(self, message: messages.Opened) -> None:
        from dataclasses import replace

        session = self._session
        assert session is not None
        self._view = View(message.bounds, message.dense)
        live = time.time() - message.path.stat().st_mtime < LIVE_SECONDS
        self._follow.set(live if self._options.follow is None else self._options.follow)
        self._title = replace(self._title, trace=message.path.name, era=message.era.title, note="")
        events = self._events
        events.show_trace(session.rows, has_pids=message.has_pids, has_times=message.has_times)
        events.show_view(self._view.shown)
        if self._options.goto is not None:
            events.select_id(self._options.goto, by_user=True)
        elif self._follow.following:
            events.select(events.count - 1)
        self._say()

    def _after_first_paint(self) -> None:
        self.app.opened()  # type: ignore[attr-defined]
        if self._session is not None:
            self._session.read_background()

    @on(messages.OpenFailed)
    def _open_failed(self, message: messages.OpenFailed) -> None:
        self.app.exit(3, message=str(message.error))

    @on(messages.Waiting)
    def _waiting(self, message: messages.Waiting) -> None:
        self._notice(message.reason)

    @on(messages.RowsReady)
    def _rows_ready(self) -> None:
        self._events.rows_ready()

    @on(messages.EventsExist)
    def _events_exist(self, message: messages.EventsExist) -> None:
        changed = self._view.take_events(message)
        if message.live:
            self._follow.arrived(sum(last - first + 1 for first, last in message.ranges))
        if changed:
            self._events.show_view(self._view.shown)
            if self._follow.following and not self._view.filtered:
                self._events.select(self._events.count - 1)
        request = self._view.catch_up()
        if request is not None and self._session is not None:
            self._session.view(request)
        self._say()

    # The user.

    @on(EventList.Selected)
    def _selected(self, message: EventList.Selected) -> None:
        if message.by_user:
            self._follow.moved(at_end=self._events.cursor == self._events.count - 1)
            self._say()

    @on(EventList.Fitted)
    def _fitted(self, message: EventList.Fitted) -> None:
        self.query_one(EventHeader).fit(message.columns)

    def action_follow(self) -> None:
        self._follow.set(not self._follow.following)
        if self._follow.following:
            self._events.select(self._events.count - 1)
        self._say()

    def action_quit(self) -> None:
        self.app.exit(0)

    # What is said.

    def _notice(self, text: str) -> None:
        opening = self.query("#opening")
        message = opening.first(Static) if opening else self.query_one("#message", Static)
        message.update(Content(text))
        message.set_class(not text, "-hidden")

    def _say(self) -> None:
        from dataclasses import replace

        follow = self._follow
        state = TailState.FOLLOW if follow.following else TailState.PAUSED if follow.live else TailState.STILL
        self._title = replace(
            self._title,
            shown=self._view.matches,
            total=len(self._view.all),
            filtered=self._view.filtered,
            scanning=self._view.scanning,
            tail=state,
            new=follow.missed,
            rate=follow.rate(),
        )
        self.query_one(TitleBar).headline = self._title


def _shown_name(options: Options) -> str:
    from tracetui.events.sanitise import clean

    return clean(str(options.trace or "tracetui"))
