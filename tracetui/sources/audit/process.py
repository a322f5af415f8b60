"""A recorded process, as it introduces itself at its start, after a fork and after an exec."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracetui.sources.audit.prepare import as_without
from tracetui.sources.audit.values import decoded

_SECOND = 1_000_000_000
_TICKS = os.sysconf("SC_CLK_TCK")
_UNKNOWN_IDS = {"uid": -1, "gid": -1, "euid": -1, "egid": -1}
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:-\w+)?t?$")
_TAKES_VALUE = frozenset("WX")
"""Options of Python whose value may be the next word."""


@dataclass(slots=True, eq=False)
class Process:
    """One process. A forked one has its parent's program; an exec gives the same process another."""

    pid: int
    ppid: int
    create_time: int
    """Nanoseconds since boot; identifies the process together with ``pid``."""
    argv: list[str] = field(default_factory=list)
    environment: list[tuple[str, str]] = field(default_factory=list)
    name: str = "[none]"
    ids: dict[str, int] = field(default_factory=lambda: dict(_UNKNOWN_IDS))
    version: str = ""
    """Implementation and version of Python."""
    native_ticks: int | None = None
    """Start of the process as the kernel tells it, in clock ticks since boot."""
    recorded: bool = True
    """Does a hook run in it? Not in the command itself where that is another program."""
    orderly_end: int | None = None
    """When it told that it ends (monotonic ns)."""
    lost: int = 0
    ended: bool = False
    """Has its end been noticed?"""


def looks_python(program: str) -> bool:
    """Is this the base name of a Python interpreter?"""
    return _PYTHON.match(program) is not None


def process_name(argv: list[str]) -> str:
    """A name that tells Python programs apart: ``python prog.py``, ``python -m pytest``, ``python -c``."""
    if not argv:
        return "[none]"
    program = argv[0].rpartition("/")[2]
    if not looks_python(program):
        return program
    words = iter(argv[1:])
    for word in words:
        if word in ("-c", "-m"):
            module = next(words, "") if word == "-m" else ""
            return f"{program} {word} {module}".rstrip()
        if not word.startswith("-"):
            return f"{program} {word.rpartition('/')[2]}"
        if word[1:] in _TAKES_VALUE:
            next(words, None)
    return program


def introduce(about: dict[str, Any], inject: Path, parent: Process | None, boot_offset: int) -> Process:
    """The process that tells ``about`` itself. ``parent`` is the process it was forked from.

    Raises LookupError, TypeError or ValueError for a line that is no introduction.
    """
    process = Process(int(about["pid"]), int(about["ppid"]), int(about["ns"]) + boot_offset)
    process.ids = {name: int(about[name]) for name in _UNKNOWN_IDS}
    if about["is"] == "fork":
        if parent is not None:
            process.argv, process.environment = parent.argv, parent.environment
            process.name, process.version = parent.name, parent.version
        return process
    process.argv = [decoded(word) for word in about["argv"]]
    process.environment = _environment(about["environ"], inject)
    process.name = process_name(process.argv)
    process.version = str(about["version"])
    process.native_ticks = start_ticks(about["stat"])
    if process.native_ticks is not None:
        process.create_time = process.native_ticks * _SECOND // _TICKS
    return process


def _environment(entries: list[str], inject: Path) -> list[tuple[str, str]]:
    """The environment as it would be without the recording."""
    pairs = [decoded(entry).partition("=")[::2] for entry in entries]
    kept = []
    for name, value in pairs:
        if name == "PYTHONPATH":
            value = as_without(value, inject)  # noqa: PLW2901
            if not value:
                continue
        kept.append((name, value))
    return kept


def start_ticks(stat: str) -> int | None:
    """When a process started, of its ``/proc/PID/stat``, in clock ticks since boot."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[19].isdigit() else None


def is_alive(process: Process) -> bool:
    """Does the process still run? Another one that has got its number is told apart by its start."""
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text("latin-1")
    except OSError:
        return False
    state = stat.rpartition(")")[2].split()[:1]
    if state in (["Z"], ["X"], []):
        return False
    ticks = start_ticks(stat)
    if process.native_ticks is None:
        process.native_ticks = ticks
    return process.native_ticks == ticks


def others_with(inject: Path, besides: int) -> list[int]:
    """Processes that have the recording in their environment, whether they run Python or may start it."""
    marker = os.fsencode(inject)
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == besides:
            continue
        try:
            if marker in entry.joinpath("environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found
