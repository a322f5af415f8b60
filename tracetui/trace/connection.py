"""The one place where a trace is opened, and how: so that a writer beside us is never hurt."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tracetui.trace.errors import HotJournal, NotYetThere, TraceError

BUSY_SECONDS = 10.0
"""How long a statement waits for a flush to end; waiting readers do not hold the writer up."""

_HEADER = b"SQLite format 3\0"


def connect(path: Path) -> sqlite3.Connection:
    """A private connection that can only read.

    The file is opened with ``mode=ro``, statements run in autocommit, and text that is not valid UTF-8
    arrives with ``\\xNN`` escapes. The connection may be handed to another thread but never shared.

    Raises :class:`TraceError`.
    """
    check_file(path)
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    with reading(path):
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
        )
        connection.text_factory = _decode
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA trusted_schema = 0")
        connection.execute("PRAGMA cache_size = -8000")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    return connection


def check_file(path: Path) -> None:
    """Raise the right :class:`TraceError` for what can be told without SQLite."""
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        raise NotYetThere(f"{path} does not exist") from None
    except IsADirectoryError:
        raise TraceError(f"{path} is a folder") from None
    except OSError as error:
        raise TraceError(f"{path} cannot be opened: {error.strerror}") from error
    if not header:
        raise NotYetThere(f"{path} is empty: nothing has been logged yet")
    if not _HEADER.startswith(header[: len(_HEADER)]):
        raise TraceError(f"{path} is not a SQLite database", _HINTS.get(header[:4]) or _kind_hint(header))


_HINTS = {
    b"\xfd7zX": "It is compressed with xz: decompress it first (xz -dk FILE).",
    b"\x28\xb5\x2f\xfd": "It is compressed with zstd: decompress it first (zstd -dk FILE).",
}


def _kind_hint(header: bytes) -> str:
    if header.startswith(b"\x1f\x8b"):
        return "It is compressed with gzip: decompress it first (gzip -dk FILE)."
    return "Other formats can be imported: tracetui import FILE -o TRACE"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what SQLite says of ``path`` into a :class:`TraceError` that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise explain(path, error) from error


def explain(path: Path, error: Exception) -> TraceError:
    """The :class:`TraceError` for a database error raised while reading ``path``."""
    said = str(getattr(error, "orig", None) or error)
    if "readonly database" in said or "unable to open database file" in said:
        if path.with_name(path.name + "-journal").exists():
            return HotJournal(path)
        return TraceError(f"{path} cannot be opened: {said}")
    if "locked" in said or "busy" in said:
        return TraceError(f"{path} is locked by another program for more than {BUSY_SECONDS:.0f} s")
    if "not a database" in said or "malformed" in said or "disk image" in said:
        return TraceError(
            f"{path} is damaged: {said}",
            "What is left may be saved with: sqlite3 FILE .recover | sqlite3 NEW",
        )
    if "no such" in said:
        return TraceError(f"{path} has changed while it was read: {said}")
    return TraceError(f"{path} cannot be read: {said}")


def _decode(stored: bytes) -> str:
    return stored.decode("utf-8", "backslashreplace")
