"""A second connection with a thread of its own, so that a scan reads two halves of a range at the same time.

SQLite lets go of the interpreter while it reads. Both halves are read in one turn (see :mod:`.turns`): the
lock on the file ends when both have been read, as it ends after the statement of a scan that reads alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from sqlalchemy import Connection

from tracetui.trace.condition import SqlFunction
from tracetui.trace.connection import ReadConnection
from tracetui.trace.plain import rows_of
from tracetui.trace.turns import Turn

Rows = list[Any]

ALONE = 6
"""Chunks that a scan reads alone: many have found enough by then."""

NARROW = 2_000
"""Ids of a range that is not worth dividing."""


class Partner:
    """Reads the second half of a range for the thread that has the turn."""

    def __init__(self, connection: Connection, driver: ReadConnection) -> None:
        # Whoever asks it has the turn.
        driver.turn = Turn()
        self._connection, self._driver = connection, driver
        self._thread = ThreadPoolExecutor(1, "tracetui-partner")

    def register(self, functions: Iterable[SqlFunction]) -> None:
        """Let statements call ``functions``."""
        for function in functions:
            self._driver.add_function(
                function.name, function.nargs, function.callable, function.deterministic
            )

    def read_halves(
        self, query: Any, low: int, high: int, own: Callable[[int, int], Rows], turn: Turn
    ) -> Rows:
        """Rows of ``query`` for both halves of a range, the first of which ``own`` reads in this thread.

        What this one cannot read, ``own`` has to, so that all errors come from there.
        """
        middle = (low + high) // 2
        with turn:
            other: Future[Rows] = self._thread.submit(self._read, query, middle + 1, high)
            try:
                rows = own(low, middle)
            finally:
                wait((other,))
        return rows + (own(middle + 1, high) if other.exception() is not None else other.result())

    def _read(self, query: Any, low: int, high: int) -> Rows:
        self._driver.divisible = True
        return rows_of(query, self._connection, self._driver, low, high)

    def interrupt(self) -> None:
        """Stop what it is reading."""
        self._driver.interrupt()

    def close(self) -> None:
        """End the thread and close the connection."""
        self._thread.shutdown()
        self._connection.close()
        self._driver.close()
