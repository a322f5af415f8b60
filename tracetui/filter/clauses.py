"""Clauses for one field: one for each place where its values are kept."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, String, Text, and_, cast, false, func, literal, or_, true

from tracetui.filter.field import Anything, Data, Derived, Field, Number, Stored
from tracetui.filter.fields import TEXT_COLUMNS
from tracetui.filter.intervals import MAX, MIN, Interval, Intervals
from tracetui.filter.joining import Clause, all_of, any_of
from tracetui.filter.operands import Value
from tracetui.filter.operators import PATTERNS, Relation
from tracetui.filter.patterns import bounded
from tracetui.filter.predicate import DataTest, Predicate, TextTest
from tracetui.filter.scope import Scope
from tracetui.filter.spans import Spans, spans_of
from tracetui.filter.surroundings import Surroundings

Expr = ColumnElement[Any]

_MANY_TEXTS = 20
"""Texts above which a function looks for them instead of a clause each."""

_MANY = 400
"""Pids above which a function looks them up instead of a list in the clause."""


class Clauses:
    """Makes the clauses of one compilation."""

    def __init__(self, scope: Scope, surroundings: Surroundings) -> None:
        self._scope = scope
        self._surroundings = surroundings

    def holding(self, field: Field, predicate: Predicate) -> list[Clause]:
        """Clauses of which one is true where some value of ``field`` passes."""
        return self._each(
            field, lambda source: self._holds(source, predicate), predicate.matcher(self._scope.budget)
        )

    def present(self, field: Field) -> list[Clause]:
        """Clauses of which one is true where the event has a value of ``field``."""
        return self._each(field, self._present, lambda _: True)

    def _each(
        self, field: Field, clause: Callable[[Any], Clause | None], passes: Callable[[Value], bool]
    ) -> list[Clause]:
        if field.note:
            return [self._annotated(field.note, passes)]
        sources = [source for source in field.sources if self._scope.has(source)]
        clauses = [made for source in sources if (made := clause(source)) is not None]
        spans = spans_of(field, passes, self._surroundings.genealogy)
        return clauses if spans is None else [*clauses, self._within(spans)]

    # A value passes.

    def _holds(self, source: Any, predicate: Predicate) -> Clause | None:
        if isinstance(source, Stored):
            return self._text(source, predicate.text)
        if isinstance(source, Number):
            return self._number(source, predicate)
        if isinstance(source, Data):
            return self._data(self._scope.column(source.column), predicate.data)
        if isinstance(source, Derived):
            return self._derived(source, predicate)
        return self._anything(predicate)

    def _number(self, source: Number, predicate: Predicate) -> Clause | None:
        if predicate.numbers is not None:
            return inside(self._scope.column(source.column), predicate.numbers)
        if predicate.numbers_as_text and predicate.text is not None:
            digits = cast(self._scope.column(source.column), Text)
            return self._tested(digits, predicate.text)
        return None

    def _text(self, source: Stored, test: TextTest | None) -> Clause | None:
        if test is None:
            return None
        column = self._scope.column(source.column)
        if source.also is None:
            clause = self._tested(column, test)
        elif (test.relation is Relation.EQUAL and not test.fold) or test.relation is Relation.CONTAINS:
            # The other form is a part of the stored one, and equality has all forms spelt out.
            clause = self._tested(column, test)
        else:
            also, matches = source.also, test.matcher(self._scope.budget)
            clause = self._asked(column, bounded(lambda text: matches(text) or matches(also(text))), test)
        absent = sorted(source.absent)
        return and_(column.not_in(absent), clause) if absent else clause

    def _tested(self, column: Expr, test: TextTest) -> Clause:
        plain = text_clause(column, test)
        return (
            plain
            if plain is not None
            else self._asked(column, bounded(test.matcher(self._scope.budget)), test)
        )

    def _asked(self, column: Expr, matches: Callable[[str], bool], test: TextTest) -> Clause:
        """A function is asked, of the values only in which every match can be."""

        def call(value: object) -> bool:
            return value is not None and matches(value if isinstance(value, str) else _shown(value))

        return and_(possible([column], test), self._scope.call(call, [column]))

    def _data(self, column: Expr, test: DataTest | None) -> Clause | None:
        if test is None:
            return None
        matches = test.matcher(self._scope.budget)

        def call(value: object) -> bool:
            from tracetui.filter.derive import buffer_bytes

            return any(matches(data) for data in buffer_bytes(value))

        asked = self._scope.call(call, [column])
        plain = data_clause(column, test)
        if plain is None:
            return asked
        return or_(
            and_(func.typeof(column) == "blob", plain),
            and_(func.typeof(column).in_(("text", "integer")), asked),
        )

    def _derived(self, source: Derived, predicate: Predicate) -> Clause | None:
        if source.only_text:
            predicate = Predicate(text=predicate.text)
        if predicate == Predicate():
            return None
        if source.computed and predicate.text is not None:
            plain = text_clause(self._scope.column(source.computed), predicate.text)
            if plain is not None:
                return plain
        if source.whole and (contained := self._contained(source, predicate)) is not None:
            return contained
        passes = predicate.matcher(self._scope.budget)
        values = source.values

        def call(*columns: object) -> bool:
            return any(passes(value) for value in values(*columns))

        columns = [self._scope.column(name) for name in source.columns]
        asked = self._scope.call(_remembered(call) if source.repeats else call, columns)
        clauses: list[Clause] = []
        if source.guard:
            clauses.append(self._scope.column(source.guard).is_not(None))
        only_text = predicate.text is not None and predicate.numbers is None and predicate.data is None
        if source.within and only_text and predicate.text is not None:
            clauses.append(possible([self._scope.column(name) for name in source.within], predicate.text))
        return all_of([*clauses, asked])

    def _contained(self, source: Derived, predicate: Predicate) -> Clause | None:
        """Whether a column contains a text, where no function need be asked."""
        test = predicate.text
        if predicate != Predicate(text=test) or test is None or test.relation is not Relation.CONTAINS:
            return None
        clauses = [text_clause(self._scope.column(name), test) for name in source.within]
        known = [clause for clause in clauses if clause is not None]
        return any_of(known) if len(known) == len(clauses) and all(test.needles) else None

    def _anything(self, predicate: Predicate) -> Clause:
        """Text or bytes anywhere, as stored."""
        clauses: list[Clause] = []
        tables = self._scope.visible.tables
        for table, columns in TEXT_COLUMNS.items():
            for column in columns if table in tables else ():
                if column in tables[table].c:
                    clauses.append(self._stored(f"{table}.{column}", predicate, is_buffer=column == "buffer"))
        if "exec" in tables:
            clauses.append(self._command(predicate))
        for table in self._scope.schema.reflected:
            names = (f"{table}.{column}" for column in self._scope.schema.columns(table))
            clauses.extend(self._stored(name, predicate) for name in names)
        return any_of(clauses)

    def _stored(self, name: str, predicate: Predicate, is_buffer: bool = False) -> Clause:
        column = self._scope.column(name)
        if is_buffer:
            found = self._data(column, predicate.data)
            return false() if found is None else found
        clauses: list[Clause] = []
        if predicate.text is not None and isinstance(column.type, String):
            clauses.append(self._tested(column, predicate.text))
        elif predicate.text is not None:
            clauses.append(and_(func.typeof(column) == "text", self._tested(column, predicate.text)))
        if predicate.data is not None and name.partition(".")[0] in self._scope.schema.reflected:
            matches = predicate.data.matcher(self._scope.budget)
            asked = self._scope.call(lambda value: isinstance(value, bytes) and matches(value), [column])
            clauses.append(and_(func.typeof(column) == "blob", asked))
        return any_of(clauses)

    def _command(self, predicate: Predicate) -> Clause:
        """The words of an exec, joined: no column holds them like that."""
        from tracetui.filter.derive import argv_of

        matches = predicate.text.matcher(self._scope.budget) if predicate.text is not None else None

        def call(stored: object) -> bool:
            argv = argv_of(stored)
            return bool(argv) and matches is not None and matches(" ".join(argv))

        column = self._scope.column("exec.argv")
        return and_(column.is_not(None), self._scope.call(_remembered(call), [column]))

    # A value is there.

    def _present(self, source: Any) -> Clause | None:
        if isinstance(source, Anything):
            return true()
        if isinstance(source, Derived) and source.computed:
            return self._scope.column(source.computed).is_not(None)
        if isinstance(source, Derived):
            values = source.values

            def call(*columns: object) -> bool:
                return any(True for _ in values(*columns))

            columns = [self._scope.column(name) for name in source.columns]
            asked = self._scope.call(_remembered(call) if source.repeats else call, columns)
            return and_(self._scope.column(source.guard).is_not(None), asked) if source.guard else asked
        column = self._scope.column(source.column)
        if isinstance(source, Number) and not source.column.startswith("="):
            return func.typeof(column) == "integer"
        there = column.is_not(None)
        absent = sorted(source.absent) if isinstance(source, Stored) else []
        return and_(there, column.not_in(absent)) if absent else there

    # What the event itself does not know.

    def _within(self, spans: Spans) -> Clause:
        """Events of the pids in ``spans``."""
        pid = self._scope.column("=pid")
        event_id = self._scope.column("event.id")
        always, sometimes = list(spans.always()), list(spans.sometimes())
        if len(always) + len(sometimes) > _MANY:
            # Events without a pid are many: they are not worth a call.
            return and_(pid.is_not(None), self._scope.call(spans.contain, [pid, event_id]))
        clauses: list[Clause] = [pid.in_(always)] if always else []
        for process, (first, last) in sometimes:
            bounds = inside(event_id, (Interval(first, last),))
            clauses.append(and_(pid == process, bounds))
        return any_of(clauses)

    def _annotated(self, kind: str, passes: Callable[[Value], bool]) -> Clause:
        annotations = self._surroundings.annotations
        if annotations is None:
            return false()
        ids = frozenset(annotations.ids(kind, bounded(passes)))
        event_id = self._scope.column("event.id")
        if len(ids) <= _MANY:
            return event_id.in_(sorted(ids)) if ids else false()
        # A call takes microseconds: none for the part of the trace where nothing is annotated.
        return and_(event_id.between(min(ids), max(ids)), self._scope.call(ids.__contains__, [event_id]))


def inside(column: Expr, intervals: Intervals) -> Clause:
    """Whether a number lies in one of ``intervals``."""
    points = [i.low for i in intervals if i.is_point and _fits(i.low)]
    clauses: list[Clause] = (
        [column.in_([literal(p) for p in points])] if len(points) > 1 else [column == p for p in points]
    )
    for interval in intervals:
        if not interval.is_point and (found := _between(column, interval)) is not None:
            clauses.append(and_(func.typeof(column) == "integer", found))
    return any_of(clauses)


def _between(column: Expr, interval: Interval) -> Clause | None:
    clauses: list[Clause] = []
    if interval.low is not None and interval.low >= MIN:
        if interval.low > MAX:
            return None
        clauses.append(column > interval.low if interval.low_open else column >= interval.low)
    if interval.high is not None and interval.high <= MAX:
        if interval.high < MIN:
            return None
        clauses.append(column < interval.high if interval.high_open else column <= interval.high)
    return all_of(clauses)


def _fits(number: Any) -> bool:
    """Whether SQLite can hold the number; others equal nothing that is stored."""
    return bool(MIN <= number <= MAX)


def text_clause(column: Expr, test: TextTest) -> Clause | None:
    """A text test in SQL alone; ``None`` where SQLite cannot say it exactly.

    SQLite's ``substr`` and ``length`` stop at a NUL, and text that is not UTF-8 reaches Python in escapes:
    needles with such, and ends of texts that may begin in an escape, are left to Python.
    """
    if test.relation in (*PATTERNS, Relation.FUZZY) or not all(map(_is_plain, test.needles)):
        return None
    if len(test.needles) > _MANY_TEXTS and test.relation is not Relation.EQUAL:
        return None
    if test.fold and not test.folds_ascii:
        return None
    needles = [test.folded(needle) for needle in test.needles]
    shown = func.lower(column) if test.fold else column
    relation = test.relation
    if relation is Relation.EQUAL:
        return shown.in_(needles) if len(needles) > 1 else shown == needles[0]
    if relation is Relation.CONTAINS:
        return any_of(func.instr(shown, needle) > 0 for needle in needles)
    if relation is Relation.STARTS:
        return any_of(_starts(shown, needle) for needle in needles)
    if relation is Relation.UNDER:
        bases = [(needle, needle.rstrip("/")) for needle in needles]
        return any_of(
            or_(shown == needle, and_(literal(base) != "", shown == base), _starts(shown, base + "/"))
            for needle, base in bases
        )
    if relation is Relation.ENDS:
        escaped = any(map(_END_OF_ESCAPE.match, needles))
        return None if escaped else any_of(_ends(shown, needle) for needle in needles)
    if test.fold:
        return None
    return {
        Relation.LESS: column < needles[0],
        Relation.LESS_EQUAL: column <= needles[0],
        Relation.GREATER: column > needles[0],
        Relation.GREATER_EQUAL: column >= needles[0],
    }[relation]


def _starts(column: Expr, needle: str) -> Clause:
    return func.substr(column, 1, len(needle)) == needle if needle else column.is_not(None)


def _ends(column: Expr, needle: str) -> Clause:
    """Of the bytes, which have no end at a NUL."""
    end = needle.encode()
    return func.substr(cast(column, LargeBinary), -len(end)) == end if end else column.is_not(None)


_END_OF_ESCAPE = re.compile("^(x?[0-9a-f]{1,2}|x$)", re.IGNORECASE)
"""With what a needle may begin that is the end of a text and of the escape of a byte."""


def _is_plain(needle: str) -> bool:
    if "\0" in needle or "\\" in needle:
        return False
    return not any(0xD800 <= ord(char) < 0xE000 for char in needle) if not needle.isascii() else True


def data_clause(column: Expr, test: DataTest) -> Clause | None:
    """A test of a blob in SQL alone; ``None`` where SQLite cannot say it."""
    if test.fold or test.relation in PATTERNS or len(test.needles) > _MANY_TEXTS:
        return None
    relation, needles = test.relation, test.needles
    if relation is Relation.EQUAL:
        return any_of(column == needle for needle in needles)
    if relation is Relation.CONTAINS:
        return any_of(func.instr(column, needle) > 0 for needle in needles)
    if relation is Relation.STARTS:
        return any_of(func.substr(column, 1, len(needle)) == needle for needle in needles)
    return None


def possible(columns: Iterable[Expr], test: TextTest) -> Clause:
    """A quick search for what every match contains; true where nothing is known of it."""
    literals = _literals(test)
    if literals is None:
        return true()
    clauses: list[Clause] = []
    for column in columns:
        shown = func.lower(column) if test.fold else column
        clauses.extend(func.instr(shown, text) > 0 for text in literals)
    return any_of(clauses)


def _literals(test: TextTest) -> list[str] | None:
    """Texts of which every match contains one; ``None`` where there is no such set."""
    if (test.fold and not test.folds_ascii) or len(test.needles) > _MANY_TEXTS:
        return None
    if test.relation in PATTERNS:
        found = [pattern.literal for pattern in test.patterns()]
    elif test.relation is Relation.UNDER:
        found = [needle.rstrip("/") or "/" for needle in test.needles]
    elif test.relation is Relation.ENDS:
        found = [_END_OF_ESCAPE.sub("", test.folded(needle)) for needle in test.needles]
    elif test.relation in (Relation.EQUAL, Relation.CONTAINS, Relation.STARTS):
        found = [test.folded(needle) for needle in test.needles]
    else:
        return None
    return found if all(text and _is_plain(text) for text in found) else None


def _shown(value: object) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _remembered(call: Callable[..., bool]) -> Callable[..., bool]:
    """``call`` with the answers for the last few thousand different columns kept."""
    answers: dict[tuple[object, ...], bool] = {}

    def ask(*columns: object) -> bool:
        answer = answers.get(columns)
        if answer is None:
            answer = call(*columns)
            if sum(sys.getsizeof(column) for column in columns) < 2_000:
                if len(answers) >= 20_000:
                    answers.clear()
                answers[columns] = answer
        return answer

    return ask
