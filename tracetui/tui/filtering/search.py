"""The search line: go from match to match without hiding anything."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from tracetui.events.sanitise import clean
from tracetui.tui.filtering import language
from tracetui.tui.filtering.line import Line, stop

DEBOUNCE_SECONDS = 0.12


class SearchKind(Enum):
    """How the searched text is meant."""

    TEXT = "text"
    REGEX = "regex"
    HEX = "hex"
    FILTER = "filter"

    @property
    def next(self) -> SearchKind:
        kinds = list(SearchKind)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


HINTS = {
    SearchKind.TEXT: "text in any column, argument or buffer",
    SearchKind.REGEX: "a regular expression, case counts unless it starts with (?i)",
    SearchKind.HEX: "bytes of a buffer: 7f 45 4c 46",
    SearchKind.FILTER: "a filter expression: errno = ENOENT",
}


def search_error(kind: SearchKind, text: str) -> str:
    """What is wrong with ``text`` as a search of that kind, empty where nothing is."""
    check = _CHECKS.get(kind)
    return check(text) if check is not None and text else ""


def _regex_error(text: str) -> str:
    from tracetui.filter.patterns import PatternError, search_pattern

    try:
        search_pattern(text, whole=False, fold=False)
    except PatternError as error:
        return str(error)
    return ""


def _hex_error(text: str) -> str:
    try:
        bytes.fromhex(text.replace(":", " "))
    except ValueError:
        return "not hex bytes: pairs of 0-9 and a-f, as in 7f 45 4c 46"
    return ""


def _filter_error(text: str) -> str:
    error = language.check(text).error
    return "" if error is None else language.explanation(error)


_CHECKS = {SearchKind.REGEX: _regex_error, SearchKind.HEX: _hex_error, SearchKind.FILTER: _filter_error}


class SearchBar(Horizontal):
    """One line: the kind of search, its text, and where among the matches the cursor is.

    It searches nothing itself: it says what is wanted and shows what it is told.
    """

    DEFAULT_CSS = """
    SearchBar {
        height: 1;
        background: $surface;

        & > #search-prompt { width: auto; color: $text-secondary; text-style: bold; }
        & > #search-kind { width: auto; color: $foreground 60%; padding: 0 1 0 0; }
        & > #search-place { width: auto; max-width: 60%; padding: 0 1; color: $foreground 70%; }
        & > #search-place.-error { color: $text-error; }
        & > #search-place.-notice { color: $text-warning; }
        &.-narrow > #search-kind { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "kind", "Text, regex, hex, filter", id="search.kind"),
        Binding("down", "step(1)", "Next", id="search.line_next"),
        Binding("up", "step(-1)", "Previous", id="search.line_previous"),
        Binding("escape", "cancel", "Back", id="search.cancel"),
    ]

    class Wanted(Message):
        """Look for ``text`` from where the search began; an empty text ends the search."""

        def __init__(self, kind: SearchKind, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class Moved(Message):
        """Go to the next (+1) or the previous (-1) match."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Submitted(Message):
        """Enter: the search stands, the keys go back to the list."""

        def __init__(self, kind: SearchKind, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class Cancelled(Message):
        """Esc: the search ends, the cursor goes back to where it was."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind = SearchKind.TEXT
        self._asked = (SearchKind.TEXT, "")
        self._timer: Timer | None = None
        self._wrong = False
        """Whether the line says what is wrong with the text, in the place of the place."""

    def compose(self) -> ComposeResult:
        yield Static("search › ", id="search-prompt", markup=False)
        yield Static(self.kind.value, id="search-kind", markup=False)
        yield Line(id="search-line", placeholder=HINTS[self.kind])
        yield Static("", id="search-place", markup=False)

    @property
    def text(self) -> str:
        return self._line.value

    def start(self, kind: SearchKind | None = None, text: str = "") -> None:
        """Open the line for a new search, of the kind of the last one where none is given."""
        if kind is not None:
            self.kind = kind
        self._line.value = text
        self._asked = (self.kind, text)
        self._wrong = False
        self._show_kind()
        self._say("")
        self._line.focus()

    def set_place(
        self, index: int | None, total: int, *, wrapped: bool = False, counting: bool = False
    ) -> None:
        """Show the place of the cursor among the matches.

        ``index`` counts from 1 and is ``None`` while the cursor is on no match; ``counting`` says that
        more may be found; ``wrapped`` that the search went on from the other end.
        """
        if self._wrong:
            return
        more = "…" if counting else ""
        if not total:
            self._say("searching…" if counting else "nothing found", "" if counting else "-error")
            return
        place = f"{index:,} of {total:,}{more}" if index is not None else f"{total:,}{more} found"
        self._say(f"wrapped · {place}" if wrapped else place, "-notice" if wrapped else "")

    # Keys.

    def action_kind(self) -> None:
        self.kind = self.kind.next
        self._show_kind()
        self._want()

    def action_step(self, step: int) -> None:
        self._want()
        if not self._wrong and self.text:
            self.post_message(self.Moved(step))

    def action_cancel(self) -> None:
        stop(self._timer)
        self.post_message(self.Cancelled())

    @on(Input.Changed, "#search-line")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        stop(self._timer)
        if not self._explain():
            self._timer = self.set_timer(DEBOUNCE_SECONDS, self._want)

    @on(Input.Submitted, "#search-line")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._want()
        if not self._wrong:
            self.post_message(self.Submitted(self.kind, event.value))

    def _want(self) -> None:
        """Ask for what the line says, once."""
        stop(self._timer)
        if not self._explain() and self._asked != (self.kind, self.text):
            self._asked = (self.kind, self.text)
            self._say("")
            self.post_message(self.Wanted(self.kind, self.text))

    # Showing.

    def _explain(self) -> bool:
        """Say what is wrong with the text, and whether anything is."""
        error = search_error(self.kind, self.text)
        if error or self._wrong:
            self._say(error, "-error" if error else "")
        self._wrong = bool(error)
        return self._wrong

    @property
    def _line(self) -> Line:
        return self.query_one("#search-line", Line)

    def _show_kind(self) -> None:
        self.query_one("#search-kind", Static).update(Text(self.kind.value))
        self._line.placeholder = HINTS[self.kind]

    def _say(self, text: str, level: str = "") -> None:
        place = self.query_one("#search-place", Static)
        place.set_class(level == "-error", "-error")
        place.set_class(level == "-notice", "-notice")
        place.update(Text(clean(text), no_wrap=True, overflow="ellipsis"))

    def on_resize(self) -> None:
        self.set_class(self.size.width < 60, "-narrow")
