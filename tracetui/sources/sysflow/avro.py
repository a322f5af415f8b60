"""Avro's binary encoding: what reads values of a schema."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

Read = Callable[[bytes, int], "tuple[Any, int]"]
"""Reads the value at an offset; gives it and the offset after it.

Readers raise EOFError, LookupError or ValueError on bytes that are no such value, and RecursionError on one
that is too deep.
"""

MAX_BITS = 64


class Type(NamedTuple):
    """What is known of one type of a schema."""

    read: Read
    shape: str
    """How values are encoded: types of the same shape can be read by the same reader."""


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """An integer: seven bits a byte, the lowest first, zigzag."""
    octet = data[at]
    at += 1
    if octet < 0x80:
        return octet >> 1 ^ -(octet & 1), at
    value, shift = octet & 0x7F, 7
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            break
        shift += 7
    if value >> MAX_BITS:
        raise ValueError(f"an integer of more than {MAX_BITS} bits")
    return value >> 1 ^ -(value & 1), at


def _null(data: bytes, at: int) -> tuple[None, int]:
    return None, at


def _boolean(data: bytes, at: int) -> tuple[bool, int]:
    return data[at] != 0, at + 1


def _bytes(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = read_long(data, at)
    return _take(data, at, size)


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    stop = at + size
    if size < 0 or stop > len(data):
        raise EOFError
    return data[at:stop], stop


def _text(data: bytes, at: int) -> tuple[str, int]:
    """Text; bytes that are no UTF-8, as names of files may have, become ``\\xff``."""
    size = data[at]
    if size < 0x80:  # as most have: the call would cost as much as all else
        size, at = size >> 1 ^ -(size & 1), at + 1
    else:
        size, at = read_long(data, at)
    stop = at + size
    if size < 0 or stop > len(data):
        raise EOFError
    return data[at:stop].decode("utf-8", "backslashreplace"), stop


def _float(form: str) -> Read:
    layout = struct.Struct(form)

    def read(data: bytes, at: int) -> tuple[float, int]:
        found, at = _take(data, at, layout.size)
        return layout.unpack(found)[0], at

    return read


_PRIMITIVES = {
    "null": Type(_null, ""),
    "boolean": Type(_boolean, "b"),
    "int": Type(read_long, "n"),
    "long": Type(read_long, "n"),
    "float": Type(_float("<f"), "f"),
    "double": Type(_float("<d"), "d"),
    "bytes": Type(_bytes, "s"),
    "string": Type(_text, "t"),
}


class Schema:
    """The types of a schema, which may refer to each other by name.

    All methods raise ValueError, LookupError, TypeError or AttributeError for a schema that is none.
    Annotations as ``logicalType`` do not count: version 1 of SysFlow has nanoseconds as ``timestamp-millis``.
    """

    def __init__(self) -> None:
        self._named: dict[str, Type] = {}

    def type(self, schema: Any, namespace: str = "") -> Type:
        """What a part of the schema means that stands within a namespace."""
        if isinstance(schema, list):
            return _union([self.type(branch, namespace) for branch in schema])
        if isinstance(schema, str):
            return _PRIMITIVES.get(schema) or self._named[_full_name(schema, namespace)]
        kind = schema["type"]
        if kind == "array":
            return _array(self.type(schema["items"], namespace))
        if kind == "map":
            return _map(self.type(schema["values"], namespace))
        if kind in ("record", "enum", "fixed"):
            return self._declare(kind, schema, _full_name(schema["name"], schema.get("namespace", namespace)))
        return self.type(kind, namespace)

    def fields(self, schema: Any, namespace: str = "") -> dict[str, Type]:
        """The fields of a record, which is declared thereby."""
        name = _full_name(schema["name"], schema.get("namespace", namespace))

        def read(data: bytes, at: int) -> tuple[Any, int]:
            return self._named[name].read(data, at)

        self._named[name] = Type(read, f"({name})")  # it may hold values of its own type
        inside = name.rpartition(".")[0]
        fields = {field["name"]: self.type(field["type"], inside) for field in schema["fields"]}
        self._named[name] = record(fields)
        return fields

    def _declare(self, kind: str, schema: Any, name: str) -> Type:
        if kind == "enum":
            self._named[name] = _enum(schema["symbols"])
        elif kind == "fixed":
            self._named[name] = _fixed(schema["size"])
        else:
            self.fields(schema, name.rpartition(".")[0])
        return self._named[name]


def _full_name(name: str, namespace: str) -> str:
    """A name with its namespace; names with a dot have theirs already."""
    return f"{namespace}.{name}" if namespace and "." not in name else name


def record(fields: dict[str, Type]) -> Type:
    """Fields by name, one after the other."""
    readers = [(name, field.read) for name, field in fields.items()]

    def read(data: bytes, at: int) -> tuple[dict[str, Any], int]:
        values = {}
        for name, read_field in readers:
            values[name], at = read_field(data, at)
        return values, at

    return Type(read, "".join(field.shape for field in fields.values()))


def _enum(symbols: list[str]) -> Type:
    known = dict(enumerate(symbols))

    def read(data: bytes, at: int) -> tuple[str, int]:
        number, at = read_long(data, at)
        return known[number], at

    return Type(read, "e")


def _fixed(size: int) -> Type:
    if size < 0:
        raise ValueError(f"a value of {size:,} bytes")

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        stop = at + size
        if stop > len(data):
            raise EOFError
        return data[at:stop], stop

    return Type(read, f"<{size:d}>")


def _union(branches: list[Type]) -> Type:
    readers = {number: branch.read for number, branch in enumerate(branches)}

    def read(data: bytes, at: int) -> tuple[Any, int]:
        number, at = read_long(data, at)
        return readers[number](data, at)

    return Type(read, f"({'|'.join(branch.shape for branch in branches)})")


def _array(item: Type) -> Type:
    read_item = item.read

    def read(data: bytes, at: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        while True:
            count, at = read_long(data, at)
            if not count:
                return items, at
            if count < 0:
                count = -count
                _, at = read_long(data, at)  # the size in bytes, for who leaves them out
            if count > len(data):  # items that take no bytes could be as many as an integer can say
                raise ValueError(f"a list of {count:,} items")
            for _ in range(count):
                value, at = read_item(data, at)
                items.append(value)

    return Type(read, f"[{item.shape}]")


def _map(value: Type) -> Type:
    entries = _array(record({"key": _PRIMITIVES["string"], "value": value}))

    def read(data: bytes, at: int) -> tuple[dict[str, Any], int]:
        found, at = entries.read(data, at)
        return {entry["key"]: entry["value"] for entry in found}, at

    return Type(read, f"{{{value.shape}}}")
