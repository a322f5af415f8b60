"""``tracetui import``: write the events of logs in other formats to a trace."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.cli.guard import OK, UNREADABLE, UsageError, complain
from tracetui.cli.record import tell
from tracetui.cli.target import add_target_arguments, collector_paused, open_target, prepare_target
from tracetui.trace.errors import TraceError

if TYPE_CHECKING:
    from typing_extensions import Self

    from tracetui.logger import DB
    from tracetui.sources import Format, Input, Report
    from tracetui.sources.report import Import

NAME = "import"
HELP = "make a trace of files in other formats (strace, SysFlow, Fibratus)"

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
        help="auto (the default: by content), strace, sysflow or fibratus",
    )


def run(args: argparse.Namespace) -> int:
    """Import all files and tell of what could not be understood.

    The result is 3 where nothing could be imported.
    """
    chosen = _chosen_format(args.format)
    for name in args.files:
        _check_there(name)
    path = prepare_target(args, sources=args.files)
    with collector_paused(), open_target(path, interval=_FLUSH_SECONDS) as db, _Imports(db) as imports:
        reports = [_read(name, chosen, imports) for name in args.files]
        total = sum([*reports[1:], *imports.finish()], reports[0])
    if not total.events:
        complain("no event could be imported", "\n".join([*total.notes, "Is the format right? See --from."]))
        return UNREADABLE
    tell(path, total)
    return OK


class _Imports:
    """What has been begun, by format: files of one format may be merged."""

    def __init__(self, db: DB) -> None:
        self.db = db
        self._begun: dict[Format, Import] = {}

    def of(self, form: Format) -> Import:
        """The import that takes files of this format."""
        if form not in self._begun:
            self._begun[form] = form.source.begin(self.db)
        return self._begun[form]

    def finish(self) -> list[Report]:
        """Have everything written that waits."""
        return [begun.finish() for begun in self._begun.values()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for begun in self._begun.values():
            begun.close()


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


def _check_there(name: str) -> None:
    """Raise TraceError for what cannot be read, before anything is replaced for it."""
    if name == "-":
        return
    try:
        if Path(name).is_dir():
            raise TraceError(f"{name} is a folder")
        os.stat(name)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> TraceError:
    return TraceError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}")


def _read(name: str, chosen: Format | None, imports: _Imports) -> Report:
    from tracetui.sources import detect_format, open_input
    from tracetui.sources.input import READ_ERRORS
    from tracetui.sources.report import SourceError

    try:
        with open_input(name) as source:
            form = chosen or detect_format(source.head())
            if form is None:
                raise TraceError(f"{source.name} is in no known format", "Name it with --from.")
            progress = _Progress(source, imports.db)
            try:
                return imports.of(form).read(source.stream, written=source.written, progress=progress.show)
            finally:
                progress.clear()
    except SourceError as error:
        raise TraceError(f"{name}: {error}", error.hint) from error
    except READ_ERRORS as error:
        raise _unreadable(name, error) from error


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
