"""Records of a trace that is still being written: those that are there, then each new flush."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from tracetui.cli.guard import complain
from tracetui.cli.opening import Conditions, conditions_of
from tracetui.events import Record
from tracetui.trace import FileState, NotYetThere, Tail, Trace

POLL_SECONDS = 0.2
"""Loggers flush every 2 s; a look without news costs one ``stat``."""


def follow(trace: Trace, expression: str | None, limit: int | None = None) -> Iterator[Record]:
    """Matching records, then the new ones as they are committed, until the caller stops or ``limit`` is met.

    A trace that is replaced by another run's under the same name is followed from that one's start. Raises
    :class:`tracetui.filter.FilterError` at once.
    """
    return islice(_files(trace, expression, conditions_of(expression, trace)), limit)


def _files(trace: Trace, expression: str | None, conditions: Conditions) -> Iterator[Record]:
    """Records of ``trace`` and of those that replace it."""
    current = trace
    try:
        while True:
            yield from _one_file(current, conditions)
            complain(f"{trace.path} was replaced: following the new one")
            current = _wait_for(trace)
            conditions = conditions_of(expression, current)
    finally:
        if current is not trace:
            current.close()


def _one_file(trace: Trace, conditions: Conditions) -> Iterator[Record]:
    """Records of one file until it is replaced or gone."""
    tail = Tail(trace, None)
    while True:
        growth = tail.look()
        if growth is not None:
            yield from trace.records(conditions(), start=growth.after + 1, stop=growth.last)
        elif tail.state in (FileState.REPLACED, FileState.GONE):
            return
        else:
            time.sleep(POLL_SECONDS)


def _wait_for(old: Trace) -> Trace:
    """The trace that takes the place of ``old``."""
    old.close()
    while True:
        try:
            return Trace(old.path)
        except NotYetThere:
            time.sleep(POLL_SECONDS)
