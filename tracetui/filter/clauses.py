"""Clauses for one field: one for each place where its values are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import LargeBinary, String, Text, and_, cast, false, func, or_, true, type_coerce

from tracetui.events.text import text_of
from tracetui.filter.comparisons import data_clause, inside, possible, text_clause
from tracetui.filter.field import Anything, Data, Derived, Field, Number, Stored
from tracetui.filter.fields import TEXT_COLUMNS
from tracetui.filter.intervals import Interval
from tracetui.filter.joining import Clause, Expr, all_of, any_of
from tracetui.filter.operands import Value
from tracetui.filter.operators import Relation
from tracetui.filter.patterns import bounded
from tracetui.filter.predicate import DataTest, Predicate, TextTest
from tracetui.filter.scope import Scope
from tracetui.filter.spans import Spans, spans_of
from tracetui.filter.surroundings import Surroundings

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
        sources = [source for source in field.sources if self._scope.has(source)]
        clauses = [made for source in sources if (made := clause(source)) is not None]
        if field.note:
            clauses.append(self._annotated(field.note, passes))
        spans = spans_of(field, passes, self._surroundings.genealogy)
        return clauses if spans is None else [*clauses, self._within(spans)]

    # A value passes.

    def _holds(self, source: Any, predicate: Predicate) -> Clause | None:
        if (told := self._scope.told(source, predicate)) is not None:
            return true() if told else false()
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
            column = self._scope.column(source.column)
            return and_(func.typeof(column) == "integer", self._tested(cast(column, Text), predicate.text))
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
        plain = self._plain(column, test)
        return (
            plain
            if plain is not None
            else self._asked(column, bounded(test.matcher(self._scope.budget)), test)
        )

    def _plain(self, column: Expr, test: TextTest) -> Clause | None:
        """A test that asks no function, but of texts that may contain something in an escape."""
        return text_clause(column, test, lambda: self._call(column, test.matcher()))

    def _asked(self, column: Expr, matches: Callable[[str], bool], test: TextTest) -> Clause:
        """A function is asked, of the values only in which every match can be."""
        return and_(possible([column], test), self._call(column, matches))

    def _call(self, column: Expr, matches: Callable[[str], bool]) -> Clause:
        def call(value: object) -> bool:
            return value is not None and matches(value if isinstance(value, str) else text_of(value))

        return self._scope.call(call, [column])

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
            plain = self._plain(self._scope.column(source.computed), predicate.text)
            if plain is not None:
                return plain
        if source.whole and (contained := self._contained(source, predicate)) is not None:
            return contained
        passes = predicate.matcher(self._scope.budget)
        values = source.values

        def call(*columns: object) -> bool:
            return any(passes(value) for value in values(*columns))

        asked = self._scope.call(_remembered(call) if source.repeats else call, self._columns(source))
        clauses: list[Clause] = []
        if source.guard:
            clauses.append(self._scope.column(source.guard).is_not(None))
        only_text = predicate.text is not None and predicate.numbers is None and predicate.data is None
        if source.within and only_text and predicate.text is not None:
            clauses.append(possible([self._scope.column(name) for name in source.within], predicate.text))
        return all_of([*clauses, asked])

    def _columns(self, source: Derived) -> list[Expr]:
        columns = [self._scope.column(name) for name in source.columns]
        return [type_coerce(column, LargeBinary) for column in columns] if source.as_stored else columns

    def _contained(self, source: Derived, predicate: Predicate) -> Clause | None:
        """Whether a column contains a text, where no function need be asked."""
        test = predicate.text
        if predicate != Predicate(text=test) or test is None or test.relation is not Relation.CONTAINS:
            return None
        clauses = [self._plain(self._scope.column(name), test) for name in source.within]
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
        if "exec" in tables and "argv" in tables["exec"].c:
            clauses.append(self._command(predicate))
        for table in self._scope.schema.reflected:
            names = (f"{table}.{column}" for column in self._scope.schema.columns(table))
            clauses.extend(self._stored(name, predicate) for name in names)
        return any_of(clauses)

    def _stored(self, name: str, predicate: Predicate, is_buffer: bool = False) -> Clause:
        if self._scope.told(Stored(name), Predicate(text=predicate.text)) is False:
            return false()
        column = self._scope.column(name)
        return self._scope.once((name, predicate), lambda: self._searched(name, column, predicate, is_buffer))

    def _searched(self, name: str, column: Expr, predicate: Predicate, is_buffer: bool) -> Clause:
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

            asked = self._scope.call(_remembered(call) if source.repeats else call, self._columns(source))
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
