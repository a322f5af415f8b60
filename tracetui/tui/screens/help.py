"""Every key that does something, what the signs mean, and the filter language."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tracetui.filter.help import GRAMMAR
from tracetui.tui.app import TracetuiApp
from tracetui.tui.detail.pane import DetailPane
from tracetui.tui.filtering.bar import FilterBar
from tracetui.tui.filtering.line import Line
from tracetui.tui.filtering.search import SearchBar
from tracetui.tui.filtering.stack_screen import StackList
from tracetui.tui.keys import all_keys
from tracetui.tui.screens.connections import ConnectionsScreen
from tracetui.tui.screens.explorer import Explorer
from tracetui.tui.screens.frequency import FrequencyScreen
from tracetui.tui.screens.letter_prompt import LetterPrompt
from tracetui.tui.screens.note_prompt import NotePrompt, NoteText
from tracetui.tui.screens.point_menu import PointMenu
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.process_tree import TreeLines
from tracetui.tui.widgets.tag_prompt import TagPrompt
from tracetui.tui.widgets.virtual_list import VirtualList

OWNERS: tuple[tuple[str, type], ...] = (
    ("Everywhere", Explorer),
    ("Lists, tree and details", VirtualList),
    ("Event list", EventList),
    ("Detail pane", DetailPane),
    ("Process tree", TreeLines),
    ("Filter line", FilterBar),
    ("Filter line and search line", Line),
    ("Search line", SearchBar),
    ("Filters, one by one (s)", StackList),
    ("Filter by pointing (.)", PointMenu),
    ("How often each value occurs", FrequencyScreen),
    ("Letter of a mark (m, ')", LetterPrompt),
    ("Tags (T)", TagPrompt),
    ("Note (a)", NotePrompt),
    ("Note (a)", NoteText),
    ("Connections", ConnectionsScreen),
    ("Application", TracetuiApp),
)
"""Whose keys the help lists, under which title."""

SIGNS = """\
✗   the event failed (result -4095 to -1), or ended by a signal or with a code other than 0
a   a letter that marks the event         ✎   your note       #   your tags
┌   a flush of the logger begins here; ids inside a flush are given type by type
?   the logger did not record a result (Penguin logs execve and exit at entry)
↓↑  bytes that a flow has read or received, written or sent
●   following the end of the trace        ‖   paused: new events are counted
"""


class HelpScreen(ModalScreen[None]):
    """Scrollable; any of escape, q, ? and F1 closes it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 50%; }
    HelpScreen > VerticalScroll {
        width: 100; max-width: 96%; height: 90%; padding: 0 1;
        background: $panel; border: round $primary;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss(None)", "Close", id="help.close"),
        Binding("j,down", "scroll(1)", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", show=False, id="help.up"),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield Static(self._text())

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _text(self) -> Content:
        parts = [Content.styled("Keys\n", "bold")]
        for title, keys in binding_sections():
            parts.append(Content.styled(f"\n{title}\n", "bold $text-primary"))
            parts += [_line(key, text) for key, text in keys]
        parts.append(Content.styled("\nSigns\n", "bold"))
        parts.append(Content(SIGNS))
        parts.append(Content.styled("\nFilter language\n", "bold"))
        parts.append(Content(GRAMMAR))
        return Content("").join(parts)


def binding_sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """All bindings, those of parts that are not on the screen too: (whose, [(keys, what)])."""
    return [
        (title, [(all_keys(one), one.tooltip or one.description) for one in own(kind)])
        for title, kind in OWNERS
    ]


def own(kind: type) -> list[Binding]:
    """The described bindings that a class itself declares."""
    declared = vars(kind).get("BINDINGS", ())
    return [one for one in declared if isinstance(one, Binding) and one.description]


def _line(keys: str, text: str) -> Content:
    return Content.assemble((f"  {keys:<24}", "bold"), " ", text, "\n")
