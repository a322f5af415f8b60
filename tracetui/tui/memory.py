"""Memory that was freed, given back to the system: after large work, its result is looked at for hours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Have the C library give back what is free; it keeps that for later where threads have left gaps.

    A few milliseconds, without the interpreter's lock. Does nothing where the library knows no such thing.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], int]:
    import ctypes

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda pad: 0
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    found: Callable[[int], int] = trim
    return found
