"""Frequency table: how often each value of a field occurs among the events shown; Enter goes into one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from tracetui.events.sanitise import clean_value
from tracetui.tui.columns import fill, fill_left
from tracetui.tui.widgets.virtual_list import VirtualList

FIELDS = ("name", "procname", "errno", "path", "pid", "type", "fd", "ret", "argv")
"""Fields that the left and right keys go through; ``f`` asks for any other."""

_BAR = "█"
_EIGHTHS = "▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Count:
    """One line of the table."""

    value: str | int
    events: int
    failures: int


@dataclass(frozen=True, slots=True)
class Drilled:
    """What was chosen: a value of a field, to show only or to leave out."""

    field: str
    value: str | int
    negated: bool = False


class Counts(VirtualList):
    """The lines of the table."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.counts: Sequence[Count] = ()
        self.total = 0

    def show(self, counts: Sequence[Count], total: int) -> None:
        """Show counts, largest first; the cursor stays on its value."""
        kept = self.counts[self.cursor].value if self.cursor < len(self.counts) else None
        moved = self.cursor > 0
        self.counts, self.total = counts, total
        self.set_count(len(counts))
        if moved:
            places = [index for index, count in enumerate(counts) if count.value == kept]
            self.select(places[0] if places else 0)
        self.refresh()

    def render_row(self, index: int, width: int, selected: bool) -> Iterable[Segment]:
        count = self.counts[index]
        share = count.events / self.total if self.total else 0.0
        bar = max(width // 4, 6)
        room = max(width - bar - 32, 6)
        yield Segment(fill_left(f"{count.events:,}", 11) + " ")
        yield Segment(fill_left(f"{share:.1%}", 6) + " ", self.component("dim"))
        failed = f"✗{count.failures:,}" if count.failures else ""
        yield Segment(fill_left(failed, 9) + "  ", self.component("failure"))
        yield Segment(fill(clean_value(count.value, 500), room) + " ", self.component("name"))
        highest = self.counts[0].events or 1
        yield Segment(fill(_bar(count.events / highest, bar), bar), self.component("accent"))


class FrequencyScreen(ModalScreen[Drilled | None]):
    """Shows a table that grows while it is counted; returns what to go into."""

    DEFAULT_CSS = """
    FrequencyScreen { align: center middle; background: $background 50%; }
    FrequencyScreen > Vertical {
        width: 110; max-width: 98%; height: 90%; background: $panel; border: round $primary;
        border-title-color: $text-primary; border-subtitle-color: $foreground 70%;
    }
    FrequencyScreen #frequency-head { height: 1; color: $foreground 70%; text-style: bold; }
    FrequencyScreen Counts { background: $panel; }
    FrequencyScreen Footer { dock: none; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "drill(False)", "Only this", key_display="⏎", id="frequency.only"),
        Binding("x,minus", "drill(True)", "Exclude", key_display="x", id="frequency.exclude"),
        Binding("right,tab,l", "turn(1)", "Next field", key_display="→", id="frequency.next"),
        Binding("left,shift+tab,h", "turn(-1)", "Previous", key_display="←", id="frequency.previous"),
        Binding("f", "field", "Field", id="frequency.field"),
        Binding("escape,q", "dismiss(None)", "Close", key_display="esc", id="frequency.close"),
    ]

    def __init__(self, field: str, under: str, count: Callable[[str], None]) -> None:
        """``under`` is the filter whose events are counted; ``count`` asks for the counts of a field.

        They are told by :meth:`take`.
        """
        super().__init__()
        self.field = field
        self._count = count
        self._under = under

    def compose(self) -> ComposeResult:
        with Vertical(id="frequency"):
            yield Static("", id="frequency-head", markup=False)
            yield Counts(id="counts")
            yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Counts).focus()
        self._want(self.field)

    def take(self, field: str, counts: Sequence[Count], distinct: int, complete: bool) -> None:
        """Counts so far; those of another field are old."""
        if field != self.field:
            return
        total = sum(count.events for count in counts)
        self.query_one(Counts).show(counts, total)
        box = self.query_one("#frequency")
        box.border_subtitle = f"{distinct:,} values{'' if complete else ', counting…'}"

    def _want(self, field: str) -> None:
        self.field = field
        box = self.query_one("#frequency")
        under = f" where {self._under}" if self._under else ""
        box.border_title = Content(f"{field}{under}"[:100])
        box.border_subtitle = "counting…"
        self.query_one("#frequency-head", Static).update(
            Content(f"{'events':>11} {'share':>6} {'failed':>9}  {field}")
        )
        counts = self.query_one(Counts)
        counts.show((), 0)
        counts.empty_text = f"no {field} among these events"
        self._count(field)

    def action_turn(self, step: int) -> None:
        index = FIELDS.index(self.field) if self.field in FIELDS else 0
        self._want(FIELDS[(index + step) % len(FIELDS)])

    async def action_field(self) -> None:
        from tracetui.filter.lookup import BY_NAME, nearest
        from tracetui.tui.widgets.prompt import Prompt

        def check(name: str) -> str | None:
            if name in BY_NAME:
                return None
            near = nearest(name)
            return f"unknown field{f' – did you mean {near}?' if near else ''}"

        await Prompt("Count the values of", "a field: see tracetui fields", check).ask(self, self._want)

    def action_drill(self, negated: bool) -> None:
        counts = self.query_one(Counts)
        if counts.cursor < len(counts.counts):
            self.dismiss(Drilled(self.field, counts.counts[counts.cursor].value, negated))

    def on_virtual_list_chosen(self) -> None:
        self.action_drill(False)


def _bar(share: float, width: int) -> str:
    """A bar of ``share`` of ``width`` cells, to an eighth of a cell."""
    eighths = max(round(share * width * 8), 1)
    whole, rest = divmod(eighths, 8)
    return _BAR * whole + (_EIGHTHS[rest - 1] if rest else "")
