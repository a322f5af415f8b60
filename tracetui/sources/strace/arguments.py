"""Where each argument of a call ends: the tokenizer of strace's argument syntax.

An argument may hold strings, structures, arrays, comments, file descriptors with their paths and any
nesting of them; a comma or a closing parenthesis ends it only outside all of these.
"""

from __future__ import annotations

import re

from tracetui.sources.strace.text import STRING

# The path of a descriptor: <socket:[7]>, <TCP:[127.0.0.1:80->127.0.0.1:3]>, </dev/null<char 1:3>>.
_DECORATION = r"<[^<>]*(?:->[^<>]*)?(?:<[^<>]*>)?>(?:\(deleted\))?"
_COMMENT = r" /\* [^\"*]* \*/"
_BARE = r"[^\"<>\[\]{}()]*"
# The shapes that nearly all arguments have: a word or string, a decorated descriptor, a comment after it, a
# structure or array of words with at most one level of parentheses. No repetition in here can match one text
# in two ways, so that a hostile line takes no longer than its length.
_PLAIN = (
    rf"({STRING}(?:\.\.\.)?(?:{_COMMENT})?"
    rf"|[^\"<>\[\]{{}}(),/]*(?:{_DECORATION})?(?:{_COMMENT}(?:{_DECORATION}|\|\w+{_COMMENT})*)?"
    rf"|[\[{{]{_BARE}(?:\({_BARE}\){_BARE})*[\]}}])"
)
_ONE = re.compile(rf" *{_PLAIN}([,)])", re.S)
_PIECE = re.compile(rf"{STRING}|/\*.*?\*/|/\*|{_DECORATION}|[\[{{(]|[\]}})]|,|[^\"\[\]{{}}()<,/]+|.", re.S)
_OPENING = frozenset("[{(")
_CLOSING = frozenset("]})")
_UNCLOSED = frozenset({'"', "/*"})


class UnbalancedArguments(ValueError):
    """The text ends inside an argument."""


def split_arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments that begin at ``start``, right after the opening parenthesis, as written.

    Also returns the position after the closing parenthesis. Raises UnbalancedArguments where there is none.
    """
    arguments: list[str] = []
    position = start
    while True:
        match = _ONE.match(text, position)
        if match is not None:
            argument, end = match.groups()
            position = match.end()
        else:
            argument, end, position = _nested(text, position)
        if argument or end == "," or arguments:
            arguments.append(argument)
        if end == ")":
            return arguments, position


def split_items(text: str) -> list[str]:
    """The items of an array or structure, given with its brackets; [] where the text is neither."""
    if len(text) < 2 or text[0] not in "[{" or text[-1] not in "]}":
        return []
    items, _ = split_arguments(text[1:-1] + ")", 0)
    return items


def _nested(text: str, start: int) -> tuple[str, str, int]:
    """One argument by counting brackets: (argument, the character that ends it, position after that)."""
    depth = 0
    for match in _PIECE.finditer(text, start):
        piece = match[0]
        if piece in _OPENING:
            depth += 1
        elif piece in _CLOSING and depth:
            depth -= 1
        elif not depth and piece in {",", ")"}:
            return text[start : match.start()].strip(), piece, match.end()
        elif piece in _UNCLOSED:
            break  # and not on: to look for the end of each of many would take the square of the length
    raise UnbalancedArguments(text[start : start + 40])
