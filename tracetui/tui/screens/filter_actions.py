"""What the explorer does about filters: the line, the stack, pointing, what a missing field hid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tracetui.annotations.book import KINDS
from tracetui.tui import messages
from tracetui.tui.pointing import Point
from tracetui.tui.screens.parts import ExplorerParts

if TYPE_CHECKING:
    from tracetui.tui.filtering import FilterBar, FilterStack, FilterStackScreen
    from tracetui.tui.screens.frequency import Drilled
    from tracetui.tui.screens.point_menu import Pointed
    from tracetui.tui.widgets.overview import Overview


class FilterActions(ExplorerParts):
    """Keys and messages that change what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._censused: set[str] = set()
        """Fields whose values have been counted, or are being counted."""
        self._counted_field = "name"
        self._former: list[FilterStack] = []
        """Stacks of before values were gone into."""

    def action_filter(self) -> None:
        if self._bar is not None:
            self._censused.clear()
            self._bar.start()

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        self._filters.edit(message.text)
        self._apply_filters()

    def on_filter_bar_submitted(self, message: FilterBar.Submitted) -> None:
        self._pane.list.focus()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        self._filters.edit(message.text)
        self._apply_filters()
        self._pane.list.focus()

    def on_filter_bar_values_wanted(self, message: FilterBar.ValuesWanted) -> None:
        if message.field in KINDS and self._bar is not None:
            self._bar.offer_values(message.field, self._filters.book.counts(message.field))
        elif message.field not in self._censused:
            self._censused.add(message.field)
            self._session.background.count_values(message.field)

    @on(messages.ValuesCounted)
    def _values_counted(self, message: messages.ValuesCounted) -> None:
        from tracetui.tui.screens.frequency import Count, FrequencyScreen

        screen = self.app.screen
        if isinstance(screen, FrequencyScreen):
            counts = [Count(*entry) for entry in message.values]
            screen.take(message.field, counts, message.distinct, message.complete)
        elif self._bar is not None and message.under is None:
            self._bar.offer_values(message.field, [entry[:2] for entry in message.values])
        if not message.complete or message.under is not None:
            self._censused.discard(message.field)

    def action_frequency(self) -> None:
        """Count the values of a field among the events shown."""
        from tracetui.tui.screens.frequency import FrequencyScreen

        shown = self._filters.shown_filter
        question, _ = self._filters.question(shown)

        def count(field: str) -> None:
            self._counted_field = field
            self._session.background.count_values(field, question)

        self.app.push_screen(FrequencyScreen(self._counted_field, shown, count), self._drilled)

    def _drilled(self, drilled: Drilled | None) -> None:
        """Add the chosen value to the filter; Backspace takes it away again."""
        if drilled is None:
            return
        self._former.append(self._filters.stack)
        how = "exclude" if drilled.negated else "and"
        self._filters.point(how, Point("", drilled.field, drilled.value))
        self._show_filter_text()
        self._apply_filters()

    def action_connections(self) -> None:
        """Put the network flows among the events shown together to connections."""
        from tracetui.tui.screens.connections import ConnectionsScreen

        shown = self._filters.shown_filter
        question, _ = self._filters.question(shown)

        def find() -> None:
            self._session.background.find_connections(question)

        self.app.push_screen(ConnectionsScreen(shown, find), self._connection_chosen)

    @on(messages.ConnectionsFound)
    def _connections_found(self, message: messages.ConnectionsFound) -> None:
        from tracetui.tui.screens.connections import ConnectionsScreen

        screen = self.app.screen
        if isinstance(screen, ConnectionsScreen):
            screen.take(message.connections, message.complete)

    def _connection_chosen(self, expression: str | None) -> None:
        """Show only the flows of the chosen connection; Backspace takes that away again."""
        if expression is None:
            return
        self._former.append(self._filters.stack)
        self._filters.add(expression)
        self._show_filter_text()
        self._apply_filters()

    def on_overview_range_chosen(self, message: Overview.RangeChosen) -> None:
        self._former.append(self._filters.stack)
        self._filters.narrow(message.first, message.last)
        self._show_filter_text()
        self._apply_filters()

    def action_undrill(self) -> None:
        """Back to the filter before the last value was gone into."""
        if self._former:
            self._filters.stack = self._former.pop()
            self._show_filter_text()
            self._apply_filters()

    def action_stack(self) -> None:
        from tracetui.tui.filtering import FilterStackScreen

        self.app.push_screen(FilterStackScreen(self._filters.stack), self._stack_left)

    def on_filter_stack_screen_changed(self, message: FilterStackScreen.Changed) -> None:
        message.stop()
        self._stack_left(message.stack)

    def _stack_left(self, stack: object) -> None:
        from tracetui.tui.filtering import FilterStack

        if isinstance(stack, FilterStack):
            self._filters.stack = stack
            self._show_filter_text()
            self._apply_filters()

    def action_suspend(self) -> None:
        self._filters.stack = self._filters.stack.toggled_all()
        self._apply_filters()

    def action_include(self) -> None:
        text = self._filters.including_missing()
        if text is not None:
            self._filters.edit(text)
            self._show_filter_text()
            self._apply_filters()

    def action_point(self) -> None:
        from tracetui.tui.pointing import points
        from tracetui.tui.screens.point_menu import PointMenu

        detail = self._detail
        record = self._filters.selected
        point = detail.point() if detail is not None and detail.has_focus else None
        offered = [point] if point is not None else points(record) if record is not None else []
        if offered:
            self.app.push_screen(PointMenu(offered), self._pointed)

    def _pointed(self, pointed: Pointed | None) -> None:
        if pointed is not None:
            self._filters.point(pointed.how, pointed.point)
            self._show_filter_text()
            self._apply_filters()

    def _show_filter_text(self) -> None:
        if self._bar is not None:
            self._bar.set_text(self._filters.stack.text)

    def _apply_filters(self) -> None:
        """Compile what is on and hand it to the list; what cannot be applied says why."""
        problem = self._filters.apply(self._pane)
        if self._filters.needs_processes:
            self._session.background.read_tree()
        self._notice(problem)
        self._say()

    def _count_missing(self) -> None:
        """Ask how many events a negated comparison left out for lack of the field."""
        if self._pane.view.matches.scanning:
            return
        request = self._filters.missing_request()
        if request is not None:
            self._session.background.count(request)

    @on(messages.Counted)
    def _counted(self, message: messages.Counted) -> None:
        self._filters.take_count(message.generation, message.count)
        self._say()
