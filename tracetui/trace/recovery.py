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
from tracetui.trace.errors import HotJournal, TraceError

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


def needs_recovery(path: Path) -> bool:
    """Whether a killed writer's journal keeps ``path`` from being read.

    Raises :class:`TraceError` for anything else that is wrong with the file.
    """
    try:
        connect(path).close()
    except HotJournal:
        return True
    return False


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
            if _copy(path, copy, progress, cancelled) and _journal(copy).exists():
                break
            copy.unlink(missing_ok=True)
            _journal(copy).unlink(missing_ok=True)
        else:
            raise TraceError(f"{path} cannot be recovered: something is writing it", "Try again later.")
        undone = _journal(copy).stat().st_size
        _roll_back(path, copy)
        return Recovered(
            copy,
            "the program that wrote this trace was killed in the middle of a flush: "
            f"its last transaction ({undone:,} bytes of journal) is undone in a temporary copy",
        )


def _journal(path: Path) -> Path:
    return path.with_name(path.name + "-journal")


def _copy(
    path: Path,
    copy: Path,
    progress: copies.Progress | None,
    cancelled: Callable[[], bool] | None,
) -> bool:
    """Copy database and journal; whether both stayed as they were meanwhile."""
    before = _states(path)
    total = sum(state[1] for state in before if state)
    done = 0
    pairs = (path, copy), (_journal(path), _journal(copy))
    for (source, target), state in zip(pairs, before, strict=True):
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
    """Inode, size and time of change of database and journal."""
    found: list[tuple[int, int, int] | None] = []
    for file in (path, _journal(path)):
        try:
            state = os.stat(file)
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
    return found


def _names_a_file(journal: Path) -> bool:
    """Whether a journal ends with the name of a super-journal: SQLite would delete the file of that name."""
    with journal.open("rb") as file:
        file.seek(max(journal.stat().st_size - len(_MAGIC), 0))
        return file.read() == _MAGIC


def _roll_back(path: Path, copy: Path) -> None:
    """Open the copy for writing, upon which SQLite undoes what was not committed, and check the result."""
    if _names_a_file(_journal(copy)):
        raise TraceError(f"{path} cannot be recovered: its journal is one of several of a larger transaction")
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = 0")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        raise TraceError(f"{path} cannot be recovered: {error}") from error
    connect(copy).close()
