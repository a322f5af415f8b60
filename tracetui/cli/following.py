"""Records of a trace that is still being written: those that are there, then each new flush."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, TypeVar

from tracetui.cli.guard import complain
from tracetui.cli.opening import Conditions, conditions_of
from tracetui.events import Record
from tracetui.trace import FileState, Growth, Locked, NotYetThere, Tail, Trace

POLL_SECONDS = 0.2
"""Loggers flush every 2 s; a look without news costs one ``stat``."""

Pause = Callable[[], None]
T = TypeVar("T")


def follow(
    trace: Trace, expression: str | None, limit: int | None = None, output: IO[str] | None = None
) -> Iterator[Record]:
    """Matching records, then the new ones as they are committed, until the caller stops or ``limit`` is met.

    A trace that is replaced by another run's under the same name is followed from that one's start. A writer
    that holds the trace for long is waited for. Raises :class:`tracetui.filter.FilterError` at once, and
    BrokenPipeError once nobody reads ``output`` any more.
    """
    pause = _pause_for(output)
    return islice(_files(trace, expression, _conditions(expression, trace, pause), pause), limit)


def _pause_for(output: IO[str] | None) -> Pause:
    """How to wait for the next look, while ``output`` still has a reader.

    To write to a pipe is no way to find out: it may be long until there is something to write.
    """
    try:
        number = -1 if output is None else output.fileno()
    except (OSError, ValueError):
        number = -1
    if number < 0:
        return lambda: time.sleep(POLL_SECONDS)
    readers = select.poll()
    readers.register(number, 0)

    def pause() -> None:
        if readers.poll(POLL_SECONDS * 1000):
            raise BrokenPipeError

    return pause


def _files(trace: Trace, expression: str | None, conditions: Conditions, pause: Pause) -> Iterator[Record]:
    """Records of ``trace`` and of those that replace it."""
    current = trace
    try:
        while True:
            yield from _one_file(current, conditions, pause)
            complain(f"{trace.path} was replaced: following the new one")
            current = _wait_for(trace, pause)
            conditions = _conditions(expression, current, pause)
    finally:
        if current is not trace:
            current.close()


def _one_file(trace: Trace, conditions: Conditions, pause: Pause) -> Iterator[Record]:
    """Records of one file until it is replaced or gone."""
    tail = _patiently(lambda: Tail(trace, None), pause)
    while True:
        growth = _patiently(tail.look, pause)
        if growth is not None:
            yield from _records(trace, conditions, growth, pause)
        elif tail.state in (FileState.REPLACED, FileState.GONE):
            return
        else:
            pause()


def _records(trace: Trace, conditions: Conditions, growth: Growth, pause: Pause) -> Iterator[Record]:
    """Matching records among new events, each once however often a writer comes in between."""
    start = growth.after + 1
    while True:
        try:
            for record in trace.records(conditions(), start=start, stop=growth.last):
                start = record.id + 1
                yield record
            return
        except Locked as error:
            _say_and_wait(error, pause)


def _wait_for(old: Trace, pause: Pause) -> Trace:
    """The trace that takes the place of ``old``."""
    old.close()
    while True:
        try:
            return _patiently(lambda: Trace(old.path), pause)
        except NotYetThere:
            pause()


def _conditions(expression: str | None, trace: Trace, pause: Pause) -> Conditions:
    return _patiently(lambda: conditions_of(expression, trace), pause)


def _patiently(read: Callable[[], T], pause: Pause) -> T:
    """What ``read`` returns, however long a writer holds the trace, as one does in a large flush."""
    while True:
        try:
            return read()
        except Locked as error:
            _say_and_wait(error, pause)


def _say_and_wait(error: Locked, pause: Pause) -> None:
    complain(f"{error}: waiting for it")
    pause()
