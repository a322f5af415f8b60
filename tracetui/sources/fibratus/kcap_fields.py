"""The elements that captures consist of: integers, texts, heads of sections."""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple


class Truncated(ValueError):
    """Bytes end where something should follow."""


SECTION_BYTES = 10
"""Length of a section's head."""


class Section(NamedTuple):
    """Head of a section."""

    kind: int
    """1 process, 2 handles, 3 event, 4 PE."""
    version: int
    length: int
    """Number of elements, where it has several."""
    size: int
    """Bytes, where it has one."""


class Cursor:
    """A place in bytes. Every method takes what is there, and raises :class:`Truncated` where nothing is."""

    def __init__(self, data: bytes, order: Literal["little", "big"]) -> None:
        self._data = data
        self._order: Literal["little", "big"] = order
        self._position = 0

    @property
    def left(self) -> int:
        """Bytes that follow."""
        return len(self._data) - self._position

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size > self.left:
            raise Truncated(f"{size} bytes expected and {self.left} left")
        start = self._position
        self._position += size
        return self._data[start : self._position]

    def unsigned(self, size: int) -> int:
        """An integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), self._order)

    def signed(self, size: int) -> int:
        """A signed integer of ``size`` bytes."""
        return int.from_bytes(self.take(size), self._order, signed=True)

    def text(self) -> str:
        """A text after its length."""
        return self.take(self.unsigned(2)).decode("utf-8", "backslashreplace")

    def texts(self) -> list[str]:
        """Texts after their number."""
        return [self.text() for _ in range(self.unsigned(2))]

    def pairs(self) -> dict[str, str]:
        """Names and texts after their number."""
        return {self.text(): self.text() for _ in range(self.unsigned(2))}

    def double(self, size: int) -> float:
        """A floating-point number of 4 or 8 bytes."""
        mark = "<" if self._order == "little" else ">"
        return float(struct.unpack(mark + ("f" if size == 4 else "d"), self.take(size))[0])

    def section(self) -> Section:
        """The head of a section."""
        return Section(self.unsigned(1), self.unsigned(1), self.unsigned(4), self.unsigned(4))
