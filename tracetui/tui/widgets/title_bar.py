"""One line at the top: which trace, written by whom, how much is shown, and what the tail does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tracetui.tui.widgets.shades import shade


class TailState(Enum):
    """What the live tail does; the value is the badge."""

    STILL = ""
    FOLLOW = "● FOLLOW"
    PAUSED = "‖ PAUSED"
    WAITING = "… WAITING"
    ENDED = "■ ENDED"
    FROZEN = "❄ FROZEN"
    LOST = "! LOST"


@dataclass(frozen=True, slots=True)
class Headline:
    """Everything that the title bar says; texts are sanitised."""

    trace: str = ""
    era: str = ""
    shown: int = 0
    total: int = 0
    filtered: bool = False
    scanning: bool = False
    tail: TailState = TailState.STILL
    new: int = 0
    """Events that came while the tail was paused."""
    new_matching: int | None = None
    """How many of those match the filter; ``None`` where there is none."""
    spark: str = ""
    """Events of the last seconds as a row of bars."""
    rate: float = 0.0
    """Events per second, lately."""
    note: str = ""
    """Something that the user must know: the order shown, or what went wrong."""


class TitleBar(Widget):
    """Paints a :class:`Headline`; what does not fit is left out from the middle."""

    DEFAULT_CSS = """
    TitleBar { height: 1; background: $panel; color: $foreground; }
    TitleBar > .title--name { text-style: bold; color: $text-primary; }
    TitleBar > .title--dim { color: $foreground 60%; }
    TitleBar > .title--follow { background: $success 40%; color: $foreground; text-style: bold; }
    TitleBar > .title--paused { background: $warning 40%; color: $foreground; text-style: bold; }
    TitleBar > .title--lost { background: $error 50%; color: $foreground; text-style: bold; }
    """
    COMPONENT_CLASSES = {"title--name", "title--dim", "title--follow", "title--paused", "title--lost"}  # noqa: RUF012

    headline: reactive[Headline] = reactive(Headline())

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        line = self.headline
        name = Segment(f" {line.trace} ", base + self._component("name"))
        right = [*self._counts(line, base), *self._badge(line, base)]
        space = width - name.cell_length - sum(segment.cell_length for segment in right)
        middle = "  ".join(part for part in (line.note, line.era) if part)
        middle = middle if len(middle) < space else middle[: max(space - 2, 0)] + "…" if space > 8 else ""
        left = Strip([name, Segment(middle, base + self._component("dim"))])
        left = left.adjust_cell_length(max(width - sum(segment.cell_length for segment in right), 0), base)
        return Strip.join([left, Strip(right)]).adjust_cell_length(width, base)

    def _counts(self, line: Headline, base: Style) -> list[Segment]:
        if line.filtered:
            more = "…" if line.scanning else ""
            return [Segment(f" {line.shown:,}{more} of {line.total:,} shown ", base)]
        return [Segment(f" {line.total:,} event{'' if line.total == 1 else 's'} ", base)]

    def _badge(self, line: Headline, base: Style) -> list[Segment]:
        if line.tail is TailState.STILL:
            return []
        text = line.tail.value
        if line.tail in (TailState.PAUSED, TailState.FROZEN) and line.new:
            text += f" +{line.new:,} new"
            if line.new_matching is not None:
                text += f" ({line.new_matching:,} match)"
        elif line.tail is TailState.FOLLOW and line.rate >= 1:
            text += f" {line.spark if self.size.width >= 100 else ''} {line.rate:,.0f}/s".replace("  ", " ")
        style = _BADGES.get(line.tail, "dim")
        return [Segment(f" {text} ", base + self._component(style))]

    def _component(self, name: str) -> Style:
        return shade(self, f"title--{name}")


_BADGES = {
    TailState.FOLLOW: "follow",
    TailState.PAUSED: "paused",
    TailState.FROZEN: "paused",
    TailState.LOST: "lost",
}
