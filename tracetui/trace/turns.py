"""Readers of one process take turns at a file.

SQLite counts the read locks of a process together: while one thread reads, another may begin, whoever waits
to write. Threads whose statements overlap without end thus hold the file for ever, though each statement is
short, and a logger that waits for 5 s gives up. Where they take turns, the lock ends with each statement.
"""

from __future__ import annotations

import threading
from pathlib import Path
from weakref import WeakValueDictionary


class Turn:
    """Held while one thread reads a file; a thread that has it may take it again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_turns: WeakValueDictionary[Path, Turn] = WeakValueDictionary()
_making = threading.Lock()


def turn_at(path: Path) -> Turn:
    """The one that all connections of this process to ``path`` share."""
    with _making:
        turn = _turns.get(path.absolute())
        if turn is None:
            turn = _turns[path.absolute()] = Turn()
        return turn
