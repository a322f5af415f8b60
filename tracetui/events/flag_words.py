"""Numbers that stand for names: one name a number, or a set of bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WORD = 0xFFFFFFFF


def numbers(prefix: str, text: str) -> dict[str, int]:
    """A table written compactly: ``numbers("O_", "CREAT=40 EXCL=80")``, values in hexadecimal."""
    pairs = (word.split("=") for word in text.split())
    return {prefix + name: int(value, 16) for name, value in pairs}


def in_order(prefix: str, text: str, start: int = 0) -> dict[str, int]:
    """Names that are numbered one after the other: ``in_order("SEEK_", "SET CUR END")``; ``-`` is a gap."""
    return {prefix + name: index for index, name in enumerate(text.split(), start) if name != "-"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that is one of several names."""

    names: Mapping[int, str]

    @classmethod
    def of(cls, table: Mapping[str, int]) -> Choice:
        """From name to number; of two names for a number the first wins."""
        names: dict[int, str] = {}
        for name, number in table.items():
            names.setdefault(number & WORD, name)
        return cls(names)

    def decode(self, value: int) -> str | None:
        """The name, or ``None`` for a number without one."""
        return self.names.get(value & WORD)


@dataclass(frozen=True, slots=True)
class Bits:
    """A set of bits, perhaps with a number in the lowest (``O_RDWR``, ``MAP_SHARED``, a signal)."""

    bits: tuple[tuple[int, str], ...]
    """(bits, name), those of several bits first."""
    low: Choice = field(default_factory=lambda: Choice({}))
    low_mask: int = 0
    zero: str = "0"
    """What no bits at all are called."""

    @classmethod
    def of(
        cls,
        table: Mapping[str, int],
        low: Mapping[str, int] | Choice | None = None,
        mask: int = 0,
        zero: str = "0",
    ) -> Bits:
        """From name to bits; ``low`` and ``mask`` describe the number in the lowest bits."""
        bits = [(value, name) for name, value in table.items() if value]
        bits.sort(key=lambda pair: -pair[0].bit_count())
        choice = low if isinstance(low, Choice) else Choice.of(low or {})
        return cls(tuple(bits), choice, mask, zero)

    def decode(self, value: int) -> str:
        """``O_RDWR|O_CLOEXEC``; bits without a name stay in hexadecimal."""
        left = value & WORD
        words = []
        if self.low_mask:
            name = self.low.decode(left & self.low_mask)
            if name is not None:
                words.append(name)
                left &= ~self.low_mask
        for bits, name in self.bits:
            if left & bits == bits:
                words.append(name)
                left &= ~bits
        if left or not words:
            words.append(hex(left) if left else self.zero)
        return "|".join(words)
