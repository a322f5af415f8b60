"""How much of a trace is read at once."""

from __future__ import annotations

CHUNK_SECONDS = 0.008
"""What a chunk should take: half of :data:`tracetui.trace.connection.RANGE_SECONDS`, at which it is cut."""

BESIDE_SECONDS = 0.004
"""The same beside a logger, whose commit waits for the end of a chunk."""

FIRST_CHUNK = 2_000
MAX_CHUNK = 200_000

_QUICK_CHUNKS = 8
"""Chunks in which the right width is found."""


class Pace:
    """Chooses the width of the next chunk so that each takes about as long as it should."""

    def __init__(self, width: int | None = None) -> None:
        self.width = width or FIRST_CHUNK
        self.seconds = CHUNK_SECONDS
        """What a chunk should take."""
        self.chunks = 0
        """Chunks so far, in all walks that keep this pace."""

    def took(self, seconds: float) -> None:
        """Learn from the last chunk."""
        self.chunks += 1
        # Later on, what is read too far on a busy machine is read again: it pays to grow slowly.
        fastest = 2.0 if self.chunks < _QUICK_CHUNKS else 1.2
        factor = min(max(self.seconds / max(seconds, 1e-6), 0.25), fastest)
        self.width = int(min(max(self.width * factor, 200), MAX_CHUNK))
