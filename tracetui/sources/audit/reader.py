"""Reads what all processes write, in the order of time, and tells it as one story."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Any

from tracetui.events.ends import END_AT_EXIT, UNTOLD_END
from tracetui.sources.audit.launches import Launches
from tracetui.sources.audit.process import Process, introduce, is_alive
from tracetui.sources.audit.spool import RECORD, RECORD_MARK, Spool
from tracetui.sources.audit.story import UNKNOWN_CODE, Saying, Story

_LATE = 20_000_000
"""Nanoseconds between the time in a line and its being readable, at most, while its thread is not held up."""
_TICK, _QUICK_TICK = 0.05, 0.005
"""Seconds between two looks at the spool; the shorter where much is told, or regions for forks are scarce."""
_MUCH = 500
"""Lines found at once."""
_CHECK = "tracetui.check"
_EXAMPLES = 3
_MOST_NUMBERED = 1 << 16
"""Numbers that are remembered: far more than a process has in use."""

Line = tuple[int, int, int, "Saying | dict[str, Any]"]
"""Time, process id, thread id and what was told; an object is about the process itself."""


class Reader:
    """Follows the spool in ``folder``; call :meth:`poll` now and then, and :meth:`drain` at the end."""

    def __init__(self, folder: Path, inject: Path, story: Story) -> None:
        self.story = story
        self.launches = Launches()
        self.processes: dict[int, Process] = {}
        """By process id, those that have not ended."""
        self.lines = 0
        self.process_count = 0
        self.recorded = 0
        """Processes in which a hook ran."""
        self.unheard = 0
        """Of these, those with hooks that refused ours: which says once that it is heard."""
        self.versions: set[str] = set()
        """Implementations and versions of Python."""
        self.lost = 0
        """Events that a process could not write down."""
        self.homeless = 0
        """Forks that had no room to tell of themselves, at least at first."""
        self.bad = 0
        self.examples: list[str] = []
        self.codes: dict[int, int] = {}
        """Exit status, as a shell gives it, of processes that were waited for."""
        self._spool = Spool(folder)
        self._inject = inject
        self._boot_offset = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
        self._pending: list[Line] = []
        self._early: list[tuple[int, bytes, dict[int, Saying]]] = []
        """Records whose number is told in a file that comes after: one that was full, and is used again."""
        self._is_busy = False
        """Was there much at the last look?"""
        self._told_to = 0
        """Time of the latest line that has been told."""

    def add_command(self, pid: int, ns: int, argv: list[str], name: str) -> None:
        """The command itself was started by this process at ``ns``; it need not be Python."""
        process = Process(pid, os.getpid(), ns + self._boot_offset, argv, list(os.environ.items()), name)
        process.ids = {"uid": os.getuid(), "gid": os.getgid(), "euid": os.geteuid(), "egid": os.getegid()}
        process.recorded = False
        self._begin(process, "tracetui", ns)

    @property
    def tick(self) -> float:
        """Seconds until the next poll."""
        return _QUICK_TICK if self._is_busy or self._spool.is_scarce() else _TICK

    def poll(self) -> None:
        """Tell what is new, but for the last moments: earlier lines of other processes may yet come."""
        dead = self._dead()
        horizon = time.monotonic_ns() - _LATE
        lines_before = self.lines
        self._read()
        self._is_busy = self.lines - lines_before > _MUCH
        self._bury(dead)
        self._tell(horizon)

    def drain(self) -> None:
        """Tell everything: no process is alive, or they are not waited for."""
        self._read()
        self._tell(None)
        self._bury(self._dead())
        self._tell(None)
        self.story.write()
        for files in self._spool.files.values():  # of processes that go on
            self.lost += max(file.lost for file in files)
        lost_by_forks = self._spool.all_lost_by_forks()
        self.lost += sum(lost_by_forks)
        self.homeless = len(lost_by_forks)

    def clear(self) -> None:
        """Remove the spool."""
        self._spool.clear()

    # Reading

    def _read(self) -> None:
        self._spool.look()
        for pid, files in self._spool.files.items():
            for file in files:
                for line in file.lines():
                    self._take(pid, line, file.numbered)
        early, self._early = self._early, []
        for pid, line, numbered in early:
            self._take(pid, line, numbered, last=True)

    def _take(self, pid: int, line: bytes, numbered: dict[int, Saying], last: bool = False) -> None:
        try:
            if line[0] == RECORD_MARK:
                number, thread, when = RECORD.unpack(line)
                if not last and number >> 8 not in numbered:
                    self._early.append((pid, line, numbered))
                    return
                self._pending.append((when, pid, thread, numbered[number >> 8]))
            elif line.startswith(b"["):
                ns, tid, rest = line[1:].split(b",", 2)
                self._pending.append((int(ns), pid, int(tid), self.story.saying(rest)))
            elif line.startswith(b"="):
                first, ns, tid, rest = line[1:].split(b",", 3)
                numbered[int(first)] = said = self.story.saying(rest)
                numbered.pop(int(first) - _MOST_NUMBERED, None)
                self._pending.append((int(ns), pid, int(tid), said))
            else:
                told = json.loads(line)
                self._pending.append((int(told["ns"]), pid, 0, told))
            self.lines += 1
        except (ValueError, LookupError, TypeError, RecursionError, StructError):
            self._not_understood(line)

    def _not_understood(self, line: bytes) -> None:
        self.lines += 1
        self.bad += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(line[:200].decode("latin-1"))

    def _dead(self) -> list[Process]:
        """The processes that have ended and of which that is not known yet."""
        return [one for one in self.processes.values() if not one.ended and not is_alive(one)]

    def _bury(self, dead: list[Process]) -> None:
        """These have ended and all their lines have been read; when, only those tell that end in order."""
        if not dead:
            return
        pending = self._pending_of({process.pid for process in dead})
        for process in dead:
            process.ended = True
            files = self._spool.files.get(process.pid, [])
            self.bad += sum(file.has_torn_line() for file in files)
            self.lost += max([process.lost, *(file.lost for file in files)])
            self._spool.forget(process.pid)
            ended = self._end_of(process, pending[process.pid])
            self._pending.append((ended, process.pid, 0, {"is": "gone"}))

    def _pending_of(self, pids: set[int]) -> dict[int, list[Line]]:
        """What processes have written and has not been told yet."""
        found: dict[int, list[Line]] = {pid: [] for pid in pids}
        for line in self._pending:
            if line[1] in pids:
                found[line[1]].append(line)
        return found

    def _end_of(self, process: Process, pending: list[Line]) -> int:
        """When a process ended: after its last line where it told that it ends, else now that it is noticed.

        Not before what has been told of others already.
        """
        ends = (told for *_, told in pending if isinstance(told, dict) and told.get("is") == "end")
        if process.orderly_end is None and next(ends, None) is None:
            return time.monotonic_ns()
        last = max((ns for ns, *_ in pending), default=process.orderly_end or 0)
        return max(last + 1, self._told_to)

    # Telling

    def _tell(self, horizon: int | None) -> None:
        """Tell the pending lines up to ``horizon`` in the order of time; all of them where that is None."""
        self._pending.sort(key=_time)
        count = len(self._pending)
        if horizon is not None:
            count = next((i for i, line in enumerate(self._pending) if line[0] > horizon), count)
        ready, self._pending = self._pending[:count], self._pending[count:]
        if ready:
            self._told_to = ready[-1][0]
        for ns, pid, tid, told in ready:
            if isinstance(told, Saying):
                self._event(ns, pid, tid, told)
            else:
                self._announce(ns, pid, told)
        self.story.write_in_time()

    def _event(self, ns: int, pid: int, tid: int, said: Saying) -> None:
        if said.name == _CHECK:
            self.unheard -= 1
            return
        process = self.processes.get(pid) or self._begin(Process(pid, 0, ns + self._boot_offset), "", ns)
        self.launches.note(pid, ns, tid, said.name, said.values)
        self.story.event(process, ns, tid, said)

    def _announce(self, ns: int, pid: int, told: dict[str, Any]) -> None:
        match told.get("is"):
            case "start" | "fork":
                self._introduce(ns, pid, told)
            case "end" if (process := self.processes.get(pid)) is not None:
                process.orderly_end = ns
                process.lost = int(told.get("lost", 0))
            case "gone" if (process := self.processes.pop(pid, None)) is not None:
                self._end(process, ns)

    def _introduce(self, ns: int, pid: int, told: dict[str, Any]) -> None:
        parent = self.processes.get(int(told.get("ppid", 0)))
        try:
            process = introduce(told, self._inject, parent, self._boot_offset)
        except (LookupError, TypeError, ValueError):
            self.bad += 1
            return
        before = self.processes.get(pid)
        if told["is"] == "start":
            self.unheard += 1
            if before is not None and self._is_subinterpreter(before, process):
                return
        self.recorded += 1
        self.versions.add(process.version or "unknown")
        if told["is"] == "fork":
            self._begin(process, _comm(parent), ns)
            return
        self.launches.match(process)
        if before is not None and not before.recorded and _same_exec(before.argv, process.argv):
            process.create_time = before.create_time
            self.processes[pid] = process
            return
        if before is not None:
            process.create_time = before.create_time
            self.processes[pid] = process
            self.story.start(process, _comm(before), ns)
        else:
            self._begin(process, _comm(parent), ns)
        self.story.program(process, ns)

    def _is_subinterpreter(self, before: Process, now: Process) -> bool:
        """Has the same process introduced itself again, with no exec in between? It tells into one story."""
        return before.recorded and before.argv == now.argv and not self.launches.is_exec(now.pid)

    def _begin(self, process: Process, comm: str, ns: int) -> Process:
        self.processes[process.pid] = process
        self.process_count += 1
        self.story.start(process, comm, ns)
        if not process.recorded:
            self.story.program(process, ns)
        return process

    def _end(self, process: Process, ns: int) -> None:
        code = self.codes.get(process.pid)
        orderly = process.orderly_end
        if code is not None:
            self.story.end(process, ns, code, exit_reason(code))
        else:
            reason = UNTOLD_END if orderly is None else END_AT_EXIT
            self.story.end(process, ns, UNKNOWN_CODE, reason)


def exit_reason(code: int) -> str:
    """How a process ended, of its status as a shell gives it."""
    from tracetui.events.signals import signal_name

    name = signal_name(code - 128) if code > 128 else None
    return f"signal:{name}" if name else "exit_group"


def _same_exec(command: list[str], argv: list[str]) -> bool:
    """Is this Python the command itself, perhaps by way of the first line of a script?"""
    words = command[1:]
    return argv[-len(words) :] == words if words else True


def _comm(process: Process | None) -> str:
    return process.argv[0].rpartition("/")[2] if process is not None and process.argv else ""


def _time(line: Line) -> int:
    return line[0]
