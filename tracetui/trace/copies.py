"""Private temporary copies of traces that cannot be read where they are."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tracetui.trace.errors import TraceError

BLOCK = 1 << 20
"""Bytes copied between two calls of a progress callback."""

RESERVE = 64 << 20
"""Bytes that a copy leaves free on the disk of the temporary folder."""

HEAD = 16
"""Bytes that tell what a copy will be."""

Progress = Callable[[int, "int | None"], None]
"""Called with bytes done and bytes in all; ``None`` where that is not known."""


class Cancelled(TraceError):
    """The user did not want to wait for a copy."""


@contextmanager
def making(path: Path, what: str) -> Iterator[Path]:
    """A new folder (0700) for a copy of ``path``, which is removed again where the copy fails.

    Raises :class:`TraceError` for whatever the file system refuses.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="tracetui-"))
    except OSError as error:
        raise TraceError(f"{path} cannot be {what}: no temporary folder: {error.strerror}") from error
    try:
        yield folder
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise TraceError(f"{path} cannot be {what}: {error.strerror or error}") from error
        raise


def pour(
    source: BinaryIO,
    target: Path,
    *,
    limit: int = sys.maxsize,
    total: int | None = None,
    position: Callable[[], int] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    accept: Callable[[bytes], None] | None = None,
) -> int:
    """Copy up to ``limit`` bytes to a new file that only its owner can read; returns how many.

    No more is written than the disk has room for.

    ``position`` tells how much of ``total`` is done; without it, the bytes written do. ``accept`` is shown
    the first :data:`HEAD` bytes, and may raise: there may come any amount more. Raises :class:`Cancelled`,
    and :class:`TraceError` where the disk has no room.
    """
    written = 0
    head = b""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(target, flags, 0o600), "wb") as file:
        while block := source.read(min(BLOCK, limit - written)):
            if cancelled is not None and cancelled():
                raise Cancelled("cancelled")
            if accept is not None and len(head) < HEAD:
                head += block[: HEAD - len(head)]
                if len(head) == HEAD:
                    accept(head)
            _require_room(target.parent, len(block))
            file.write(block)
            written += len(block)
            if progress is not None:
                progress(position() if position is not None else written, total)
    return written


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + RESERVE:
        raise TraceError(
            f"no room for a temporary copy: {free >> 20:,} MiB are free in {folder.parent}",
            "Name a folder with more room: TMPDIR=FOLDER tracetui ...",
        )
