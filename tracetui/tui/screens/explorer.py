"""The explorer: event list, process tree, detail pane, filter line; what connects them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tracetui.tui import messages
from tracetui.tui.clipboard import copy
from tracetui.tui.follow import starts_at_end
from tracetui.tui.options import Options
from tracetui.tui.screens.annotation_actions import AnnotationActions
from tracetui.tui.screens.filter_actions import FilterActions
from tracetui.tui.screens.keys import KEYS
from tracetui.tui.screens.search_actions import SearchActions
from tracetui.tui.screens.tail_actions import TailActions
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.events_pane import SEARCH, EventsPane
from tracetui.tui.widgets.key_bar import KeyBar
from tracetui.tui.widgets.title_bar import Headline, TailState, TitleBar
from tracetui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from tracetui.tui.detail.pane import DetailPane
    from tracetui.tui.widgets.process_tree import TreeLines

DETAIL_SECONDS = 0.05
"""How long the cursor rests on an event before its details are loaded."""


_AT_ANY_TIME = frozenset({"quit"})


class Explorer(FilterActions, SearchActions, AnnotationActions, TailActions):
    """Wires the panes to the session; each pane keeps its own state."""

    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._options = options
        self._title = Headline(trace=_shown_name(options), note="opening…")
        self._detail_of: int | None = None
        self._may_recover = False
        self._built = False

    # Layout.

    def compose(self) -> ComposeResult:
        # The rest is mounted with the trace: each early layout of it would delay the first events.
        yield TitleBar(id="title")
        yield Static(Content("opening…"), id="opening")

    def on_mount(self) -> None:
        self._say()

    async def _build(self) -> None:
        """Mount what shows the first events; the other panes come after the first paint."""
        await self.query_one("#opening").remove()
        pane = EventsPane(id="events-pane")
        await self.mount(
            Widget(Vertical(pane, id="main"), id="body"),
            Static(id="message", classes="-hidden"),
            KeyBar(id="keys"),
        )
        pane.list.focus()
        self._built = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until a trace is shown, keys have nothing to act on, however long it is waited for."""
        return self._built or action in _AT_ANY_TIME

    async def _after_first_paint(self) -> None:
        from tracetui.tui.filtering import FilterBar

        app, options = self._app, self._options
        app.opened()
        assert app.session is not None
        app.session.background.read()
        app.session.annotations.start()
        bar = FilterBar(hint="f filters, / searches, ? helps", known=self._filters.surroundings, id="filter")
        await self.mount(bar, before="#keys")
        if options.filter:
            bar.set_text(options.filter)
            self._filters.edit(options.filter)
            self._apply_filters()
        if "-wide" in self.classes:
            await self._show_detail(True)
            await self._show_tree(True)
            self._pane.list.focus()
        self.set_interval(1.0, self._say)
        self._say()
        app.session.background.warm_up()

    # The trace.

    @on(messages.Opened)
    async def _opened(self, message: messages.Opened) -> None:
        from tracetui.events.sanitise import clean

        session = self._app.session
        assert session is not None
        following = starts_at_end(message.path, self._options.follow)
        self._filters.schema = message.schema
        self._title = replace(self._title, trace=clean(message.path.name), era=message.era.title, note="")
        self._origin_note = message.sentence
        with self.app.batch_update():
            await self._build()
            self._pane.list.expect_annotations(session.annotations.expected)
            self._pane.open(message, session, following=following, goto=self._options.goto)
        self._say()
        self.call_after_refresh(self._after_first_paint)

    @on(messages.OpenFailed)
    def _open_failed(self, message: messages.OpenFailed) -> None:
        # Rich's text is wrapped when it is printed; Textual's own content is cut at the width of the screen.
        self.app.exit(3, return_code=3, message=Text(f"tracetui: {message.error}"))

    @on(messages.Preparing)
    def _preparing(self, message: messages.Preparing) -> None:
        share = f"{message.done / message.total:.0%}" if message.total else f"{message.done / 1e6:,.0f} MB"
        for text in self.query("#opening").results(Static):
            text.update(Content(f"making a copy that can be read: {share}"))

    @on(messages.RecoveryOffered)
    def _recovery_offered(self, message: messages.RecoveryOffered) -> None:
        text = f"{message.text}\n\n⏎ opens a recovered copy; the file itself is never touched.   q quits."
        self.query_one("#opening", Static).update(Content(text))
        self._may_recover = True

    def key_enter(self) -> None:
        if self._may_recover:
            self._may_recover = False
            self.query_one("#opening", Static).update(Content("recovering…"))
            self._app.recover()

    @on(messages.Waiting)
    def _waiting(self, message: messages.Waiting) -> None:
        self._title = replace(self._title, note="", tail=TailState.WAITING)
        self.query_one(TitleBar).headline = self._title
        self.query_one("#opening", Static).update(Content(f"waiting: {message.reason}"))

    @on(messages.RowsReady)
    def _rows_ready(self) -> None:
        self._pane.list.rows_ready()

    @on(messages.Found)
    def _found(self, message: messages.Found) -> None:
        self._pane.take_found(message)
        if message.done:
            self._count_missing()

    @on(messages.ScanFailed)
    def _scan_failed(self, message: messages.ScanFailed) -> None:
        if self._pane.take_failure(message):
            self._notice(message.text)

    @on(messages.ReadFailed)
    def _read_failed(self, message: messages.ReadFailed) -> None:
        self._notice(message.text)

    @on(messages.ReadAgain)
    def _read_again(self, message: messages.ReadAgain) -> None:
        self._withdraw(message.failure)

    @on(messages.FlushesFound)
    def _flushes_found(self, message: messages.FlushesFound) -> None:
        self._pane.list.flushes = message.flushes
        self._pane.list.refresh()
        count = len(message.flushes)
        self._era_note = f"{count:,} flush{'' if count == 1 else 'es'}: ids by type in each" if count else ""
        self._say()

    @on(messages.TreeReady)
    def _tree_ready(self, message: messages.TreeReady) -> None:
        self._filters.forest = message.forest
        if self._tree is not None:
            self._tree.show(message.forest)
        if self._filters.needs_processes:
            self._filters.ask_again()
            self._apply_filters()

    @on(messages.DetailReady)
    def _detail_ready(self, message: messages.DetailReady) -> None:
        if message.event_id != self._pane.list.current_id:
            return
        self._filters.selected = message.record
        self._detail_of = message.event_id
        if self._detail is not None:
            self._detail.show(message.record, message.linked)

    # The list.

    @on(EventsPane.Updated)
    def _updated(self) -> None:
        self._say()

    @on(EventList.Selected)
    def _selected(self, message: EventList.Selected) -> None:
        self.set_timer(DETAIL_SECONDS, lambda: self._load_detail(message.event_id))

    def _load_detail(self, event_id: int | None) -> None:
        session = self._app.session
        if session is None or event_id is None or event_id != self._pane.list.current_id:
            return
        if event_id != self._detail_of:
            session.detail(event_id)

    @on(VirtualList.Chosen, "#events")
    async def _chosen(self) -> None:
        await self._show_detail(True)

    def action_copy(self) -> None:
        row = self._pane.list.row_at_cursor()
        if row is not None:
            result = f" = {row.result}" if row.result else ""
            copy(self.app, f"{row.id} ({row.process}) {row.text}{result}", "1 event")

    def action_copy_json(self) -> None:
        from tracetui.tui.export import event_json

        record, schema = self._filters.selected, self._filters.schema
        if record is not None and schema is not None:
            copy(self.app, event_json(record, schema), "1 event as JSON")

    # Panes.

    async def action_tree(self) -> None:
        tree = self._tree
        if tree is None or not tree.display:
            await self._show_tree(True)
            if self._tree is not None:
                self._tree.lines.focus()
        elif tree.lines.has_focus:
            await self._show_tree(False)
            self._pane.list.focus()
        else:
            tree.lines.focus()

    async def action_detail(self) -> None:
        detail = self._detail
        await self._show_detail(detail is None or not detail.display)
        self._pane.list.focus()

    async def _show_detail(self, shown: bool) -> None:
        if self._detail is None:
            from tracetui.tui.detail.pane import DetailPane

            await self.query_one("#main").mount(DetailPane(id="detail"))
        detail = self._detail
        if detail is None:
            # Nothing is mounted any more: the user quits.
            return
        detail.display = shown
        if shown:
            detail.annotate(self._filters.book)
            detail.show(self._filters.selected)
            self._detail_of = None
            self._load_detail(self._pane.list.current_id)

    async def _show_tree(self, shown: bool) -> None:
        if self._tree is None:
            from tracetui.tui.widgets.process_tree import ProcessTree

            await self.query_one("#body").mount(ProcessTree(id="tree"), before="#main")
        tree = self._tree
        if tree is None:
            return
        tree.display = shown
        if not shown:
            return
        if self._filters.forest is not None:
            tree.show(self._filters.forest)
        self._session.background.read_tree()

    def on_tree_lines_scoped(self, message: TreeLines.Scoped) -> None:
        self._filters.scope = message.scope
        self._apply_filters()

    def on_detail_pane_copy_requested(self, message: DetailPane.CopyRequested) -> None:
        copy(self.app, message.text, "the value")

    def action_back(self) -> None:
        """One step outwards."""
        pane = self._pane
        if not pane.list.has_focus:
            pane.list.focus()
        elif pane.beside[SEARCH].active:
            self._end_search()
        elif self._filters.scope is not None:
            self._filters.scope = None
            if self._tree is not None:
                self._tree.lines.forget_scope()
            self._apply_filters()

    def action_quit(self) -> None:
        self.app.exit(0)


def _shown_name(options: Options) -> str:
    from tracetui.events.sanitise import clean

    return clean(str(options.trace or "tracetui"))
