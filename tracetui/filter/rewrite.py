"""Filters made of filters: quoting, conditions built by pointing, and the events that a ``!=`` left out."""

from __future__ import annotations

import re

from tracetui.filter.field import Field
from tracetui.filter.lookup import BY_NAME
from tracetui.filter.nodes import Comparison, Expression
from tracetui.filter.operands import Value
from tracetui.filter.operators import WORDS

_BARE = re.compile(r"[A-Za-z0-9_/.+:@%-]+", re.ASCII)
_RESERVED = frozenset({"and", "or", "not", "exists", *WORDS})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def quoted(value: Value) -> str:
    """``value`` as it is written after an operator, in quotes where it must be; bytes in hexadecimal."""
    if isinstance(value, bytes):
        return "hex:" + value.hex()
    if not isinstance(value, str):
        return str(value)
    if _BARE.fullmatch(value) and value.lower() not in _RESERVED and ".." not in value:
        return value
    return in_quotes(value)


def in_quotes(value: str) -> str:
    """``value`` as a quoted text of the language."""
    return '"' + "".join(_ESCAPES.get(char) or _printable(char) for char in value) + '"'


def field_equals(field: str, value: Value, *, negated: bool = False) -> str:
    """The condition that ``field`` has (has not) this value."""
    known = BY_NAME.get(field)
    written = quoted(value) if known is None else written_for(known, value)
    return f"{field} {'!=' if negated else '='} {written}"


def written_for(field: Field, value: Value) -> str:
    """``value`` as it is written after an operator that compares ``field`` with it."""
    written = quoted(value)
    if not isinstance(value, str) or written.startswith('"'):
        return written
    if field.words is not None:
        is_plain = value in field.words()
    else:
        # Unquoted, the text would be read as a number or as bytes where it can be.
        is_plain = not (field.kind.has_bytes or field.kind.has_numbers)
    return written if is_plain else in_quotes(value)


def joined(former: str, condition: str, word: str) -> str:
    """``former`` and (or) ``condition``, with parentheses only where the meaning needs them."""
    former = former.strip()
    if not former:
        return condition
    return f"{_grouped(former, word)} {word} {condition}"


def _grouped(text: str, word: str) -> str:
    """``text`` in parentheses if joining it by ``word`` would tear it apart."""
    from tracetui.filter.errors import FilterError
    from tracetui.filter.nodes import Or
    from tracetui.filter.parser import parse

    if word == "or":
        return text
    try:
        return f"({text})" if isinstance(parse(text).root, Or) else text
    except FilterError:
        return f"({text})"


def resolved(expression: Expression) -> str:
    """The filter with each ``${field}`` replaced by the value that it had."""
    text = expression.text
    for start, end, value in sorted(expression.references, reverse=True):
        text = text[:start] + quoted(value) + text[end:]
    return text


def missing_fields(expression: Expression) -> tuple[str, ...]:
    """Fields whose absence made a negated comparison false."""
    return tuple(dict.fromkeys(leaf.field.name for leaf in _hiding(expression)))


def including_missing(expression: Expression) -> str | None:
    """The same filter, true also where a field of a negated comparison is absent.

    ``None`` where it is that already.
    """
    text = expression.text
    places = [(*leaf.span, leaf.field.name) for leaf in _hiding(expression) if leaf.span is not None]
    if not places:
        return None
    for start, end, field in sorted(places, reverse=True):
        leaf = text[start:end]
        widened, replaced = _UNEQUAL.subn(r"\1?!=", leaf)
        text = text[:start] + (widened if replaced else f"(not {field} exists or {leaf})") + text[end:]
    return text


_UNEQUAL = re.compile(r"^([^\s!<'\"]+\s*)(?:!==|!=|<>|(?<=\s)(?i:ne)(?=\s))")
"""A field and the operator whose wider form is ``?!=``."""


def _hiding(expression: Expression) -> list[Comparison]:
    return [
        leaf
        for leaf in expression.leaves
        if isinstance(leaf, Comparison) and leaf.operator.negated and not leaf.operator.or_absent
    ]


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code < 0xE000:
        return "?"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
