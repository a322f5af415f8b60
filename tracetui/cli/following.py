"""Records of a trace that is still being written: those that are there, then each new flush."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import IO, TypeVar

from tracetui.cli.guard import complain
from tracetui.cli.opening import Conditions, conditions_of
from tracetui.cli.signals import HOLD, Ended
from tracetui.events import Record
from tracetui.trace import FileState, Growth, NotNow, NotYetThere, Tail, Trace

POLL_SECONDS = 0.2
"""Loggers flush every 2 s; a look without news costs one ``stat``."""

T = TypeVar("T")


def follow(
    trace: Trace, expression: str | None, limit: int | None = None, output: IO[str] | None = None
) -> Iterator[Record]:
    """Matching records, then the new ones as they are committed, until the caller stops or ``limit`` is met.

    A signal that ends the program ends them like the last one: what is written is whole.

    A trace that is replaced by another run's under the same name is followed from that one's start. A writer
    that holds the trace for long is waited for, and one that was killed until the next one clears up. Raises
    :class:`tracetui.filter.FilterError` at once, and BrokenPipeError once nobody reads ``output`` any more.
    """
    patience = _Patience(output)
    conditions = patience.read(partial(conditions_of, expression, trace))
    return islice(_until_ended(_files(trace, expression, conditions, patience)), limit)


def _until_ended(records: Iterator[Record]) -> Iterator[Record]:
    """Records until a signal says that these are enough; while the caller writes one, it waits."""
    try:
        while True:
            HOLD.release()
            record = next(records, None)
            HOLD.is_on = True
            if record is None:
                return
            yield record
    except Ended as error:
        error.heard()
    finally:
        HOLD.end()


class _Patience:
    """Waits for the next look, and for what stands in its way."""

    def __init__(self, output: IO[str] | None) -> None:
        """A wait ends with BrokenPipeError where ``output`` has lost its reader.

        To write to a pipe is no way to find out: it may be long until there is something to write.
        """
        self._readers: select.poll | None = None
        self._said = ""
        try:
            number = -1 if output is None else output.fileno()
        except (OSError, ValueError):
            number = -1
        if number >= 0:
            self._readers = select.poll()
            self._readers.register(number, 0)

    def pause(self) -> None:
        """Wait for the next look."""
        if self._readers is None:
            time.sleep(POLL_SECONDS)
        elif self._readers.poll(POLL_SECONDS * 1000):
            raise BrokenPipeError

    def after(self, error: NotNow) -> None:
        """Wait after a look that failed; the reason is told once, until a look succeeds."""
        if str(error) != self._said:
            self._said = str(error)
            complain(f"{error}\nWaiting until it can be read.")
        self.pause()

    def read(self, look: Callable[[], T]) -> T:
        """What ``look`` returns, however often it must be tried."""
        while True:
            try:
                found = look()
            except NotNow as error:
                self.after(error)
            else:
                self._said = ""
                return found


def _files(
    trace: Trace, expression: str | None, conditions: Conditions, patience: _Patience
) -> Iterator[Record]:
    """Records of ``trace`` and of those that replace it."""
    current = trace
    try:
        while True:
            yield from _one_file(current, conditions, patience)
            complain(f"{trace.path} was replaced: following the new one")
            current = _wait_for(trace, patience)
            conditions = patience.read(partial(conditions_of, expression, current))
    finally:
        if current is not trace:
            current.close()


def _one_file(trace: Trace, conditions: Conditions, patience: _Patience) -> Iterator[Record]:
    """Records of one file until it is replaced or gone."""
    tail = patience.read(lambda: Tail(trace, None))
    while True:
        growth = patience.read(tail.look)
        if growth is not None:
            yield from _records(trace, conditions, growth, patience)
        elif tail.state in (FileState.REPLACED, FileState.GONE):
            return
        else:
            patience.pause()


def _records(trace: Trace, conditions: Conditions, growth: Growth, patience: _Patience) -> Iterator[Record]:
    """Matching records among new events, each once however often a writer comes in between."""
    start = growth.after + 1
    while True:
        try:
            for record in trace.records(conditions(), start=start, stop=growth.last):
                start = record.id + 1
                yield record
            return
        except NotNow as error:
            patience.after(error)


def _wait_for(old: Trace, patience: _Patience) -> Trace:
    """The trace that takes the place of ``old``."""
    old.close()
    while True:
        try:
            return patience.read(lambda: Trace(old.path))
        except NotYetThere:
            patience.pause()
