"""All processes of a trace, told apart by pid and time, and linked to their parents as rows come in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tracetui.process.model import NAMELESS, ExecStep, Exit, Identity, Process

Item = TypeVar("Item")

_BY_EVENT, _BY_START = 1, 2
"""What gave a process its name; the higher knows better."""


@dataclass(frozen=True, slots=True)
class StartRow:
    """A row of ``proc_start``; a create time of ``None`` is unknown."""

    event_id: int
    pid: int
    ppid: int
    create_time: int | None
    name: str
    comm: str
    ids: tuple[int | None, ...] = (None, None, None, None)
    """uid, gid, euid and egid."""


@dataclass(frozen=True, slots=True)
class ExitRow:
    """A row of ``proc_exit``."""

    event_id: int
    pid: int
    create_time: int | None
    exit: Exit


@dataclass(frozen=True, slots=True)
class StateRow:
    """A process as a trace describes it beside its events; create times of ``None`` are unknown."""

    pid: int
    create_time: int | None
    ppid: int
    parent_create_time: int | None
    name: str


class Population:
    """Takes starts and exits in order of id, and answers which process a pid meant at an event.

    ``grouped`` says that ids are given by type inside a flush. Then an exit may have a lower id than the
    start of the same process, and only one that lies a whole block of starts back is surely older.
    """

    def __init__(self, grouped: bool) -> None:
        self._grouped = grouped
        self._by_pid: dict[int, list[Process]] = {}
        self._by_identity: dict[Identity, Process] = {}
        self._occurrences: dict[Identity, int] = {}
        self._block = 0
        self._last_was_exit = False

    def __len__(self) -> int:
        return len(self._by_identity)

    def __iter__(self) -> Iterator[Process]:
        return iter(self._by_identity.values())

    @property
    def by_identity(self) -> dict[Identity, Process]:
        """All processes; for reading only."""
        return self._by_identity

    def instances(self, pid: int) -> Sequence[Process]:
        """The processes that had this pid, oldest first."""
        return self._by_pid.get(pid, ())

    def owner(self, pid: int, event_id: int) -> Process | None:
        """The process that ``pid`` meant at an event; ``None`` for a pid that the trace does not have."""
        instances = self._by_pid.get(pid)
        if not instances:
            return None
        if len(instances) == 1:
            return instances[0]
        return instances[max(bisect_right(instances, event_id, key=_since) - 1, 0)]

    def lifetimes(self, pid: int | None = None) -> Iterator[tuple[Process, int, int | None]]:
        """(process, first id, last id) of all that had a pid, or of all; see :meth:`Forest.lifetimes`."""
        for processes in self._by_pid.values() if pid is None else [self._by_pid.get(pid, [])]:
            for index, process in enumerate(processes):
                last = processes[index + 1].since - 1 if index + 1 < len(processes) else None
                yield process, process.since if index else 0, last

    # What the trace tells, in order of id.

    def start(self, row: StartRow) -> Process:
        """A process started, or called exec."""
        if self._last_was_exit:
            self._block += 1
            self._last_was_exit = False
        process = self._current(row.pid)
        if process is None or self._is_another(process, row):
            process = self._add(row.pid, row.create_time, since=row.event_id)
        else:
            self._learn_create_time(process, row.create_time)
        self._see(process, row.event_id)
        if process.start_block < 0:
            process.first_id = row.event_id
            process.ppid, process.comm = row.ppid, row.comm
            self._link(process, row)
        process.start_block = self._block
        if row.ids[0] is not None:
            process.uid, process.gid, process.euid, process.egid = row.ids
        self._name(process, row.name, _BY_START)
        return process

    def end(self, row: ExitRow) -> Process:
        """A process, or one of its threads, ended."""
        self._last_was_exit = True
        process = self._ending(row)
        if process is None:
            process = self._add(row.pid, row.create_time, since=row.event_id)
        self._learn_create_time(process, row.create_time)
        self._see(process, row.event_id)
        if process.exit is None or not process.exit.final or row.exit.final:
            process.exit, process.exit_block = row.exit, self._block
        return process

    def became(self, process: Process, step: ExecStep) -> None:
        """A process called exec; the same step again is another attempt."""
        last = process.execs[-1] if process.execs else None
        if last is not None and (last.name, last.stored) == (step.name, step.stored):
            last.attempts += 1
        else:
            process.execs = _with(process.execs, step)

    def saw(self, pid: int, name: str, event_id: int) -> Process:
        """An event of a process; one that nothing else tells of is taken in."""
        process = self.owner(pid, event_id) or self._add(pid, None, since=0)
        self._see(process, event_id)
        self._name(process, name, _BY_EVENT)
        return process

    def know(self, row: StateRow) -> None:
        """A process is described: it is there, and has a parent, though no event may say so.

        To be told after the events: of processes whose pid was given again, events know better.
        """
        process = self._described(row.pid, row.create_time)
        if process is None:
            return
        self._name(process, row.name, _BY_EVENT)
        if process.parent is None and row.ppid > 0 and row.ppid != row.pid:
            parent = self._described(row.ppid, row.parent_create_time)
            if parent is not None and adopt(parent, process):
                process.ppid = row.ppid
                if parent.placeholder:
                    parent.first_id = parent.last_id = process.first_id

    def _described(self, pid: int, create_time: int | None) -> Process | None:
        """The process of a description, new if its pid is; ``None`` where the pid means others."""
        instances = self._by_pid.get(pid)
        if not instances:
            return self._add(pid, create_time, since=0)
        for process in instances:
            if process.create_time == create_time:
                return process
        if len(instances) > 1 or instances[0].create_time is not None:
            return None
        self._learn_create_time(instances[0], create_time)
        return instances[0]

    # Telling processes apart.

    def _current(self, pid: int) -> Process | None:
        instances = self._by_pid.get(pid)
        return instances[-1] if instances else None

    def _is_another(self, process: Process, row: StartRow) -> bool:
        """Whether a start is that of a younger process than the last one of its pid."""
        known, new = process.create_time, row.create_time
        if known is not None and new is not None:
            return known != new or (process.exit is not None and process.exit.final and self._gone(process))
        if self._gone(process) or _has_older_child(process, new):
            return True
        # An exit and a start in neighbouring blocks belong together only if the start is the first one.
        return process.exit is not None and process.exit.reason != "exit" and process.start_block >= 0

    def _gone(self, process: Process) -> bool:
        """Whether the process had surely ended before the block of starts that is being read.

        The exits just before that block may be of the same flush. Penguin tells deaths by signal by guess.
        """
        if process.exit is None or process.exit.reason == "exit":
            return False
        if not self._grouped:
            return True
        return process.exit.final and process.exit_block < self._block - 1

    def _ending(self, row: ExitRow) -> Process | None:
        """The process that an exit belongs to; ``None`` for one not seen before."""
        instances = self._by_pid.get(row.pid, [])
        if row.create_time is not None:
            for process in reversed(instances):
                if process.create_time == row.create_time:
                    return process
        current = instances[-1] if instances else None
        if current is None or (current.create_time is not None and row.create_time is not None):
            return None
        if _has_older_child(current, row.create_time):
            return None
        over = current.exit is not None and current.exit.final and row.exit.final
        return None if over else current

    def _add(self, pid: int, create_time: int | None, since: int) -> Process:
        """A new process, which is what its pid means from an event on, or always where it is the first."""
        instances = self._by_pid.setdefault(pid, [])
        process = Process(self._free_identity(pid, create_time), since if instances else 0)
        self._by_identity[process.identity] = process
        instances.append(process)
        return process

    def _free_identity(self, pid: int, create_time: int | None) -> Identity:
        identity = Identity(pid, create_time)
        if identity not in self._by_identity:
            return identity
        occurrence = self._occurrences[identity] = self._occurrences.get(identity, 0) + 1
        return Identity(pid, create_time, occurrence)

    def _learn_create_time(self, process: Process, create_time: int | None) -> None:
        if create_time is None or process.create_time is not None:
            return
        del self._by_identity[process.identity]
        process.identity = self._free_identity(process.identity.pid, create_time)
        self._by_identity[process.identity] = process

    # Kinship.

    def _link(self, process: Process, row: StartRow) -> None:
        """Give a process its parent."""
        if row.ppid <= 0 or row.ppid == row.pid:
            return
        parent = self._parent(row)
        if adopt(parent, process) and not parent.named_by and not parent.name and row.comm not in NAMELESS:
            parent.name = row.comm

    def _parent(self, row: StartRow) -> Process:
        """The process that ``ppid`` meant; a placeholder where the trace has not shown it."""
        for candidate in reversed(self._by_pid.get(row.ppid, [])):
            if not _is_younger(candidate, row.create_time):
                if self._gone(candidate):
                    break
                return candidate
        parent = self._add(row.ppid, None, since=row.event_id)
        parent.first_id = parent.last_id = row.event_id
        return parent

    # What is known of a process.

    def _see(self, process: Process, event_id: int) -> None:
        if process.placeholder:
            process.placeholder = False
            process.first_id = process.last_id = event_id
        if process.start_block < 0:
            process.first_id = min(process.first_id, event_id)
        process.last_id = max(process.last_id, event_id)

    def _name(self, process: Process, name: str, by: int) -> None:
        if name not in NAMELESS and by >= process.named_by:
            process.name, process.named_by = name, by


def adopt(parent: Process, child: Process) -> bool:
    """Put a process that has no parent below another, unless that is itself or below it."""
    if child is parent or (child.children and child in _line(parent)):
        return False
    child.parent = parent
    parent.children = _with(parent.children, child)
    return True


def _since(process: Process) -> int:
    return process.since


def _is_younger(process: Process, create_time: int | None) -> bool:
    return bool(process.create_time and create_time and process.create_time > create_time)


def _has_older_child(process: Process, create_time: int | None) -> bool:
    """Whether a process cannot have started at a time, because it has a child that is older."""
    return create_time is not None and any(
        child.create_time is not None and child.create_time < create_time for child in process.children
    )


def _line(process: Process | None) -> Iterator[Process]:
    """A process, its parent, and so on."""
    while process is not None:
        yield process
        process = process.parent


def _with(items: Sequence[Item], item: Item) -> Sequence[Item]:
    """``items`` and one more. Empty ones are a tuple: that saves the memory of a million empty lists."""
    if isinstance(items, list):
        items.append(item)
        return items
    return [item]
