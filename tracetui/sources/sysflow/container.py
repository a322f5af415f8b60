"""The Avro container: recognise a SysFlow file, read its records by the schema that is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from tracetui.sources.report import SourceError

AVRO_MAGIC = b"Obj\x01"

Values = dict[str, Any]
"""Fields of one record by name, as Avro has them."""

_PROTOTYPE_EVENT = "ProcessFlow"
"""What the prototypes of 2018 called the record that is ``ProcessEvent`` since."""

_ALWAYS_KNOWN = ("null", "deflate", "bzip2", "xz")
"""Ways to compress that need no library beside Python's; SysFlow itself uses the first two."""

_HEADER = "SFHeader"
_KNOWN = frozenset(
    "SFHeader Container Process File ProcessEvent NetworkFlow FileFlow FileEvent NetworkEvent ProcessFlow "
    "Pod K8sEvent".split()
)


def detect(head: bytes) -> bool:
    """Does an Avro file whose schema knows SysFlow's header begin like this?"""
    return head.startswith(AVRO_MAGIC) and _HEADER.encode() in head


class RecordFile:
    """The records of one file, in the order of the file; iterate once.

    A record is its name without namespace (``FileFlow``) and its fields. Damage does not raise: it ends the
    iteration and is told in :attr:`damage`.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Read the file's head. Raises :class:`SourceError` where it is not SysFlow's.

        So does the iteration where blocks are compressed in a way that needs another library.
        """
        self.records = 0
        """Records read so far, with those of unknown type."""
        self.unknown: Counter[str] = Counter()
        """Records left out, by the name of a type that is not known here."""
        self.damage: str | None = None
        """Why nothing more could be read."""
        self._reader = _open(stream)
        types = _record_types(self._reader.writer_schema)
        strip_logical_types(self._reader.writer_schema)
        self._kinds = {name: _kind(name, fields) for name, fields in types.items()}
        self.fields = {kind: types[name] for name, kind in self._kinds.items() if kind is not None}
        """Names of the fields that each known record type has in this file."""

    def __iter__(self) -> Iterator[tuple[str, Values]]:
        kinds = self._kinds
        records = iter(self._reader)
        while True:
            try:
                record = next(records)
                name, values = record["rec"]
            except StopIteration:
                return
            except Exception as error:  # the decoder may raise anything on bytes that are not what they seem
                self._check_codec(error)
                reason = str(error) or "it ends in the middle of a record"
                self.damage = f"the file is damaged or cut off after record {self.records:,}: {reason}"
                return
            self.records += 1
            kind = kinds[name]
            if kind is None:
                self.unknown[name] += 1
            else:
                yield kind, values

    def _check_codec(self, error: Exception) -> None:
        """Raise SourceError where nothing could be read for want of a library, which is no damage."""
        codec = self._reader.codec
        if self.records == 0 and codec not in _ALWAYS_KNOWN:
            raise SourceError(
                f"its blocks are compressed with {codec}: {error}",
                "Or have them compressed anew: avro-tools recodec --codec=deflate FILE NEW.",
            ) from error


def _open(stream: BinaryIO) -> Any:
    try:
        import fastavro
    except ImportError as error:
        raise SourceError(
            "reading SysFlow needs the package fastavro", "Install it: pip install 'tracetui[sysflow]'."
        ) from error
    try:
        return fastavro.reader(stream, return_record_name=True, return_record_name_override=True)
    except Exception as error:  # as above: a head can be broken in any way
        raise SourceError(f"this is not a readable Avro file: {error}") from error


def _record_types(schema: Any) -> dict[str, frozenset[str]]:
    """Full names of the records in the union that the file consists of, with their fields."""
    try:
        (union,) = schema["fields"]
        members = {
            member["name"]: frozenset(field["name"] for field in member["fields"]) for member in union["type"]
        }
    except (KeyError, TypeError, ValueError):
        members = {}
    if not any(name.rpartition(".")[2] == _HEADER for name in members):
        name = schema.get("name", "?") if isinstance(schema, dict) else "?"
        raise SourceError(f"this Avro file is not SysFlow's: it holds records of type {name}")
    return members


def _kind(name: str, fields: frozenset[str]) -> str | None:
    """What a record of this full name is called in the current version, in short; None if unknown."""
    short = name.rpartition(".")[2]
    if short == _PROTOTYPE_EVENT and "args" in fields:
        return "ProcessEvent"
    return short if short in _KNOWN else None


def strip_logical_types(schema: Any) -> None:
    """Have numbers read as numbers: schemas of version 1 declare nanoseconds as ``timestamp-millis``."""
    if isinstance(schema, dict):
        schema.pop("logicalType", None)
        for part in schema.values():
            strip_logical_types(part)
    elif isinstance(schema, list):
        for part in schema:
            strip_logical_types(part)
