"""What is wrong with a file that should be a trace, found out without harming those who use it."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from tracetui.trace.errors import HotJournal, Locked, NotADatabase, NotYetThere, TraceError

BUSY_SECONDS = 10.0
"""How long a statement waits for a flush to end; waiting readers do not hold the writer up."""

LIVE_SECONDS = 10.0
"""A trace that was changed within this time is taken to be still written."""

HEADER = b"SQLite format 3\0"

IMPORTED = "Other formats can be imported: tracetui import FILE -o TRACE"
"""What to do with a file that is no database."""

_VERSION = 19
"""Where the first page says how to read the file: 1 for a journal, 2 for a write-ahead log."""

_SMALLEST = 512
"""Bytes of the smallest database: one page of the smallest size."""

Identity = tuple[int, int]
"""Device and inode: what tells a file from another that took its name."""


def check_file(path: Path) -> None:
    """Raise the right :class:`TraceError` for what can be told without opening the file.

    A database must not be opened beside SQLite: closing any descriptor of a file drops every lock that this
    process holds on it, those of a logger in the same process included.
    """
    found = look_at(path)
    if stat.S_ISDIR(found.st_mode):
        raise TraceError(f"{path} is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise TraceError(f"{path} is {_KINDS.get(stat.S_IFMT(found.st_mode), 'no file')}, not a database")
    if not found.st_size:
        raise NotYetThere(f"{path} is empty: nothing has been logged yet")
    if found.st_size < _SMALLEST:
        raise _no_database(path)


def changed_lately(path: Path) -> bool:
    """Whether a trace is probably being written; false where there is none."""
    try:
        return time.time() - path.stat().st_mtime < LIVE_SECONDS
    except OSError:
        return False


_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Log(Enum):
    """Where a database stands that keeps a write-ahead log (Penguin's and ours keep none)."""

    NONE = "none"
    UNUSED = "unused"
    """All is in the file and nobody has it open; opened as usual, SQLite would leave two files beside it."""
    LIVE = "live"
    LEFT = "left"
    """There is a log and nobody uses it."""


def log_state(path: Path) -> Log:
    """Whether ``path`` keeps a write-ahead log, told by its first page and the files beside it.

    The file is only opened where no journal stands beside it: as long as there is one, a logger in this
    process may hold a lock (see :func:`check_file`).
    """
    if beside(path, "-journal").exists():
        return Log.NONE
    try:
        with path.open("rb") as file:
            header = file.read(_VERSION + 1)
    except OSError:
        return Log.NONE
    if not header.startswith(HEADER):
        return Log.NONE
    try:
        size = beside(path, "-wal").stat().st_size
    except OSError:
        return Log.UNUSED if header[_VERSION:] == b"\2" else Log.NONE
    # Where there is a log, SQLite uses it, whatever the first page says.
    if not size:
        return Log.UNUSED
    return Log.LIVE if beside(path, "-shm").exists() else Log.LEFT


def beside(path: Path, suffix: str) -> Path:
    """The file that SQLite keeps beside a database: ``-journal``, ``-wal``, ``-shm``."""
    return path.with_name(path.name + suffix)


def look_at(path: Path) -> os.stat_result:
    """``os.stat`` of ``path``. Raises :class:`NotYetThere` and :class:`TraceError`."""
    try:
        return path.stat()
    except FileNotFoundError:
        missing = f"{path} does not exist"
        if path.is_symlink():
            missing = f"{path} is a link to {os.readlink(path)}, which does not exist"
        raise NotYetThere(missing, "tracetui --wait FILE opens it as soon as a logger makes it.") from None
    except OSError as error:
        raise TraceError(f"{path} cannot be opened: {error.strerror}") from error
    except ValueError as error:
        raise TraceError(f"{path} cannot be opened: {error}") from error


def identity(path: Path) -> Identity | None:
    """Which file ``path`` is now; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def reading(path: Path, opened: Identity | None = None) -> Iterator[None]:
    """Turn what SQLite says of ``path`` into a :class:`TraceError` that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise explain(path, error, opened) from error


def explain(path: Path, error: Exception, opened: Identity | None = None) -> TraceError:
    """The :class:`TraceError` for a database error raised while reading ``path``.

    ``opened`` is the file that was opened, by which one that took its name since then is told.
    """
    said = str(getattr(error, "orig", None) or error)
    if opened is not None and identity(path) not in (opened, None):
        # The new file's journal then stands beside the old one, and SQLite takes it for the old one's.
        return TraceError(f"{path} has been replaced since it was opened: {said}", "Open it again.")
    if "readonly database" in said or "unable to open database file" in said:
        return _cannot_open(path, said)
    if "locked" in said or "busy" in said:
        return Locked(f"{path} is locked by another program for more than {BUSY_SECONDS:.0f} s")
    if "not a database" in said:
        return _no_database(path)
    if "malformed" in said or "disk image" in said:
        return _damaged(path, said)
    if "no such table" in said or "no such column" in said:
        return TraceError(f"{path} has changed while it was read: {said}")
    remote = "locking protocol" in said or "I/O error" in said
    return TraceError(
        f"{path} cannot be read: {said}",
        "If it lies on a network file system, copy it to a local disk first." if remote else None,
    )


def _cannot_open(path: Path, said: str) -> TraceError:
    if path.exists() and not os.access(path, os.R_OK):
        return TraceError(f"{path} cannot be opened: Permission denied")
    if beside(path, "-journal").exists():
        return HotJournal(path)
    return TraceError(f"{path} cannot be opened: {said}")


def _damaged(path: Path, said: str) -> TraceError:
    return TraceError(
        f"{path} is damaged: {said}", "What is left may be saved with: sqlite3 FILE .recover | sqlite3 NEW"
    )


def _no_database(path: Path) -> TraceError:
    """What to say of a file that SQLite does not take for a database, by its first bytes."""
    try:
        with path.open("rb") as file:
            header = file.read(len(HEADER))
    except OSError as error:
        return TraceError(f"{path} cannot be opened: {error.strerror}")
    if header.startswith(HEADER):
        return _damaged(path, "its first page is broken")
    if not any(header):
        return _damaged(path, "it begins with zeros")
    from tracetui.trace.compressed import compression_of

    compression = compression_of(path)
    hint = IMPORTED if compression is None else f"It is compressed ({compression.name})."
    return NotADatabase(f"{path} is not a SQLite database", hint)
