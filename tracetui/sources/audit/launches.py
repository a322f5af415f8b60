"""Programs that a recorded process started, and which of them told of themselves.

An event says only that a program is about to be started: not its process id, nor whether that succeeded. So
a start is matched with the next process of that parent that introduces itself with the same words. What is
left ran outside the recording, or did not run at all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tracetui.sources.audit.process import Process, looks_python
from tracetui.sources.audit.values import plain_text, words

_ARGV = {
    "subprocess.Popen": (0, 1),
    "os.posix_spawn": (0, 1),
    "_posixsubprocess.fork_exec": (None, 0),
    "os.exec": (0, 1),
    "os.spawn": (1, 2),
    "pty.spawn": (None, 0),
}
"""Which arguments hold the file and the words of the program, by event."""
_REPEATS = frozenset({"os.posix_spawn", "_posixsubprocess.fork_exec"})
"""Raised by the subprocess module after its own event, for the same program."""
_FORKS = frozenset({"os.fork", "os.forkpty"})


@dataclass(slots=True, eq=False)
class Launch:
    """A program that a process was about to start."""

    ns: int
    tid: int
    event: str
    argv: list[str]

    @property
    def looks_python(self) -> bool:
        return looks_python(self.argv[0].rpartition("/")[2])


class Launches:
    """The starts of all processes that no introduction has been matched with yet."""

    def __init__(self) -> None:
        self._open: dict[int, list[Launch]] = {}
        self._exec: dict[int, Launch] = {}

    def note(self, pid: int, ns: int, tid: int, event: str, values: list[Any]) -> None:
        """A process has raised an event; most have nothing to do with programs."""
        if self._exec and event != "os.exec":
            failed = self._exec.get(pid)
            if failed is not None and failed.tid == tid:
                del self._exec[pid]  # the exec came back
        if event == "os.system":
            argv = ["sh", "-c", plain_text(values[0]) if values else ""]
        elif event in _ARGV:
            argv = _argv(event, values)
        else:
            return
        launch = Launch(ns, tid, event, argv)
        if event == "os.exec":
            self._exec[pid] = launch
        elif not self._repeats(pid, launch):
            self._open.setdefault(pid, []).append(launch)

    def _repeats(self, pid: int, launch: Launch) -> bool:
        before = next((one for one in reversed(self._open.get(pid, ())) if one.tid == launch.tid), None)
        return (
            launch.event in _REPEATS
            and before is not None
            and before.event == "subprocess.Popen"
            and before.argv[1:] == launch.argv[1:]
        )

    def is_exec(self, pid: int) -> bool:
        """Was an exec the last that its thread was heard of?"""
        return pid in self._exec

    def match(self, process: Process) -> None:
        """A process has introduced itself after an exec, its own or that of a child."""
        if self._exec.pop(process.pid, None) is not None:
            return
        candidates = self._open.get(process.ppid, [])
        best = max(candidates, key=lambda launch: _likeness(launch, process), default=None)
        if best is not None and _likeness(best, process) > 0:
            candidates.remove(best)

    def unfollowed(self) -> tuple[Counter[str], Counter[str]]:
        """Names and numbers of programs that told nothing: Python's by command, others by name."""
        pythons: Counter[str] = Counter()
        others: Counter[str] = Counter()
        for launch in [*(one for some in self._open.values() for one in some), *self._exec.values()]:
            name = launch.argv[0].rpartition("/")[2] or "?"
            if launch.looks_python:
                pythons[" ".join([name, *launch.argv[1:4]])] += 1
            else:
                others[name] += 1
        return pythons, others


def _argv(event: str, values: list[Any]) -> list[str]:
    file_at, words_at = _ARGV[event]
    argv = words(values[words_at]) if len(values) > words_at else []
    if not argv and file_at is not None and len(values) > file_at:
        argv = words(values[file_at])
    return argv or ["?"]


def _likeness(launch: Launch, process: Process) -> int:
    """How well a start fits a process: 0 not at all, 3 word by word."""
    if launch.argv == process.argv:
        return 3
    rest = launch.argv[1:]
    if process.argv[-len(rest) :] == rest if rest else launch.looks_python:
        return 2  # a script by its own name, or Python by another
    return int(" ".join(process.argv[1:]) in " ".join(rest) and launch.argv[0].endswith("sh"))
