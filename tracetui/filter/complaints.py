"""What the parser says of a text that is no filter."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

from tracetui.filter import habits
from tracetui.filter.errors import FilterError, FilterTooLarge, UnknownFieldName
from tracetui.filter.field import Field, Kind
from tracetui.filter.lexer import Lexer, Token
from tracetui.filter.lookup import nearest
from tracetui.filter.operands import number
from tracetui.filter.operators import EXISTS, WORDS


def missing_term(lexer: Lexer, start: int, word: Token | None = None) -> FilterError:
    """A condition should stand at ``start``."""
    found = word.text if word is not None else lexer.text[start : start + 1]
    said = f"nothing to filter by before {found!r}" if found else "the filter ends too early"
    if not lexer.text.strip():
        said = "an empty filter"
    length = len(word.text) if word else 1
    return FilterError(said, position=start, length=length, expected=("a field", "a text", "("))


def missing_value(field: Field, start: int) -> FilterError:
    """A value should stand at ``start``."""
    wanted = "a number" if field.kind is Kind.NUMBER else "a value"
    hint = f"an example: {field.example}" if field.example else ""
    return FilterError(f"no value after {field.name}", position=start, expected=(wanted,), hint=hint)


def missing_operator(name: str, position: int, following: Token | None) -> FilterError:
    """An operator, or the next condition, should stand after the field ``name``."""
    word = "" if following is None else following.text.lower()
    return FilterError(
        f"{name} is followed by no operator",
        position=position,
        length=max(len(word), 1),
        expected=("an operator (= != < contains in ~ exists …)", *_JOINTS),
        suggestion=habits.OPERATORS.get(word) or near(word, _LONG_OPERATORS),
        hint=habits.OPERATOR_ADVICE.get(word, ""),
    )


def mirrored(lexer: Lexer, sign: Token) -> FilterError | None:
    """The signs of an operator are the wrong way round, as in ``=>``: its value would begin with one."""
    written = lexer.text[sign.start : sign.end + 1]
    meant = habits.MIRRORED.get(written)
    if meant is None:
        return None
    return FilterError(f"no operator is written {written}", position=sign.start, length=2, suggestion=meant)


def reference_alone(lexer: Lexer) -> FilterError:
    """``${field}`` stands where a condition should."""
    start = lexer.skip()
    end = lexer.text.find("}", start)
    name = lexer.text[start + 2 : end].strip() if end > 0 else "field"
    return FilterError(
        f"${{{name}}} is a value of the selected event",
        position=start,
        length=(end + 1 if end > 0 else len(lexer.text)) - start,
        hint=f"it stands after an operator: {name} = ${{{name}}}",
    )


def unexpected(lexer: Lexer) -> FilterError:
    """What stands here belongs to nothing before it."""
    position = lexer.skip()
    word = lexer.peek_word()
    found = word.text if word is not None else lexer.text[position]
    if found == ")":
        return FilterError("a parenthesis is closed that was not opened", position=position)
    return FilterError(
        f"{found!r} does not belong here",
        position=position,
        length=len(found),
        expected=_JOINTS,
        suggestion=habits.LOGIC.get(found, ""),
        hint=_advice_on_rest(lexer.text, position),
    )


_LONG_OPERATORS = [*(word for word in WORDS if len(word) > 2), EXISTS]
"""Those that a wrong word can be a misspelling of."""

_JOINTS = ("'and'", "'or'")
_UNIT = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s+(?P<unit>ns|us|µs|ms|s|m|min|h|[kmg]i?b?)(?![\w.])", re.IGNORECASE
)


def _advice_on_rest(text: str, position: int) -> str:
    """What to do about text that stands at ``position`` after a whole condition."""
    for sign, advice in habits.LOGIC_ADVICE.items():
        if text[position:].lower().startswith(sign):
            return advice
    before = text[:position].rstrip()
    if before.endswith(",") or text.startswith(",", position):
        return "a list stands in parentheses: in (a, b)"
    unit = next((found for found in _UNIT.finditer(text) if found.start("unit") == position), None)
    if unit is not None:
        return f"a number and its unit are one word: {unit['number']}{unit['unit']}"
    return habits.FIELD_FIRST if text[position] in "=<>!~" else ""


def unknown_field(word: Token, tables: Mapping[str, Collection[str]]) -> FilterError:
    """No field has this name."""
    lowered = word.text.lower()
    meant = habits.FIELDS.get(lowered) or nearest(word.text, tables)
    advice = habits.ADVICE.get(lowered, "")
    if _ARGUMENT.fullmatch(lowered):
        meant, advice = "", habits.ARGUMENTS
    elif _SLICE.fullmatch(lowered):
        meant, advice = "", habits.SLICES
    elif number(lowered) is not None:
        meant, advice = "", habits.FIELD_FIRST
    elif advice and lowered not in habits.FIELDS:
        meant = ""
    error = UnknownFieldName(
        f"unknown field {word.text!r}",
        position=word.start,
        length=len(word.text),
        suggestion=meant,
        hint=advice or ("" if meant else f'to look for the text, quote it: "{word.text}"'),
    )
    error.name = word.text
    return error


_ARGUMENT = re.compile(r"(?:evt\.)?(?:raw)?args?\[?\d+\]?", re.ASCII)
_SLICE = re.compile(r"[a-z_.]+\[-?\d*[:-]-?\d*\]", re.ASCII)


def unknown_function(word: Token, known: Collection[str]) -> FilterError:
    """No function has this name."""
    meant = near(word.text.lower(), known)
    return FilterError(
        f"unknown function {word.text!r}",
        position=word.start,
        length=len(word.text),
        expected=() if meant else tuple(known),
        suggestion=meant,
    )


def unknown_saved(word: Token, known: Iterable[str]) -> FilterError:
    """No filter is saved under this name."""
    meant = near(word.text[1:], known)
    return FilterError(
        f"no filter is saved as {word.text[1:]!r}",
        position=word.start,
        length=len(word.text),
        suggestion=f"@{meant}" if meant else "",
    )


def within_saved(name: str, error: FilterError, position: int, length: int) -> FilterError:
    """``error`` in a saved filter, at the place that names it; of nested ones the innermost is told."""
    is_told = error.message.startswith(_WITHIN_SAVED)
    said = error.message if is_told else f"{_WITHIN_SAVED} {name!r}: {error.message}"
    kind = FilterTooLarge if isinstance(error, FilterTooLarge) else FilterError
    return kind(said, position=position, length=length, hint=error.hint)


_WITHIN_SAVED = "in the saved filter"


def near(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest; empty where none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.65)
    return found[0] if found else ""
