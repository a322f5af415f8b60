"""From an operator and written values to a predicate, by the kind of the field; says what does not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.filter.errors import FilterError
from tracetui.filter.field import Field, Kind
from tracetui.filter.habits import LOGIC_ADVICE, NOTHING, presence
from tracetui.filter.intervals import Interval, Intervals, Number, between, equal_to, ordered
from tracetui.filter.lookup import BY_NAME, looks_like_field, nearest
from tracetui.filter.operands import Operand, Range, data, duration, hex_bytes, moment, number, truth
from tracetui.filter.operators import ORDERS, PATTERNS, Operator, Relation
from tracetui.filter.patterns import PatternError, looks_like_glob
from tracetui.filter.predicate import DataTest, Predicate, TextTest

if TYPE_CHECKING:
    from collections.abc import Callable

Written = Operand | Range

_READERS: dict[Kind, Callable[[str], Number | None]] = {
    Kind.FLAG: truth,
    Kind.TIME: moment,
    Kind.DURATION: duration,
}


def predicate(field: Field, operator: Operator, written: Sequence[Written]) -> Predicate:
    """What ``field operator written`` asks of a value. Raises :class:`FilterError` without the text."""
    if operator.hexadecimal:
        return _hexadecimal(field, operator, written)
    for operand in written:
        _refuse(field, operand)
    if field.kind is Kind.FLAG and operator.relation in ORDERS:
        raise _not_a_flag(field, written[0])
    if (operator.relation is Relation.EQUAL and not operator.fold) or operator.relation in ORDERS:
        return _by_value(field, operator, written)
    return _by_text(field, operator, written)


def _by_value(field: Field, operator: Operator, written: Sequence[Written]) -> Predicate:
    """Equality, order and ranges."""
    intervals: list[Interval] = []
    texts: list[str] = []
    for operand in written:
        found = _intervals(field, operator.relation, operand)
        intervals.extend(found or ())
        if isinstance(operand, Operand) and (not found or _is_told_either_way(field)):
            texts.extend(_texts(field, operator.relation, operand))
        elif found is None:
            raise _not_a_number(field, operand)
    data_test = None
    if field.kind.has_bytes:
        needles = tuple(_bytes(operand) for operand in written if isinstance(operand, Operand))
        data_test = DataTest(operator.relation, needles) if needles else None
    return Predicate(
        tuple(intervals) if intervals else None,
        TextTest(operator.relation, tuple(dict.fromkeys(texts))) if texts else None,
        data_test,
    )


def _is_told_either_way(field: Field) -> bool:
    """Whether what is a number may be told as a text of its digits: variables, tags, columns as stored."""
    is_mixed = field.kind is Kind.MIXED and not field.wraps32 and field.number_of is None
    return is_mixed or field.kind is Kind.STORED


def _intervals(field: Field, relation: Relation, operand: Written) -> Intervals | None:
    """The numbers that an operand stands for; ``None`` where it is none, and need not be."""
    if not field.kind.has_numbers:
        return None
    if isinstance(operand, Range):
        low = None if operand.low is None else _number(field, operand.low)
        high = None if operand.high is None else _number(field, operand.high)
        if (operand.low is not None and low is None) or (operand.high is not None and high is None):
            return None
        return between(low, high)
    by_name = field.expand is not None and relation is Relation.EQUAL and operand.value is None
    value = _number(field, operand, names=not by_name)
    if value is None:
        if not field.kind.has_text:
            raise _not_a_number(field, operand)
        return None
    return equal_to(value, field.wraps32) if relation is Relation.EQUAL else ordered(relation.value, value)


def _number(field: Field, operand: Operand, names: bool = True) -> Number | None:
    if isinstance(operand.value, int | float):
        return operand.value
    if isinstance(operand.value, bytes) or (
        operand.quoted and field.kind.has_text and not field.quoted_numbers
    ):
        return None
    text = str(operand.value) if operand.value is not None else operand.text
    if field.number_of is not None and (names or number(text) is not None):
        named = field.number_of(text)
        if named is not None:
            return named
    return _READERS.get(field.kind, number)(text)


def _texts(field: Field, relation: Relation, operand: Operand) -> Sequence[str]:
    if not field.kind.has_text:
        return ()
    text = operand.value if isinstance(operand.value, str) else operand.text
    if field.words is not None and not (operand.quoted and text.isidentifier()):
        _check_word(field, operand, text)
    if field.expand is not None and relation is Relation.EQUAL:
        return field.expand(text)
    return (text,)


def _by_text(field: Field, operator: Operator, written: Sequence[Written]) -> Predicate:
    """Substrings, patterns and whatever ignores case."""
    operands = [operand for operand in written if isinstance(operand, Operand)]
    if len(operands) < len(written):
        wrong = next(operand for operand in written if isinstance(operand, Range))
        raise FilterError(f"{operator.name} does not take a range", position=wrong.start, length=wrong.length)
    if field.kind is Kind.FLAG:
        raise _not_a_flag(field, written[0])
    needles = tuple(operand.value if isinstance(operand.value, str) else operand.text for operand in operands)
    if field.expand is not None and operator.relation is Relation.EQUAL:
        needles = tuple(form for needle in needles for form in field.expand(needle))
    text = data_test = None
    if field.kind is not Kind.BYTES:
        text = TextTest(operator.relation, needles, operator.fold)
    if field.kind.has_bytes:
        data_test = DataTest(operator.relation, tuple(map(_bytes, operands)), operator.fold)
    if operator.relation in PATTERNS:
        _check_patterns(operator, text, data_test, operands)
    numbers_as_text = field.kind.has_numbers and not field.kind.has_text
    return Predicate(None, text, data_test, numbers_as_text)


def _check_patterns(
    operator: Operator, text: TextTest | None, data_test: DataTest | None, operands: Sequence[Operand]
) -> None:
    """Compile each pattern once, to say what is wrong with it and where."""
    for index, operand in enumerate(operands):
        try:
            if text is not None:
                TextTest(text.relation, text.needles[index : index + 1], text.fold).patterns()
            if data_test is not None:
                DataTest(data_test.relation, data_test.needles[index : index + 1], data_test.fold).patterns()
        except PatternError as error:
            # Inside quotes, escapes shift the places: only a bare pattern can be pointed into.
            exact = error.position is not None and not operand.quoted and error.position < operand.length
            raise FilterError(
                str(error),
                position=operand.start + (error.position or 0 if exact else 0),
                length=1 if exact else operand.length,
                hint=_glob_hint(operator, operand),
            ) from None


def _glob_hint(operator: Operator, operand: Operand) -> str:
    is_meant = operator.relation is not Relation.GLOB and looks_like_glob(operand.text)
    return "where * stands for any text, the operator is glob" if is_meant else ""


def _hexadecimal(field: Field, operator: Operator, written: Sequence[Written]) -> Predicate:
    needles = []
    for operand in written:
        found = None
        if isinstance(operand, Operand):
            found = operand.value if isinstance(operand.value, bytes) else hex_bytes(operand.text)
        if found is None:
            raise FilterError(
                f"{operator.name} takes bytes in hexadecimal, such as 47455420 or 47:45:54:20",
                position=operand.start,
                length=operand.length,
            )
        needles.append(found)
    if not field.kind.has_bytes:
        raise FilterError(
            f"{field.name} holds no bytes",
            position=written[0].start,
            length=written[0].length,
            hint=f"{operator.name} is for buffer and for columns of unknown tables",
        )
    return Predicate(data=DataTest(operator.relation, tuple(needles)))


def _bytes(operand: Operand) -> bytes:
    found = data(operand)
    if found is None:
        raise FilterError("after hex: come hexadecimal digits", position=operand.start, length=operand.length)
    return found


def _refuse(field: Field, operand: Written) -> None:
    """Refuse a value that is surely a mistake, with what was meant."""
    if not isinstance(operand, Operand):
        return
    hint = field.refuse.get(operand.text.lower(), "")
    if hint or (field.has_addresses and _is_wrong_address(operand.text)):
        raise FilterError(
            f"no event has {field.name} {operand.text}",
            position=operand.start,
            length=operand.length,
            hint=hint or "expected a valid IP address",
        )


def _is_wrong_address(text: str) -> bool:
    """Whether a text has the form of an IPv4 address and is none."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isdecimal() for part in parts):
        return False
    return any(len(part) > 3 or int(part) > 255 for part in parts)


def _check_word(field: Field, operand: Operand, text: str) -> None:
    assert field.words is not None
    known = list(field.words())
    plain = text.removeprefix("-").upper()
    if plain in known or (field.number_of is not None and field.number_of(text) is not None):
        return
    import difflib

    near = difflib.get_close_matches(plain, known, n=1)
    is_close = bool(near) or any(name.startswith(plain) for name in known)
    quoted = f'a name that only the logger knows stands in quotes: {field.name} = "{plain}"'
    raise FilterError(
        f"no {field.name} is called {text!r}",
        position=operand.start,
        length=operand.length,
        expected=() if near else (f"a number or a name such as {known[1]}",),
        suggestion=near[0] if near else "",
        hint="" if is_close else quoted,
    )


def _not_a_flag(field: Field, operand: Written) -> FilterError:
    return FilterError(
        f"{field.name} is true or false",
        position=operand.start,
        length=operand.length,
        expected=("true", "false"),
    )


def _not_a_number(field: Field, operand: Written) -> FilterError:
    wanted = {
        Kind.FLAG: "true or false",
        Kind.TIME: "a time such as 2026-01-31T12:00:00 or nanoseconds since 1970",
        Kind.DURATION: "a number with a unit, such as 10ms",
        Kind.TEXT: "text, and no range",
    }.get(field.kind, "a number")
    if field.number_of is not None:
        wanted = "a number or an error name"
    hint = _hint_on_text(field, operand.text) if isinstance(operand, Operand) else ""
    return FilterError(
        f"{field.name} is a {field.kind.value}" if field.kind is not Kind.FLAG else f"{field.name} is a flag",
        position=operand.start,
        length=operand.length,
        expected=(wanted,),
        hint=hint,
    )


_OTHER_RANGE = re.compile(r"(\w+)-(\w+)", re.ASCII)


def _hint_on_text(field: Field, text: str) -> str:
    """What to write where a text stands that is no number."""
    ends = _OTHER_RANGE.fullmatch(text)
    if ends is not None and all(number(end) is not None for end in ends.groups()):
        return f"a range is written {ends[1]}..{ends[2]}"
    if text.lower() in NOTHING:
        return presence(field.name)
    if text.endswith(";"):
        return LOGIC_ADVICE[";"]
    if "," in text or ";" in text:
        return "a list stands in parentheses, with commas: in (1, 5)"
    is_name = text.lower() in BY_NAME or looks_like_field(text)
    meant = nearest(text) if field.kind is Kind.NUMBER and is_name else ""
    if meant:
        return f"to compare with the selected event's value write ${{{meant}}}"
    return f"for a name or text there is {field.in_words}" if field.in_words else ""
