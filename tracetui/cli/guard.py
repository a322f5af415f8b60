"""What can go wrong in any verb, said in words and in an exit code; never a traceback for bad input."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

from tracetui.annotations.errors import AnnotationError, Unreadable
from tracetui.cli.signals import Ended, Ending
from tracetui.events.complaint import Complaint
from tracetui.events.sanitise import clean
from tracetui.trace.errors import TraceError

OK = 0
FOUND = 1
"""Something was found and ``--check`` was given."""
USAGE = 2
"""Wrong usage, a bad filter, or something that cannot be written."""
UNREADABLE = 3
"""The trace, or what is annotated where that is asked for, cannot be found or read."""


class UsageError(Complaint):
    """The command line asks for something that cannot be; exit code 2."""


def guarded(run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """``run(argv)``, with every expected failure turned into a message on standard error and a code."""
    _accept_any_text()
    ending = Ending()
    try:
        with ending:
            code = _code(run, argv)
            sys.stdout.flush()
            return ending.code or code
    except BrokenPipeError:
        _forget(sys.stdout)
        return OK
    except (Exception, Ended) as error:
        # What fails after a signal may well fail for it: SQLite tells of it as of an error.
        return ending.code or _explain(error)


def complain(message: str, hint: str | None = None) -> None:
    """Say on standard error what is wrong, and what to do about it."""
    try:
        for line in (f"tracetui: {message}", *([hint] if hint else [])):
            print("\n".join(map(clean, line.split("\n"))), file=sys.stderr)
    except OSError:
        _forget(sys.stderr)  # nobody can be told; the exit code still says it


def _explain(error: BaseException) -> int:
    """Complain about an expected error; raise any other again, for it is a defect of the program."""
    if isinstance(error, TraceError | Unreadable):
        complain(error.message, error.hint)
        return UNREADABLE
    if isinstance(error, UsageError | AnnotationError):
        complain(error.message, error.hint)
        return USAGE
    if isinstance(error, OSError):
        complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        return USAGE
    from tracetui.filter import FilterError

    if isinstance(error, FilterError):
        complain(f"bad filter\n{error.render()}")
        return USAGE
    raise error


def _code(run: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """The exit code of ``run(argv)``; argparse tells it in an exception."""
    try:
        return run(argv)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or OK
        complain(str(end.code))
        return USAGE


def _accept_any_text() -> None:
    """Escape what the locale cannot encode instead of failing; stand in for closed streams."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the life of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget(stream: TextIO) -> None:
    """Point ``stream`` at nothing, so that the interpreter's last flush cannot complain."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
