"""What tells one state of a trace's file from all others: without it a kept index must not be believed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracetui.trace import Trace
from tracetui.trace.tail import Signature

_HEADER = 100
"""Bytes of SQLite's header: the change counter and the number of pages are in there."""

_SAMPLES, _SAMPLE = 64, 4_096
"""Places of the file that are looked at, and bytes at each."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A file in one state, and what the program makes of its tables."""

    signature: Signature
    """Device, inode, size and time of change, those of a write-ahead log included."""
    header: str
    sample: str
    """Checksum of parts of the file, spread evenly."""
    schema: str
    """Era, tables and columns."""
    bounds: tuple[int, int]
    """First and last id."""

    @classmethod
    def of(cls, trace: Trace) -> Identity | None:
        """The identity of ``trace`` now; ``None`` where there is no event, or while it is being written.

        Raises OSError and :class:`TraceError`.
        """
        path = trace.path
        before, bounds = Signature.of(path), trace.bounds()
        if before is None or bounds is None or Path(f"{path}-journal").exists():
            return None
        header, sample = _looked_at(path, before.size)
        identity = cls(before, header, sample, _schema(trace), bounds)
        return identity if Signature.of(path) == before else None

    def plain(self) -> list[Any]:
        """The same as JSON keeps it."""
        signature = [getattr(self.signature, name) for name in Signature.__slots__]
        return [signature, self.header, self.sample, self.schema, list(self.bounds)]


def _looked_at(path: Path, size: int) -> tuple[str, str]:
    checksum = hashlib.sha256()
    with path.open("rb") as file:
        header = file.read(_HEADER)
        for number in range(_SAMPLES):
            file.seek(number * max(size - _SAMPLE, 0) // (_SAMPLES - 1))
            checksum.update(file.read(_SAMPLE))
    return header.hex(), checksum.hexdigest()


def _schema(trace: Trace) -> str:
    schema = trace.schema
    tables = sorted((name, schema.columns(name)) for name in schema.tables)
    return repr((schema.era.value, tables, schema.reflected))
