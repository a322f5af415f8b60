"""The connections of the flows shown, with their bytes over time; Enter narrows the list to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from tracetui.events.sanitise import clean_value
from tracetui.output.plot import short_bytes, short_seconds
from tracetui.tui.columns import clock, fill, fill_left, short_process
from tracetui.tui.widgets.traffic_plot import TrafficPlot
from tracetui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from tracetui.analysis import Connection

_SIGNS = {"out": "→", "in": "←", None: "·"}
_PEERLESS = "0.0.0.0:0"
"""SysFlow's sign for an end that it does not know."""

_CLOCK, _LASTED = 15, 7
_ROOMY, _ROOMIER = 85, 110
"""Cells from which a line has room for how many flows there are, and for when."""


class ConnectionList(VirtualList):
    """One line a connection."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.connections: Sequence[Connection] = ()

    @property
    def selected(self) -> Connection | None:
        return self.connections[self.cursor] if self.cursor < len(self.connections) else None

    def show(self, connections: Sequence[Connection]) -> None:
        """Show these; the cursor stays on its connection once it has been moved."""
        kept = self.selected if self.cursor else None
        self.connections = connections
        self.set_count(len(connections))
        places = [] if kept is None else [i for i, one in enumerate(connections) if one.ends == kept.ends]
        self.select(places[0] if places else 0)
        self.refresh()

    def heading(self, width: int) -> str:
        """What stands above the columns."""
        columns = _Columns.fit(width)
        flows = " flows" if columns.flows else ""
        times = f" {'began':<{_CLOCK}} {'for':>{_LASTED}}" if columns.times else ""
        ends = f"{'between':<{columns.ends}}"
        return f"{'received':>8} {'sent':>7}{flows}{times} {'process':<{columns.process}} {ends} state"

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        one, columns = self.connections[index], _Columns.fit(width)
        dim = self.component("dim")
        yield Segment(fill_left(short_bytes(one.rbytes), 8) + " ", None if one.rbytes else dim)
        yield Segment(fill_left(short_bytes(one.wbytes), 7) + " ", None if one.wbytes else dim)
        if columns.flows:
            yield Segment(fill_left(f"{len(one.fragments):,}", 5) + " ", dim)
        if columns.times:
            lasted = "" if one.duration is None else short_seconds(one.duration / 1e9)
            yield Segment(f"{fill(clock(one.first), _CLOCK)} {fill_left(lasted, _LASTED)} ", dim)
        process = short_process(clean_value(one.procname, 200), columns.process)
        yield Segment(fill(process, columns.process) + " ", self.component("name"))
        yield from self._ends(one, columns.ends)
        colour = {"cut": "warning", "closed": "dim"}.get(one.state.value, "good")
        yield Segment(fill(one.state.value, 6), self.component(colour))

    def _ends(self, one: Connection, room: int) -> Iterable[Segment]:
        ends = one.ends
        source, target = (clean_value(f"{ip}:{port}", 60) for ip, port in (ends[4:6], ends[6:8]))
        proto = "" if one.protocol == "tcp" else f" {one.protocol}"
        text = f"{source} {_SIGNS[one.direction]} {target}{proto}"
        unknown = source == target == _PEERLESS
        yield Segment(fill(text, room) + " ", self.component("dim") if unknown else None)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a width has room for."""

    process: int
    ends: int
    flows: bool
    times: bool

    @classmethod
    def fit(cls, width: int) -> _Columns:
        """Both ends come first; the rest comes with width."""
        process = 15 if width >= _ROOMY else 10
        flows, times = width >= _ROOMY, width >= _ROOMIER
        taken = 8 + 1 + 7 + 1 + (6 if flows else 0) + (_CLOCK + _LASTED + 2 if times else 0) + process + 1
        return cls(process, max(width - taken - 1 - 6, 12), flows, times)


class ConnectionsScreen(ModalScreen["str | None"]):
    """Shows connections while they are found; returns the filter of the chosen one."""

    DEFAULT_CSS = """
    ConnectionsScreen { align: center middle; background: $background 50%; }
    ConnectionsScreen > Vertical {
        width: 160; max-width: 98%; height: 94%; background: $panel; border: round $primary;
        border-title-color: $text-primary; border-subtitle-color: $foreground 70%;
    }
    ConnectionsScreen #connections-head { height: 1; color: $foreground 70%; text-style: bold; }
    ConnectionsScreen ConnectionList { background: $panel; }
    ConnectionsScreen.-tall TrafficPlot { height: 10; }
    ConnectionsScreen Footer { dock: none; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Its flows", key_display="⏎", id="connections.choose"),
        Binding("s", "sort", "Sort", id="connections.sort", tooltip="Sort by bytes, time, duration, …"),
        Binding("a", "all", "Plot all", id="connections.all", tooltip="Plot the selected connection, or all"),
        Binding("escape,q", "dismiss(None)", "Close", key_display="esc", id="connections.close"),
    ]

    def __init__(self, under: str, find: Callable[[], None]) -> None:
        """``under`` is the filter whose flows are looked at; ``find`` asks for the connections.

        They are told by :meth:`take`.
        """
        super().__init__()
        from tracetui.analysis import Sort

        self._under = under
        self._find = find
        self._found: Sequence[Connection] = ()
        self._sorts = list(Sort)
        self._complete = False
        self._plots_all = False

    def compose(self) -> ComposeResult:
        with Vertical(id="connections"):
            yield Static("", id="connections-head", markup=False)
            yield ConnectionList(id="connection-list")
            yield TrafficPlot(id="traffic")
            yield Footer(compact=True, show_command_palette=False)

    @property
    def _list(self) -> ConnectionList:
        return self.query_one(ConnectionList)

    def on_mount(self) -> None:
        self._list.focus()
        self._find()
        self._say()

    def on_resize(self) -> None:
        self._say()

    def take(self, connections: Sequence[Connection], complete: bool) -> None:
        """Connections so far."""
        self._found, self._complete = connections, complete
        self._list.empty_text = "no network flows among these events" if complete else "looking for flows…"
        self._show()

    def _show(self) -> None:
        from tracetui.analysis import in_order

        self._list.show(in_order(self._found, self._sorts[0]))
        self.query_one(TrafficPlot).show(self._found, self._plotted)
        self._say()

    @property
    def _plotted(self) -> Connection | None:
        return None if self._plots_all else self._list.selected

    def _say(self) -> None:
        box = self.query_one("#connections")
        where = f" where {self._under}" if self._under else ""
        box.border_title = Content(f"Connections by {self._sorts[0].value}{where}"[:100])
        count = len(self._found)
        box.border_subtitle = f"{count:,} connections{'' if self._complete else ', looking…'}"
        head = self.query_one("#connections-head", Static)
        head.update(Content(self._list.heading(self._list.scrollable_content_region.width)))

    def on_virtual_list_highlighted(self) -> None:
        self.query_one(TrafficPlot).pick(self._plotted)

    def action_all(self) -> None:
        self._plots_all = not self._plots_all
        self.query_one(TrafficPlot).pick(self._plotted)

    def action_sort(self) -> None:
        self._sorts.append(self._sorts.pop(0))
        self._list.cursor = 0
        self._show()

    def action_choose(self) -> None:
        if self._list.selected is not None:
            self.dismiss(self._list.selected.expression)

    def on_virtual_list_chosen(self) -> None:
        self.action_choose()
