"""The Avro container: recognise a SysFlow file, read its records by the schema that is in it."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, BinaryIO

from tracetui.sources.report import SourceError
from tracetui.sources.sysflow.avro import Read, Schema, Type, read_long, record

AVRO_MAGIC = b"Obj\x01"

Values = dict[str, Any]
"""Fields of one record by name, as Avro has them."""

Quick = Callable[[dict[str, str], Read], Read]
"""Makes a quick reader of a record with fields of these shapes, out of the one that reads any such record."""

_PROTOTYPE_EVENT = "ProcessFlow"
"""What the prototypes of 2018 called the record that is ``ProcessEvent`` since."""

_HEADER = "SFHeader"
_KNOWN = frozenset(
    "SFHeader Container Process File ProcessEvent NetworkFlow FileFlow FileEvent NetworkEvent ProcessFlow "
    "Pod K8sEvent".split()
)

_MARKER_BYTES = 16
_LONGEST = 1 << 30
"""Bytes of a part of a file; more are damage."""

_Member = tuple["str | None", str, Read]
"""A type of record: its kind, if that is known, its name and what reads it."""


def detect(head: bytes) -> bool:
    """Does an Avro file whose schema knows SysFlow's header begin like this?"""
    return head.startswith(AVRO_MAGIC) and _HEADER.encode() in head


class RecordFile:
    """The records of one file, in the order of the file; iterate once.

    A record is its name without namespace (``FileFlow``) and its fields, or what a quick reader makes of
    them. Damage does not raise: it ends the iteration and is told in :attr:`damage`.
    """

    def __init__(self, stream: BinaryIO, quick: Mapping[str, Quick] | None = None) -> None:
        """Read the file's head. ``quick`` has what makes quicker readers, by the record's name.

        Raises :class:`SourceError` for a file that is not SysFlow's, or compressed in an unknown way.
        """
        self.records = 0
        """Records read so far, with those of unknown type."""
        self.unknown: Counter[str] = Counter()
        """Records left out, by the name of a type that is not known here."""
        self.damage: str | None = None
        """Why nothing more could be read."""
        self.fields: dict[str, frozenset[str]] = {}
        """Names of the fields that each known record type has in this file."""
        self._stream = stream
        schema, self._expand, self._marker = _head(stream)
        self._members = self._understand(schema, quick or {})

    def _understand(self, schema: Any, quick: Mapping[str, Quick]) -> dict[int, _Member]:
        """What each record may be, by its number in the union that the file consists of, as encoded."""
        members: dict[int, _Member] = {}
        for number, (name, fields) in enumerate(_record_types(schema)):
            kind = _kind(name, fields)
            read = record(fields).read
            if kind is not None:
                self.fields[kind] = frozenset(fields)
                if kind in quick:
                    read = quick[kind]({field: found.shape for field, found in fields.items()}, read)
            members[number << 1] = kind, name, read
        return members

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        members = self._members
        try:
            for data, count in self._blocks():
                at = 0
                for _ in range(count):
                    kind, name, read = members[data[at]]
                    values, at = read(data, at + 1)
                    self.records += 1
                    if kind is not None:
                        yield kind, values
                    else:
                        self.unknown[name] += 1
        except (EOFError, IndexError):
            self._end("it ends in the middle of a record")
        except KeyError as error:
            self._end(f"{error} is the number of no type, or of no symbol")
        except Exception as error:  # readers may raise anything on bytes that are not what they seem
            self._end(str(error) or type(error).__name__)

    def _end(self, reason: str) -> None:
        self.damage = f"the file is damaged or cut off after record {self.records:,}: {reason}"

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """Blocks, expanded, and how many records are in each; of one that is cut off, what is there."""
        stream = self._stream
        while first := stream.read(1):
            count = _number(stream, first)
            if count < 0:
                raise ValueError(f"a block of {count:,} records")
            yield self._expand(stream.read(_checked(_number(stream)))), count
            if _take(stream, _MARKER_BYTES) != self._marker:
                raise ValueError("a block does not end where it should")


def _head(stream: BinaryIO) -> tuple[Any, Callable[[bytes], bytes], bytes]:
    """The schema in a file's head, what expands its blocks, and what ends each of them."""
    try:
        if stream.read(len(AVRO_MAGIC)) != AVRO_MAGIC:
            raise ValueError("it begins otherwise")
        more = {}
        while count := _number(stream):
            if count < 0:
                _number(stream)  # the size in bytes
            for _ in range(abs(count)):
                key = _take(stream, _number(stream))
                more[key] = _take(stream, _number(stream))
        marker = _take(stream, _MARKER_BYTES)
        schema = json.loads(more[b"avro.schema"])
    except Exception as error:  # a head can be broken in any way
        raise SourceError(
            f"this is not a readable Avro file: {str(error) or 'it ends in its head'}"
        ) from error
    codec = more.get(b"avro.codec", b"null").decode("utf-8", "backslashreplace")
    if codec not in _CODECS:
        raise SourceError(
            f"its blocks are compressed with {codec}, which is not known here",
            "Have them compressed anew: avro-tools recodec --codec=deflate FILE NEW.",
        )
    return schema, _CODECS[codec], marker


_CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": lambda data: data,
    "deflate": lambda data: zlib.decompressobj(-zlib.MAX_WBITS).decompress(data),
    "bzip2": lambda data: bytes(import_module("bz2").decompress(data)),
    "xz": lambda data: bytes(import_module("lzma").decompress(data)),
}
"""Ways to compress blocks; SysFlow itself uses the first two."""


def _number(stream: BinaryIO, first: bytes = b"") -> int:
    """An integer, whose first byte may have been read already."""
    data = first or _take(stream, 1)
    while data[-1] >= 0x80:
        data += _take(stream, 1)
    return read_long(data, 0)[0]


def _take(stream: BinaryIO, size: int) -> bytes:
    """So many bytes; EOFError where there are less."""
    data = stream.read(_checked(size))
    if len(data) != size:
        raise EOFError
    return data


def _checked(size: int) -> int:
    """The size of a part of a file, if it can be one. Raises ValueError."""
    if not 0 <= size <= _LONGEST:
        raise ValueError(f"a part of it has {size:,} bytes")
    return size


def _record_types(schema: Any) -> list[tuple[str, dict[str, Type]]]:
    """Full names of the records in the union that the file consists of, with their fields."""
    types = Schema()
    try:
        (union,) = schema["fields"]
        members = [(str(member["name"]), types.fields(member)) for member in union["type"]]
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        members = []
    if not any(name.rpartition(".")[2] == _HEADER for name, _ in members):
        name = schema.get("name", "?") if isinstance(schema, dict) else "?"
        raise SourceError(f"this Avro file is not SysFlow's: it holds records of type {name}")
    return members


def _kind(name: str, fields: Mapping[str, object]) -> str | None:
    """What a record of this full name is called in the current version, in short; None if unknown."""
    short = name.rpartition(".")[2]
    if short == _PROTOTYPE_EVENT and "args" in fields:
        return "ProcessEvent"
    return short if short in _KNOWN else None
