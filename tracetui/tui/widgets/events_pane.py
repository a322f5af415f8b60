"""The event list with its header: which view it shows, how it follows, where searches lead."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from tracetui.tui.follow import Follow
from tracetui.tui.stepping import Step, Steps, reach
from tracetui.tui.view import Matches, View
from tracetui.tui.widgets.event_list import EventHeader, EventList, contains
from tracetui.tui.widgets.overview import Overview

if TYPE_CHECKING:
    from tracetui.annotations.book import Book
    from tracetui.tui.messages import EventsExist, Found, Opened, ScanFailed
    from tracetui.tui.question import Question
    from tracetui.tui.session import Session

DIM, HIGHLIGHT, SEARCH, FAILURES, WATCH = "dim", "highlight", "search", "failures", "watch"
ALIKE = "alike"
"""Roles of matches beside the view's own."""


class EventsPane(Vertical):
    """Owns the view and every set of matches; asks the session for them and never for rows of its own."""

    class Updated(Message):
        """Counts, follow state or a set of matches have changed."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, EventsPane.Updated)

    class Watched(Message):
        """New events match what is watched for."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.frozen = False
        """Whether the picture is held still; what happens meanwhile is shown afterwards."""
        self._held: list[EventsExist] = []
        self._found_when_paused = 0
        self.view = View(None, dense=False)
        self.follow = Follow()
        self.beside = {role: Matches(role) for role in (DIM, HIGHLIGHT, SEARCH, FAILURES, WATCH, ALIKE)}
        self._session: Session | None = None
        self.wrapped_to: int | None = None
        """The match that the last step reached past the end of the matches."""
        self._steps = Steps()
        self._stepped_from: int | None = None
        """The selected event when the last step was asked for or gone."""

    def compose(self) -> ComposeResult:
        yield EventHeader(id="header")
        with Horizontal(id="events-row"):
            yield EventList(id="events")
            yield Overview(id="overview")

    def on_mount(self) -> None:
        # At once, so that it is painted together with the list.
        self.watch(self.list, "scroll_y", self.show_overview, init=False)

    @property
    def list(self) -> EventList:
        return self.query_one("#events", EventList)

    # The trace.

    def open(self, opened: Opened, session: Session, *, following: bool, goto: int | None) -> None:
        """Show a trace from its beginning, its end or an event."""
        self._session = session
        self.view = View(opened.bounds, opened.dense)
        self.follow = Follow(following)
        self.list.show_trace(session.rows, has_pids=opened.has_pids, has_times=opened.has_times)
        self._show()
        if goto is not None:
            self.list.select_id(goto, by_user=True)

    def take_events(self, message: EventsExist) -> None:
        """Events exist, or were committed just now."""
        if self.frozen:
            self._held.append(message)
            self.follow.missed += sum(last - first + 1 for first, last in message.ranges if message.live)
            self._ask(self.beside[WATCH].catch_up(self._last_for(WATCH)))
            self.post_message(self.Updated())
            return
        changed = self.view.take_events(message)
        if message.live:
            if not self.follow.missed:
                self._found_when_paused = self.view.count
            self.follow.arrived(sum(last - first + 1 for first, last in message.ranges))
        if changed and not self.view.filtered:
            self._show()
        for matches in (self.view.matches, *self.beside.values()):
            self._ask(matches.catch_up(self.view.last))
        self.post_message(self.Updated())

    def take_found(self, found: Found) -> None:
        """Matches of the view or of something beside it."""
        matches = self.view.matches if found.role == self.view.matches.role else self.beside[found.role]
        if not matches.take(found):
            return
        if matches is self.view.matches:
            self._show()
        else:
            self._show_marks()
            if found.role == WATCH and len(found.ids):
                self.post_message(self.Watched(len(found.ids)))
            if found.role == self._steps.role:
                self._go_on()
        if found.done:
            self._ask(matches.catch_up(self._last_for(found.role)))
        self.post_message(self.Updated())

    def _last_for(self, role: str) -> int:
        """Up to which event matches are sought: a watch goes on behind a frozen picture."""
        return self._held[-1].last if self._held and role == WATCH else self.view.last

    def take_failure(self, failed: ScanFailed) -> bool:
        """A scan gave up; false where nobody waits for it any more."""
        matches = self.view.matches if failed.role == self.view.matches.role else self.beside[failed.role]
        current = matches.fail(failed.generation)
        if current and matches is self.view.matches:
            self._show()
        self.post_message(self.Updated())
        return current

    # What is asked of it.

    def apply(self, question: Question | None) -> None:
        """Show the events that match, or all; the selected one stays where it is."""
        anchor = self.list.selected_id
        self._ask(self.view.matches.apply(question, anchor if anchor is not None else self.view.last))
        if question is None:
            self._show()
        self.post_message(self.Updated())

    def mark(self, role: str, question: Question | None, step: int = 0, start: int | None = None) -> None:
        """Dim what does not match, or highlight or search what does.

        ``step`` goes to the next or previous match; with ``start``, from that event on, itself included.
        """
        matches = self.beside[role]
        self._steps.begin(role, Step(step, start) if step else None)
        self._stepped_from = self.list.selected_id
        current = self.list.current_id if start is None else start
        was_active = matches.active
        request = matches.apply(question, current if current is not None else self.view.last)
        if request is None and was_active:
            self._show_marks()
        self._ask(request)
        self.post_message(self.Updated())

    def step(self, role: str, step: int) -> None:
        """Go to the next or previous match that the view shows, round the ends.

        Where that match has not been found yet, it is gone to when it is, and steps after it wait with it.
        """
        self._go_on()
        self._steps.add(role, Step(step))
        self._stepped_from = self.list.selected_id
        self._go_on()

    def _go_on(self) -> None:
        """Go the steps whose matches are there; none where the user has gone elsewhere meanwhile."""
        events, matches = self.list, self.beside.get(self._steps.role)
        if events.selected_id != self._stepped_from and not self.follow.following:
            self._steps.give_up()
        while (step := self._steps.next) is not None and matches is not None:
            current = events.current_id
            reached = reach(step, matches, 0 if current is None else current)
            if reached is None:
                return
            self._steps.gone()
            if reached.event_id is not None:
                self.wrapped_to = reached.event_id if reached.wrapped else None
                events.select_id(reached.event_id, by_user=True)
                self._stepped_from = events.selected_id

    def place(self, role: str) -> tuple[int | None, int, bool]:
        """(place of the cursor among the matches from 1, number of matches, whether more may come)."""
        matches = self.beside[role]
        found, current = matches.shown, self.list.current_id
        if found is None or current is None:
            return None, matches.found, matches.scanning
        index = found.position(current)
        here = list(found.ids(index, index + 1)) == [current]
        return (index + 1 if here else None), len(found), matches.scanning

    def set_following(self, following: bool) -> None:
        """Follow the end of the trace, or stay."""
        self.follow.set(following)
        if following:
            self.list.select(self.list.count - 1, by_user=True)
        self.post_message(self.Updated())

    def set_frozen(self, frozen: bool) -> None:
        """Hold the picture still, or show all that happened meanwhile."""
        self.frozen = frozen
        if not frozen:
            held, self._held = self._held, []
            self.follow.missed = 0
            for message in held:
                self.take_events(message)

    @property
    def missed_matches(self) -> int:
        """New events that match the filter, since the list stopped following."""
        return max(self.view.count - self._found_when_paused, 0) if self.follow.missed else 0

    def watch_for(self, question: Question | None) -> None:
        """Tell of new events that match, and mark them; of those that come from now on."""
        self.beside[WATCH].expect(question, self.view.last)
        self._show_marks()

    # Inside.

    def show_overview(self) -> None:
        """Bring the strip beside the list up to date."""
        events = self.list
        top = events.id_at(events.top)
        bottom = events.id_at(min(events.top + events.page_height, events.count) - 1)
        visible = (top, bottom) if top is not None and bottom is not None else (0, 0)
        hits = self.beside[SEARCH].shown or self.beside[WATCH].shown
        self.query_one(Overview).show(self.view.all, self.view.shown, hits, visible)

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_overview)

    @on(Overview.Jumped)
    def _jumped(self, message: Overview.Jumped) -> None:
        message.stop()
        self.list.select_id(message.event_id, by_user=True)

    def annotate(self, book: Book) -> None:
        """Show what is annotated, in the list and on the strip beside it."""
        self.list.annotate(book)
        self.query_one(Overview).show_marks(book.marks)

    def next_annotated(self, book: Book, step: int) -> int | None:
        """The next (previous) annotated event that the list holds, round the ends, if there is one."""
        current, positions = self.list.current_id, self.list.positions
        if current is None:
            return None
        onward = book.after(current) if step > 0 else book.before(current)
        around = book.event_ids if step > 0 else reversed(book.event_ids)
        return next((event_id for event_id in chain(onward, around) if contains(positions, event_id)), None)

    def _show_marks(self) -> None:
        beside = self.beside
        self.list.dim_others = beside[DIM].shown
        self.list.highlighted = beside[SEARCH].shown or beside[HIGHLIGHT].shown or beside[WATCH].shown
        self.list.refresh()

    def _ask(self, request: object) -> None:
        if request is not None and self._session is not None:
            self._session.fill(request)  # type: ignore[arg-type]

    def _show(self) -> None:
        self.list.empty_text = self._why_empty()
        self.list.show_view(self.view.shown)
        if self.follow.following:
            self.list.follow_end()

    def _why_empty(self) -> str:
        if not len(self.view.all):
            return "no events yet"
        return "looking…" if self.view.matches.scanning else "no event matches"

    @on(EventList.Fitted)
    def _fitted(self, message: EventList.Fitted) -> None:
        message.stop()
        self.query_one(EventHeader).fit(message.columns)

    @on(EventList.Selected)
    def _selected(self, message: EventList.Selected) -> None:
        if message.by_user:
            self.follow.moved(at_end=message.at_end)
            self.post_message(self.Updated())
