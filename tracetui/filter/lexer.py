"""From characters to words, quoted texts and signs.

The parser says what it expects, for that decides where a word ends: a value may hold ``=`` and balanced
parentheses, a field may not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.filter.errors import FilterError
from tracetui.filter.operators import SIGNS

_SPACE = re.compile(r"\s*")
_WORD = re.compile(
    r"""(?:[^\s()=!<>~&|,"'{}?\[]|\[(?:'[^']*'|"[^"]*")\]|\[)+"""
    r"""(?:\?(?!!=)[^\s()=!<>~&|,"'{}?]*)*"""
)
"""A word; only an index in brackets may have quotes: ``ps.envs['Path']``."""

_SIGNS = sorted(SIGNS, key=len, reverse=True)
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}
_CODED = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_BYTE = re.compile(r"\\x[89a-fA-F][0-9a-fA-F]")
QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a quoted text, with its place."""

    text: str
    start: int
    end: int
    quoted: bool = False
    data: str = ""
    """The text of a quoted one where it stands for bytes: ``\\xff`` is that byte, as a lone surrogate."""


class Lexer:
    """A place in a filter. Every method skips white space first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @property
    def here(self) -> tuple[str, int]:
        """The text and the place in it, as patterns take them."""
        return self.text, self.position

    @property
    def at_end(self) -> bool:
        self.skip()
        return self.position >= len(self.text)

    def skip(self) -> int:
        """Skip white space; the new place."""
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()
        return self.position

    def looking_at(self, sign: str) -> bool:
        self.skip()
        return self.text.startswith(sign, self.position)

    def take(self, *signs: str) -> str | None:
        """The first of ``signs`` that stands here."""
        self.skip()
        for sign in signs:
            if self.text.startswith(sign, self.position):
                self.position += len(sign)
                return sign
        return None

    def peek_word(self) -> Token | None:
        """The word here, without taking it."""
        self.skip()
        found = _WORD.match(self.text, self.position)
        return Token(found[0], found.start(), found.end()) if found else None

    def take_word(self, *words: str) -> Token | None:
        """The word here, in any case, if it is one of ``words``."""
        word = self.peek_word()
        if word is None or word.text.lower() not in words:
            return None
        self.position = word.end
        return word

    def take_sign(self) -> Token | None:
        """An operator that is written as signs."""
        start = self.skip()
        sign = self.take(*_SIGNS)
        if sign is None or sign == "!":
            self.position = start
            return None
        return Token(sign, start, self.position)

    def quoted(self) -> Token | None:
        """A quoted text here, its escapes resolved; ``r"…"`` has none. Raises :class:`FilterError`."""
        start = self.skip()
        raw = self.text[start : start + 1] in ("r", "R") and self.text[start + 1 : start + 2] in tuple(QUOTES)
        opening = start + raw
        quote = self.text[opening : opening + 1]
        if not quote or quote not in QUOTES:
            return None
        pieces: list[str] = []
        data: list[str] = []
        position = opening + 1
        while position < len(self.text):
            char = self.text[position]
            if char == quote:
                self.position = position + 1
                return Token("".join(pieces), start, self.position, quoted=True, data="".join(data))
            is_byte = False
            if char == "\\" and not raw:
                is_byte = _BYTE.match(self.text, position) is not None
                piece, position = self._escape(position + 1)
            else:
                piece, position = char, position + 1
            pieces.append(piece)
            data.append(chr(0xDC00 + ord(piece)) if is_byte else piece)
        raise FilterError(
            "a quoted text without its end", position=start, length=len(self.text) - start, expected=(quote,)
        )

    def _escape(self, position: int) -> tuple[str, int]:
        """What the escape after a backslash stands for, and the place after it; an unknown one is kept."""
        char = self.text[position : position + 1]
        if char and char in "\\\"'":
            return char, position + 1
        if char in _ESCAPES and char != "b":
            return _ESCAPES[char], position + 1
        coded = _CODED.match(self.text, position)
        if coded is not None:
            code = int(coded[1] or coded[2] or coded[3], 16)
            if code < 0x110000 and not 0xD800 <= code < 0xE000:
                return chr(code), coded.end()
        return "\\", position

    def value(self, in_list: bool = False) -> Token | None:
        """A bare value: up to white space, to a parenthesis not opened in it or, in a list, to a comma."""
        start = position = self.skip()
        depth = 0
        while position < len(self.text):
            char = self.text[position]
            if char.isspace() or (in_list and char in ",]}"):
                break
            if self.text.startswith(("&&", "||"), position):
                break
            if char == "(":
                depth += 1
            elif char == ")":
                if depth == 0:
                    break
                depth -= 1
            position += 1
        self.position = position
        return Token(self.text[start:position], start, position) if position > start else None
