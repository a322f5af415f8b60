"""The overview strip, the event list's scrollbar: the whole trace from top to bottom, whatever is filtered.

Each cell stands for a part of the trace: the brighter, the more of its events are shown; a tick tells where
failures crowd, searched texts are, or a letter marks an event.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tracetui.trace.positions import IdRuns, Positions

CROWDED = 1.5
"""Failures crowd where they are so many times as frequent as in the whole trace."""

LEVELS = 8
MATCH, THUMB, FAILURE = "●", "┃", "╸"
_COMPONENTS = {MATCH: "overview--match", THUMB: "overview--thumb", FAILURE: "overview--failure"}

Spans = Sequence[tuple[int, int, int]]
"""(first id, last id, failures among them), in ascending order."""


class Failures:
    """How many events failed, by ranges of ids."""

    def __init__(self, spans: Spans = ()) -> None:
        self._lows = [span[0] for span in spans]
        self._highs = [span[1] for span in spans]
        self._sums = [0, *accumulate(span[2] for span in spans)]

    @property
    def total(self) -> int:
        return self._sums[-1]

    def between(self, first: int, last: int) -> float:
        """About how many failed from ``first`` to ``last``: spans count by the part that lies within."""
        start, stop = bisect_left(self._highs, first), bisect_right(self._lows, last)
        if start >= stop:
            return 0.0
        found = float(self._sums[stop] - self._sums[start])
        for index in {start, stop - 1}:
            low, high = self._lows[index], self._highs[index]
            inside = min(high, last) - max(low, first) + 1
            found -= (self._sums[index + 1] - self._sums[index]) * (1 - inside / (high - low + 1))
        return found


class Overview(Widget):
    """Paints and takes clicks; what it shows is told by the pane."""

    DEFAULT_CSS = """
    Overview { width: 1; height: 1fr; background: $surface; }
    Overview > .overview--shown { background: $primary; }
    Overview > .overview--thumb { color: $foreground; text-style: bold; }
    Overview > .overview--failure { color: $text-error; text-style: bold; }
    Overview > .overview--match { color: $text-warning; text-style: bold; }
    Overview > .overview--mark { color: $text-success; text-style: bold; }
    """
    COMPONENT_CLASSES = {  # noqa: RUF012
        "overview--shown",
        "overview--thumb",
        "overview--failure",
        "overview--match",
        "overview--mark",
    }

    class Jumped(Message):
        """Go to this event, or the nearest one shown."""

        def __init__(self, event_id: int) -> None:
            super().__init__()
            self.event_id = event_id

    class RangeChosen(Message):
        """A range of events was dragged over."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first = first
            self.last = last

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._all: Positions = IdRuns()
        self._shown: Positions = self._all
        self._hits: Positions | None = None
        self._visible = (0, 0)
        self._failures = Failures()
        self._marks: list[tuple[int, str]] = []
        self._pressed: int | None = None
        self._parts: list[tuple[int, int] | None] = []
        self._still: list[tuple[str, int]] = []
        """The cells without what is visible, which moves with every key."""
        self._cells: list[tuple[str, int]] = []
        self._colours: dict[tuple[str, int], Style] = {}

    def show(
        self, every: Positions, shown: Positions, hits: Positions | None, visible: tuple[int, int]
    ) -> None:
        """All events, those shown, those searched for, and the ids of the first and last visible one."""
        former = self._shown_events()
        self._all, self._shown, self._hits, self._visible = every, shown, hits, visible
        if self._shown_events() == former:
            self._paint()
        else:
            self._work_out()

    def _shown_events(self) -> tuple[int, ...]:
        """Which events are shown, told by objects that only ever get more."""
        several = (self._all, self._shown, self._hits)
        return tuple(number for ids in several if ids is not None for number in (id(ids), len(ids)))

    def show_failures(self, spans: Spans) -> None:
        """Where events failed, as far as it has been looked."""
        self._failures = Failures(spans)
        self._work_out()

    def show_marks(self, marks: Mapping[str, int]) -> None:
        """Events that letters mark."""
        self._marks = sorted((event_id, letter) for letter, event_id in marks.items())
        self._work_out()

    def ids_of(self, y: int) -> tuple[int, int] | None:
        """First and last id of the part of the trace that a cell stands for."""
        height, count = max(self.size.height, 1), len(self._all)
        first, last = count * y // height, max(count * (y + 1) // height - 1, count * y // height)
        ends = [*self._all.ids(first, first + 1), *self._all.ids(last, last + 1)]
        return (ends[0], ends[-1]) if ends else None

    def _work_out(self) -> None:
        """Work out all cells."""
        self._parts = [self.ids_of(y) for y in range(self.size.height)]
        self._still = [self._cell(part) for part in self._parts]
        self._paint()

    def _paint(self) -> None:
        """Paint cells that have changed anew."""
        cells = [self._with_thumb(part, *cell) for part, cell in zip(self._parts, self._still, strict=True)]
        before, self._cells = self._cells, cells
        for y, cell in enumerate(cells):
            if y >= len(before) or before[y] != cell:
                self.refresh(Region(0, y, 1, 1))

    def on_resize(self) -> None:
        self._work_out()

    def notify_style_update(self) -> None:
        self._colours.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if y >= len(self._cells):
            return Strip([Segment(" ", self.rich_style)])
        sign, level = self._cells[y]
        return Strip([Segment(sign, self._colour(sign, level))])

    def _cell(self, part: tuple[int, int] | None) -> tuple[str, int]:
        """A sign, and how many of the events are shown: 0 for none, up to :data:`LEVELS`."""
        if part is None:
            return " ", 0
        first, last = part
        here = self._all.position(last + 1) - self._all.position(first)
        shown = self._shown.position(last + 1) - self._shown.position(first)
        # A single match among thousands must be seen, too.
        level = -(-shown * LEVELS // here) if here > 0 else 0
        return self._sign(first, last, here), min(level, LEVELS)

    def _sign(self, first: int, last: int, here: int) -> str:
        if self._hits is not None and self._hits.position(last + 1) > self._hits.position(first):
            return MATCH
        place = bisect_left(self._marks, (first, ""))
        if place < len(self._marks) and self._marks[place][0] <= last:
            return self._marks[place][1]
        average = self._failures.total / max(len(self._all), 1)
        crowded = self._failures.between(first, last) > CROWDED * average * here > 0
        return FAILURE if crowded else " "

    def _with_thumb(self, part: tuple[int, int] | None, sign: str, level: int) -> tuple[str, int]:
        """A cell, with the sign of what is visible where that hides nothing rarer."""
        is_visible = part is not None and part[0] <= self._visible[1] and part[1] >= self._visible[0]
        return (THUMB, level) if is_visible and sign in (" ", FAILURE) else (sign, level)

    def _colour(self, sign: str, level: int) -> Style:
        """Colours of a cell; the ground lies between that of the strip and that of shown events."""
        style = self._colours.get((sign, level))
        if style is None:
            high = self.get_component_styles("overview--shown").background
            ground = self.styles.background.blend(high, 0.15 + 0.45 * level / LEVELS if level else 0.0)
            style = self.rich_style + Style(bgcolor=ground.rich_color)
            component = "overview--mark" if sign.isalpha() else _COMPONENTS.get(sign)
            if component is not None:
                style += self.get_component_rich_style(component, partial=True)
            self._colours[sign, level] = style
        return style

    # Mouse.

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pressed = event.y
        self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        low, high = sorted((pressed, min(max(event.y, 0), self.size.height - 1)))
        start, end = self.ids_of(low), self.ids_of(high)
        if start is None or end is None:
            return
        if low == high:
            self.post_message(self.Jumped(start[0]))
        else:
            self.post_message(self.RangeChosen(start[0], end[1]))
