"""The list of events: a view, the rows that are visible, and a selected event that stays selected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tracetui.annotations.book import EMPTY
from tracetui.trace.positions import IdRuns, Positions
from tracetui.tui.columns import Columns, clock, fill, fill_left, short_process
from tracetui.tui.rows import Row, RowCache
from tracetui.tui.signs import sign_of
from tracetui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from rich.style import Style

    from tracetui.annotations.book import Book

PATIENCE = 0.012
"""Seconds that a paint waits for rows; longer, and placeholders are painted first."""


class FlushMap(Protocol):
    """Where flushes begin."""

    def begins_at(self, event_id: int) -> bool: ...


class EventList(VirtualList):
    """Shows a :class:`Positions` of any length; knows rows only by id."""

    HELP = """\
# Events

One line an event, in the order of ids. `✗` marks failures, `┌` the first event of a flush of the logger; a
letter is your mark, `✎` your note, `#` your tag.

`?` as result: the logger did not record one.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Details", show=False, id="events.details"),
    ]

    class Selected(Message):
        """Another event is selected."""

        def __init__(self, event_id: int | None, by_user: bool, at_end: bool) -> None:
            super().__init__()
            self.event_id = event_id
            self.by_user = by_user
            self.at_end = at_end
            """Whether it was the last when it was selected; there may be later ones by now."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, EventList.Selected) and not self.by_user

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._positions: Positions = IdRuns()
        self._rows: RowCache | None = None
        self._columns = Columns.fit(80, last_id=0, has_pids=False, has_times=False)
        self._features = (False, False)
        self._last_id = 0
        self.flushes: FlushMap | None = None
        self._book = EMPTY
        self._expects_annotations = False
        self.dim_others: Positions | None = None
        """Events outside of this are painted dim (ghost mode)."""
        self.highlighted: Positions | None = None
        """Events in this are painted on a coloured ground."""
        self.selected_id: int | None = None
        """The event that the user chose; kept while a filter hides it."""
        self._told_id: int | None = None
        self._left_end = False
        """Whether the user has gone to another event than the last, though nobody may know of it yet."""
        self._incomplete = False
        self._pinned_row: int | None = None
        """Line of the screen that the selected event keeps while views come and go."""

    # The view.

    @property
    def positions(self) -> Positions:
        return self._positions

    @property
    def columns(self) -> Columns:
        """Current column widths, for the header."""
        return self._columns

    def show_trace(self, rows: RowCache, *, has_pids: bool, has_times: bool) -> None:
        """Take rows from ``rows`` from now on."""
        self._rows = rows
        self._features = (has_pids, has_times)
        self._fit()

    def show_view(self, positions: Positions) -> None:
        """Show another view; the selected event stays where it is on the screen, or its nearest does."""
        self._positions = positions
        self.view_grew()

    def select_id(self, event_id: int, *, by_user: bool = False) -> None:
        """Select an event, or the nearest one of the view."""
        self.selected_id = event_id
        if self.count:
            middle = self.page_height // 2
            index = min(self._positions.position(event_id), self.count - 1)
            visible = self.top <= index < self.top + self.page_height
            self.select(index, row=None if visible else middle, by_user=by_user)

    def follow_end(self) -> None:
        """Select the last event, as the newest of a growing trace; unless the user has just left the end."""
        if self.count and not self._left_end:
            self._pinned_row = None
            self.selected_id = self.id_at(self.count - 1)
            self.select(self.count - 1)

    def id_at(self, index: int) -> int | None:
        """Id of the event on a line."""
        found = self._positions.ids(index, index + 1)
        return found[0] if len(found) else None

    def row_at_cursor(self) -> Row | None:
        """The row under the cursor, where it has been loaded."""
        current = self.current_id
        return self._rows.get(current) if self._rows is not None and current is not None else None

    @property
    def current_id(self) -> int | None:
        """Id of the event under the cursor; the nearest to ``selected_id`` that the view has."""
        return self.id_at(self.cursor) if self.count else None

    def expect_annotations(self, expected: bool) -> None:
        """Keep room for signs that are still being read, so that nothing moves when they come."""
        self._expects_annotations = expected

    def annotate(self, book: Book) -> None:
        """Show signs on annotated events; a column of their own for them, where there are any."""
        self._book, self._expects_annotations = book, False
        self._fit()
        self.refresh()

    @property
    def _has_signs(self) -> bool:
        return bool(self._book) or self._expects_annotations

    def view_grew(self) -> None:
        """The current view has more events, at either end."""
        if self._pinned_row is None:
            self._pinned_row = self.cursor - self.top
        row = self._pinned_row
        count = len(self._positions)
        wanted = self.selected_id
        self.set_count(count)
        self._fit()
        if not count:
            self.refresh()
            return
        index = self.cursor if wanted is None else min(self._positions.position(wanted), count - 1)
        self.select(index, row=min(max(row, 0), self.page_height - 1))
        self.refresh()

    def _fit(self) -> None:
        last = self._positions.ids(len(self._positions) - 1, len(self._positions))
        self._last_id = max(last[0] if len(last) else 0, self._last_id)
        pids, times = self._features
        # Before the first layout: the whole screen but for the overview, so that the first paint is the last.
        width = self.scrollable_content_region.width or self.size.width or self.app.size.width - 1
        columns = Columns.fit(
            width, last_id=self._last_id, has_pids=pids, has_times=times, has_annotations=self._has_signs
        )
        if columns != self._columns:
            self._columns = columns
            self.refresh()
            self.post_message(self.Fitted(columns))

    class Fitted(Message):
        """The columns have other widths."""

        def __init__(self, columns: Columns) -> None:
            super().__init__()
            self.columns = columns

    def select(self, index: int, *, row: int | None = None, by_user: bool = False) -> None:
        super().select(index, row=row, by_user=by_user)
        at_end = self.cursor >= self.count - 1
        if by_user:
            self._pinned_row = None
            self._left_end = not at_end
        current = self.current_id
        if by_user or self.selected_id is None:
            self.selected_id = current
        if by_user or current != self._told_id:
            self._told_id = current
            self.post_message(self.Selected(current, by_user, at_end))

    def on_resize(self, event: object) -> None:
        super().on_resize(event)  # type: ignore[arg-type]
        self._fit()

    # Painting.

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._rows is not None:
            self._rows.want(self._positions.ids(self.top, self.top + self.size.height), wait=PATIENCE)
            if self._rows.lacking(self._around()):
                self.call_after_refresh(self._prepare)
        return super().render_lines(crop)

    def _around(self) -> list[int]:
        """The pages below and above."""
        top, height = self.top, self.size.height
        return [*self._positions.ids(top + height, top + 2 * height), *self._positions.ids(top - height, top)]

    def _prepare(self) -> None:
        """Ask for the pages around the one that has been painted; sooner, they would hold it up."""
        if self._rows is not None and not self._incomplete:
            self._rows.ask(self._rows.lacking(self._around()))

    def rows_ready(self) -> None:
        """Rows have arrived: paint again where placeholders stand."""
        if self._incomplete:
            # Not where lines are painted: those that are not dirty come from a cache.
            self._incomplete = False
            self.refresh()

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        event_id = self.id_at(index)
        if event_id is None:
            return
        columns = self._columns
        dim = self.component("dim")
        row = self._rows.get(event_id) if self._rows is not None else None
        if self._has_signs:
            yield Segment(sign_of(self._book[event_id]), self.component("good"))
        begins = self.flushes is not None and self.flushes.begins_at(event_id)
        yield Segment("┌" if begins else " ", self.component("accent"))
        if row is None:
            self._incomplete = True
            yield Segment(f"  {fill_left(str(event_id), columns.event_id)} …", dim)
            return
        yield Segment("✗" if row.failed else " ", self.component("failure"))
        faded = dim if self.dim_others is not None and not contains(self.dim_others, event_id) else None
        marked = self.highlighted is not None and contains(self.highlighted, event_id)
        name = None if selected else self.component("name")
        yield from self._cells(row, name, faded, self.component("match") if marked else None)

    def _cells(
        self, row: Row, name_style: Style | None, faded: Style | None, ground: Style | None
    ) -> Iterable[Segment]:
        columns = self._columns
        dim, plain = self.component("dim"), faded
        if ground is not None:
            plain = ground if plain is None else plain + ground
        yield Segment(fill_left(str(row.id), columns.event_id) + " ", dim)
        if columns.time:
            yield Segment(fill(clock(row.ts), columns.time) + " ", dim)
        if columns.tag:
            yield Segment(fill(row.tag, columns.tag) + " ", faded or self._tag_style(row))
        if columns.pid:
            yield Segment(fill_left("" if row.pid is None else str(row.pid), columns.pid) + " ", dim)
        if columns.process:
            shown = short_process(row.process, columns.process)
            yield Segment(fill(shown, columns.process) + " ", faded or self.component("accent"))
        name, bracket, rest = row.text.partition("(")
        if row.type == "syscall" and bracket and len(name) < columns.text:
            yield Segment(name, plain or name_style)
            yield Segment(fill(bracket + rest, columns.text - len(name)), plain)
        else:
            yield Segment(fill(row.text, columns.text), plain)
        result = fill_left(row.result, columns.result)
        yield Segment(" " + result, faded or (self.component("failure") if row.failed else None))

    def _tag_style(self, row: Row) -> Style:
        return self.component(_TAG_STYLES.get(row.type, "dim"))


_TAG_STYLES = {
    "exec": "warning",
    "proc_start": "good",
    "proc_exit": "warning",
    "write": "mark",
    "read": "mark",
}


def contains(positions: Positions, event_id: int) -> bool:
    """Whether an event is one of a view."""
    index = positions.position(event_id)
    found = positions.ids(index, index + 1)
    return bool(len(found)) and found[0] == event_id


class EventHeader(Widget):
    """Column titles, aligned with the list below."""

    DEFAULT_CSS = """
    EventHeader { height: 1; background: $panel; color: $foreground 70%; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns: Columns | None = None

    def fit(self, columns: Columns) -> None:
        """Take over the widths of the list."""
        self._columns = columns
        self.refresh()

    def render_line(self, y: int) -> Strip:
        columns = self._columns
        style = self.rich_style
        if columns is None:
            return Strip.blank(self.size.width, style)
        titles = [
            (columns.event_id, "id", fill_left),
            (columns.time, "time", fill),
            (columns.tag, "type", fill),
            (columns.pid, "pid", fill_left),
            (columns.process, "process", fill),
            (columns.text, "event", fill),
            (columns.result, "result", fill_left),
        ]
        text = " " * columns.gutter + " ".join(align(title, width) for width, title, align in titles if width)
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)
