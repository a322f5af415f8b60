"""The files that events name, as one code an event.

What the arguments of a call name is kept as the shortest arguments that name the same, so that the fields'
own functions are asked of them: whatever these make of a path, they make of it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from tracetui.events.arguments import parse_argument
from tracetui.events.text import text_of_bytes
from tracetui.filter.derive import DATA_CALLS, call_paths, known_name, program_path
from tracetui.filter.field import Derived, Source, Stored
from tracetui.filter.fields import TEXTS
from tracetui.filter.lookup import BY_NAME

EXPRESSIONS = ("read.fname", "write.fname", "syscall.name", *TEXTS, "exec.argv")

FIELDS = ("path", "fd.name", "fd.directory", "fd.filename", "file.extension")
"""Fields that ask for nothing but the files that an event names."""

MAX_NAME = 1_024
"""Characters of the longest name that gets an entry."""

Piece = tuple[str, "str | None"]
"""What one argument names: ``path`` or ``fd``, and the file; an fd whose file is not known counts, too."""


@lru_cache(maxsize=1)
def sources() -> frozenset[Source]:
    """Those sources of :data:`FIELDS` that entries tell."""
    return frozenset(
        source
        for name in FIELDS
        for source in BY_NAME[name].sources
        if (isinstance(source, Stored) and source.column in EXPRESSIONS)
        or (isinstance(source, Derived) and set(source.columns) <= set(EXPRESSIONS))
    )


def entry(key: Any) -> Mapping[str, Any] | None:
    """What an event names, by the key that one of the functions below has made; ``None`` for ``None``."""
    if key is None:
        return None
    table, names = key
    if table not in _COLUMNS:
        return {}
    texts = [_shortest(*piece) for piece in names] if table == "syscall" else [names]
    if any(len(text) > MAX_NAME for text in texts):
        return None
    return dict(zip_longest(_COLUMNS[table], texts))


_COLUMNS = {
    "syscall": (*TEXTS, "syscall.name"),
    "read": ("read.fname",),
    "write": ("write.fname",),
    "exec": ("exec.argv",),
}


def first_name(entry: Mapping[str, Any]) -> str | None:
    """The first file that an event names, by its entry."""
    return next(_names(entry), None)


def _names(entry: Mapping[str, Any]) -> Iterator[str]:
    for column, stored in entry.items():
        if column.endswith(".fname"):
            yield from known_name(stored)
    if "syscall.name" in entry:
        yield from call_paths(None, *map(entry.__getitem__, TEXTS))
    if "exec.argv" in entry:
        yield from program_path(entry["exec.argv"])


def _shortest(kind: str, name: str | None) -> str:
    return f'("{name}")' if kind == "path" else f"FD:({name or ''})"


def of_file(table: str, stored: object) -> Any:
    """The key of a read or a write, by the name of its file."""
    name = _decoded(b"" if stored is None else stored)
    return None if name is None else (table, name)


def of_exec(table: str, stored: object) -> Any:
    """The key of an exec, by its arguments."""
    text = _decoded(b"" if stored is None else stored)
    return None if text is None else (table, repr(list(program_path(text))))


def of_call(name: str | None, pieces: Sequence[Piece]) -> Any:
    """The key of a call, by what its arguments name."""
    if name in DATA_CALLS:
        pieces = [piece for piece in pieces if piece[0] == "fd"]
    return ("syscall", tuple(pieces))


def pieces_of(stored: object) -> tuple[Piece, ...] | None:
    """What one argument names; ``None`` where that is left to scans."""
    text = _decoded(stored)
    if text is None:
        return None
    argument = parse_argument(0, None, text)
    if argument is None:
        return ()
    if argument.name == "fd":
        return (("fd", argument.fd_name),)
    return (("path", argument.string),) if argument.is_path else ()


def _decoded(stored: object) -> str | None:
    """Text as all else in the program sees it; ``None`` for what is no text."""
    return text_of_bytes(stored) if isinstance(stored, bytes) else None
