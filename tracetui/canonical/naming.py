"""Parameter names in the spelling that a reader is used to: ``file_name``, ``file.name``, ``FileName``."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W_]+")


class NameStyle(Enum):
    """How the words of a name are put together."""

    SNAKE = "snake"
    DOT = "dot"
    PASCAL = "pascal"
    CAMEL = "camel"


@lru_cache(maxsize=4096)
def styled(name: str, style: NameStyle) -> str:
    """A name, stored in snake case, in another style.

    >>> styled("file_name", NameStyle.CAMEL)
    'fileName'

    Underscores at the start belong to the name as the kernel spells it; only snake case keeps them.
    """
    if style is NameStyle.SNAKE:
        return name
    words = [word for word in name.split("_") if word]
    if style is NameStyle.DOT:
        return ".".join(words)
    capitals = "".join(word[0].upper() + word[1:] for word in words)
    return capitals if style is NameStyle.PASCAL else capitals[:1].lower() + capitals[1:]


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """What all spellings of one name have in common: ``filename`` for ``File_name`` and ``fileName``."""
    return "".join(_WORD.findall(name)).lower()
