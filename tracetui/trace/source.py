"""From a file as it lies there to one that can be opened: plain, unpacked, or recovered."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from concurrent import futures
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from typing_extensions import Self

from tracetui.trace.compressed import compression_by, compression_of, decompress
from tracetui.trace.connection import connect
from tracetui.trace.copies import Progress, making, pour
from tracetui.trace.errors import HotJournal, NotADatabase, TraceError
from tracetui.trace.faults import HEADER, IMPORTED
from tracetui.trace.places import STANDARD_INPUT
from tracetui.trace.recovery import recover

WRITER_SECONDS = 5.0
"""How long a named pipe may be without a writer."""


class Source:
    """A database that can be opened. :meth:`close` removes the copy, if it is one."""

    def __init__(self, path: Path, original: Path, sentence: str | None = None) -> None:
        self.path = path
        """What to open."""
        self.original = original
        """What the user named."""
        self.sentence = sentence
        """What was done to make it readable, for the user; ``None`` where nothing was."""

    @property
    def is_copy(self) -> bool:
        return self.path != self.original

    def close(self) -> None:
        """Remove the private folder of a copy. May be called twice."""
        if self.is_copy:
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def open_source(
    path: Path, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> Source:
    """Make ``path`` (see :func:`locate`) readable.

    A compressed file is unpacked, what a killed writer left is recovered, and what comes through a pipe is
    kept, each in a private temporary copy that goes away with :meth:`Source.close`. ``progress`` is called
    with bytes done and bytes in all.
    Raises :class:`TraceError`; :class:`copies.Cancelled` once ``cancelled()`` is true.
    """
    if _is_stream(path):
        return _from_stream(path, progress, cancelled)
    try:
        connect(path).close()
    except HotJournal:
        recovered = recover(path, progress, cancelled)
        return Source(recovered.path, path, recovered.sentence)
    except NotADatabase:
        compression = compression_of(path)
        if compression is None:
            raise
        copy = decompress(path, compression, progress, cancelled)
        return Source(copy, path, f"decompressed ({compression.name}) to a temporary copy")
    return Source(path, path)


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or (path == STANDARD_INPUT and stat.S_ISSOCK(mode))


def _opened(path: Path) -> BinaryIO:
    """A pipe to read from. Raises :class:`TraceError` where nobody writes to it."""
    if path == STANDARD_INPUT:
        return open(os.dup(0), "rb", buffering=0)
    with futures.ThreadPoolExecutor(1) as waiting:
        opened = waiting.submit(path.open, "rb", buffering=0)
        try:
            return opened.result(WRITER_SECONDS)
        except futures.TimeoutError:
            raise TraceError(f"{path} is a named pipe, and nobody writes to it") from None
        finally:
            if not opened.done():
                # A reader waits for a writer: here is one.
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def _accept(path: Path, head: bytes) -> None:
    """Raise :class:`NotADatabase` for what begins neither like a database nor like a compressed file."""
    if not (head.startswith(HEADER) or compression_by(head)):
        raise NotADatabase(f"{path} is not a SQLite database", IMPORTED)


def _from_stream(path: Path, progress: Progress | None, cancelled: Callable[[], bool] | None) -> Source:
    """All that comes through a pipe, in a copy; it may be compressed."""
    with making(path, "read") as folder:
        copy = folder / "plugins.db"
        with _opened(path) as stream:
            size = pour(stream, copy, progress=progress, cancelled=cancelled, accept=partial(_accept, path))
        if progress is not None:
            progress(size, size)
        try:
            source = open_source(copy, progress, cancelled)
        except TraceError as error:
            raise TraceError(error.message.replace(str(copy), str(path)), error.hint) from error
        if source.is_copy:
            shutil.rmtree(folder, ignore_errors=True)
        return Source(source.path, path, source.sentence or "read to a temporary copy")
