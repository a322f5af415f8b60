"""What one column is compared with, in SQL alone: numbers, texts, buffers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, LargeBinary, Text, and_, cast, func, literal, or_, true

from tracetui.filter.intervals import MAX, MIN, Interval, Intervals
from tracetui.filter.joining import Clause, Expr, all_of, any_of
from tracetui.filter.operators import ORDERS, PATTERNS, Relation
from tracetui.filter.predicate import DataTest, TextTest

_MANY_TEXTS = 20
"""Texts above which a function looks for them instead of a clause each."""


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


def text_clause(column: Expr, test: TextTest, ask: Callable[[], Clause]) -> Clause | None:
    """A text test in SQL; ``None`` where SQLite cannot say it exactly.

    SQLite's ``substr`` and ``length`` stop at a NUL, and bytes that are not UTF-8 are text in escapes:
    needles with such, ends of texts that may begin in an escape, and the order of texts are left to Python.
    ``ask`` makes the clause that asks it: of what is contained, where a text may have it in an escape only.
    A blob is the text that its bytes are.
    """
    if test.relation in (*PATTERNS, *ORDERS, Relation.FUZZY) or not all(map(_is_plain, test.needles)):
        return None
    if len(test.needles) > _MANY_TEXTS and test.relation is not Relation.EQUAL:
        return None
    if test.fold and not test.folds_ascii:
        return None
    needles = [test.folded(needle) for needle in test.needles]
    shown = func.lower(column) if test.fold else column
    relation = test.relation
    if relation is Relation.EQUAL:
        return _equals(shown, needles)
    if relation is Relation.CONTAINS:
        return any_of(_contains(shown, needle, ask) for needle in needles)
    if relation is Relation.STARTS:
        return any_of(_starts(shown, needle) for needle in needles)
    if relation is Relation.UNDER:
        bases = [(needle, needle.rstrip("/")) for needle in needles]
        equal = _equals(shown, [*needles, *(base for needle, base in bases if base not in ("", needle))])
        return any_of([equal, *(_starts(shown, base + "/") for _, base in bases)])
    if relation is Relation.ENDS:
        escaped = any(map(_END_OF_ESCAPE.match, needles))
        return None if escaped else any_of(_ends(shown, needle) for needle in needles)
    return None


def _equals(column: Expr, needles: list[str]) -> Clause:
    equal = column.in_(needles) if len(needles) > 1 else column == needles[0]
    if not isinstance(column, Column):
        return equal
    # Blobs come after all else: one comparison, where a cast takes longer than to compare texts.
    blobs = [literal(needle.encode(), LargeBinary) for needle in needles]
    return or_(equal, and_(column >= literal(b"", LargeBinary), column.in_(blobs)))


def _starts(column: Expr, needle: str) -> Clause:
    if not needle:
        return column.is_not(None)
    if needle.isascii():
        return func.substr(cast(column, Text), 1, len(needle)) == needle
    # Of the bytes: for SQLite, a character goes on where bytes follow that are not UTF-8.
    start = needle.encode()
    return func.substr(cast(column, LargeBinary), 1, len(start)) == start


def _ends(column: Expr, needle: str) -> Clause:
    """Of the bytes, which have no end at a NUL."""
    end = needle.encode()
    return func.substr(cast(column, LargeBinary), -len(end)) == end if end else column.is_not(None)


def _contains(column: Expr, needle: str, ask: Callable[[], Clause]) -> Clause:
    """Whether ``needle`` is contained, as it is stored or from within the escape of a byte on."""
    found = func.instr(column, needle) > 0
    forms = _stored_forms(needle)
    if not forms:
        return found
    data = cast(column, LargeBinary)
    escaped = any_of(func.instr(data, form) > 0 if form else true() for form in forms)
    # All forms end alike: most texts have not even that, and are looked at once.
    end = _END_OF_ESCAPE.sub("", needle)
    is_possible = func.instr(column, end) > 0 if end else true()
    return all_of([is_possible, any_of([found, all_of([escaped, ask()])])])


def _stored_forms(needle: str) -> list[bytes]:
    """Bytes of which a text has some that contains ``needle`` from within an escape on; none is in all."""
    if _PART_OF_ESCAPE.fullmatch(needle):
        return [b""]
    forms = [needle[1:].encode()] if needle[:1] in "0123456789abcdef" else []
    if byte := _BYTE_OF_ESCAPE.match(needle):
        forms.append(bytes.fromhex(byte[1]) + needle[byte.end() :].encode())
    return forms


_END_OF_ESCAPE = re.compile("^(x?[0-9a-f]{1,2}|x$)")
"""With what a needle begins that may begin within the escape of a byte, ``\\xff``."""
_BYTE_OF_ESCAPE = re.compile("^x?([89a-f][0-9a-f])")
_PART_OF_ESCAPE = re.compile("x[89a-f]?|[0-9a-f]")


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
        # Of an empty buffer, SQLite has no beginning, not even an empty one.
        if not all(needles):
            return column.is_not(None)
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
        found = [needle.rstrip("/") or needle[:1] for needle in test.needles]
    elif test.relation in (Relation.EQUAL, Relation.CONTAINS, Relation.STARTS, Relation.ENDS):
        found = [test.folded(needle) for needle in test.needles]
    else:
        return None
    if test.relation in (*PATTERNS, Relation.CONTAINS, Relation.ENDS):
        found = [_END_OF_ESCAPE.sub("", text) for text in found]
    return found if all(text and _is_plain(text) for text in found) else None
