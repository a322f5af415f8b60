"""Written values: numbers in their notations, durations, times, bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

Value = int | float | str | bytes
"""What a field of an event can hold."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One value as written, and its place in the filter."""

    text: str
    start: int
    end: int
    quoted: bool = False
    data: str = ""
    """See :attr:`tracetui.filter.lexer.Token.data`."""
    value: Value | None = None
    """The value itself where it came from the selected event and not from the keyboard."""

    @property
    def length(self) -> int:
        return max(self.end - self.start, 1)


@dataclass(frozen=True, slots=True)
class Range:
    """Values from ``low`` to ``high``, both included; a missing end is open."""

    low: Operand | None
    high: Operand | None

    @property
    def start(self) -> int:
        return next(end.start for end in (self.low, self.high) if end is not None)

    @property
    def length(self) -> int:
        return next(end.end for end in (self.high, self.low) if end is not None) - self.start


_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:0x(?P<hex>[0-9a-f]+)|0o(?P<oct>[0-7]+)|0b(?P<bin>[01]+)|0(?P<c>[0-7]+)|(?P<dec>\d+))",
    re.ASCII,
)
_BASES = {"hex": 16, "oct": 8, "bin": 2, "c": 8, "dec": 10}
_DECIMAL = re.compile(r"[+-]?\d*\.\d+(?:e[+-]?\d+)?|[+-]?\d+e[+-]?\d+", re.ASCII)
_SIZED = re.compile(r"([+-]?\d+(?:\.\d+)?)([kmg])(?:i?b)?", re.ASCII)
_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIMED = re.compile(r"([+-]?\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|min|h)", re.ASCII)
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "min": 60 * 10**9,
    "h": 3600 * 10**9,
}


def number(text: str) -> int | float | None:
    """A number: decimal, 0x hexadecimal, 0o or 0 octal, 0b binary; ``_`` between digits; 4k, 2M."""
    plain = text.strip().lower()
    if "_" in plain:
        plain = re.sub(r"(?<=[0-9a-f])_(?=[0-9a-f])", "", plain)
    if len(plain) > 100:
        return None
    if found := _NUMBER.fullmatch(plain):
        kind = next(name for name in _BASES if found[name] is not None)
        value = int(found[kind], _BASES[kind])
        return -value if found["sign"] == "-" else value
    if sized := _SIZED.fullmatch(plain):
        return _whole(float(sized[1]) * _SIZES[sized[2]])
    if _DECIMAL.fullmatch(plain):
        return _whole(float(plain))
    return None


def duration(text: str) -> int | float | None:
    """Nanoseconds: a number, or one with a unit from ``ns`` to ``h``."""
    if timed := _TIMED.fullmatch(text.strip().lower()):
        return _whole(float(timed[1]) * _UNITS[timed[2]])
    return number(text)


def moment(text: str) -> int | float | None:
    """Nanoseconds since the Unix epoch: a number, or a date and time (local unless it names a zone)."""
    plain = text.strip()
    if (value := number(plain)) is not None:
        return value
    whole, point, rest = plain.partition(".")
    fraction = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    zone = rest[len(fraction) :] if point else ""
    iso = (whole + zone).replace("Z", "+00:00").replace("z", "+00:00")
    try:
        seconds = int(datetime.fromisoformat(iso).timestamp())
    except (ValueError, OverflowError, OSError):
        return None
    return seconds * 10**9 + int((fraction + "000000000")[:9])


def truth(text: str) -> int | None:
    """1 for true, 0 for false, in the words that people use."""
    return {"true": 1, "yes": 1, "1": 1, "on": 1, "false": 0, "no": 0, "0": 0, "off": 0}.get(text.lower())


_COLON_BYTES = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2})+", re.IGNORECASE)


def hex_bytes(text: str) -> bytes | None:
    """Bytes from hexadecimal digits, ``0x``, colons, spaces and dashes allowed; ``None`` if they are none."""
    digits = re.sub(r"[:\s-]", "", text)
    digits = digits[2:] if digits[:2].lower() == "0x" else digits
    try:
        return bytes.fromhex(digits) if digits.isascii() else None
    except ValueError:
        return None


def data(operand: Operand) -> bytes | None:
    """The bytes an operand stands for after a bytes field.

    Unless quoted, ``47:45:54`` and ``hex:4745`` are bytes; else its text is, where ``\\xff`` is a byte.
    ``None`` where no hexadecimal digits follow ``hex:``.
    """
    if isinstance(operand.value, bytes):
        return operand.value
    if operand.value is not None:
        return str(operand.value).encode("utf-8", "surrogateescape")
    if not operand.quoted:
        if operand.text.lower().startswith("hex:"):
            return hex_bytes(operand.text[4:])
        if _COLON_BYTES.fullmatch(operand.text):
            return hex_bytes(operand.text)
    return (operand.data or operand.text).encode("utf-8", "surrogateescape")


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value
