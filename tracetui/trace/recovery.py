"""Traces whose writer was killed in the middle of a flush: its unfinished transaction is undone in a copy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tracetui.trace import copies
from tracetui.trace.connection import connect
from tracetui.trace.errors import TraceError
from tracetui.trace.faults import beside

_MAGIC = bytes.fromhex("d9d505f920a163d7")
"""What begins a journal, and ends one that names a super-journal (https://sqlite.org/fileformat2.html)."""

_ATTEMPTS = 3
"""Copies tried while something else changes the file."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A readable copy. Whoever asked for it removes ``path.parent`` in the end."""

    path: Path
    sentence: str
    """What was done, for the user."""


def recover(
    path: Path,
    progress: copies.Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Recovered:
    """Copy ``path`` and its journal to a private folder and let SQLite roll the copy back.

    The original is only read. Raises :class:`TraceError` where that fails.
    """
    with copies.making(path, "recovered") as folder:
        for _ in range(_ATTEMPTS):
            copy = folder / path.name
            if _copy(path, copy, progress, cancelled):
                break
            for file in _files(copy):
                file.unlink(missing_ok=True)
        else:
            raise TraceError(f"{path} cannot be recovered: something is writing it", "Try again later.")
        sentence = _sentence(beside(copy, "-journal"))
        _roll_back(path, copy)
        return Recovered(copy, sentence)


def _sentence(journal: Path) -> str:
    """What is about to be done to a copy."""
    if not journal.exists():
        return (
            "the program that wrote this trace was killed: its write-ahead log is applied in a temporary copy"
        )
    return (
        "the program that wrote this trace was killed in the middle of a flush: its last transaction "
        f"({journal.stat().st_size:,} bytes of journal) is undone in a temporary copy"
    )


def _files(path: Path) -> tuple[Path, ...]:
    """A database, and the files of which SQLite needs one to repair it."""
    return path, beside(path, "-journal"), beside(path, "-wal")


def _copy(
    path: Path,
    copy: Path,
    progress: copies.Progress | None,
    cancelled: Callable[[], bool] | None,
) -> bool:
    """Copy a database and what stands beside it; whether all stayed as it was meanwhile."""
    before = _states(path)
    total = sum(state[1] for state in before if state)
    done = 0
    for source, target, state in zip(_files(path), _files(copy), before, strict=True):
        if state is None:
            continue
        report = None if progress is None else _shifted(progress, done)
        with source.open("rb") as file:
            done += copies.pour(
                file, target, limit=state[1], total=total, progress=report, cancelled=cancelled
            )
    return before == _states(path)


def _shifted(progress: copies.Progress, done: int) -> copies.Progress:
    """``progress`` for a part that begins after ``done`` bytes."""
    return lambda part, total: progress(done + part, total)


def _states(path: Path) -> list[tuple[int, int, int] | None]:
    """Inode, size and time of change of each file; ``None`` for one that is not there."""
    found: list[tuple[int, int, int] | None] = []
    for file in _files(path):
        try:
            state = os.stat(file)
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
    return found


def _names_a_file(journal: Path) -> bool:
    """Whether a journal ends with the name of a super-journal: SQLite would delete the file of that name."""
    if not journal.exists():
        return False
    with journal.open("rb") as file:
        file.seek(max(journal.stat().st_size - len(_MAGIC), 0))
        return file.read() == _MAGIC


def _roll_back(path: Path, copy: Path) -> None:
    """Open the copy for writing, upon which SQLite undoes what was not committed, and check the result."""
    if _names_a_file(beside(copy, "-journal")):
        raise TraceError(f"{path} cannot be recovered: its journal is one of several of a larger transaction")
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = 0")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        raise TraceError(f"{path} cannot be recovered: {error}") from error
    connect(copy).close()
