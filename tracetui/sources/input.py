"""Files to import: opened, decompressed, and with a position for progress."""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import stat
import sys
import zlib
from pathlib import Path
from typing import BinaryIO, cast

HEAD_BYTES = 65_536
"""How much of a file is looked at to tell its format."""

READ_ERRORS = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What reading a damaged or truncated compressed file raises."""

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\0"


class Input:
    """An open input file, decompressed."""

    def __init__(
        self, name: str, stream: io.BufferedReader, size: int | None, written: float | None, raw: BinaryIO
    ) -> None:
        self.name = name
        self.stream = stream
        self.size = size
        """Bytes of the file on disk; None for a pipe."""
        self.written = written
        """When it was last written, in seconds since the epoch; None for a pipe."""
        self._raw = raw

    def head(self) -> bytes:
        """The first bytes, without taking them."""
        return self.stream.peek(HEAD_BYTES)[:HEAD_BYTES]

    def done(self) -> float | None:
        """How much of the file has been read, from 0 to 1; None where its size is unknown."""
        return self._raw.tell() / self.size if self.size else None

    def __enter__(self) -> Input:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stream.close()
        self._raw.close()


def open_input(path: str) -> Input:
    """Open ``path`` for reading, ``-`` for standard input; gzip and xz are recognised by content.

    Raises OSError where the file cannot be opened, and one of READ_ERRORS where its compression is damaged.
    """
    if path == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "it is closed")
        raw: BinaryIO = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
        name, size, written = "standard input", None, None
    else:
        raw = Path(path).open("rb")  # noqa: SIM115 - closed by Input
        status = os.fstat(raw.fileno())
        regular = stat.S_ISREG(status.st_mode)
        name, size, written = path, status.st_size if regular else None, status.st_mtime
    plain = cast(io.BufferedReader, raw)
    magic = plain.peek(len(_XZ))[: len(_XZ)]
    if magic.startswith(_GZIP):
        return Input(name, _buffered(gzip.GzipFile(fileobj=plain)), size, written, raw)
    if magic == _XZ:
        return Input(name, _buffered(lzma.LZMAFile(plain)), size, written, raw)
    return Input(name, _buffered(plain), size, written, raw)


def _buffered(stream: object) -> io.BufferedReader:
    return io.BufferedReader(cast(io.RawIOBase, stream), HEAD_BYTES)
