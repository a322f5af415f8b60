"""Every key that does something, what the signs mean, and the filter language."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

SIGNS = """\
✗   the event failed (result -4095 to -1), or ended by a signal or with a code other than 0
┌   a flush of the logger begins here; ids inside a flush are given type by type
?   the logger did not record a result (Penguin logs execve and exit at entry)
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

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield Static(self._text())

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _text(self) -> Content:
        parts = [Content.styled("Keys\n", "bold")]
        for title, keys in binding_sections(self._below):
            parts.append(Content.styled(f"\n{title}\n", "bold $text-primary"))
            parts += [_line(key, text) for key, text in keys]
        parts.append(Content.styled("\nSigns\n", "bold"))
        parts.append(Content(SIGNS))
        parts.append(Content.styled("\nFilter language\n", "bold"))
        parts.append(Content(_filter_help()))
        return Content("").join(parts)


def binding_sections(screen: Screen[object]) -> list[tuple[str, list[tuple[str, str]]]]:
    """All bindings of the screen and its widgets: (whose, [(keys, what)])."""
    sections: list[tuple[str, list[tuple[str, str]]]] = []
    seen: set[type] = set()
    for node in (screen, *screen.walk_children()):
        kind = type(node)
        if kind in seen or not kind.__module__.startswith("tracetui"):
            continue
        seen.add(kind)
        own = _own_bindings(kind)
        if own:
            sections.append((_TITLES.get(kind.__name__, kind.__name__), own))
    return sections


def _own_bindings(kind: type) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for base in kind.__mro__:
        if not base.__module__.startswith("tracetui"):
            break
        for binding in vars(base).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.description:
                rows.append((_keys(binding), binding.tooltip or binding.description))
    return rows


_TITLES = {
    "Explorer": "Everywhere",
    "EventList": "Event list",
    "TreeLines": "Process tree",
    "DetailPane": "Detail pane",
    "FilterBar": "Filter line",
    "SearchBar": "Search",
}

_KEY_SIGNS = {
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "pageup": "page up",
    "pagedown": "page down",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "vertical_line": "|",
    "exclamation_mark": "!",
}


def _keys(binding: Binding) -> str:
    keys = (key.strip() for key in binding.key.split(","))
    return "  ".join(_KEY_SIGNS.get(key, key) for key in keys)


def _line(keys: str, text: str) -> Content:
    return Content.assemble((f"  {keys:<24}", "bold"), " ", text, "\n")


def _filter_help() -> str:
    try:
        from tracetui.filter.help import GRAMMAR
    except ImportError:
        return ""
    return str(GRAMMAR)
