"""Threads that own a trace and answer one kind of request; the newest request wins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from tracetui.trace.errors import NotNow, TraceError

if TYPE_CHECKING:
    from tracetui.trace.trace import Trace

Request = TypeVar("Request")

RETRY_SECONDS = 0.2
"""Before another look at a file that could not be read."""


class Reader(threading.Thread, Generic[Request]):
    """A daemon thread with a private connection and a mailbox of one.

    ``answer(trace, request, stale)`` runs in the thread; it should ask ``stale()`` between steps and give up
    when that turns true. ``failed(error)`` is called, in the thread, for a trace that could not be
    read; a request that met a file which cannot be read now is answered when it can be.
    """

    def __init__(
        self,
        name: str,
        open_trace: Callable[[], Trace],
        answer: Callable[[Trace, Request, Callable[[], bool]], None],
        failed: Callable[[TraceError], None],
    ) -> None:
        super().__init__(name=f"tracetui-{name}", daemon=True)
        self._open_trace = open_trace
        self._answer = answer
        self._failed = failed
        self._wanted: Request | None = None
        self._answering = False
        self._changed = threading.Condition()
        self._stopping = False

    def request(self, request: Request) -> None:
        """Ask for something; a request not yet answered is forgotten."""
        with self._changed:
            self._wanted = request
            self._changed.notify()

    def stop(self, timeout: float = 1.0) -> None:
        """End the thread; it is a daemon, so one that does not end in time does not hold up the exit."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self.is_alive() and threading.current_thread() is not self:
            self.join(timeout)

    @property
    def busy(self) -> bool:
        """Whether something was asked for that is still to be answered."""
        with self._changed:
            return self._answering or self._wanted is not None

    @property
    def stale(self) -> bool:
        """Whether what is being answered is no longer wanted."""
        return self._stopping or self._wanted is not None

    def run(self) -> None:
        trace: Trace | None = None
        try:
            for request in self._requests():
                try:
                    trace = trace or self._open_trace()
                    self._answer(trace, request, lambda: self.stale)
                except NotNow as error:
                    self._try_again(request, error)
                except TraceError as error:
                    if not self.stale:
                        self._failed(error)
                except Exception as error:
                    # Whoever waits must learn that no answer comes; the next request is another one.
                    self._failed(TraceError(f"{self.name}: {type(error).__name__}: {error}"))
        finally:
            if trace is not None:
                trace.close()

    def _try_again(self, request: Request, error: NotNow) -> None:
        """Ask anew what a writer was in the way of, unless something else is asked for meanwhile."""
        self._failed(error)
        with self._changed:
            if not self._changed.wait_for(lambda: self.stale, RETRY_SECONDS):
                self._wanted = request

    def _requests(self) -> Iterator[Request]:
        while True:
            with self._changed:
                self._answering = False
                self._changed.wait_for(lambda: self._stopping or self._wanted is not None)
                if self._stopping:
                    return
                request, self._wanted = self._wanted, None
                self._answering = True
            assert request is not None
            yield request
