"""Numbers of the names that strace prints: flags, commands, signals, errnos.

``constants.tsv`` holds what the headers of Linux on x86_64 define. It is read when the first name is met.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

_INT64 = 1 << 63
_NUMBER = re.compile(r"-?(?:0x[0-9a-fA-F]{1,16}|[0-9]{1,20})")
_CALL = re.compile(r"(_IOC|makedev|_IO|_IOR|_IOW|_IOWR)\(([^()]*)\)")
_IOC_DIRECTIONS = {"_IOC_NONE": 0, "_IOC_WRITE": 1, "_IOC_READ": 2}


@lru_cache(maxsize=1)
def constants() -> dict[str, int]:
    """All known names with their values."""
    lines = files(__package__).joinpath("constants.tsv").read_text("ascii").splitlines()
    return {name: int(value, 0) for name, value in (line.split("\t") for line in lines)}


def number(text: str) -> int | None:
    """A number as C writes it (``0x1f``, ``-1``, ``0644``), or None."""
    if _NUMBER.fullmatch(text) is None:
        return None
    digits = text.lstrip("-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX":
        value = int(digits, 8) if digits.strip("01234567") == "" else int(digits)
        return -value if text[0] == "-" else value
    return int(text, 0)


def signed64(value: int) -> int:
    """``value`` as SQLite can hold it: numbers from 2^63 on wrap, as they do in Penguin's traces."""
    return value if -_INT64 <= value < _INT64 else ((value + _INT64) & 0xFFFF_FFFF_FFFF_FFFF) - _INT64


def evaluate(expression: str) -> int | None:
    """Value of an expression of constants: ``O_RDWR|O_CLOEXEC``, ``S_IFCHR|0600``, ``makedev(1, 3)``.

    Of alternatives (``TCGETS or SNDCTL_TMR_TIMEBASE``) the first that is known. None where a part is unknown.
    """
    for alternative in expression.split(" or "):
        values = [_term(term.strip()) for term in _outer_split(alternative)]
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            total = 0
            for value in known:
                total |= value
            return total
    return None


def _outer_split(expression: str) -> list[str]:
    """Split at ``|`` outside parentheses."""
    if "(" not in expression:
        return expression.split("|")
    return re.findall(r"(?:[^|(]|\([^)]*\))+", expression)


def _term(term: str) -> int | None:
    value = number(term)
    if value is not None:
        return value
    if (call := _CALL.fullmatch(term)) is not None:
        return _call(call[1], [part.strip() for part in call[2].split(",")])
    return constants().get(term)


def _call(function: str, arguments: list[str]) -> int | None:
    """Value of the few function-like expressions, after ``asm-generic/ioctl.h`` and ``sys/sysmacros.h``."""
    if function == "makedev" and len(arguments) == 2:
        major, minor = (number(argument) for argument in arguments)
        if major is None or minor is None:
            return None
        return (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32
    if function == "_IOC" and len(arguments) == 4:
        direction = 0
        for name in arguments[0].split("|"):
            if name not in _IOC_DIRECTIONS:
                return None
            direction |= _IOC_DIRECTIONS[name]
        kind, nr, size = (number(argument) for argument in arguments[1:])
        if kind is None or nr is None or size is None:
            return None
        return direction << 30 | size << 16 | kind << 8 | nr
    return None
