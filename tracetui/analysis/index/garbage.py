"""Fewer garbage collections while tens of thousands of rows are in hand.

A step of a pass makes as many tuples, all of which die at its end; looking through them again and again takes
a quarter of its time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ROWS_AT_ONCE = 200_000

_lock = threading.Lock()
_within = 0
_ordinary = gc.get_threshold()


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect seldom within; several threads may be within at the same time."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _within, _ordinary  # noqa: PLW0603 - the collector is one for the whole process
    with _lock:
        if not _within and gc.get_threshold()[0]:
            _ordinary = gc.get_threshold()
            gc.set_threshold(max(_ROWS_AT_ONCE, _ordinary[0]), *_ordinary[1:])
        _within += 1


def _leave() -> None:
    global _within  # noqa: PLW0603
    with _lock:
        _within -= 1
        if not _within and gc.get_threshold()[0]:
            gc.set_threshold(*_ordinary)
