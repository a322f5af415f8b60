"""Which row of ``exec`` belongs to which row of ``proc_start`` where execs have no pid.

Penguin logs both at the entry of every execve, so the k-th of one is the k-th of the other, unless one of the
loggers was off for a while. The program's name proves a pair.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from tracetui.events.literals import unquoted
from tracetui.process.reading import ExecRow

_WINDOW = 32
"""How many execs without a start may lie between two pairs."""

_MOST = 100_000
"""Execs that wait at most: as many as Penguin writes at once. Older ones have no start."""

_FIRST_WORD = re.compile(r"""\[\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")


class Pairing:
    """Execs that wait for their start."""

    def __init__(self) -> None:
        self._waiting: deque[ExecRow] = deque(maxlen=_MOST)

    def extend(self, rows: Iterable[ExecRow]) -> None:
        """The next execs, in order of id."""
        self._waiting.extend(rows)

    def take(self, pid: int, name: str) -> ExecRow | None:
        """The exec that a start of ``pid`` as ``name`` stands for; ``None`` where none fits."""
        for index, row in zip(range(_WINDOW), self._waiting, strict=False):
            if row.pid in (0, pid) and program_name(row.argv) == name:
                for _ in range(index + 1):
                    self._waiting.popleft()
                return row
        return None


def program_name(argv: str) -> str:
    """Last part of argv[0] of a stored argument vector, without the dash of a login shell."""
    word = first_word(argv) if argv.startswith("[") else argv.split(" ", 1)[0]
    return word.rpartition("/")[2].removeprefix("-")


def first_word(text: str) -> str:
    """The first string of the first Python list in a text; empty where there is none."""
    found = _FIRST_WORD.search(text)
    return _unquoted(found[1]) if found else ""


def _unquoted(literal: str) -> str:
    try:
        return unquoted(literal)
    except ValueError:
        return literal[1:-1]
