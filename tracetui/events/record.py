"""One event as the rest of the program sees it: as stored, and normalised."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from tracetui.events.arguments import UNRESOLVED, Argument, parse_argument, signed_fd
from tracetui.events.base import Event
from tracetui.events.context import Context
from tracetui.events.ends import UNTOLD_ENDS
from tracetui.events.eras import MAX_PID, Era
from tracetui.events.errnos import ERRNO_SHOWN, MAX_ERRNO, errno_name
from tracetui.events.families import common_name
from tracetui.events.literals import argument_vector, environment_pairs
from tracetui.events.text import text_of
from tracetui.events.types import Exec, ProcExit, ProcStart, Read, Syscall, Write

NO_RESULT = frozenset({"sys_execve", "sys_execveat", "sys_exit", "sys_exit_group"})
"""Calls that Penguin logs only at entry: their stored result 0 is no result."""

_SIGNAL_REASON = "signal:"
_ARGUMENT_COLUMNS = tuple((f"arg{index}", f"arg{index}_repr") for index in range(6))


class Record:
    """An event detached from the database.

    ``event`` and ``extras`` hold the values as stored, of whatever type. Every other attribute is
    normalised by the rules of the trace's era; ``None`` means that the trace does not know, or that the
    event has no such thing. Nothing is made up: an unknown result is never 0.
    """

    __slots__ = (
        "__dict__",
        "arch",
        "context",
        "era",
        "event",
        "extras",
        "id",
        "linked",
        "procname",
        "type",
        "whole_buflen",
    )

    def __init__(
        self,
        event: Event,
        era: Era,
        *,
        extras: Mapping[str, Mapping[str, object]] | None = None,
        context: Context | None = None,
        arch: str | None = None,
    ) -> None:
        self.event = event
        self.era = era
        self.extras: Mapping[str, Mapping[str, object]] = extras or {}
        """Rows of tables without a model, by table name and column."""
        self.linked: Mapping[str, object] = {}
        """The state of the process that the event refers to (a row of ``kevent_process``), by column."""
        self.entities: Mapping[str, Mapping[str, object]] = {}
        """What an event from SysFlow refers to (see :data:`tracetui.events.sysflow.ENTITIES`), by column."""
        self.context = context
        self.arch = arch
        self.whole_buflen: int | None = None
        """Length of the stored buffer, where only its start was loaded."""
        self.id: int = event.id
        self.type: str = _text(event.type) or ""
        self.procname: str = _text(event.procname) or ""

    def __repr__(self) -> str:
        return f"<Record {self.id} {self.type}>"

    # Who and when.

    @cached_property
    def pid(self) -> int | None:
        """Process id (thread group), where the trace knows one."""
        if isinstance(self.event, ProcStart | ProcExit):
            return _integer(self.event.pid)
        proc_id = _integer(self.event.proc_id)
        if self.era is Era.V1 or proc_id is None or not 0 < proc_id < MAX_PID:
            return None
        return proc_id

    @property
    def ppid(self) -> int | None:
        """Parent's process id; only process starts know it."""
        return _integer(self.event.ppid) if isinstance(self.event, ProcStart) else None

    @property
    def create_time(self) -> int | None:
        """Start of the process in ns since boot; era v1 keeps it in ``proc_id``."""
        if isinstance(self.event, ProcStart | ProcExit):
            return _integer(self.event.create_time)
        if self.era is Era.V1:
            return _integer(self.event.proc_id) or None
        return None

    @property
    def tid(self) -> int | None:
        return _integer(self.context.tid) if self.context else None

    @property
    def ts(self) -> int | None:
        """Time in ns since the Unix epoch, where the recorder had a clock."""
        return _integer(self.context.ts) if self.context else None

    @property
    def end_ts(self) -> int | None:
        return _integer(self.context.end_ts) if self.context else None

    @property
    def duration(self) -> int | None:
        """Nanoseconds from start to end, as far as SQLite can hold them."""
        if self.ts is None or self.end_ts is None:
            return None
        taken = self.end_ts - self.ts
        return taken if -(1 << 63) <= taken < 1 << 63 else None

    @property
    def cpu(self) -> int | None:
        return _integer(self.context.cpu) if self.context else None

    @property
    def host(self) -> str | None:
        return _text(self.context.host) if self.context else None

    @property
    def container(self) -> str | None:
        return _text(self.context.container) if self.context else None

    # System calls.

    @property
    def name(self) -> str | None:
        """Kernel name with ``sys_``, as stored."""
        return _text(self.event.name) if isinstance(self.event, Syscall) else None

    @property
    def short_name(self) -> str | None:
        """Kernel name without ``sys_``."""
        return common_name(self.name) if self.name is not None else None

    @cached_property
    def retno(self) -> int | None:
        """Result; ``None`` for calls logged at entry only."""
        if not isinstance(self.event, Syscall):
            return None
        if self.era.is_penguin and self.event.name in NO_RESULT:
            return None
        if self.event.retno is None:
            return 0 if self.event.retno_repr == "0x0" else None
        return _integer(self.event.retno)

    @property
    def failed(self) -> bool | None:
        """Whether the result is an error (-4095 to -1); ``None`` where there is no result."""
        return None if self.retno is None else -MAX_ERRNO <= self.retno <= -1

    @property
    def errno(self) -> int | None:
        """Positive error number of a failed call."""
        return -self.retno if self.failed and self.retno is not None else None

    @cached_property
    def errno_name(self) -> str | None:
        """``ENOENT``: as the logger named it, else by the number."""
        if self.errno is None or not isinstance(self.event, Syscall):
            return None
        named = ERRNO_SHOWN.match(_text(self.event.retno_repr) or "")
        return named[1] if named else errno_name(self.errno, self.arch)

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The used arguments of a system call, in order."""
        if not isinstance(self.event, Syscall):
            return ()
        # The loaded values themselves: twelve instrumented attributes would take longer than the parsing.
        stored = self.event.__dict__
        parsed = [
            parse_argument(index, stored.get(value), stored.get(text))
            for index, (value, text) in enumerate(_ARGUMENT_COLUMNS)
        ]
        return tuple([argument for argument in parsed if argument is not None])

    # Files.

    @cached_property
    def fd(self) -> int | None:
        """File descriptor of a read, a write, or of a call's argument named ``fd``."""
        if isinstance(self.event, Read | Write):
            return signed_fd(_integer(self.event.fd))
        return next((signed_fd(a.value) for a in self.arguments if a.name == "fd"), None)

    @cached_property
    def fname(self) -> str | None:
        """Resolved name of :attr:`fd`: a path, ``socket:[n]``, ``pipe:[n]``."""
        if isinstance(self.event, Read | Write):
            name = _text(self.event.fname)
            return None if name is None or name in UNRESOLVED else name
        return next((a.fd_name for a in self.arguments if a.name == "fd"), None)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every path that the arguments of a call quote (two for rename)."""
        if self.name in _DATA_CALLS:
            return ()
        return tuple(a.string for a in self.arguments if a.is_path and a.string is not None)

    @cached_property
    def path(self) -> str | None:
        """The file this event is about: a quoted path, else the name behind its descriptor."""
        if isinstance(self.event, Exec):
            return self.argv[0] if self.argv and "/" in self.argv[0] else None
        return self.paths[0] if self.paths else self.fname

    @cached_property
    def buffer(self) -> bytes | None:
        """Bytes read or written; text buffers of eras v1 and v2a as they were before decoding."""
        if not isinstance(self.event, Read | Write):
            return None
        return _bytes(self.event.buffer)

    @property
    def buflen(self) -> int | None:
        """Length of the buffer in bytes."""
        if self.whole_buflen is not None:
            return self.whole_buflen
        return len(self.buffer) if self.buffer is not None else None

    # Processes.

    @cached_property
    def argv(self) -> tuple[str, ...] | None:
        """Argument vector of an exec."""
        if not isinstance(self.event, Exec):
            return None
        return argument_vector(_text(self.event.argv) or "")

    @cached_property
    def env(self) -> tuple[tuple[str, str], ...] | None:
        """Environment of an exec as (name, value) pairs, in stored order."""
        if not isinstance(self.event, Exec):
            return None
        return environment_pairs(_text(self.event.envp) or "")

    @property
    def comm(self) -> str | None:
        """The task's name before the exec that a process start stands for."""
        return _text(self.event.comm) if isinstance(self.event, ProcStart) else None

    @property
    def uid(self) -> int | None:
        return _integer(self.event.uid) if isinstance(self.event, ProcStart) else None

    @property
    def gid(self) -> int | None:
        return _integer(self.event.gid) if isinstance(self.event, ProcStart) else None

    @property
    def euid(self) -> int | None:
        return _integer(self.event.euid) if isinstance(self.event, Exec | ProcStart) else None

    @property
    def egid(self) -> int | None:
        return _integer(self.event.egid) if isinstance(self.event, Exec | ProcStart) else None

    @property
    def code(self) -> int | None:
        """Exit code of a process end, where it was told."""
        if not isinstance(self.event, ProcExit) or self.event.reason in UNTOLD_ENDS:
            return None
        return _integer(self.event.code)

    @property
    def reason(self) -> str | None:
        return _text(self.event.reason) if isinstance(self.event, ProcExit) else None

    @property
    def signal(self) -> str | None:
        """``SIGSEGV`` for an end by that signal."""
        reason = self.reason
        return reason[len(_SIGNAL_REASON) :] if reason and reason.startswith(_SIGNAL_REASON) else None


_DATA_CALLS = frozenset({"sys_read", "sys_write", "sys_pread64", "sys_pwrite64"})
"""Calls whose string argument is data, even where era v1 gives it no name."""


def _integer(value: object) -> int | None:
    """A stored value as an integer, where it is one."""
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    """A stored value as text, whatever its type."""
    return value if value is None or isinstance(value, str) else text_of(value)


def _bytes(value: object) -> bytes | None:
    """A stored buffer as bytes: text comes from era v1 and v2a, which decoded it as Latin-1."""
    if value is None or isinstance(value, bytes):
        return value
    text = str(value)
    return text.encode("latin-1") if _fits_latin1(text) else text.encode("utf-8", "surrogateescape")


def _fits_latin1(text: str) -> bool:
    return text.isascii() or max(text) <= "\xff"
