"""Finding the events that match a filter, the nearest to the selected one first."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tracetui.trace import Chunk, NotNow, Trace
from tracetui.trace.positions import IdList
from tracetui.trace.reader import RETRY_SECONDS
from tracetui.trace.segments import compact
from tracetui.tui.memory import give_back
from tracetui.tui.messages import Found

if TYPE_CHECKING:
    from tracetui.tui.indexing import Indexing
    from tracetui.tui.question import Question

POST_SECONDS = 0.05
"""Found ids are posted in batches, at most this often."""

BATCH = 100_000
"""Found ids are posted at once where there are so many."""

FIRST_MATCHES = 200
"""Matches sought on each side of the selected event before the rest."""

FAR = 50_000
"""Events of a trace from which on the rest waits until the keys rest: fewer are looked at in no time."""


@dataclass(frozen=True, slots=True)
class FillRequest:
    """Find the events that match, nearest to ``anchor`` first; or only those from ``resume`` on."""

    role: str
    """What the matches are for: ``view``, ``search``, ...; each role has a thread of its own."""
    generation: int
    question: Question
    anchor: int
    resume: int | None = None


class Fill:
    """One request under way: around the anchor, then on to the end, then back to the beginning."""

    def __init__(
        self,
        trace: Trace,
        request: FillRequest,
        bounds: Callable[[], tuple[int, int]],
        post: Callable[[Message], bool],
        stale: Callable[[], bool],
        indexing: Indexing,
        pause: Callable[[], None],
    ) -> None:
        """``bounds()`` gives the first and last committed id as known now; the last may rise.

        ``pause()`` is called once the screen has its matches: it may take until the next filter is typed.
        """
        self._indexing = indexing
        self._pause = pause
        self._trace = trace
        self._request = request
        self._bounds = bounds
        self._post = post
        self._stale = stale
        self._ids: array[int] = array("I")
        self._posted = 0.0
        self._seen = 0
        self._high = 0

    def run(self) -> None:
        """Post all that is found, then a last message that says the view is complete."""
        request = self._request
        if request.resume is not None:
            self._high = request.resume - 1
            self._forward(None)
        else:
            self._high = request.anchor - 1
            self._forward(FIRST_MATCHES)
            low = self._backward(request.anchor - 1, FIRST_MATCHES)
            first, last = self._bounds()
            if last - first >= FAR:
                self._pause()
            self._forward(None)
            self._backward(low, None)
            self._forward(None)
            give_back()
        self._send(before=False, done=True)

    def _forward(self, enough: int | None) -> None:
        """From where the last forward pass ended up to the last committed event."""
        found = 0
        while self._high < self._bounds()[1] and not self._stale():
            target = self._bounds()[1]
            for chunk in self._chunks(self._high + 1, target):
                self._high = chunk.last
                self._seen += chunk.last - chunk.first + 1
                self._keep(chunk.ids)
                self._send_if_due(before=False)
                found += len(chunk.ids)
                if enough is not None and found >= enough:
                    self._send(before=False)
                    return
            if not self._stale():
                self._high = target
        self._send(before=False)

    def _backward(self, high: int, enough: int | None) -> int:
        """From ``high`` down; returns where the next backward pass starts."""
        found = 0
        for chunk in self._chunks(None, high, descending=True):
            self._seen += chunk.last - chunk.first + 1
            high = chunk.first - 1
            found += len(chunk.ids)
            # Descending until it is posted: messages carry ascending ids.
            self._keep(chunk.ids)
            self._send_if_due(before=True)
            if enough is not None and found >= enough:
                break
        self._send(before=True)
        return high

    def _chunks(self, start: int | None, stop: int, descending: bool = False) -> Iterator[Chunk]:
        """Chunks of a scan, which goes on where it was when the file can be read again."""
        while not self._stale():
            try:
                for chunk in self._indexing.chunks(
                    self._trace, self._request.question, start, stop, descending, self._stale
                ):
                    yield chunk
                    if descending:
                        stop = chunk.first - 1
                    else:
                        start = chunk.last + 1
                return
            except NotNow:
                time.sleep(RETRY_SECONDS)

    def _keep(self, ids: array[int]) -> None:
        """Keep ids until they are posted."""
        ids = compact(ids)
        if ids.typecode != self._ids.typecode:
            ids, self._ids = array("q", ids), array("q", self._ids)
        self._ids.extend(ids)

    def _send_if_due(self, before: bool) -> None:
        if time.monotonic() - self._posted >= POST_SECONDS or len(self._ids) >= BATCH:
            self._send(before)

    def _send(self, before: bool, done: bool = False) -> None:
        if self._stale() or not (self._ids or done):
            return
        self._posted = time.monotonic()
        ids = IdList(self._ids[::-1] if before else self._ids)
        role, generation = self._request.role, self._request.generation
        self._post(Found(role, generation, ids, before, done, self._high, self._seen))
        self._ids = array("I")
