"""What the explorer does about a growing trace: follow, freeze, watch, a file that is lost; what it says."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from tracetui.events.sanitise import clean
from tracetui.tui import messages
from tracetui.tui.screens.parts import ExplorerParts
from tracetui.tui.widgets.events_pane import EventsPane
from tracetui.tui.widgets.overview import Overview
from tracetui.tui.widgets.title_bar import Headline, TailState, TitleBar

ENDED_SECONDS = 30.0
"""A trace to which nothing was added for so long is taken to be finished."""


class TailActions(ExplorerParts):
    """Keys and messages of the live tail, and the title that says how it is."""

    def __init__(self) -> None:
        super().__init__()
        self._title = Headline()
        self._lost = ""
        self._damage = ""
        self._index_note = ""
        self._origin_note = ""
        self._era_note = ""

    @on(messages.EventsExist)
    def _events_exist(self, message: messages.EventsExist) -> None:
        self._pane.take_events(message)
        if message.live and not self._pane.frozen:
            self._session.background.read()

    @on(messages.FileChanged)
    def _file_changed(self, message: messages.FileChanged) -> None:
        self._lost = _FILE_CHANGES.get(message.state, "")
        self._say()

    @on(messages.FailuresCounted)
    def _failures_counted(self, message: messages.FailuresCounted) -> None:
        self._pane.query_one(Overview).show_failures(message.spans)

    @on(messages.Indexed)
    def _indexed(self, message: messages.Indexed) -> None:
        self._index_note = "" if message.progress >= 1 else f"indexing {message.progress:.0%}"
        self._say()

    @on(messages.DamageFound)
    def _damage_found(self, message: messages.DamageFound) -> None:
        self._damage = message.text
        self._say()

    @on(EventsPane.Watched)
    def _watched(self, message: EventsPane.Watched) -> None:
        self.app.bell()
        events = "event matches" if message.count == 1 else "events match"
        self.app.notify(f"{message.count:,} new {events} the watch", timeout=4, markup=False)

    def action_follow(self) -> None:
        self._pane.set_following(not self._pane.follow.following)

    def action_freeze(self) -> None:
        self._pane.set_frozen(not self._pane.frozen)
        if not self._pane.frozen:
            self._session.background.read()
        self._say()

    async def action_watch(self) -> None:
        """Ask for an expression; an empty one ends the watch."""
        from tracetui.tui.widgets.prompt import Prompt

        def check(text: str) -> str:
            return self._filters.question(text.strip())[1]

        def watch(text: str) -> None:
            self._filters.watched = text.strip()
            question, _ = self._filters.question(self._filters.watched)
            self._pane.watch_for(question)
            self._say()

        hint = "a filter; rings when new events match, empty ends it"
        await Prompt("Watch for", hint, check, self._filters.watched).ask(self, watch)

    async def action_reload(self) -> None:
        await self._app.open_again(self._filters.stack.text)

    # What is said.

    def _say(self) -> None:
        panes = self.query("#events-pane")
        if panes:
            self._title = self._headline(self._pane)
            self._pane.show_overview()
            self._say_place()
            if self._bar is not None:
                self._bar.set_status(self._filters.status(self._pane.view))
        self.query_one(TitleBar).headline = self._title

    def _headline(self, pane: EventsPane) -> Headline:
        view, follow = pane.view, pane.follow
        era = self._title.era
        if self._era_note:
            era = f"{era.split(':')[0]}: {self._era_note}"
        notes = (self._lost, self._damage, self._filters.note, self._origin_note, self._index_note)
        return replace(
            self._title,
            shown=view.count,
            total=len(view.all),
            filtered=view.filtered,
            scanning=view.matches.scanning,
            tail=self._tail_state(pane),
            new=follow.missed,
            new_matching=pane.missed_matches if view.filtered else None,
            rate=follow.rate(),
            spark=follow.sparkline(),
            note=" · ".join(clean(note) for note in notes if note),
            era=era,
        )

    def _tail_state(self, pane: EventsPane) -> TailState:
        follow = pane.follow
        if self._lost and not self._lost.startswith("tables"):
            return TailState.LOST
        if pane.frozen:
            return TailState.FROZEN
        if follow.live and follow.quiet_seconds() > ENDED_SECONDS:
            return TailState.ENDED
        if follow.following:
            return TailState.FOLLOW
        return TailState.PAUSED if follow.live else TailState.STILL


_FILE_CHANGES = {
    "gone": "the file was removed; what was open stays readable",
    "replaced": "another file has taken its place: R opens it",
    "shrunk": "the file has become shorter: R opens it anew",
    "schema": "tables were added: R opens it anew with them",
}
