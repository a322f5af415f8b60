"""Lists and dictionaries of texts as Python writes them: how Penguin v3 keeps arguments and environments.

Python's own ``ast.literal_eval`` takes twice as long, and must not run in two threads at once: Python 3.11
raises SystemError, in either of them, where one lets the other run while it collects garbage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = r"""(?:'[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*")"""
_VALUE = re.compile(rf"\s*([bB]?{_QUOTED}|None|True|False|-?\d+(?:\.\d+)?)\s*", re.DOTALL)
_END = re.compile(r"\s*([\])}])\s*\Z")
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL
)
_SIGNS = {
    **{"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"},
    **{"\\": "\\", "'": "'", '"': '"', "\n": ""},
}
_CLOSING = {"[": "]", "(": ")"}


def argument_vector(stored: str) -> tuple[str, ...]:
    """Words of ``exec.argv``: a Python list since v3, joined by blanks before."""
    words = words_of(stored)
    if words is None:
        return tuple(stored.split(" ")) if stored else ()
    return words


def environment_pairs(stored: str) -> tuple[tuple[str, str], ...]:
    """(name, value) of ``exec.envp``: a Python dictionary since v3, ``NAME=value`` between commas before."""
    pairs = pairs_of(stored)
    if pairs is None:
        words = stored.split(", ") if stored else []
        return tuple((name, value) for name, _, value in (word.partition("=") for word in words))
    return pairs


def words_of(text: str) -> tuple[str, ...] | None:
    """``('a', 'b')`` of ``['a', "b"]``; ``None`` for what is no list or tuple of plain values."""
    closing = _CLOSING.get(text[:1])
    if closing is None:
        return None
    try:
        return tuple(word for word, _ in _values(text, (",", closing)))
    except ValueError:
        return None


def pairs_of(text: str) -> tuple[tuple[str, str], ...] | None:
    """``(('a', 'b'),)`` of ``{'a': 'b'}``; ``None`` for what is no dictionary of plain values."""
    if text[:1] != "{":
        return None
    found: dict[str, str] = {}
    name: str | None = None
    try:
        for word, sign in _values(text, (",", ":", "}")):
            if (sign == ":") == (name is not None):
                return None
            if name is None:
                name = word
            else:
                found[name], name = word, None
    except ValueError:
        return None
    return None if name is not None else tuple(found.items())


def unquoted(literal: str) -> str:
    """The text that a literal in quotes stands for. Raises ValueError for an escape that Python refuses."""
    inner = literal[1:-1]
    return _ESCAPE.sub(_meant, inner) if "\\" in inner else inner


def _values(text: str, signs: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each value with the sign after it, the last of which ends the text. Raises ValueError."""
    closing, place = signs[-1], 1
    while (end := _END.match(text, place)) is None:
        found = _VALUE.match(text, place)
        sign = "" if found is None else text[found.end() : found.end() + 1]
        if found is None or sign not in signs:
            raise ValueError(text[place : place + 20])
        value = found[1]
        yield (unquoted(value) if value[0] in "'\"" else value), sign
        # The sign that closes ends the loop, or is followed by what should not be there.
        place = found.end() + (sign != closing)
    if end[1] != closing:
        raise ValueError(end[0])


def _meant(escape: re.Match[str]) -> str:
    for digits in escape.group(1, 2, 3):
        if digits is not None:
            return chr(int(digits, 16))
    if escape[4] is not None:
        return chr(int(escape[4], 8))
    if escape[5] in "xuUN":
        raise ValueError(escape[0])
    return _SIGNS.get(escape[5], escape[0])
