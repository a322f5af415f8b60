"""Sets of numbers: what a numeric condition means, whichever operator it was written with.

The database keeps 64-bit registers as signed numbers and 32-bit ones either way, so that one written number
may stand for several stored ones. All of that is settled here, once for SQL and Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeGuard

Number = int | float

MIN, MAX = -(1 << 63), (1 << 63) - 1
"""The integers that SQLite can hold."""

_WRAP64, _WRAP32 = 1 << 64, 1 << 32
_SIGN64, _SIGN32 = 1 << 63, 1 << 31


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from ``low`` to ``high``; ``None`` is no bound; an open end excludes the bound itself."""

    low: Number | None = None
    high: Number | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_point(self) -> bool:
        return self.low is not None and self.low == self.high and not (self.low_open or self.high_open)


Intervals = tuple[Interval, ...]


def equal_to(value: Number, wraps32: bool = False) -> Intervals:
    """The stored numbers that ``value`` stands for.

    ``0xffffffffffffffff`` is -1. With ``wraps32``, for registers of 32-bit machines and for C ints in 64-bit
    ones, -1 and 4294967295 are the same too.
    """
    stored = _signed64(value)
    forms = [stored]
    if wraps32 and isinstance(stored, int):
        if -_SIGN32 <= stored < 0:
            forms.append(stored + _WRAP32)
        elif _SIGN32 <= stored < _WRAP32:
            forms.append(stored - _WRAP32)
    return tuple(Interval(form, form) for form in forms)


def between(low: Number | None, high: Number | None) -> Intervals:
    """The stored numbers from ``low`` to ``high``, both included; unsigned where an end is above 2^63."""
    return tuple(_stored(Interval(low, high)))


def ordered(operator: str, value: Number) -> Intervals:
    """The stored numbers ``x`` for which ``x < value`` (or ``<=``, ``>``, ``>=``) holds."""
    interval = {
        "<": Interval(high=value, high_open=True),
        "<=": Interval(high=value),
        ">": Interval(low=value, low_open=True),
        ">=": Interval(low=value),
    }[operator]
    return tuple(_stored(interval))


def membership(intervals: Intervals) -> Callable[[Number], bool]:
    """A function that tells whether a number lies in one of ``intervals``."""
    if all(interval.is_point for interval in intervals):
        points = frozenset(interval.low for interval in intervals)
        return points.__contains__
    tests = [_inside(interval) for interval in intervals]
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)


def negated(intervals: Intervals) -> Intervals:
    """The numbers whose negatives lie in ``intervals``."""
    return tuple(
        Interval(
            None if i.high is None else -i.high, None if i.low is None else -i.low, i.high_open, i.low_open
        )
        for i in intervals
    )


def _inside(interval: Interval) -> Callable[[Number], bool]:
    low, high = interval.low, interval.high
    low_open, high_open = interval.low_open, interval.high_open

    def test(value: Number) -> bool:
        if low is not None and (value <= low if low_open else value < low):
            return False
        return high is None or (value < high if high_open else value <= high)

    return test


def _stored(interval: Interval) -> Iterable[Interval]:
    """``interval`` as signed numbers: an order with a number above 2^63 - 1 is an order of unsigned ones."""
    low, high = interval.low, interval.high
    if not _is_large(low) and not _is_large(high):
        yield interval
        return
    if _is_large(low):
        top = -1 if high is None or not _is_large(high) else _signed64(high)
        if high is None or _is_large(high):
            yield Interval(_signed64(low), top, interval.low_open, interval.high_open and high is not None)
        return
    # From a small number, or from 0, up to a large one: the stored positives and some of the negatives.
    yield Interval(0 if low is None else low, None, interval.low_open and low is not None)
    assert high is not None
    yield Interval(None, _signed64(high), False, interval.high_open)


def _is_large(value: Number | None) -> TypeGuard[int]:
    return isinstance(value, int) and value >= _SIGN64


def _signed64(value: Number) -> Number:
    return value - _WRAP64 if _is_large(value) else value
