"""All processes of a trace as trees, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from typing import Literal

from tracetui.process.lines import Line, Order, flatten
from tracetui.process.model import Identity, Process
from tracetui.process.population import Population
from tracetui.process.scope import Scope, scope_of


class Basis(Enum):
    """What the trace lets the tree rest on; the value is a sentence about it."""

    PID = "From the pids and parents of process starts and exits; events counted by pid."
    PID_WITH_NAMES = (
        "From the pids and parents of process starts and exits. Other events of this trace have no pid: "
        "they are counted for a process only where it alone has their process name."
    )
    PID_OF_EVENTS = (
        "From the pids of events; the trace has no process starts or exits, so that parents are unknown."
    )
    NAME = (
        "From process names, because the trace has no pids: one node for all processes of a name, "
        "below the first name that executed it."
    )
    NONE = "The trace shows no process yet."

    @property
    def by_name(self) -> bool:
        """Whether ordinary events are counted by process name."""
        return self in (Basis.PID_WITH_NAMES, Basis.NAME)


class Forest:
    """The processes of one trace at one time. Made by :class:`tracetui.process.ForestBuilder`."""

    def __init__(
        self,
        processes: Mapping[Identity, Process],
        population: Population,
        basis: Basis,
        *,
        owners: Mapping[str, Process] | None = None,
        spellings: Mapping[str, Sequence[str]] | None = None,
        counted_to: int = 0,
        unassigned: int = 0,
        malformed: int = 0,
    ) -> None:
        self.processes = dict(processes)
        self._population = population
        self._basis = basis
        self._owners = owners or {}
        self.spellings = spellings or {}
        """Process names in events by the last part of their path, where events have no pids."""
        self.counted_to = counted_to
        """Last event id that is counted; smaller than the trace's last where building was cancelled."""
        self.unassigned = unassigned
        """Events of which the trace does not tell the process."""
        self.malformed = malformed
        """Rows of process starts and exits left out because their pid is none."""
        self.roots: list[Process] = sorted(
            (process for process in self.processes.values() if process.parent is None),
            key=attrgetter("first_id"),
        )
        _total(self.roots)

    # The tree.

    @property
    def basis(self) -> Literal["pid", "name", "none"]:
        """What tells processes apart."""
        if self._basis is Basis.NONE:
            return "none"
        return "name" if self._basis is Basis.NAME else "pid"

    @property
    def basis_sentence(self) -> str:
        """Where the tree comes from, and what it leaves out."""
        sentences = [self._basis.value]
        if self.unassigned:
            sentences.append(f"Events of no process that the trace could tell: {self.unassigned:,}.")
        if self.malformed:
            sentences.append(f"Process rows left out for want of a valid pid: {self.malformed:,}.")
        return " ".join(sentences)

    @property
    def events_have_pids(self) -> bool:
        """Whether ordinary events, and not only process starts and exits, have a pid."""
        return self._basis in (Basis.PID, Basis.PID_OF_EVENTS)

    def flatten(
        self,
        expanded: Collection[Identity] | None = None,
        order: Order = "start",
        match: str = "",
        only: Collection[Process] | None = None,
    ) -> list[Line]:
        """Lines of the tree from top to bottom; see :func:`tracetui.process.lines.flatten`."""
        return flatten(self.roots, expanded, order, match, only)

    def ancestors(self, process: Process) -> Iterator[Process]:
        """Parent, grandparent, and so on."""
        parent = process.parent
        while parent is not None:
            yield parent
            parent = parent.parent

    def descendants(self, process: Process) -> Iterator[Process]:
        """Everything below a process, parents before their children."""
        waiting = list(reversed(process.children))
        while waiting:
            found = waiting.pop()
            yield found
            waiting.extend(reversed(found.children))

    def scope(self, process: Process, subtree: bool = False) -> Scope:
        """A filter for the events of a process or of its subtree, and what it means."""
        return scope_of(self, process, subtree)

    # Questions of filters; a pid means different processes at different events.

    def of(self, pid: int | None, event_id: int) -> Process | None:
        """The process that had a pid at an event; ``None`` where the trace does not know."""
        return self._population.owner(pid, event_id) if pid else None

    def of_event(self, pid: int | None, procname: str, event_id: int) -> Process | None:
        """The process of an event: by its pid, else by its name where only one process has that."""
        return self.of(pid, event_id) if pid else self._owners.get(procname)

    def instances(self, pid: int) -> Sequence[Process]:
        """The processes that had a pid, oldest first; more than one where it was given again."""
        return self._population.instances(pid)

    def lifetimes(self, pid: int | None = None) -> Iterator[tuple[Process, int, int | None]]:
        """(process, first id, last id) of all that had ``pid`` (any, for ``None``), oldest first, no gaps.

        The first reaches back to id 0, and the last has no end: events just before a logged start and just
        after a logged exit are of that process too.
        """
        return self._population.lifetimes(pid)

    def ancestors_of_pid(self, pid: int | None, event_id: int) -> tuple[int, ...]:
        """Pids of the ancestors, the parent first."""
        process = self.of(pid, event_id)
        return tuple(a.identity.pid for a in self.ancestors(process)) if process else ()

    def names_of_ancestors(self, pid: int | None, event_id: int) -> tuple[str, ...]:
        """Names of the ancestors as stored, the parent's first."""
        process = self.of(pid, event_id)
        return tuple(a.name for a in self.ancestors(process)) if process else ()

    def ppid_of(self, pid: int | None, event_id: int) -> int | None:
        """Pid of the parent."""
        process = self.of(pid, event_id)
        return process.ppid if process else None

    def uid_of(self, pid: int | None, event_id: int) -> int | None:
        """User id at the last start or exec that was logged."""
        process = self.of(pid, event_id)
        return process.uid if process else None

    def subtree_pids(self, pid: int) -> frozenset[int]:
        """The pid and the pids of all descendants of the processes that had it."""
        found = {pid}
        for process in self._population.instances(pid):
            found.update(below.identity.pid for below in self.descendants(process))
        return frozenset(found)


def _total(roots: Sequence[Process]) -> None:
    """Set the totals of all subtrees, from the leaves up, each once: another thread may be reading them."""
    order: list[Process] = []
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        order.append(process)
        waiting.extend(process.children)
    for process in reversed(order):
        events, failures, size = process.events, process.failures, 1
        for child in process.children:
            events += child.subtree_events
            failures += child.subtree_failures
            size += child.subtree_size
        process.subtree_events, process.subtree_failures, process.subtree_size = events, failures, size
