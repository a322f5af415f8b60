"""Walking through former filters with the up and down keys. Pure, no screen."""

from __future__ import annotations

from collections.abc import Sequence


class Recall:
    """A place in the history. The text typed before the walk is the newest entry."""

    def __init__(self) -> None:
        self._entries: Sequence[str] = ()
        self._place = -1
        self._draft = ""

    @property
    def walking(self) -> bool:
        """Whether the line shows a former filter."""
        return self._place >= 0

    def older(self, entries: Sequence[str], draft: str) -> str | None:
        """The next older of ``entries`` (newest first), ``None`` at the oldest."""
        if not self.walking:
            self._entries = [entry for entry in entries if entry != draft]
            self._draft = draft
        if self._place + 1 >= len(self._entries):
            return None
        self._place += 1
        return self._entries[self._place]

    def newer(self) -> str | None:
        """The next newer entry, in the end the draft; ``None`` where no walk is under way."""
        if not self.walking:
            return None
        self._place -= 1
        return self._entries[self._place] if self.walking else self._draft

    def end(self) -> None:
        """The line was typed in: the next walk starts from there."""
        self._place = -1
