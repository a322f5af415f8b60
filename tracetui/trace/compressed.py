"""Compressed traces: unpacked to a private temporary copy."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tracetui.trace import copies
from tracetui.trace.errors import NotADatabase, TraceError
from tracetui.trace.faults import HEADER

_DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
"""What reading a broken or truncated compressed file raises, beside errors of the file system."""


@dataclass(frozen=True, slots=True)
class Compression:
    """One way to compress a file."""

    name: str
    suffix: str
    magic: bytes
    """What such files begin with."""
    reader: Callable[[BinaryIO], Any]
    """A stream of what the file holds. Raises TraceError where a library is missing."""


def _zstd(file: BinaryIO) -> Any:
    """Python 3.14 brings zstd along; before, the package zstandard does."""
    try:
        return importlib.import_module("compression.zstd").ZstdFile(file)
    except ImportError:
        pass
    try:
        decompressor = importlib.import_module("zstandard").ZstdDecompressor()
    except ImportError:
        raise TraceError(
            "a trace compressed with zstd needs Python 3.14 or the package zstandard",
            "Install it (pip install zstandard) or decompress the trace first (zstd -dk FILE).",
        ) from None
    return decompressor.stream_reader(file, read_across_frames=True)


COMPRESSIONS = (
    Compression("xz", ".xz", b"\xfd7zXZ\0", lzma.LZMAFile),
    Compression("zstd", ".zst", b"\x28\xb5\x2f\xfd", _zstd),
    Compression("gzip", ".gz", b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    Compression("bzip2", ".bz2", b"BZh", bz2.BZ2File),
)


def compression_of(path: Path) -> Compression | None:
    """How ``path`` is compressed, told by its first bytes; ``None`` where it is not, or cannot be read.

    To be asked of files that SQLite does not take for a database (see :func:`faults.check_file`).
    """
    try:
        with path.open("rb") as file:
            return compression_by(file.read(8))
    except OSError:
        return None


def compression_by(head: bytes) -> Compression | None:
    """How what begins with ``head`` is compressed."""
    return next((known for known in COMPRESSIONS if head.startswith(known.magic)), None)


def decompress(
    path: Path,
    compression: Compression,
    progress: copies.Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Unpack ``path`` to a private folder, as long as the disk has room; the caller removes the folder.

    Progress is that of the compressed file. Raises :class:`TraceError`, also where the file is broken: a
    beginning is no database; and :class:`NotADatabase` at the first bytes of something else.
    """

    def accept(head: bytes) -> None:
        if not head.startswith(HEADER):
            raise NotADatabase(f"{path} is not a SQLite database, compressed ({compression.name})")

    with copies.making(path, "decompressed") as folder, path.open("rb") as file:
        target = folder / (path.name.removesuffix(compression.suffix) or path.name)
        try:
            with compression.reader(file) as stream:
                copies.pour(
                    stream,
                    target,
                    total=path.stat().st_size,
                    position=file.tell,
                    progress=progress,
                    cancelled=cancelled,
                    accept=accept,
                )
        except Exception as error:
            if isinstance(error, _DAMAGED) or type(error).__name__ == "ZstdError":
                raise TraceError(f"{path} is damaged: its {compression.name} data cannot be read") from error
            raise
        return target
