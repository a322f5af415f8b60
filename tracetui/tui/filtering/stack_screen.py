"""The dialog over the filter stack: see, turn on and off, edit, reorder, delete, save."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from tracetui.events import clean_value
from tracetui.tui.filtering.bar import FilterBar
from tracetui.tui.filtering.saving import ask_name
from tracetui.tui.filtering.stack import FilterStack, Mode
from tracetui.tui.keys import first_key
from tracetui.tui.widgets.virtual_list import VirtualList

MOST_ROWS = 12
MODE_STYLES = {Mode.HIDE: "accent", Mode.DIM: "dim", Mode.HIGHLIGHT: "warning"}


class StackList(VirtualList):
    """The filters of a stack, one a line: on or off, mode, expression."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.switch", "On/off", id="stack.toggle"),
        Binding("m", "screen.mode", "Mode", id="stack.mode"),
        Binding("enter,e", "screen.edit", "Edit", key_display="e", id="stack.edit"),
        Binding("a", "screen.add", "Add", id="stack.add"),
        Binding("d,delete", "screen.delete", "Delete", key_display="d", id="stack.delete"),
        Binding("J,shift+down", "screen.shift(1)", "Move", key_display="J/K", id="stack.down"),
        Binding("K,shift+up", "screen.shift(-1)", "Move up", show=False, id="stack.up"),
        Binding("s", "screen.save", "Save", id="stack.save"),
        Binding("z", "screen.suspend", "All off", id="stack.suspend"),
        Binding("escape,q", "screen.close", "Close", key_display="esc", id="stack.close"),
    ]

    def __init__(self, stack: FilterStack, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._stack = stack

    def show(self, stack: FilterStack) -> None:
        """Show ``stack``, with the cursor on its current filter."""
        self._stack = stack
        self.styles.height = min(max(len(stack.filters), 1), MOST_ROWS)
        self.set_count(len(stack.filters))
        self.select(stack.current)
        self.refresh()

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        one = self._stack.filters[index]
        effective = one.enabled and not self._stack.suspended
        faded = Style.null() if effective else self.component("dim")
        yield Segment(" ● " if effective else " ○ ", self.component("good") if effective else faded)
        yield Segment(f"{one.mode.value:<10}", self.component(MODE_STYLES[one.mode]) if effective else faded)
        yield Segment(set_cell_size(clean_value(one.text), max(width - 13, 0)), faded)

    def render_line(self, y: int) -> Strip:
        if self.count or y:
            return super().render_line(y)
        style = self.rich_style + self.component("dim")
        return Strip([Segment(" No filters; a adds one", style)]).adjust_cell_length(self.size.width, style)


class KeyLines(Widget):
    """Keys and what they do; one that does not fit stands on the next line."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: list[tuple[str, str]] = []

    def show(self, bindings: Iterable[BindingType]) -> None:
        self._keys = [
            (first_key(one), one.description) for one in bindings if isinstance(one, Binding) and one.show
        ]
        self.refresh(layout=True)

    def render(self) -> Text:
        return self._laid_out(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._laid_out(width).plain.count("\n") + 1

    def _laid_out(self, width: int) -> Text:
        text, used = Text(), 0
        for key, description in self._keys:
            needed = cell_len(f"{key} {description}")
            if used and used + 2 + needed > width:
                text.append("\n")
                used = 0
            elif used:
                text.append("  ")
                used += 2
            text.append(key, "bold").append(f" {description}")
            used += needed
        return text


class FilterStackScreen(ModalScreen[FilterStack]):
    """Shows a stack and returns it as it was left; every step is told at once, so the list can follow."""

    DEFAULT_CSS = """
    FilterStackScreen {
        align: center middle;
        background: $background 50%;

        & > #stack-box {
            width: 96%;
            max-width: 110;
            height: auto;
            border: round $primary;
            border-title-color: $text-primary;
            border-subtitle-color: $text-warning;
            background: $surface;
        }
        #stack-line { margin: 1 0 0 0; }
        #stack-keys { width: 100%; height: auto; background: $panel; padding: 0 1; }
    }
    """

    class Changed(Message):
        """The stack is another one now."""

        def __init__(self, stack: FilterStack) -> None:
            super().__init__()
            self.stack = stack

    def __init__(self, stack: FilterStack) -> None:
        super().__init__()
        self.stack = stack
        self._editing: int | None = None
        """Index of the filter in the line; one past the end while a new one is typed."""

    def compose(self) -> ComposeResult:
        with Vertical(id="stack-box"):
            yield StackList(self.stack, id="stack-list")
            yield FilterBar(id="stack-line")
            yield KeyLines(id="stack-keys")

    def on_mount(self) -> None:
        self.query_one("#stack-box").border_title = "Filters"
        self._bar.display = False
        self._show_keys(StackList)
        self._show()
        self._list.focus()

    # Keys on the list.

    def action_switch(self) -> None:
        self._become(self._picked.toggled(self._list.cursor))

    def action_mode(self) -> None:
        if self.stack.filters:
            index = self._list.cursor
            self._become(self._picked.changed(index, mode=self.stack.filters[index].mode.next))

    def action_edit(self) -> None:
        if self.stack.filters:
            self._edit(self._list.cursor)

    def action_add(self) -> None:
        self._edit(len(self.stack.filters))

    def action_delete(self) -> None:
        self._become(self._picked.removed(self._list.cursor))

    def action_shift(self, step: int) -> None:
        self._become(self._picked.moved(self._list.cursor, step))

    async def action_save(self) -> None:
        if self.stack.filters:
            await ask_name(self, self._picked.text)

    def action_suspend(self) -> None:
        self._become(self.stack.toggled_all())

    def action_close(self) -> None:
        self.dismiss(self._picked)

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        event.stop()
        self.stack = self.stack.picked(event.index)

    # The line under the list.

    def on_filter_bar_submitted(self, event: FilterBar.Submitted) -> None:
        event.stop()
        index = self._editing
        self._done()
        if index is None:
            return
        self._become(self.stack.picked(index).edited(event.text))

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        event.stop()

    def on_filter_bar_cancelled(self, event: FilterBar.Cancelled) -> None:
        event.stop()
        self._done()

    def _edit(self, index: int) -> None:
        self._editing = index
        self._bar.set_text(self.stack.picked(index).text)
        self._bar.display = True
        self._show_keys(FilterBar)
        self._bar.start()

    def _done(self) -> None:
        self._editing = None
        self._bar.display = False
        self._show_keys(StackList)
        self._list.focus()

    # Showing.

    @property
    def _bar(self) -> FilterBar:
        return self.query_one("#stack-line", FilterBar)

    @property
    def _list(self) -> StackList:
        return self.query_one("#stack-list", StackList)

    @property
    def _picked(self) -> FilterStack:
        """The stack with the filter under the cursor as its current one."""
        return self.stack.picked(self._list.cursor)

    def _become(self, stack: FilterStack) -> None:
        if stack != self.stack:
            self.stack = stack
            self._show()
            self.post_message(self.Changed(stack))

    def _show(self) -> None:
        stack = self.stack
        self._list.show(stack)
        box = self.query_one("#stack-box")
        box.border_subtitle = "all put aside – z brings them back" if stack.suspended else ""

    def _show_keys(self, owner: type[StackList] | type[FilterBar]) -> None:
        self.query_one("#stack-keys", KeyLines).show(owner.BINDINGS)
