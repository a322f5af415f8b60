"""``tracetui import``: write the events of logs in other formats to a trace."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracetui.cli.guard import OK, USAGE, UsageError, complain
from tracetui.cli.record import tell
from tracetui.cli.target import add_target_arguments, open_target, prepare_target

if TYPE_CHECKING:
    from tracetui.logger import DB
    from tracetui.sources import Format, Input, Report

NAME = "import"
HELP = "make a trace of files in other formats (strace, SysFlow)"

_FLUSH_SECONDS = 10.0
_PROGRESS_SECONDS = 0.2
_MOST_PENDING = 50_000
"""Events queued before reading waits for writing: at the same time, each would only hinder the other."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="file to read, - for standard input; .gz, .xz"
    )
    add_target_arguments(parser)
    parser.add_argument(
        "--from",
        dest="format",
        metavar="FORMAT",
        default="auto",
        help="auto (the default: by content), strace or sysflow",
    )


def run(args: argparse.Namespace) -> int:
    """Import all files, one after the other, and tell of what could not be understood.

    The result is 2 where nothing could be imported.
    """
    chosen = _chosen_format(args.format)
    path = prepare_target(args)
    total: Report | None = None
    with open_target(path, interval=_FLUSH_SECONDS) as db, _collector_paused():
        for name in args.files:
            report = _import(name, chosen, db)
            total = report if total is None else total + report
    if total is None or not total.events:
        notes = [] if total is None else total.notes
        complain("no event could be imported", "\n".join([*notes, "Is the format right? See --from."]))
        return USAGE
    tell(path, total)
    return OK


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing made here is cyclic, and looking for cycles among thousands of queued rows takes long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _chosen_format(name: str) -> Format | None:
    """The format that the user named; None for auto."""
    from tracetui.sources import FORMATS

    if name == "auto":
        return None
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in FORMATS)
    raise UsageError(f"unknown format '{name}'", f"Known formats: auto, {known}.")


def _import(name: str, chosen: Format | None, db: DB) -> Report:
    from tracetui.sources import detect_format, open_input
    from tracetui.sources.input import READ_ERRORS
    from tracetui.sources.report import SourceError

    try:
        with open_input(name) as source:
            form = chosen or detect_format(source.head())
            if form is None:
                raise UsageError(f"{source.name} is in no known format", "Name it with --from.")
            progress = _Progress(source, db)
            try:
                return form.source.import_file(
                    source.stream, db.add_event, written=source.written, progress=progress.show
                )
            finally:
                progress.clear()
    except SourceError as error:
        raise UsageError(f"{name}: {error}", error.hint) from error
    except READ_ERRORS as error:
        raise UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error


class _Progress:
    """Keeps memory bounded, and on a terminal a line that says how far an import is."""

    def __init__(self, source: Input, db: DB) -> None:
        self._source = source
        self._db = db
        self._shown = False
        self._next = time.monotonic() + _PROGRESS_SECONDS

    def show(self) -> None:
        """Let the logger catch up where it is far behind; show the state, but not too often."""
        if self._db.pending > _MOST_PENDING:
            self._db.flush()
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next = now + _PROGRESS_SECONDS
        done = self._source.done()
        amount = "" if done is None else f" {min(done, 1.0):4.0%}"
        print(f"\r\033[Kimporting {self._source.name}{amount}", end="", file=sys.stderr, flush=True)
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
