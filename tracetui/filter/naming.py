"""Fields as they are written: after ``exists``, within functions, in place of a value."""

from __future__ import annotations

from tracetui.filter.complaints import unknown_field
from tracetui.filter.errors import FilterError, FilterTooLarge
from tracetui.filter.field import Field, Kind
from tracetui.filter.functions import FUNCTIONS, Network, network, transformed
from tracetui.filter.lexer import Lexer, Token
from tracetui.filter.lookup import looks_like_field
from tracetui.filter.operands import number
from tracetui.filter.operators import Operator
from tracetui.filter.pairs import can_compare
from tracetui.filter.written import Expected, Reading

MAX_DEPTH = 100
_OTHER_FIELD = "val"


def field_after_exists(reading: Reading) -> Field | None:
    """The field of ``exists field`` or ``exists(field)``; ``None`` where exists is just a word."""
    start = reading.lexer.position
    parenthesis = reading.lexer.take("(")
    word = _noted_word(reading)
    field = reading.field(word.text) if word is not None else None
    if word is None or (field is None and not parenthesis and not looks_like_field(word.text)):
        reading.lexer.position = start
        return None
    if field is None:
        raise unknown_field(word, reading.surroundings.tables)
    reading.lexer.position = word.end
    if parenthesis and not reading.lexer.take(")"):
        raise FilterError("exists takes one field", position=word.end, expected=(")",))
    return field


def function(reading: Reading, name: Token) -> Field:
    """``lower(field)``; a function of a function too."""
    reading.lexer.take("(")
    word = _noted_word(reading)
    if word is None:
        position = reading.lexer.position
        raise FilterError("a function without its field", position=position, expected=("a field",))
    if word.start > MAX_DEPTH * 10:
        raise FilterTooLarge("functions are nested too deeply", position=word.start)
    field = _named(reading, word)
    lowered = name.text.lower()
    networks = _networks(reading.lexer, name) if FUNCTIONS[lowered].takes_networks else ()
    if not reading.lexer.take(")"):
        position = reading.lexer.skip()
        raise FilterError(f"{name.text} takes one field", position=position, expected=(")",))
    changed = transformed(field, lowered, networks)
    if changed is None:
        said = f"{name.text} cannot be asked of {field.name}"
        raise FilterError(said, position=word.start, length=len(word.text))
    return changed


def _named(reading: Reading, word: Token) -> Field:
    """The field or the function of one that begins with ``word``."""
    reading.lexer.position = word.end
    if word.text.lower() in FUNCTIONS and reading.lexer.looking_at("("):
        return function(reading, word)
    field = reading.field(word.text)
    if field is None:
        raise unknown_field(word, reading.surroundings.tables)
    return field


def _networks(lexer: Lexer, name: Token) -> list[Network]:
    """The networks after the field of a function, each after a comma."""
    found: list[Network] = []
    while lexer.take(","):
        token = lexer.quoted() or lexer.value(in_list=True)
        known = None if token is None else network(token.text)
        if token is None or known is None:
            position = lexer.position if token is None else token.start
            length = 1 if token is None else max(token.end - token.start, 1)
            said = "no network" if token is None else f"{token.text!r} is no network"
            raise FilterError(said, position=position, length=length, expected=("10.0.0.0/8",))
        found.append(known)
    if not found:
        said = f"{name.text.upper()} function requires 2 argument(s) but 1 argument(s) given"
        raise FilterError(said, position=lexer.skip(), expected=(", '10.0.0.0/8'",))
    return found


def _noted_word(reading: Reading) -> Token | None:
    word = reading.lexer.peek_word()
    position = reading.lexer.position
    reading.note(Expected.TERM, position, word.end if word else position)
    return word


def other_field(reading: Reading, field: Field, operator: Operator) -> Field | None:
    """The field that stands in place of a value; ``None`` where a value does."""
    start = reading.lexer.skip()
    word = reading.lexer.peek_word()
    if word is None:
        return None
    reading.lexer.position = word.end
    if word.text.lower() == _OTHER_FIELD and reading.lexer.text.startswith("(", word.end):
        reading.lexer.take("(")
        inner = _noted_word(reading)
        if inner is None:
            position = reading.lexer.position
            raise FilterError("val without its field", position=position, expected=("a field",))
        other = _named(reading, inner)
        if not reading.lexer.take(")"):
            raise FilterError("val takes one field", position=reading.lexer.skip(), expected=(")",))
        return other
    found = reading.field(word.text) if _takes_bare_field(field, operator, word) else None
    if found is None or not found.kind.has_numbers or found.kind.has_text:
        reading.lexer.position = start
        return None
    return found


def _takes_bare_field(field: Field, operator: Operator, word: Token) -> bool:
    """Whether a bare word after ``field operator`` can be no value, but for one that means a number."""
    takes = field.kind.has_numbers and not field.kind.has_text and can_compare(operator)
    known = field.number_of is not None and field.number_of(word.text) is not None
    return takes and not known and number(word.text) is None and field.kind is not Kind.FLAG
