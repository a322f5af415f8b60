"""Statements that read for too long are ended from outside.

SQLite could ask us by itself, every few thousand steps; but each time it would wait for the interpreter, with
the lock in hand that a logger waits for.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Protocol

_PATIENCE_SECONDS = 0.016
"""The longest time between two looks while anything runs: what has begun since may have to end as soon."""

_AGAIN_SECONDS = 0.002
"""After an interruption that may have come before SQLite had begun."""


class Interruptible(Protocol):
    """What runs statements, one at a time."""

    deadline: float
    """When the running statement has to end, by ``time.monotonic``."""
    expired: bool
    """Set when the statement is ended."""

    def interrupt(self) -> None: ...


class Watch:
    """Looks at the clock in a thread of its own, which sleeps while nothing runs."""

    def __init__(self) -> None:
        self._begin_anew()
        if hasattr(os, "register_at_fork"):  # a forked process has no thread but the one that forked
            os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        self._running: set[Interruptible] = set()
        self._changed = threading.Condition()
        self._asleep = False
        self._thread: threading.Thread | None = None

    def begin(self, running: Interruptible) -> None:
        """From now on, interrupt what runs when its deadline has passed."""
        with self._changed:
            self._running.add(running)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="tracetui-watch", daemon=True)
                self._thread.start()
            elif self._asleep:
                self._changed.notify()

    def end(self, running: Interruptible) -> None:
        """It runs no longer, and is not interrupted any more."""
        with self._changed:
            self._running.discard(running)

    def _look(self) -> None:
        with self._changed:
            while True:
                self._asleep = not self._running
                self._changed.wait(None if self._asleep else self._interrupt_late())

    def _interrupt_late(self) -> float:
        """End what should have ended; how long to wait before the next look."""
        now = time.monotonic()
        left = _PATIENCE_SECONDS
        for running in self._running:
            if running.deadline <= now:
                running.expired = True
                running.interrupt()
                left = _AGAIN_SECONDS
            else:
                left = min(left, running.deadline - now)
        return left
