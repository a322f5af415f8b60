"""The trace that a verb writes: its arguments, and what may be done with a file that is there already."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.cli.guard import UsageError, complain

if TYPE_CHECKING:
    from tracetui.logger import DB

_SQLITE = b"SQLite format 3\0"


def add_target_arguments(parser: argparse.ArgumentParser, *, append: bool = True) -> None:
    """Declare ``-o``, ``--append`` where it makes sense, and ``--force``."""
    parser.add_argument("-o", "--output", metavar="TRACE", required=True, help="trace to write")
    existing = parser.add_mutually_exclusive_group()
    if append:
        existing.add_argument("--append", action="store_true", help="add to TRACE where it exists")
    existing.add_argument("--force", action="store_true", help="replace TRACE where it exists")


def prepare_target(args: argparse.Namespace, sources: Iterable[str | Path] = ()) -> Path:
    """The path to write to, ready for it. Raises UsageError where that would harm or cannot work.

    ``sources`` are the files that will be read; none of them may be the target.
    """
    path = Path(args.output)
    if any(_same(path, Path(source)) for source in sources):
        raise UsageError(f"-o: {path} is what is to be read")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", f"Name a file in it: -o {path / 'plugins.db'}")
    if args.output == "-" or (path.exists() and not path.is_file()):
        raise UsageError(f"-o: {path} is no file", "Only export can write to a pipe.")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist")
    if not path.exists() or path.stat().st_size == 0:
        _check_writable(path)
        return path
    if args.force:
        path.unlink()
        with suppress(FileNotFoundError):
            path.with_name(path.name + "-journal").unlink()
        return path
    if not getattr(args, "append", False):
        add = "Add to it with --append, or replace" if "append" in args else "Replace"
        raise UsageError(f"{path} exists", f"{add} it with --force.")
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            raise UsageError(f"{path} is not a trace, so nothing can be added to it")
    _check_writable(path)
    return path


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _check_writable(path: Path) -> None:
    """Raise UsageError where nothing can be written to ``path``: a logger would try for long."""
    is_new = not path.exists()
    try:
        path.open("ab").close()
        if is_new:
            path.unlink()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def collector_paused() -> Iterator[None]:
    """Nothing made here is cyclic, and looking for cycles among modules and thousands of rows takes long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def open_target(path: Path, *, interval: float) -> Iterator[DB]:
    """A logger that writes to ``path`` and flushes every ``interval`` seconds, ids in order of arrival.

    Says what it could not write. Raises UsageError where that is everything since some moment.
    """
    with collector_paused():
        from tracetui.logger import DB, LoggerError

    try:
        with DB(path.parent, filename=path.name, interval=interval, order="arrival") as db:
            yield db
    except LoggerError as error:
        raise UsageError(str(error)) from error
    if db.rejected_count:
        complain(f"{path}: {db.rejected_count:,} events were not accepted, as: {db.rejected[0].reason}")
