"""Numbers for events that go on counting when the recorder is started again."""

from __future__ import annotations

import os
from pathlib import Path


class SequenceError(ValueError):
    """A number cannot be stored: it is lower than the one that is."""


class Sequencer:
    """Gives each event the next number. The last one is kept in a small file, if one is named.

    A file that holds no number counts from 0.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.current = self._stored()
        """The last number that was given; 0 before the first."""

    def increment(self) -> int:
        """The next number."""
        self.current += 1
        return self.current

    def store(self) -> None:
        """Keep the last number. Raises :class:`SequenceError` where a higher one is kept already."""
        if self._path is None:
            return
        stored = self._stored()
        if self.current < stored:
            raise SequenceError(
                f"current sequence number {self.current} is lower than registry value {stored}"
            )
        self._write(self.current)

    def reset(self) -> None:
        """Begin with 0 again, in the file too."""
        self.current = 0
        if self._path is not None:
            self._write(0)

    def _stored(self) -> int:
        try:
            text = "" if self._path is None else self._path.read_text(encoding="ascii")
            return max(int(text), 0)
        except (OSError, ValueError):
            return 0

    def _write(self, number: int) -> None:
        assert self._path is not None
        new = self._path.with_name(f"{self._path.name}.new")
        new.write_text(str(number), encoding="ascii")
        os.replace(new, self._path)  # a crash leaves one number or the other
