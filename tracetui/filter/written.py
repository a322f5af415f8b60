"""The values of a comparison: bare, quoted, ranges, lists and ``${field}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from tracetui.filter.asked import Written
from tracetui.filter.complaints import missing_value, unknown_field
from tracetui.filter.errors import FilterError
from tracetui.filter.field import Field
from tracetui.filter.lexer import Lexer, Token
from tracetui.filter.lookup import find
from tracetui.filter.operands import Operand, Range, Value
from tracetui.filter.operators import Operator, Relation
from tracetui.filter.surroundings import Surroundings

_BARE_GROUP = re.compile(r"\((?!\s*r?[\"'])")
"""A parenthesis that is part of a regular expression; before a quote it opens a list of them."""

_BRACKETS = (("(", ")"), ("{", "}"), ("[", "]"))


class Expected(Enum):
    """What can stand at a place; completion is made of that."""

    TERM = "a field, a text or ("
    OPERATOR = "an operator"
    VALUE = "a value"
    LOGIC = "and, or"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where something was expected, and what stands there (nothing, where start is end)."""

    expected: Expected
    start: int
    end: int
    field: Field | None = None


@dataclass
class Reading:
    """The state of one parse."""

    lexer: Lexer
    surroundings: Surroundings
    slots: list[Slot] = field(default_factory=list)
    """What was expected where, in order; after an error, up to it."""
    warnings: list[str] = field(default_factory=list)
    references: list[tuple[int, int, Value]] = field(default_factory=list)
    """Places of ``${field}``, with the value of each."""
    conditions: int = 0

    def note(self, expected: Expected, start: int, end: int, of: Field | None = None) -> None:
        self.slots.append(Slot(expected, start, end, of))

    def field(self, name: str) -> Field | None:
        """The field called ``name`` in this trace."""
        return find(name, self.surroundings.tables)


def values(reading: Reading, of: Field, operator: Operator) -> Sequence[Written]:
    """What is written after ``operator``: a value, or a list of which any will do."""
    is_regex = operator.relation in (Relation.SEARCH, Relation.WHOLE)
    for opening, closing in _BRACKETS if operator.takes_set else _BRACKETS[:1]:
        if reading.lexer.looking_at(opening) and not (is_regex and _BARE_GROUP.match(*reading.lexer.here)):
            return _list(reading, of, opening, closing)
    return (_value(reading, of, in_list=False),)


def _list(reading: Reading, of: Field, opening: str, closing: str) -> Sequence[Written]:
    lexer = reading.lexer
    start = lexer.skip()
    lexer.take(opening)
    found: list[Written] = []
    while not lexer.take(closing):
        if lexer.at_end:
            reading.note(Expected.VALUE, lexer.position, lexer.position, of)
            raise FilterError("a list is not closed", position=start, expected=(closing,))
        found.append(_value(reading, of, in_list=True))
        lexer.take(",")
    if not found:
        length = lexer.position - start
        raise FilterError("an empty list", position=start, length=length, expected=("a value",))
    return found


def _value(reading: Reading, of: Field, in_list: bool) -> Written:
    lexer, slots = reading.lexer, reading.slots
    start = lexer.skip()
    reading.note(Expected.VALUE, start, len(lexer.text), of)
    if (quoted := lexer.quoted()) is not None:
        slots[-1] = replace(slots[-1], end=quoted.end)
        return Operand(quoted.text, quoted.start, quoted.end, quoted=True, data=quoted.data)
    token = _reference(lexer) or lexer.value(in_list)
    slots[-1] = replace(slots[-1], end=start if token is None else token.end)
    if token is None:
        raise missing_value(of, start)
    if not of.kind.has_numbers:
        return _operand(reading, token)
    if token.text.startswith("${"):
        low = _operand(reading, token)
        return _open_range(reading, low, in_list) if lexer.text.startswith("..", token.end) else low
    return _range(reading, token) if ".." in token.text else _operand(reading, token)


def _range(reading: Reading, token: Token) -> Range:
    """``1..5``, ``..5``, ``1..`` or ``1..${id}``."""
    low, _, high = token.text.partition("..")
    middle = token.start + len(low)
    first = Operand(low, token.start, middle) if low else None
    if high.startswith("${"):
        reading.lexer.position = middle + 2
        return _open_range(reading, first, in_list=True, dots=0)
    if first is None and not high:
        raise FilterError("a range without its ends", position=token.start, length=2, expected=("1..5",))
    return Range(first, Operand(high, middle + 2, token.end) if high else None)


def _open_range(reading: Reading, low: Operand | None, in_list: bool, dots: int = 2) -> Range:
    """The rest of a range after its first end."""
    reading.lexer.position += dots
    start = reading.lexer.position
    at_space = reading.lexer.text[start : start + 1].isspace()
    high = None if at_space else _reference(reading.lexer) or reading.lexer.value(in_list)
    return Range(low, _operand(reading, high) if high is not None else None)


def _reference(lexer: Lexer) -> Token | None:
    """``${field}`` as a token."""
    start = lexer.skip()
    if not lexer.text.startswith("${", start):
        return None
    end = lexer.text.find("}", start)
    if end < 0:
        length = len(lexer.text) - start
        raise FilterError("${field} is not closed", position=start, length=length, expected=("}",))
    lexer.position = end + 1
    return Token(lexer.text[start : end + 1], start, end + 1)


def _operand(reading: Reading, token: Token) -> Operand:
    if not token.text.startswith("${"):
        return Operand(token.text, token.start, token.end)
    name = token.text[2:-1].strip()
    found = reading.field(name)
    if found is None:
        place = Token(name, token.start + 2, max(token.end - 1, token.start + 3))
        raise unknown_field(place, reading.surroundings.tables)
    value = _selected_value(reading, found, token)
    reading.references.append((token.start, token.end, value))
    return Operand(token.text, token.start, token.end, value=value)


def _selected_value(reading: Reading, of: Field, token: Token) -> Value:
    """The first value that the selected event has."""
    selected = reading.surroundings.selected
    length = token.end - token.start
    if selected is None:
        raise FilterError(
            f"{token.text} is the value of the selected event, and none is selected",
            position=token.start,
            length=length,
        )
    annotations = reading.surroundings.annotations
    noted = annotations.of(of.note, selected.id) if of.note and annotations else ()
    for value in (*noted, *of.values(selected)):
        return value
    raise FilterError(f"the selected event has no {of.name}", position=token.start, length=length)
