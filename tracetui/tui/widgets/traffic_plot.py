"""Bytes over time: what was received above, what was sent below, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tracetui.events.sanitise import clean_value
from tracetui.output.plot import column_chart, short_bytes, short_seconds
from tracetui.tui.columns import clock, fill
from tracetui.tui.widgets.shades import shade

if TYPE_CHECKING:
    from tracetui.analysis import Connection, Traffic

_LABEL = 10
"""Cells beside the columns, for the scale."""


class TrafficPlot(Widget):
    """Plots one connection, or all, over the time of all of them."""

    DEFAULT_CSS = """
    TrafficPlot { height: 6; color: $foreground; border-top: solid $foreground 30%; }
    TrafficPlot > .traffic--received { color: $text-primary; }
    TrafficPlot > .traffic--sent { color: $text-accent; }
    TrafficPlot > .traffic--label { color: $foreground 70%; }
    """
    COMPONENT_CLASSES = {"traffic--received", "traffic--sent", "traffic--label"}  # noqa: RUF012

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._all: Sequence[Connection] = ()
        self._picked: Connection | None = None
        self._lines: list[tuple[str, str, str]] = []

    def show(self, connections: Sequence[Connection], picked: Connection | None) -> None:
        """Plot ``picked``, or all where there is none."""
        self._all = connections
        self.pick(picked)

    def pick(self, picked: Connection | None) -> None:
        """Plot another one of them, or all."""
        self._picked = picked
        self._work_out()

    def on_resize(self) -> None:
        self._work_out()

    def _work_out(self) -> None:
        from tracetui.analysis import bytes_over_time

        width = self.size.width - _LABEL - 1
        shown = self._all if self._picked is None else [self._picked]
        found = bytes_over_time(shown, width, within=self._all) if width > 0 else None
        self._lines = [] if found is None else self._plotted(found)
        self.refresh()

    def _plotted(self, found: Traffic) -> list[tuple[str, str, str]]:
        """(label, columns, component) of each line."""
        heights = max((self.size.height - 1) // 2, 1)
        lines: list[tuple[str, str, str]] = []
        for name, values in (("received", found.received), ("sent", found.sent)):
            labels = [short_bytes(max(values)), name, *[""] * heights][:heights]
            texts = column_chart(values, heights)
            lines += [(label, text, f"traffic--{name}") for label, text in zip(labels, texts, strict=True)]
        return [*lines, ("", self._axis(found), "traffic--label")]

    def _axis(self, found: Traffic) -> str:
        """Begin and end, and what a column stands for."""
        who = "all connections" if self._picked is None else clean_value(self._picked.procname, 40)
        begin, end = clock(found.first), clock(found.last)
        room = max(self.size.width - _LABEL - 1 - len(begin) - len(end), 2)
        middle = fill(f"{who}, a column is {short_seconds(found.part)}", room - 2).rstrip()
        return f"{begin}{middle:^{room}}{end}"

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        if y >= len(self._lines):
            text = "  no flow here has a time" if self._all and y == 0 else ""
            return Strip([Segment(fill(text, width), base + shade(self, "traffic--label"))])
        label, text, component = self._lines[y]
        return Strip(
            [
                Segment(fill(f"{label:>{_LABEL}} ", _LABEL + 1), base + shade(self, "traffic--label")),
                Segment(fill(text, width - _LABEL - 1), base + shade(self, component)),
            ]
        )
