"""``tracetui record``: run a program and write what it does to a trace, live."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.cli.guard import USAGE, UsageError, complain
from tracetui.cli.target import add_target_arguments, open_target, prepare_target

if TYPE_CHECKING:
    from tracetui.sources.audit import Recording as PythonRecording
    from tracetui.sources.report import Report
    from tracetui.sources.strace import Recording

NAME = "record"
HELP = "run a command and record its system calls, or what Python does in it"

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_FLUSH_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_target_arguments(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary at the end")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--strace", action="store_true", help="record system calls with strace (the default)")
    origin.add_argument(
        "--python", action="store_true", help="record audit events of Python, in the command and its children"
    )
    strace = parser.add_argument_group("with --strace")
    strace.add_argument(
        "--string-limit",
        type=_positive,
        metavar="BYTES",
        default=65_536,
        help="bytes kept of each string, read and write (default: %(default)s)",
    )
    python = parser.add_argument_group("with --python")
    python.add_argument("--all", action="store_true", help="also events that are noise to most")
    python.add_argument(
        "--include", action="append", metavar="GLOB", default=[], help="only events like this: 'os.*'"
    )
    python.add_argument("--exclude", action="append", metavar="GLOB", default=[], help="no events like this")
    python.add_argument(
        "--no-redact", action="store_true", help="keep what looks like a password, token or key"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="what to run")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(args: argparse.Namespace) -> int:
    """Record; the result is the command's own exit status, 128 and the number for a death by signal.

    126 and 127 are a shell's: the command cannot be executed, or does not exist. 2: nothing was recorded.
    """
    from shutil import which

    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("no command to record", "tracetui record -o t.db -- ls -l")
    if which(command[0]) is None:
        return _cannot_run(command[0])
    if args.python:
        return _record_python(command, prepare_target(args), args)
    if which("strace") is None:
        return _explain_missing()
    return _record(command, prepare_target(args), args)


def _cannot_run(name: str) -> int:
    """As a shell does: 126 for a file that cannot be executed, 127 for none."""
    if os.sep in name and Path(name).exists():
        complain(f"{name}: permission denied" if Path(name).is_file() else f"{name} is not a program")
        return NOT_EXECUTABLE
    complain(f"{name}: command not found")
    return NOT_FOUND


def _explain_missing() -> int:
    complain(
        "strace is not installed, and recording needs it",
        "Install it: apt install strace, dnf install strace, apk add strace, or pacman -S strace.",
    )
    return USAGE


def _record(command: list[str], path: Path, args: argparse.Namespace) -> int:
    from tracetui.sources.strace import record

    with open_target(path, interval=_FLUSH_SECONDS) as db:
        recording = record(command, db.add_event, string_limit=args.string_limit)
    if not recording.report.events:
        complain(
            f"strace recorded nothing of {command[0]}",
            "Where it says 'Operation not permitted', the system forbids tracing: in a container, give it\n"
            "--cap-add=SYS_PTRACE; elsewhere see /proc/sys/kernel/yama/ptrace_scope.",
        )
        return recording.status or USAGE
    return _conclude(path, recording, args)


def _record_python(command: list[str], path: Path, args: argparse.Namespace) -> int:
    from tracetui.sources.audit import Options, start

    options = Options(args.all, tuple(args.include), tuple(args.exclude), args.no_redact)
    with start(command, options) as running, open_target(path, interval=_FLUSH_SECONDS) as db:
        recording = running.tell(db)
    if not recording.recorded:
        complain(
            f"no Python that can be followed ran in {command[0]}",
            "Python before 3.8, or started with -I, -S, -E or an environment of its own, cannot be followed.",
        )
    return _conclude(path, recording, args)


def _conclude(path: Path, recording: Recording | PythonRecording, args: argparse.Namespace) -> int:
    if recording.abandoned:
        complain("not all processes have ended; they go on unrecorded")
    if not args.quiet:
        tell(path, recording.report)
    return recording.status


def tell(path: Path, report: Report) -> None:
    """Say on standard error what is in the trace and what is not."""
    from tracetui.events import clean

    print(f"tracetui: {path}: {report.summary()}", file=sys.stderr)
    for note in report.notes:
        print(f"  {note}", file=sys.stderr)
    for example in report.examples:
        print(f"  not understood: {clean(example)}", file=sys.stderr)
