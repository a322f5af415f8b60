"""Types of parameters: what a value of each may be, and how it is written."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from enum import Enum

from tracetui.events.text import text_of_bytes
from tracetui.events.times import iso_time

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ParameterType(Enum):
    """What a value is. The comment on the right is the Python type that holds it."""

    INT8 = "int8"  # int
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT8 = "uint8"
    UINT16 = "uint16"
    UINT32 = "uint32"
    UINT64 = "uint64"
    FLOAT = "float"  # float
    BOOL = "bool"  # bool
    HEX = "hex"  # int
    ADDRESS = "address"  # int
    FD = "fd"  # int, -1 for none
    PID = "pid"  # int
    TID = "tid"  # int
    PORT = "port"  # int
    IPV4 = "ipv4"  # ipaddress.IPv4Address
    IPV6 = "ipv6"  # ipaddress.IPv6Address
    TIME = "time"  # int, ns since the Unix epoch
    STRING = "string"  # str
    PATH = "path"  # str
    BYTES = "bytes"  # bytes
    ENUM = "enum"  # int, or str where the trace has only the word
    FLAGS = "flags"  # int, or str where the trace has only the words
    SLICE = "slice"  # tuple of str
    MAP = "map"  # dict of str to str


RANGES: Mapping[ParameterType, tuple[int, int]] = {
    **{ParameterType(f"int{bits}"): (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) for bits in (8, 16, 32, 64)},
    **{ParameterType(f"uint{bits}"): (0, (1 << bits) - 1) for bits in (8, 16, 32, 64)},
    ParameterType.HEX: (0, (1 << 64) - 1),
    ParameterType.ADDRESS: (0, (1 << 64) - 1),
    ParameterType.FD: (-(1 << 31), (1 << 31) - 1),
    ParameterType.PID: (-(1 << 31), (1 << 31) - 1),
    ParameterType.TID: (-(1 << 31), (1 << 31) - 1),
    ParameterType.PORT: (0, (1 << 16) - 1),
    ParameterType.TIME: (-(1 << 63), (1 << 63) - 1),
}
"""Smallest and greatest value of each type of integers."""

INTEGERS = frozenset(RANGES)
TEXTS = frozenset({ParameterType.STRING, ParameterType.PATH})
WORDS = frozenset({ParameterType.ENUM, ParameterType.FLAGS})
IN_HEXADECIMAL = frozenset({ParameterType.HEX, ParameterType.ADDRESS})


def coerced(type: ParameterType, value: object) -> object:
    """``value`` as a value of ``type``: a number from its text, an address from text or number, ...

    Raises ValueError where it is none; the message says why, without the parameter's name.
    """
    if type in INTEGERS:
        return _integer(type, value)
    return _COERCIONS[type](value)


def _integer(type: ParameterType, value: object) -> int:
    number = _number(value)
    low, high = RANGES[type]
    if -(1 << 63) <= number < 0 and type in IN_HEXADECIMAL:
        number += 1 << 64  # a database keeps the upper half of addresses as negative numbers
    if not low <= number <= high:
        raise ValueError(f"{number} does not fit {type.value} ({low} to {high})")
    return number


def _number(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            pass
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError(f"{value!r} is not an integer")


def _float(value: object) -> float:
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{value!r} is not a number")


def _bool(value: object) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    known = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return known


def _ipv4(value: object) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(_addressable(value))
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv4 address") from None


def _ipv6(value: object) -> ipaddress.IPv6Address:
    try:
        return ipaddress.IPv6Address(_addressable(value))
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv6 address") from None


def _addressable(value: object) -> int | bytes | str:
    return value if isinstance(value, int | bytes) else str(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return text_of_bytes(value)
    raise ValueError(f"{value!r} is not text")


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise ValueError(f"{value!r} is not bytes")


def _word(value: object) -> int | str:
    if isinstance(value, int | str):
        return value
    raise ValueError(f"{value!r} is neither a number nor a name")


def _slice(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(map(str, value))
    raise ValueError(f"{value!r} is not a list")


def _map(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(item) for name, item in value.items()}
    raise ValueError(f"{value!r} is not a mapping")


_COERCIONS: Mapping[ParameterType, Callable[[object], object]] = {
    ParameterType.FLOAT: _float,
    ParameterType.BOOL: _bool,
    ParameterType.IPV4: _ipv4,
    ParameterType.IPV6: _ipv6,
    ParameterType.STRING: _text,
    ParameterType.PATH: _text,
    ParameterType.BYTES: _bytes,
    ParameterType.ENUM: _word,
    ParameterType.FLAGS: _word,
    ParameterType.SLICE: _slice,
    ParameterType.MAP: _map,
}


def written(type: ParameterType, value: object) -> str:
    """A value of ``type`` as people read it; not sanitised."""
    if type in IN_HEXADECIMAL and isinstance(value, int):
        return f"{value:#x}"
    if type is ParameterType.TIME and isinstance(value, int):
        return iso_time(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, tuple):
        return f"[{' '.join(value)}]"
    if isinstance(value, dict):
        return f"[{' '.join(f'{name}={item}' for name, item in value.items())}]"
    return str(value)
