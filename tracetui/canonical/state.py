"""The process of an event as it was then: program, command line, environment, family, open files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tracetui.events import Record

_GENERATIONS = 64
"""Ancestors told of at most; a damaged trace may claim more than any system has."""


_NAMELESS = "[?]"
"""What Penguin calls a process whose name it does not know."""


class ProgramStep(Protocol):
    """A program that a process became."""

    @property
    def event_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def argv(self) -> tuple[str, ...]: ...
    @property
    def stored(self) -> str | None: ...


class ProcessNode(Protocol):
    """A process of the trace, as the process room knows it."""

    @property
    def pid(self) -> int | None: ...
    @property
    def ppid(self) -> int | None: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def gid(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def create_time(self) -> int | None: ...
    @property
    def first_id(self) -> int: ...
    @property
    def execs(self) -> Sequence[ProgramStep]: ...
    @property
    def parent(self) -> ProcessNode | None: ...


class Processes(Protocol):
    """The processes of a trace; a :class:`tracetui.process.Forest` is one."""

    def of_event(self, pid: int | None, procname: str, event_id: int) -> ProcessNode | None:
        """The process of an event; ``None`` where the trace does not know."""


Environments = Callable[[ProcessNode, ProgramStep], "Mapping[str, str] | None"]
"""The environment that a process got with a program; ``None`` where the trace does not know."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process at one event. Empty or ``None`` is what the trace does not know."""

    pid: int | None
    ppid: int | None
    name: str
    """Last part of the program's path, or the name of the task."""
    exe: str
    """The program: the first word of the command line, else the path by which the event names its process."""
    argv: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None
    create_time: int | None = None
    """ns since the traced system booted; in a trace from SysFlow, since the Unix epoch."""
    cwd: str | None = None
    """The current folder."""
    env: Mapping[str, str] | None = None
    open_files: Mapping[int, str] | None = None
    """Path by file descriptor, of those whose opening was seen; ``None`` where it was not followed."""
    parent: ProcessState | None = field(default=None, repr=False)
    command: str | None = None
    """The command line, where it was told as one text."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What only systems like Windows have: ``sid``, ``sessionid``, ``threads``, ``modules``, ``handles``,
    ``pe``."""

    @property
    def command_line(self) -> str:
        """The command line as told, else all words with a blank between them."""
        return " ".join(self.argv) if self.command is None else self.command

    @property
    def ancestors(self) -> Iterator[ProcessState]:
        """Parent, grandparent, and so on."""
        parent = self.parent
        while parent is not None:
            yield parent
            parent = parent.parent


class States:
    """Gives the state of a process at each event of one trace.

    Where the trace has every exec (``complete``), a process without one still runs its parent's program.
    Elsewhere, ids are no order of time within a flush: the exec may come after calls of the program, and the
    name of the process at the event tells which program it was.
    """

    def __init__(
        self,
        processes: Processes,
        environments: Environments | None = None,
        open_files: Callable[[Record], Mapping[int, str] | None] | None = None,
        *,
        complete: bool = False,
    ) -> None:
        self._processes = processes
        self._complete = complete
        self._environments = environments
        self._open_files = open_files

    def of(self, record: Record) -> ProcessState | None:
        """The state of a record's process; ``None`` where the trace does not tell which that is."""
        node = self._processes.of_event(record.pid, record.procname, record.id)
        if node is None:
            return None
        files = None if self._open_files is None else self._open_files(record)
        return self._state(node, record.id, _GENERATIONS, record.procname, files)

    def _state(
        self,
        node: ProcessNode,
        event_id: int,
        generations: int,
        called: str = "",
        files: Mapping[int, str] | None = None,
    ) -> ProcessState:
        """The state at an event, which calls the process ``called``."""
        own = (_program if self._complete else _named_program)(node, event_id, called)
        step = self._inherited(node) if own is None and self._complete else own
        argv = () if step is None else step.argv
        parent = node.parent if generations else None
        environment = None
        if step is not None and self._environments is not None:
            environment = self._environments(node, step)
        return ProcessState(
            pid=node.pid,
            ppid=node.ppid,
            name=node.name if own is None else own.name,
            exe=argv[0] if argv else called if called.startswith("/") else "",
            argv=argv,
            uid=node.uid,
            gid=node.gid,
            create_time=node.create_time,
            env=environment,
            open_files=files,
            parent=None if parent is None else self._state(parent, event_id, generations - 1),
        )

    def _inherited(self, node: ProcessNode) -> ProgramStep | None:
        """The program that a process was forked with: that of the nearest ancestor that had one then."""
        for _ in range(_GENERATIONS):
            if node.parent is None:
                return None
            step = _program(node.parent, node.first_id)
            if step is not None:
                return step
            node = node.parent
        return None


def _program(node: ProcessNode, event_id: int, called: str = "") -> ProgramStep | None:
    """The last program that a process had become at an event."""
    return next((step for step in reversed(node.execs) if step.event_id <= event_id), None)


def _named_program(node: ProcessNode, event_id: int, called: str) -> ProgramStep | None:
    """The program that has the name of the process, the last up to the event where there are several.

    Without a name, the last program up to the event, else the first.
    """
    name = called.rpartition("/")[2]
    steps = node.execs
    if name and name != _NAMELESS:
        steps = [step for step in steps if name in (step.name, *_last_parts(step.argv[:1]))]
        if not steps:
            return _program(node, event_id)
    before = next((step for step in reversed(steps) if step.event_id <= event_id), None)
    return before or next(iter(steps), None)


def _last_parts(paths: Sequence[str]) -> Iterator[str]:
    return (path.rpartition("/")[2] for path in paths)
