"""What the explorer filters by, marks and searches: the stack, the process scope, the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracetui.annotations.book import EMPTY
from tracetui.tui.filtering.stack import FilterStack, Pointing
from tracetui.tui.question import Question
from tracetui.tui.widgets.events_pane import ALIKE, DIM, FAILURES, HIGHLIGHT, SEARCH, EventsPane

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.filter import Expression, Surroundings
    from tracetui.process import Forest, Scope
    from tracetui.trace.schema import Schema
    from tracetui.tui.background import CountRequest
    from tracetui.tui.filtering import SearchKind
    from tracetui.tui.pointing import Point
    from tracetui.tui.view import View


class Filters:
    """State only; it hands questions to the events pane and never touches a widget of its own."""

    def __init__(self) -> None:
        self.schema: Schema | None = None
        self.forest: Forest | None = None
        self.selected: Record | None = None
        self.book = EMPTY
        """What is annotated."""
        self.scope: Scope | None = None
        """The process or subtree that the tree narrows the list to."""
        self.stack = FilterStack()
        self.origin: int | None = None
        """The event from which a search began."""
        self.missing: int | None = None
        """Events that a negated comparison left out because they lack the field."""
        self._saved: Mapping[str, str] | None = None
        self._asked: dict[str, str] = {}
        """What each role of the pane was last asked for."""
        self.watched = ""
        """What new events are watched for."""
        self._searched = ""
        self._generation = 0
        self._including = ""

    # What a filter may refer to.

    def surroundings(self) -> Surroundings:
        """Everything that is known now."""
        from tracetui.filter import Surroundings

        tables: dict[str, Sequence[str]] = {}
        if self.schema is not None:
            tables = {name: self.schema.columns(name) for name in self.schema.tables}
        if self._saved is None:
            self.reload_saved()
        return Surroundings(
            tables=tables,
            selected=self.selected,
            saved=self._saved or {},
            genealogy=self.forest,
            annotations=self.book,
        )

    def reload_saved(self) -> None:
        """Saved filters have changed, perhaps."""
        from tracetui.tui.filtering.language import saved_filters

        self._saved = saved_filters()

    # What the user does.

    def edit(self, text: str) -> None:
        """The filter line holds another filter."""
        self.stack = self.stack.edited(self.frozen(text))

    def frozen(self, text: str) -> str:
        """``text`` with the selected event's values in the place of ``${field}``: they no longer change."""
        from tracetui.filter import FilterError, parse
        from tracetui.filter.rewrite import resolved

        if "${" not in text:
            return text
        try:
            return resolved(parse(text, self.surroundings()))
        except FilterError:
            return text

    def point(self, how: str, point: Point) -> None:
        """A condition was pointed at."""
        from tracetui.filter import field_equals

        self.stack = self.stack.pointed(field_equals(point.field, point.value), Pointing(how))

    def narrow(self, first: int, last: int) -> None:
        """Only events of a range of ids, beside what is filtered already."""
        self.add(f"id in {first}..{last}")

    def add(self, condition: str) -> None:
        """Only events that match this, too, beside what is filtered already."""
        self.stack = self.stack.pointed(condition, Pointing.AND)

    def including_missing(self) -> str | None:
        """The filter in the line, widened to the events that lack a field; ``None`` where it is already."""
        from tracetui.filter import FilterError, including_missing, parse

        try:
            return including_missing(parse(self.stack.text, self.surroundings())) if self.stack.text else None
        except FilterError:
            return None

    # What the pane is asked for.

    def apply(self, pane: EventsPane) -> str:
        """Ask for what is on; returns what cannot be asked for, and why."""
        from tracetui.tui.filtering.stack import conjunction

        scope = "" if self.scope is None else self.scope.expression
        hiding = conjunction(text for text in (scope, self.stack.hiding) if text)
        highlights = " or ".join(f"({text})" for text in self.stack.highlights)
        problems = [
            self._ask(pane, "view", hiding),
            self._ask(pane, DIM, self.stack.dimming),
            self._ask(pane, HIGHLIGHT, highlights),
        ]
        return next((problem for problem in problems if problem), "")

    def _ask(self, pane: EventsPane, role: str, text: str) -> str:
        if self._asked.get(role, "") == text:
            return ""
        question, problem = self.question(text)
        if problem:
            return problem
        self._asked[role] = text
        if role == "view":
            self.missing = None
            self._including = self._widened(question) if question is not None else ""
            pane.apply(question)
            pane.mark(FAILURES, None)
            if self._searched:
                self._search_again(pane)
        else:
            pane.mark(role, question)
        return ""

    def question(self, text: str) -> tuple[Question | None, str]:
        """The question that a filter asks; or none, and what is wrong with it."""
        from tracetui.filter import FilterError, parse

        if not text or self.schema is None:
            return None, ""
        surroundings = self.surroundings()
        try:
            return Question(parse(text, surroundings), self.schema, surroundings), ""
        except FilterError as error:
            return None, error.message

    def ask_again(self) -> None:
        """What the questions depend on has changed: the next :meth:`apply` asks them anew."""
        self._asked.clear()

    @property
    def needs_processes(self) -> bool:
        """Whether some filter that is on depends on the process tree."""
        return any(expression.needs_processes for expression in self._expressions())

    @property
    def needs_annotations(self) -> bool:
        """Whether some filter that is on depends on what is annotated."""
        return any(expression.needs_annotations for expression in self._expressions())

    def _expressions(self) -> list[Expression]:
        """What was last asked for."""
        from tracetui.filter import FilterError, parse

        surroundings = self.surroundings()
        try:
            return [parse(text, surroundings) for text in self._asked.values() if text]
        except FilterError:
            return []

    # How many events a missing field left out.

    def _widened(self, question: Question) -> str:
        """A filter for the events that are left out only because they lack a field."""
        from tracetui.filter import including_missing

        expression: Expression = question.expression
        wider = including_missing(expression)
        return "" if wider is None else f"({wider}) and not ({expression.text})"

    def missing_request(self) -> CountRequest | None:
        """The count of those events, once the filter itself has been answered."""
        from tracetui.tui.background import CountRequest

        if not self._including or self.missing is not None:
            return None
        question, _ = self.question(self._including)
        if question is None:
            return None
        self._generation += 1
        self.missing = -1
        return CountRequest(self._generation, question)

    def take_count(self, generation: int, count: int) -> None:
        """The answer to :meth:`missing_request`."""
        if generation == self._generation:
            self.missing = count

    # Searching.

    def search(self, pane: EventsPane, kind: SearchKind, text: str) -> str:
        """Look for ``text`` from where the search began; what is wrong with it, or nothing."""
        self._searched = _search_filter(kind.value, text) if text else ""
        return self._search_again(pane, step=1, start=self.origin)

    def _search_again(self, pane: EventsPane, step: int = 0, start: int | None = None) -> str:
        """Look for the same among what is shown now."""
        _, problem = self.question(self._searched)
        if problem:
            return problem
        question, problem = self.question(self._among_shown(self._searched))
        pane.mark(SEARCH, question, step=step if question is not None else 0, start=start)
        return problem

    @property
    def shown_filter(self) -> str:
        """The filter of the events shown, the scope included; empty where all are."""
        return self._asked.get("view", "")

    def _among_shown(self, text: str) -> str:
        """``text``, of the events that the filters leave."""
        shown = self.shown_filter
        return f"({shown}) and ({text})" if text and shown else text

    def end_search(self, pane: EventsPane) -> None:
        """Nothing is looked for any more."""
        self._searched = ""
        pane.mark(SEARCH, None)

    def find_failures(self, pane: EventsPane, step: int) -> None:
        """Go to the next (previous) failure that the list shows."""
        question, _ = self.question(self._among_shown("failed or code != 0"))
        pane.mark(FAILURES, question, step=step)

    def find_alike(self, pane: EventsPane, field: str, step: int) -> str:
        """Go to the next (previous) event with the selected event's value of ``field``."""
        from tracetui.filter import field_equals
        from tracetui.filter.lookup import BY_NAME

        record = self.selected
        if record is None or record.id != pane.list.current_id:
            return "the event is still being read"
        value = next(iter(BY_NAME[field].values(record)), None)
        if value is None and field == "pid":
            field, value = "procname", record.procname or None
        if value is None:
            return f"this event has no {field}"
        text = self._among_shown(field_equals(field, value))
        if self._asked.get(ALIKE) == text and pane.beside[ALIKE].active:
            pane.step(ALIKE, step)
            return ""
        question, problem = self.question(text)
        if not problem:
            self._asked[ALIKE] = text
            pane.mark(ALIKE, question, step=step)
        return problem

    # What is said.

    @property
    def note(self) -> str:
        """What narrows the list beside the filter line."""
        parts = []
        if self.scope is not None:
            parts.append(self.scope.sentence)
        if self.stack.suspended and self.stack.filters:
            parts.append("filters off (z)")
        elif len(self.stack.filters) > 1:
            on = sum(one.enabled for one in self.stack.filters)
            parts.append(f"{on} of {len(self.stack.filters)} filters on (s)")
        return " · ".join(parts)

    def status(self, view: View) -> str:
        """What the right end of the filter line says."""
        if not view.filtered:
            return ""
        total = len(view.all)
        if view.matches.scanning:
            share = min(view.matches.seen / max(view.last, 1), 1.0)
            return f"{view.count:,} so far, {share:.0%} looked at"
        said = f"{view.count:,} of {total:,}"
        if self.missing is not None and self.missing > 0:
            said += f" · {self.missing:,} lack the field (i includes)"
        return said


def _search_filter(kind: str, text: str) -> str:
    """A search as a filter."""
    from tracetui.filter import quoted
    from tracetui.filter.rewrite import in_quotes

    if kind == "filter":
        return text
    if kind == "regex":
        return f"text ~ {in_quotes(text)}"
    if kind == "hex":
        return f"buffer bcontains {quoted(text.replace(' ', ''))}"
    return f"text {'contains' if text != text.lower() else 'icontains'} {in_quotes(text)}"
