"""Keys in the order in which they were typed: each is given out when the one before it has had its effect.

A key travels through the queues of widgets: the one that has the focus, all around it, then the application,
which finds its binding. Keys that come in one piece, from a paste or over a slow line, would be given to the
old focus before the first of them has moved it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from tracetui.tui.app import TracetuiApp

ROUNDS = 3
"""Followers after a key that is no character: what a widget then tells others takes the same way behind."""

PATIENCE = 1.0
"""Seconds after which a key is taken to have had its effect, whatever became of its follower."""

LOOK_SECONDS = 0.02
"""How often it is looked, while keys are held, whether the follower has gone down with a dialog."""


class Follower(Message):
    """Takes the way that a key takes, right behind it."""

    def __init__(self, screen: Screen[object], rounds: int) -> None:
        super().__init__()
        self.screen = screen
        self.rounds = rounds
        """How many are still to follow."""


class TypeAhead:
    """Holds back keys and pasted text of an application while an earlier key is under way."""

    def __init__(self, app: TracetuiApp) -> None:
        self._app = app
        self._held: deque[events.Key | events.Paste] = deque()
        self._sent: float | None = None
        """When the key was given out that is under way."""
        self._follower: Follower | None = None
        """The one behind that key, and who got it first."""
        self._first: Widget | None = None

    def holds(self, event: events.Key | events.Paste) -> bool:
        """Whether an event must wait, and will be given out in its turn."""
        if self._sent is None or (not self._held and time.monotonic() - self._sent > PATIENCE):
            return False
        if not self._held:
            self._app.set_timer(LOOK_SECONDS, self._look)
        self._held.append(event)
        return True

    def follow(self, event: events.Key | events.Paste) -> None:
        """An event has been given out."""
        self._sent = time.monotonic()
        is_text = isinstance(event, events.Paste) or event.is_printable
        self._send(1 if is_text else ROUNDS)

    def arrived(self, follower: Follower) -> None:
        """A follower is back: its key has had its effect, but for a focus or dialog that is still to come."""
        if follower is not self._follower:
            return
        if follower.screen is not self._app.screen:
            self._send(1)
        elif follower.rounds > 1:
            self._send(follower.rounds - 1)
        else:
            self._app.call_later(self._next)

    def _send(self, rounds: int) -> None:
        # From whoever has the focus now: the one that had it before may be gone, as a prompt is.
        self._first = self._app.focused or self._app.screen
        self._follower = Follower(self._app.screen, rounds)
        self._first.post_message(self._follower)

    async def _look(self) -> None:
        """Keys are held: send another follower where the one under way is lost."""
        if self._sent is not None and time.monotonic() - self._sent >= PATIENCE:
            await self._next()
        elif self._sent is not None and self._first is not None and not self._first.is_attached:
            self._send(1)
        if self._held:
            self._app.set_timer(LOOK_SECONDS, self._look)

    async def _next(self) -> None:
        self._sent = self._follower = None
        if self._held:
            await self._app.on_event(self._held.popleft())
