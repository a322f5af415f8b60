"""The filter line: typed, checked and completed as one types; it tells what is wanted and filters nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from tracetui.events.sanitise import clean
from tracetui.filter.history import History
from tracetui.tui.filtering import language, told
from tracetui.tui.filtering.choices import Choice, Choices
from tracetui.tui.filtering.line import Line, stop
from tracetui.tui.filtering.problem import Problem
from tracetui.tui.filtering.recall import Recall
from tracetui.tui.filtering.saving import ask_name
from tracetui.tui.filtering.values import Values

if TYPE_CHECKING:
    from tracetui.filter import FilterError

DEBOUNCE_SECONDS = 0.02
"""How long the keys must rest, once painted, before a valid filter is applied; Enter does not wait."""

EMPTY_SECONDS = 0.3
"""The same for an emptied line: most often another filter follows, and all events need not flash by."""

REST_SECONDS = 0.6
"""How long the keys must rest before what is being typed is called wrong."""

NARROW = 60
"""Below this width the prompt is one sign."""

EXAMPLE = "a word, or field operator value: errno = ENOENT and path startswith /etc"


class FilterBar(Vertical):
    """One row, with the explanation of an error or the pop-up of completions over what is next to it.

    The text is parsed on every change and never looked up anywhere. A text that is no filter is
    explained in place and the last one that was stays applied. Names and counts of values come from the
    application, which answers :class:`ValuesWanted` by :meth:`offer_values`.
    """

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        background: $surface;

        & > #filter-row { height: 1; }
        #filter-prompt { width: auto; color: $text-primary; text-style: bold; }
        #filter-status {
            width: auto; max-width: 55%; padding: 0 1; color: $foreground 70%; text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        &.-quiet #filter-prompt { color: $foreground 50%; text-style: none; }
        &.-invalid #filter-prompt { color: $text-error; }
        &.-narrow.-typing #filter-status { max-width: 40%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,ctrl+@,ctrl+space", "complete", "Complete", key_display="tab", id="filter.complete"),
        Binding("down", "down", "Next choice, newer filter", show=False, id="filter.down"),
        Binding("up", "up", "Older filter", key_display="↑", id="filter.up"),
        Binding("ctrl+r", "recall", "Recall", id="filter.recall", tooltip="Look through former filters"),
        Binding("ctrl+s", "save", "Save", id="filter.save", tooltip="Save the filter under a name"),
        Binding(
            "escape", "cancel", "Back", key_display="esc", id="filter.cancel", tooltip="The former filter"
        ),
    ]

    Changed: TypeAlias = told.Changed
    Submitted: TypeAlias = told.Submitted
    Cancelled: TypeAlias = told.Cancelled
    ValuesWanted: TypeAlias = told.ValuesWanted

    def __init__(
        self,
        *,
        hint: str = "/ to filter",
        known: language.Known = language.saved_only,
        history: History | None = None,
        id: str | None = None,
    ) -> None:
        """``hint`` is shown while the line is empty and the keys are elsewhere."""
        super().__init__(id=id, classes="-quiet")
        self._known = known
        self._history = history if history is not None else History()
        self._hint = hint
        self._applied = language.Checked("")
        self._before = self._applied
        self._checked = self._applied
        self._status = ""
        self._values = Values()
        self._recall = Recall()
        self._timer: Timer | None = None
        self._rest: Timer | None = None
        self._completed = ""
        """The text that the pop-up was made for."""
        self._behind = False
        """Whether the text has changed since."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="filter-row"):
            yield Static("filter › ", id="filter-prompt", markup=False)
            yield Line(id="filter-line", placeholder=self._hint, painted=True)
            yield Static("", id="filter-status", markup=False)
        yield Choices(id="filter-choices")
        yield Problem(id="filter-problem")

    def on_mount(self) -> None:
        self.watch(self._line, "selection", self._cursor_moved, init=False)

    # For the application.

    @property
    def text(self) -> str:
        """What the line holds, valid or not."""
        return self._line.value

    @property
    def applied(self) -> str:
        """The last valid filter that was told."""
        return self._applied.text

    def start(self) -> None:
        """Give the line the keys, with the cursor at its end."""
        self._line.focus()
        self._line.cursor_position = len(self.text)

    def set_text(self, text: str) -> None:
        """Show ``text`` as the filter that is applied; nothing is posted."""
        self._write(text)
        self._checked = language.check(text, self._known)
        if self._checked.error is None:
            self._applied = self._before = self._checked
        self._recall.end()
        self._behind = False
        self._choices.close()
        self._explain(rested=True)

    def set_status(self, text: str) -> None:
        """Show ``text`` at the right end: how many events are shown, how many hidden and why."""
        if text != self._status:
            # Counts change many times a second: the screen is laid out only where they become longer.
            is_resized = cell_len(text) != cell_len(self._status)
            self._status = text
            shown = Text(clean(text), no_wrap=True, overflow="ellipsis")
            self.query_one("#filter-status", Static).update(shown, layout=is_resized)

    def offer_values(self, field: str, values: Sequence[tuple[str | int, int]], prefix: str = "") -> None:
        """The values of ``field`` that start with ``prefix``, with their counts, the most frequent first."""
        self._values.put(field, prefix, values)
        if self._line.has_focus and not self._recall.walking:
            self._complete()

    # Typing.

    @on(Input.Changed, "#filter-line")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._recall.end()
        self._check()
        # What was typed is painted first: all else takes longer than that.
        self._behind = True
        self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        """Offer, explain and apply what belongs to the text, where that is still to be done."""
        if self._behind:
            self._behind = False
            self._complete()
            self._explain()
            self._apply_soon()

    @on(Input.Submitted, "#filter-line")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._catch_up()
        if self._choices.entered and self._choices.chosen is not None:
            self._take(self._choices.chosen)
            return
        self._choices.close()
        self._check()
        if self._checked.error is not None:
            self._explain(rested=True)
            return
        self._apply(final=True)
        self._before = self._applied
        self._history.add(self.text)
        self.post_message(self.Submitted(self, self._applied))

    def _check(self) -> None:
        """Parse what is typed."""
        stop(self._timer)
        self._checked = language.check(self.text, self._known)

    def _apply_soon(self) -> None:
        """Tell of a valid filter when the keys rest."""
        stop(self._timer)
        if self._checked.error is None:
            rest = DEBOUNCE_SECONDS if self.text.strip() else EMPTY_SECONDS
            self._timer = self.set_timer(rest, self._apply)

    def _apply(self, final: bool = False) -> None:
        stop(self._timer)
        if self._checked.text != self._applied.text:
            self._applied = self._checked
            self.post_message(self.Changed(self, self._applied, final))

    # Keys.

    def action_complete(self) -> None:
        """Take the choice; or open the pop-up; or mend the error."""
        self._catch_up()
        if self._choices.chosen is not None:
            self._take(self._choices.chosen)
            return
        error = self._checked.error
        if error is not None and error.suggestion:
            self._mend(error)
            return
        self._complete(asked=True)

    def action_down(self) -> None:
        self._catch_up()
        if self._choices.is_open:
            self._choices.move(1)
        elif self._recall.walking:
            self._show_recalled(self._recall.newer())
        else:
            self._complete(asked=True)

    def action_up(self) -> None:
        self._catch_up()
        if self._choices.entered:
            self._choices.move(-1)
        else:
            self._choices.close()
            self._show_recalled(self._recall.older(self._history.entries, self.text))

    def action_recall(self) -> None:
        """Show the former filters that contain what is typed."""
        typed = self.text
        found = [entry for entry in self._history.entries if typed.lower() in entry.lower()]
        self._open([Choice(entry, entry, 0, len(typed)) for entry in found], typed, at=0)
        self._choices.move(1)

    def action_cancel(self) -> None:
        self._catch_up()
        if self._choices.entered:
            self._choices.close()
            return
        stop(self._timer)
        self._choices.close()
        self.set_text(self._before.text)
        self.post_message(self.Cancelled(self, self._applied))

    async def action_save(self) -> None:
        """Ask for a name and save the filter under it."""
        if self._checked.error is None and self.text.strip():
            await ask_name(self.screen, self.text)
        else:
            self._explain(rested=True)

    # Completion and history.

    @on(Choices.Picked)
    def _picked(self, event: Choices.Picked) -> None:
        event.stop()
        self._take(event.choice)

    def _take(self, choice: Choice) -> None:
        self._choices.close()
        self._line.focus()
        self._line.replace(choice.text, choice.start, choice.end)

    def _mend(self, error: FilterError) -> None:
        """Put the suggestion in the place of what was wrong."""
        self._line.replace(error.suggestion, error.position, error.position + error.length)
        self._line.cursor_position = len(self.text)

    def _complete(self, asked: bool = False) -> None:
        """Open, change or close the pop-up for the text before the cursor."""
        offer = language.offer(self.text, self._line.cursor_position, self._values, asked, self._known)
        if offer.wanted is not None and self._values.ask(*offer.wanted):
            self.post_message(self.ValuesWanted(self, *offer.wanted))
        self._open(offer.choices, offer.typed, at=offer.start)

    def _open(self, choices: Sequence[Choice], typed: str, at: int) -> None:
        self._completed = self.text
        error = self._checked.error
        self._choices.styles.offset = (self._column(at) - 1, -1)
        elsewhere = error is not None and self._is_elsewhere(error)
        self._choices.open(choices, typed, error.message if error is not None and elsewhere else "")
        if self._choices.is_open:
            self._problem.hide()

    def _show_recalled(self, text: str | None) -> None:
        if text is not None:
            self._write(text)
            self._check()
            self._apply_soon()
            self._explain()

    def _write(self, text: str) -> None:
        with self._line.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text)

    def _cursor_moved(self) -> None:
        if self._choices.is_open and self._completed == self.text:
            self._choices.close()
            self._explain()

    # Errors.

    def _explain(self, rested: bool = False) -> None:
        """Show what is wrong; where the cursor is still at it, only once the keys have ``rested``."""
        error = self._checked.error
        stop(self._rest)
        if error is not None and not rested and not self._is_elsewhere(error):
            self._rest = self.set_timer(REST_SECONDS, lambda: self._explain(rested=True))
            error = None
        self.set_class(error is not None, "-invalid")
        self._line.mark(error.position, error.length) if error is not None else self._line.mark(0, 0)
        if error is not None and rested and language.is_refused(error) and not self._choices.entered:
            self._choices.close()
        if error is None or self._choices.is_open:
            self._problem.hide()
            self._doubt(rested)
            return
        start = self._column(error.position)
        length = self._column(error.position + error.length) - start
        advice = "Tab fixes it" if error.suggestion else ""
        self._problem.show(language.explanation(error), start, length, advice, self.size.width)

    def _doubt(self, rested: bool) -> None:
        """Say what is allowed and perhaps not meant, once the keys have rested."""
        doubts = self._checked.expression.warnings if self._checked.expression is not None else ()
        if not doubts or self._choices.is_open or not self._line.has_focus:
            return
        if not rested:
            self._rest = self.set_timer(REST_SECONDS, lambda: self._explain(rested=True))
            return
        start = self._column(0)
        self._problem.show(doubts[0], start, self._column(len(self.text)) - start, "", self.size.width)

    def _is_elsewhere(self, error: FilterError) -> bool:
        """Whether the cursor has left the place of the error: typing on cannot mend it."""
        return self._line.cursor_position > error.position + error.length

    def _column(self, index: int) -> int:
        """Cell of the bar under which character ``index`` of the text stands."""
        line = self._line
        return line.region.x - self.region.x + cell_len(self.text[:index]) - round(line.scroll_offset.x)

    # Looks.

    @property
    def _line(self) -> Line:
        return self.query_one("#filter-line", Line)

    @property
    def _choices(self) -> Choices:
        return self.query_one("#filter-choices", Choices)

    @property
    def _problem(self) -> Problem:
        return self.query_one("#filter-problem", Problem)

    def on_descendant_focus(self) -> None:
        self.add_class("-typing").remove_class("-quiet")
        self._before = self._applied
        self._values.ask_again()
        self._line.placeholder = EXAMPLE

    def on_descendant_blur(self) -> None:
        if self._behind:
            self._behind = False
            self._apply_soon()
        self._choices.close()
        self._problem.hide()
        self.remove_class("-typing").set_class(not self.text, "-quiet")
        self._line.placeholder = self._hint

    def on_resize(self, event: events.Resize) -> None:
        narrow = event.size.width < NARROW
        self.set_class(narrow, "-narrow")
        self.query_one("#filter-prompt", Static).update("› " if narrow else "filter › ")
