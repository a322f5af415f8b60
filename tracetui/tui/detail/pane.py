"""The detail pane: sections that fold, values that can be copied and filtered on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tracetui.annotations.book import EMPTY
from tracetui.tui.columns import fill
from tracetui.tui.detail.line import Line
from tracetui.tui.detail.lines import Section, Show, sections
from tracetui.tui.detail.sysflow_lines import TABLES
from tracetui.tui.pointing import Point
from tracetui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from tracetui.annotations.book import Book
    from tracetui.events.record import Record
    from tracetui.reader import Flattened

FOLDED_AT_FIRST = TABLES | {"stored columns"}


class DetailPane(VirtualList):
    """Shows one event; folds and the place on the screen stay when another is shown."""

    HELP = "Everything that is known of the selected event."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "fold", "Fold", show=False, id="detail.fold", tooltip="Fold or unfold the section"),
        Binding("h", "hex", "Hex", id="detail.hex", tooltip="Show buffers as text, as hex, or as fits"),
        Binding("y", "copy", "Copy", id="detail.copy", tooltip="Copy the value on this line"),
    ]

    class CopyRequested(Message):
        """The user wants this text on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._record: Record | None = None
        self._book = EMPTY
        self._linked: Flattened | None = None
        self._sections: list[Section] = []
        self._folded = set(FOLDED_AT_FIRST)
        self._starts: list[int] = []
        self._show = Show.AUTO
        self._built_for = 0

    @property
    def record(self) -> Record | None:
        """What is shown."""
        return self._record

    def show(self, record: Record | None, linked: Flattened | None = None) -> None:
        """Show another event, with what it is linked to, or none."""
        self._record, self._linked = record, linked
        self._build()

    def annotate(self, book: Book) -> None:
        """Show what is annotated now."""
        record = self._record
        changed = record is not None and book[record.id] != self._book[record.id]
        self._book = book
        if changed:
            self._build()

    def point(self) -> Point | None:
        """The field and value on the line of the cursor, to filter on."""
        line = self._line(self.cursor)
        if line is None or not line.field or line.value is None:
            return None
        return Point(line.label or line.field, line.field, line.value)

    def _build(self) -> None:
        width = self._built_for = max(self.size.width - 1, 20)
        record, self._sections = self._record, []
        if record is not None:
            annotation = self._book[record.id]
            self._sections = sections(record, width, self._show, self._linked, annotation)
        self._starts = []
        count = 0
        for section in self._sections:
            self._starts.append(count)
            count += (1 if section.title else 0) + (0 if self._is_folded(section) else section.count)
        self.set_count(count)
        self.refresh()

    def _is_folded(self, section: Section) -> bool:
        return _name(section) in self._folded

    def _line(self, index: int) -> Line | None:
        """What stands on a line of the pane."""
        for section, start in zip(reversed(self._sections), reversed(self._starts), strict=True):
            if index >= start:
                offset = index - start - (1 if section.title else 0)
                if offset < 0:
                    return Line(section=section.title)
                return section.line(offset) if offset < section.count else None
        return None

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        line = self._line(index)
        if line is None:
            return
        if line.section:
            folded = line.section.partition("  ")[0] in self._folded
            title = f"{'▸' if folded else '▾'} {line.section} "
            yield Segment(title, self.component("accent"))
            yield Segment("─" * max(width - len(title), 0), self.component("dim"))
            return
        if line.label or line.field != "buffer":
            label = (14 if width >= 50 else 10) if line.field != "buffer" else len(line.label)
            yield Segment(fill(line.label, label) + " ", self.component("dim"))
        yield Segment(line.text, self.component(line.style) if line.style else None)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if max(self.size.width - 1, 20) != self._built_for:
            self._build()

    def action_fold(self) -> None:
        line = self._line(self.cursor)
        if line is not None and line.section:
            self._folded ^= {line.section.partition("  ")[0]}
            self._build()

    def on_virtual_list_chosen(self) -> None:
        self.action_fold()

    def action_hex(self) -> None:
        order = list(Show)
        self._show = order[(order.index(self._show) + 1) % len(order)]
        self._build()

    def action_copy(self) -> None:
        line = self._line(self.cursor)
        if line is not None and (line.copied or line.text):
            self.post_message(self.CopyRequested(line.copied or line.text))


def _name(section: Section) -> str:
    return section.title.partition("  ")[0]
