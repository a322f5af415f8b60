"""The event types of Penguin's current era, one table a class.

Column names, types, order and nullability are those of ``pengutils.events`` (tables ``read``, ``write``,
``syscall``, ``exec`` since v1.1.4, ``proc_start`` and ``proc_exit`` since v3.1.4), so that each side reads
the other's files.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracetui.events.base import Base, Buffer, Event

# Base and Event are imported from here by the package: their tables and subclasses must exist with them.
__all__ = ["Base", "Event", "Exec", "ProcExit", "ProcStart", "Read", "Syscall", "Write"]


class Read(Event):
    """Bytes that a process got from a file descriptor (only ``read``, never ``pread`` or ``recv``)."""

    __tablename__ = "read"
    __mapper_args__ = {"polymorphic_identity": "read"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    fd: Mapped[int]
    fname: Mapped[str]
    """Path, ``socket:[n]``, ``pipe:[n]``; ``?`` where the logger could not resolve it."""
    buffer: Mapped[bytes | None] = mapped_column(Buffer)
    """The bytes; of a failed read in eras v2b and v3, ``count`` bytes of stale memory."""

    def describe(self) -> str:
        return f"read({self.fd}, {self.fname}, {_preview(self.buffer)})"


class Write(Event):
    """Bytes that a process gave to a file descriptor."""

    __tablename__ = "write"
    __mapper_args__ = {"polymorphic_identity": "write"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    fd: Mapped[int]
    fname: Mapped[str | None]
    buffer: Mapped[bytes | None] = mapped_column(Buffer)

    def describe(self) -> str:
        return f"write({self.fd}, {self.fname}, {_preview(self.buffer)})"


class Syscall(Event):
    """A system call with up to six arguments, each as number and as text."""

    __tablename__ = "syscall"
    __mapper_args__ = {"polymorphic_identity": "syscall"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    name: Mapped[str]
    """``sys_`` and the kernel's name of the call: ``sys_newfstatat``, ``sys_mmap_pgoff``."""
    retno: Mapped[int | None]
    """Result, signed; failures are -4095 to -1. NULL stands for 0 before v2.2.52."""
    retno_repr: Mapped[str | None]
    arg0: Mapped[int | None]
    arg0_repr: Mapped[str | None]
    arg1: Mapped[int | None]
    arg1_repr: Mapped[str | None]
    arg2: Mapped[int | None]
    arg2_repr: Mapped[str | None]
    arg3: Mapped[int | None]
    arg3_repr: Mapped[str | None]
    arg4: Mapped[int | None]
    arg4_repr: Mapped[str | None]
    arg5: Mapped[int | None]
    arg5_repr: Mapped[str | None]

    def describe(self) -> str:
        used = [text for i in range(6) if (text := getattr(self, f"arg{i}_repr"))]
        result = self.retno_repr if self.retno_repr is not None else self.retno
        return f"{self.name}({', '.join(map(str, used))}) = {'?' if result is None else result}"


class Exec(Event):
    """A program start: argv and environment, as Python literals since v3, space-joined before."""

    __tablename__ = "exec"
    __mapper_args__ = {"polymorphic_identity": "exec"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    calltree: Mapped[str]
    argc: Mapped[str]
    argv: Mapped[str]
    envp: Mapped[str]
    euid: Mapped[int]
    egid: Mapped[int]

    def describe(self) -> str:
        lineage = f" by {self.calltree}" if self.calltree else ""
        return f"exec {self.argv}{lineage}"


class ProcStart(Event):
    """A process seen at an exec; (pid, create_time) identifies it, a second exec repeats the pair."""

    __tablename__ = "proc_start"
    __mapper_args__ = {"polymorphic_identity": "proc_start"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    pid: Mapped[int]
    ppid: Mapped[int]
    create_time: Mapped[int]
    """Nanoseconds since the guest booted; 0 with old drivers."""
    comm: Mapped[str]
    """The task's name before this exec; the new one is ``procname``."""
    uid: Mapped[int]
    gid: Mapped[int]
    euid: Mapped[int]
    egid: Mapped[int]

    def describe(self) -> str:
        return f"process {self.pid} started by {self.ppid} (comm {self.comm}, uid {self.uid})"


class ProcExit(Event):
    """The end of a process or, with reason ``exit``, of a thread."""

    __tablename__ = "proc_exit"
    __mapper_args__ = {"polymorphic_identity": "proc_exit"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    pid: Mapped[int]
    create_time: Mapped[int]
    code: Mapped[int]
    """Argument of exit; 128 + signal number for a death by signal."""
    reason: Mapped[str]
    """``exit``, ``exit_group`` or ``signal:SIGSEGV`` and the like."""

    def describe(self) -> str:
        return f"process {self.pid} ended: {self.reason}, code {self.code}"


_PREVIEW_BYTES = 80


def _preview(buffer: object) -> str:
    """A bounded repr of a buffer of any stored type."""
    if not isinstance(buffer, bytes | str):
        return "" if buffer is None else repr(buffer)
    more = f"... {len(buffer):,} in all" if len(buffer) > _PREVIEW_BYTES else ""
    return f"{buffer[:_PREVIEW_BYTES]!r}{more}"
