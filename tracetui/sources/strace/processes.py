"""Which thread belongs to which process, and which process made which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracetui.events import Event
from tracetui.sources.strace.calls import Call
from tracetui.sources.strace.constants import number

NAMELESS = "[none]"
"""Name of a process of which nothing but its number is known, as Penguin writes it."""

_UNKNOWN_IDS = {"uid": -1, "gid": -1, "euid": -1, "egid": -1}
_CLONES = frozenset({"clone", "clone2", "clone3", "fork", "vfork"})


@dataclass(slots=True, eq=False)
class Process:
    """A running process."""

    pid: int
    ppid: int
    create_time: int
    """Nanoseconds since the trace began; a running number in a log without times.

    Together with ``pid`` it identifies the process.
    """
    name: str = NAMELESS
    comm: str = NAMELESS
    ids: dict[str, int] = field(default_factory=lambda: dict(_UNKNOWN_IDS))
    """uid, gid, euid and egid as far as calls have shown them; -1 where they have not."""
    last_call: str = ""
    told: set[type[Event]] = field(default_factory=set)
    """What was told of it since its last call."""

    @property
    def is_of_name(self) -> bool:
        """Is nothing but its name known? Then every row of the trace has a line of its own."""
        return not self.pid


@dataclass(slots=True, eq=False)
class Clone:
    """A call that makes a process or thread and has not returned."""

    caller: Process
    caller_tid: int
    makes_thread: bool
    child_tid: int | None = None
    """The thread that was taken for its child, whose lines came before the call's return."""


def is_clone(name: str) -> bool:
    """Does a call of this name make a process or thread?"""
    return name in _CLONES


def makes_thread(text: str) -> bool:
    """Is the new task of ``clone(... flags=...`` a thread of the caller's process?"""
    return "CLONE_THREAD" in text


class Genealogy:
    """The tasks alive, and the calls under way that will make more."""

    def __init__(self) -> None:
        self._tasks: dict[int, Process] = {}
        self._clones: dict[int, Clone] = {}
        self.processes = 0

    def __contains__(self, tid: int) -> bool:
        return tid in self._tasks

    def __getitem__(self, tid: int) -> Process:
        return self._tasks[tid]

    @property
    def tids(self) -> list[int]:
        """All tasks alive, oldest first."""
        return list(self._tasks)

    def open_clones(self) -> list[Clone]:
        """Calls under way whose child has not been seen yet."""
        return [clone for clone in self._clones.values() if clone.child_tid is None]

    def add(self, tid: int, create_time: int, parent: Process | None = None) -> Process:
        """A new process, which begins as a copy of ``parent``; None where that is not known."""
        if parent is None:
            process = Process(tid, 0, create_time)
        else:
            process = Process(tid, parent.pid, create_time, parent.name, parent.comm, dict(parent.ids))
        self._tasks[tid] = process
        self.processes += 1
        return process

    def add_thread(self, tid: int, process: Process) -> None:
        """A new thread of a known process."""
        self._tasks[tid] = process

    def begin_clone(self, tid: int, text: str) -> None:
        """Thread ``tid`` asked for a child and has no answer yet."""
        self._clones[tid] = Clone(self._tasks[tid], tid, makes_thread(text))

    def end_clone(self, tid: int) -> Clone | None:
        """The call that ``tid`` had under way, which has returned."""
        return self._clones.pop(tid, None)

    def remove(self, tid: int) -> Process | None:
        """Thread ``tid`` has ended; its process where it was known."""
        self._clones.pop(tid, None)
        return self._tasks.pop(tid, None)

    def supersede(self, leader: int, tid: int) -> None:
        """Thread ``tid`` has called exec and goes on under its leader's number."""
        process = self._tasks.pop(tid, None)
        if process is not None and leader not in self._tasks:
            self._tasks[leader] = process

    def __iter__(self) -> Iterator[Process]:
        return iter(set(self._tasks.values()))


_NO_ID = 0xFFFF_FFFF
"""-1 as an id: leave it as it is."""
_ASKED = {"getuid": "uid", "getgid": "gid", "geteuid": "euid", "getegid": "egid"}
_SET_ONE = {"setuid": ("uid", "euid"), "setgid": ("gid", "egid")}
_SET_MORE = {
    "setreuid": ("uid", "euid"),
    "setresuid": ("uid", "euid"),
    "setregid": ("gid", "egid"),
    "setresgid": ("gid", "egid"),
}


def learn_ids(process: Process, call: Call) -> None:
    """Keep the user and group ids that a successful call shows or sets."""
    name = call.name.removesuffix("32")
    if call.result is None or call.result < 0:
        return
    if name in _ASKED:
        process.ids[_ASKED[name]] = call.result
    elif name in _SET_ONE:
        real, effective = _SET_ONE[name]
        privileged = process.ids["euid"] in (0, -1)
        _set_ids(process, (real, effective) if privileged else (effective,), call.arguments[:1] * 2)
    elif name in _SET_MORE:
        _set_ids(process, _SET_MORE[name], call.arguments)


def _set_ids(process: Process, which: tuple[str, ...], values: list[str]) -> None:
    for name, text in zip(which, values, strict=False):
        value = number(text)
        if value is not None and 0 <= value < _NO_ID:
            process.ids[name] = value
