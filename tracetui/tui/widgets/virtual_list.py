"""A list of any number of lines that only ever touches the visible ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tracetui.tui.widgets.shades import shade


class VirtualList(ScrollView, can_focus=True):
    """Base of the event list, the process tree and the detail pane.

    A subclass says how many lines there are (:meth:`set_count`) and renders one (:meth:`render_row`).
    The cursor is a line index; it is always inside the list, or 0 where the list is empty.
    """

    DEFAULT_CSS = """
    VirtualList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;

        & > .list--cursor { background: $primary 45%; text-style: bold; }
        & > .list--cursor-blurred { background: $primary 22%; }
        & > .list--dim { color: $foreground 60%; }
        & > .list--failure { color: $text-error; }
        & > .list--warning { color: $text-warning; }
        & > .list--good { color: $text-success; }
        & > .list--accent { color: $text-accent; }
        & > .list--name { color: $text-primary; }
        & > .list--match { background: $warning 40%; }
        & > .list--mark { color: $text-secondary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "list--cursor",
        "list--cursor-blurred",
        "list--dim",
        "list--failure",
        "list--warning",
        "list--good",
        "list--accent",
        "list--name",
        "list--match",
        "list--mark",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown,ctrl+f,space", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="list.half_up"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="list.half_down"),
        Binding("home,g", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the selected line."""

    empty_text: reactive[str] = reactive("")
    """What an empty list says."""

    class Highlighted(Message):
        """The cursor is on another line, or the line under it has changed."""

        def __init__(self, sender: VirtualList, index: int, moved_by_user: bool) -> None:
            super().__init__()
            self.list = sender
            self.index = index
            self.moved_by_user = moved_by_user

        @property
        def control(self) -> VirtualList:
            return self.list

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, VirtualList.Highlighted) and message.list is self.list

    class Chosen(Message):
        """Enter or a double click on a line."""

        def __init__(self, sender: VirtualList, index: int) -> None:
            super().__init__()
            self.list = sender
            self.index = index

        @property
        def control(self) -> VirtualList:
            return self.list

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._count = 0
        self._styles: dict[str, Style] = {}
        self._base = Style()
        self._scrolled: tuple[Size, Size] | None = None
        """Sizes, visible and in all, that the scroll bar was last painted for."""

    # For subclasses.

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        """Segments of line ``index``; they are cut or filled to ``width`` cells."""
        raise NotImplementedError

    def set_count(self, count: int) -> None:
        """Say how many lines there are. Costs a layout, so at most a few times a second."""
        self._count = count
        width = self.scrollable_content_region.width or self.size.width
        if self.virtual_size != Size(width, count):
            self.virtual_size = Size(width, count)
        self.cursor = min(self.cursor, max(count - 1, 0))

    def component(self, name: str) -> Style:
        """Colours of a component class, without a background of its own where it has none."""
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = shade(self, f"list--{name}")
        return style

    @property
    def count(self) -> int:
        return self._count

    @property
    def page_height(self) -> int:
        """Visible lines."""
        return max(self.scrollable_content_region.height, 1)

    @property
    def top(self) -> int:
        """Index of the first visible line."""
        return int(self.scroll_offset.y)

    def show_line(self, index: int, row: int | None = None) -> None:
        """Scroll so that ``index`` is visible; with ``row``, exactly on that line of the screen."""
        if row is not None:
            target = index - row
        elif index < self.top:
            target = index
        elif index >= self.top + self.page_height:
            target = index - self.page_height + 1
        else:
            return
        limit = max(self._count - self.page_height, 0)
        self.scroll_to(y=min(max(target, 0), limit), animate=False, force=True, immediate=True)

    def select(self, index: int, *, row: int | None = None, by_user: bool = False) -> None:
        """Move the cursor to ``index`` and show it."""
        if not self._count:
            return
        index = min(max(index, 0), self._count - 1)
        previous, self.cursor = self.cursor, index
        self.show_line(index, row)
        self._refresh_line_at(previous)
        self._refresh_line_at(index)
        self.post_message(self.Highlighted(self, index, by_user))

    # Rendering.

    def render_lines(self, crop: Region) -> list[Strip]:
        # It is put together anew whenever it is asked for, which takes as long as half a line.
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = self.top + y
        base = self._base
        if index >= self._count:
            return self._blank(y, width, base)
        selected = index == self.cursor
        inner = self.scrollable_content_region.width or width
        strip = Strip(self.render_row(index, inner, selected))
        if selected:
            base += self.component("cursor" if self.has_focus else "cursor-blurred")
        return strip.adjust_cell_length(width, None).apply_style(base).simplify()

    def _blank(self, y: int, width: int, base: Style) -> Strip:
        if self._count or y != 1 or not self.empty_text:
            return Strip.blank(width, base)
        text = Segment(f"  {self.empty_text}", base + self.component("dim"))
        return Strip([text]).adjust_cell_length(width, base)

    def _refresh_line_at(self, index: int) -> None:
        y = index - self.top
        if 0 <= y < self.page_height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _scroll_update(self, virtual_size: Size) -> None:
        """Bring the scroll bar up to date; not at each layout of the screen: that would paint it anew."""
        sizes = (self.size, virtual_size)
        if sizes != self._scrolled:
            self._scrolled = sizes
            super()._scroll_update(virtual_size)

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        self.set_count(self._count)
        if self._count and self.top <= self.cursor:
            self.show_line(self.cursor)

    def on_focus(self, event: events.Focus) -> None:
        self._focus_changed(event, events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        self._focus_changed(event, events.DescendantBlur(self))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Nothing in the style sheet depends on it: looking that up takes as long as painting ten lines."""

    def _focus_changed(self, event: events.Focus | events.Blur, told: Message) -> None:
        """What every widget does then, but for painting all of it anew: only the cursor looks different."""
        event.prevent_default()
        self.has_focus = isinstance(event, events.Focus)
        self._refresh_line_at(self.cursor)
        if self.parent is not None:
            self.parent.post_message(told)

    # Keys and mouse.

    def action_move(self, step: int) -> None:
        self.select(self.cursor + step, by_user=True)

    def action_page(self, pages: float) -> None:
        step = int(self.page_height * pages) or (1 if pages > 0 else -1)
        row = self.cursor - self.top
        self.select(self.cursor + step, row=row if 0 <= row < self.page_height else None, by_user=True)

    def action_first(self) -> None:
        self.select(0, by_user=True)

    def action_last(self) -> None:
        self.select(self._count - 1, by_user=True)

    def action_choose(self) -> None:
        """The line under the cursor is what the user wants."""
        if self._count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y
        if not 0 <= index < self._count:
            return
        self.select(index, by_user=True)
        if event.chain > 1:
            self.post_message(self.Chosen(self, index))

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 3)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -3)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        """Scroll; the cursor stays in view, so that what the detail pane shows is always on screen."""
        event.stop()
        event.prevent_default()
        limit = max(self._count - self.page_height, 0)
        top = min(max(self.top + lines, 0), limit)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.refresh()
        inside = min(max(self.cursor, top), top + self.page_height - 1)
        if inside != self.cursor:
            self.select(inside, by_user=True)
