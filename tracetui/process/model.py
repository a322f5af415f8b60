"""One process: who it is, where it comes from, what it became, how it ended, how much it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracetui.events import clean_value
from tracetui.events.literals import argument_vector
from tracetui.events.signals import signal_name

NAMELESS = frozenset({"", "?", "[?]", "[???]", "[none]"})
"""What loggers write where they could not tell a process's name."""

_LABEL = 64
_COMMAND = 512
_SIGNAL_REASON = "signal:"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process: a pid alone is not enough, for the kernel gives it again."""

    pid: int
    """0 where the trace has no pids; then ``name`` tells processes apart."""
    create_time: int | None = None
    """Nanoseconds since the traced system booted; ``None`` where the trace does not know."""
    occurrence: int = 0
    """Counts processes that agree in the above: after a reboot, or where there is no create time."""
    name: str = ""


@dataclass(slots=True)
class ExecStep:
    """A program that a process became."""

    event_id: int
    name: str
    """Last part of the program's path."""
    stored: str | None
    """Argument vector as stored; ``None`` where the trace does not have it."""
    attempts: int = 1
    """Attempts that led to it: a search along PATH is logged once a directory."""

    @property
    def argv(self) -> tuple[str, ...]:
        """Argument vector; empty where it is not known."""
        return argument_vector(self.stored) if self.stored else ()


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    event_id: int
    code: int | None
    reason: str
    """As stored: ``exit``, ``exit_group``, ``signal:SIGSEGV``; or a number, 0 or that of a signal."""

    @property
    def signal(self) -> str | None:
        """``SIGSEGV`` where a signal ended it."""
        if self.reason.startswith(_SIGNAL_REASON):
            return self.reason[len(_SIGNAL_REASON) :]
        if self.reason.isdecimal() and len(self.reason) < 4 and int(self.reason):
            return signal_name(int(self.reason)) or f"signal {self.reason}"
        return None

    @property
    def final(self) -> bool:
        """Whether nothing of the process can have lived on: ``exit`` may be that of one thread only, and
        a signal may have had a handler."""
        return self.reason in ("exit_group", "signal:SIGKILL", "0")


class Process:
    """A node of the tree. Later updates of the trace change it, and never to another process."""

    __slots__ = (
        "children",
        "comm",
        "counted",
        "egid",
        "euid",
        "events",
        "execs",
        "exit",
        "exit_block",
        "failures",
        "first_id",
        "gid",
        "identity",
        "last_id",
        "name",
        "named_by",
        "own_events",
        "own_failures",
        "parent",
        "placeholder",
        "ppid",
        "since",
        "start_block",
        "subtree_events",
        "subtree_failures",
        "subtree_size",
        "uid",
    )

    def __init__(self, identity: Identity, since: int = 0) -> None:
        self.identity = identity
        self.since = since
        """First event id whose pid means this process and not an earlier one; 0 for the first of its pid."""
        self.ppid: int | None = None
        self.parent: Process | None = None
        self.children: Sequence[Process] = ()
        """In order of appearance."""
        self.execs: Sequence[ExecStep] = ()
        """Programs it became, oldest first."""
        self.name = identity.name
        self.named_by = 0
        self.comm = ""
        """Name of the task before its first exec: that of the parent that forked it."""
        self.uid: int | None = None
        self.gid: int | None = None
        self.euid: int | None = None
        self.egid: int | None = None
        """User and group ids at the last start or exec that was logged."""
        self.first_id = 0
        """First event that shows the process: its start, where that was logged."""
        self.last_id = 0
        """Last event that shows the process: its end, where that was logged."""
        self.exit: Exit | None = None
        self.start_block = -1
        self.exit_block = -1
        self.placeholder = True
        """Whether it is only known as the parent of another."""
        self.counted = True
        """Whether the trace tells which events are its own; if not, the counts say nothing."""
        self.own_events = 0
        self.own_failures = 0
        """Counted by pid."""
        self.events = 0
        self.failures = 0
        """All events that are known to be its own, and the failed system calls among them."""
        self.subtree_events = 0
        self.subtree_failures = 0
        self.subtree_size = 1
        """Processes in the subtree, itself included."""

    def __repr__(self) -> str:
        return f"<Process {self.identity.pid} {self.label}>"

    @property
    def pid(self) -> int | None:
        """Process id; ``None`` where the trace has none."""
        return self.identity.pid or None

    @property
    def create_time(self) -> int | None:
        return self.identity.create_time

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it had, as stored, oldest first."""
        return tuple(dict.fromkeys([*(step.name for step in self.execs), self.name]))

    @property
    def argv(self) -> tuple[str, ...]:
        """Argument vector of the last program; empty where it is not known."""
        return self.execs[-1].argv if self.execs else ()

    @property
    def code(self) -> int | None:
        """Exit code; 128 and the signal's number for a death by signal."""
        return self.exit.code if self.exit else None

    @property
    def signal(self) -> str | None:
        """``SIGSEGV`` where that ended it."""
        return self.exit.signal if self.exit else None

    @property
    def failed(self) -> bool:
        """Whether it ended badly: by a signal or with a code other than 0."""
        return self.exit is not None and (self.exit.signal is not None or bool(self.exit.code))

    @property
    def label(self) -> str:
        """Short name, sanitised: the last part of the program's path."""
        name = self.name.rpartition("/")[2] or self.name
        if name:
            return clean_value(name, _LABEL)
        return f"pid {self.identity.pid}" if self.identity.pid else "?"

    @property
    def command(self) -> str:
        """The command line in one sanitised line; what else names the process where that is not known."""
        argv = self.argv
        if argv or self.identity.name:
            return clean_value(" ".join(argv) or self.identity.name, _COMMAND)
        return self.label

    @property
    def status(self) -> str:
        """How it ended, in words, sanitised: ``exit 1``, ``killed by SIGSEGV``, ``running``.

        A process of which no start was logged need not have its end logged either: ``end unknown``.
        """
        if self.exit is None:
            if self.placeholder:
                return "never seen"
            return "running" if self.start_block >= 0 else "end unknown"
        if self.exit.signal is not None:
            return f"killed by {clean_value(self.exit.signal, _LABEL)}"
        return f"exit {'?' if self.exit.code is None else self.exit.code}"
