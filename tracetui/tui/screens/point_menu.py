"""The menu of what may be filtered on, opened on an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer

from tracetui.events.sanitise import clean_value
from tracetui.tui.columns import fill
from tracetui.tui.pointing import Point
from tracetui.tui.widgets.virtual_list import VirtualList


@dataclass(frozen=True, slots=True)
class Pointed:
    """The choice: how to combine which field."""

    how: str
    """``only``, ``and``, ``exclude`` or ``or``."""
    point: Point


class PointList(VirtualList):
    """The choices, one a line."""

    def __init__(self, points: Sequence[Point]) -> None:
        super().__init__(id="points")
        self.points = points

    def on_mount(self) -> None:
        self.set_count(len(self.points))

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        point = self.points[index]
        yield Segment(f" {point.label:<30} ", None)
        yield Segment(f"{point.field} = ", self.component("dim"))
        yield Segment(
            fill(clean_value(point.value, 200), max(width - 36 - len(point.field), 8)), self.component("name")
        )


class PointMenu(ModalScreen[Pointed | None]):
    """Choose a field of the event, and what to do with it."""

    DEFAULT_CSS = """
    PointMenu { align: center middle; background: $background 50%; }
    PointMenu > Vertical {
        width: 76; max-width: 98%; height: auto; max-height: 90%;
        background: $panel; border: round $primary;
    }
    PointMenu PointList { height: auto; max-height: 16; background: $panel; }
    PointMenu Footer { dock: none; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,equals_sign", "choose('only')", "Only this", key_display="⏎", id="point.only"),
        Binding("plus,a", "choose('and')", "And", key_display="+", id="point.and"),
        Binding("minus,x", "choose('exclude')", "Exclude", key_display="-", id="point.exclude"),
        Binding("o,vertical_line", "choose('or')", "Or", key_display="o", id="point.or"),
        Binding("escape,q", "dismiss(None)", "Cancel", key_display="esc", id="point.cancel"),
    ]

    def __init__(self, points: Sequence[Point]) -> None:
        super().__init__()
        self._points = points

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Filter on"
            yield PointList(self._points)
            yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        points = self.query_one(PointList)
        points.styles.height = min(len(self._points), 16)
        points.focus()

    def action_choose(self, how: str) -> None:
        index = self.query_one(PointList).cursor
        self.dismiss(Pointed(how, self._points[index]))

    def on_virtual_list_chosen(self, message: VirtualList.Chosen) -> None:
        self.action_choose("only")
