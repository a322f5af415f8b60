"""Readers of one process take turns at a file.

SQLite counts the read locks of a process together: while one thread reads, another may begin, whoever waits
to write. Threads whose statements overlap without end thus hold the file for ever, though each statement is
short, and a logger that waits for 5 s gives up. Where they take turns, the lock ends with each statement.
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from weakref import WeakValueDictionary


class Turn:
    """Held while one thread reads a file; a thread that has it may take it again.

    First come, first served: a scan wants it back as soon as it has let go, which would keep all others
    waiting.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._mutex:
            if self._owner is None or self._owner == me:
                self._owner = me
                self._depth += 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append((me, mine))
        mine.acquire()

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            if self._waiting:
                self._owner, theirs = self._waiting.popleft()
                self._depth = 1
                theirs.release()


_turns: WeakValueDictionary[Path, Turn] = WeakValueDictionary()
_making = threading.Lock()


def turn_at(path: Path) -> Turn:
    """The one that all connections of this process to ``path`` share."""
    with _making:
        turn = _turns.get(path.absolute())
        if turn is None:
            turn = _turns[path.absolute()] = Turn()
        return turn
