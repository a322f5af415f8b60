"""Signals end a command as an exception does: temporary copies are removed on the way out."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
AGAIN = (signal.SIGALRM,) if hasattr(signal, "setitimer") else ()
_UNTOUCHED = (signal.SIG_DFL, signal.default_int_handler)

AGAIN_SECONDS = 0.05
"""After which :class:`Ended` is raised again where it was lost."""


class Ended(BaseException):
    """A signal has asked the program to end."""

    def __init__(self, number: int, lost: Callable[[], None]) -> None:
        super().__init__(number)
        self._lost: Callable[[], None] | None = lost

    def heard(self) -> None:
        """Say that it has arrived where it is acted upon."""
        self._lost = None

    def __del__(self) -> None:
        if self._lost is not None:
            self._lost()


class Hold:
    """Lets a signal wait while something is written that would be worth nothing in part."""

    def __init__(self) -> None:
        self.is_on = False
        self._waiting: Ended | None = None

    def put_off(self, ended: Ended) -> None:
        self._waiting = ended

    def release(self) -> None:
        """Hold no longer. Raises :class:`Ended` where a signal has come meanwhile."""
        self.is_on = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            raise waiting

    def end(self) -> None:
        """Hold no longer; what has come meanwhile is heard, as all is over."""
        try:
            self.release()
        except Ended as waiting:
            waiting.heard()


HOLD = Hold()
"""That of the program: signals come to all of it."""


class Ending:
    """Raises :class:`Ended` for the signals that end a program; a second one ends it at once.

    Python drops an exception that is raised in a finaliser, or in a callback of a weak reference or of
    SQLite: there it is raised again a little later. A signal that is ignored, as under ``nohup``, stays so.
    """

    def __init__(self) -> None:
        self._number = 0
        self._former: dict[int, Any] = {}
        self._report = sys.unraisablehook

    @property
    def code(self) -> int | None:
        """The exit code that a shell gives such an end; ``None`` before a signal has come."""
        return 128 + self._number if self._number else None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (*ENDING, *AGAIN):
                if signal.getsignal(number) in _UNTOUCHED:
                    handler = self._again if number in AGAIN else self._end
                    self._former[number] = signal.signal(number, handler)
            self._report = sys.unraisablehook
            sys.unraisablehook = self._unraisable
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(error, Ended):
            error.heard()
        if self._former:
            sys.unraisablehook = self._report
            self._alarm(0)
            for number, handler in self._former.items():
                signal.signal(number, handler)
            self._former = {}

    def _end(self, number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self._number = number
        if HOLD.is_on:
            HOLD.put_off(Ended(number, self._lost))
            return
        # Without a name here: the traceback would keep alive what tells by its end that it is lost.
        raise Ended(number, self._lost)

    def _lost(self) -> None:
        if self._former:
            self._alarm(AGAIN_SECONDS)

    def _alarm(self, seconds: float) -> None:
        if AGAIN:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def _again(self, number: int, frame: FrameType | None) -> None:
        raise Ended(self._number, self._lost)

    def _unraisable(self, unraisable: Any) -> None:
        """It is not lost for long, so that there is nothing to report."""
        if unraisable.exc_type is not Ended:
            self._report(unraisable)
