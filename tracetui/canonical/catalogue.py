"""What is known of each kind of event: its name, category, a description, and its arguments.

The facts are tables: categories and descriptions in :mod:`tracetui.events.kinds`, arguments beside this file.
An event that none of them has is of the category ``other``, and its description is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from tracetui.canonical.types import ParameterType
from tracetui.events import Record, Syscall, kinds
from tracetui.events.audit_events import AuditEvent, audit_event
from tracetui.events.families import common_name
from tracetui.events.kevent_tables import KEVENT
from tracetui.events.kinds import OTHER, is_audit_name
from tracetui.events.prototypes import Prototype, kernel_prototypes, prototype

_C_TYPES = {
    "int": ParameterType.INT32,
    "long": ParameterType.INT64,
    "str": ParameterType.STRING,
    "strs": ParameterType.SLICE,
}
"""Types of arguments as C has them, beside pointers."""


@dataclass(frozen=True, slots=True)
class ArgumentFact:
    """One argument of a system call."""

    name: str
    type: ParameterType
    meaning: str
    code: str = ""
    """What its number stands for, as :mod:`tracetui.events.decode` calls it, where the name alone tells."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """What all events of one name have in common."""

    name: str
    category: str = OTHER
    description: str = ""
    arguments: tuple[ArgumentFact, ...] = ()
    """In order; empty where the kind has none or nothing is known of them."""
    numbers: ParameterType = ParameterType.HEX
    """What a number is where a text was expected, or nothing is known: an address or flags, or a count."""

    def argument(self, index: int, name: str) -> ArgumentFact:
        """What is known of an argument by its position, or by its name where that is another one.

        ``name`` is empty where the trace does not tell it.
        """
        known = self.arguments[index] if index < len(self.arguments) else None
        if known is not None and name in ("", known.name):
            return known
        found = argument_fact(name or f"arg{index}")
        return found if found.meaning else replace(found, type=self.numbers)


def kind_of(record: Record) -> EventKind:
    """The kind of any record: known, reflected, or of an unknown type."""
    if (told := _told_kind(record.extras.get(KEVENT, {}))) is not None:
        return told
    if not isinstance(record.event, Syscall):
        return type_kind(record.type)
    name = record.name or ""
    if is_audit(record):
        return audit_kind(name)
    return syscall_kind(common_name(name))


def _told_kind(kevent: Mapping[str, object]) -> EventKind | None:
    """What Fibratus tells of the kind of an event; ``None`` for an event of another source."""
    name, category, description = (kevent.get(column) for column in ("name", "category", "description"))
    if not isinstance(name, str):
        return None
    said = description if isinstance(description, str) else ""
    return EventKind(name, category if isinstance(category, str) else OTHER, said)


def is_audit(record: Record) -> bool:
    """Whether a stored call is an audit event of Python."""
    return is_audit_name(record.name or "", has_result=record.retno is not None)


@lru_cache(maxsize=4096)
def syscall_kind(name: str) -> EventKind:
    """The kind of a system call, by the kernel's name without ``sys_``."""
    known = syscalls().get(name)
    return EventKind(name) if known is None else known


@lru_cache(maxsize=4096)
def audit_kind(name: str) -> EventKind:
    """The kind of an audit event of Python."""
    arguments = _audit_arguments(audit_event(name))
    return EventKind(name, *kinds.audit_kind(name), arguments, ParameterType.INT64)


@lru_cache(maxsize=1024)
def type_kind(name: str) -> EventKind:
    """The kind of a type of events that has a table of its own."""
    known = types().get(name)
    return EventKind(name) if known is None else known


@lru_cache(maxsize=1)
def syscalls() -> Mapping[str, EventKind]:
    """All system calls of Linux, by the kernel's name without ``sys_``."""
    known = {}
    for name, said in kinds.syscall_kinds().items():
        arguments = _prototype(name).arguments or ()
        facts = tuple(argument_fact(argument.name, argument.kind) for argument in arguments)
        known[name] = EventKind(name, *said, facts)
    return known


def _prototype(name: str) -> Prototype:
    """The prototype of a call by any of its names; that of ``futex`` for ``futex_time32``."""
    found = kernel_prototypes().get(name) or prototype(name)
    return found if found.arguments is not None else prototype(_WIDTH.sub("", name))


_WIDTH = re.compile(r"(?:_time32|_time64|16|32|64)\Z")
"""What follows the name of a call whose arguments are the same in another width."""


@lru_cache(maxsize=1)
def types() -> Mapping[str, EventKind]:
    """Types of events that have a table of their own, by name."""
    return {name: EventKind(name, *said) for name, said in kinds.type_kinds().items()}


@lru_cache(maxsize=1024)
def argument_fact(name: str, kind: str = "") -> ArgumentFact:
    """What is known of an argument by its name in the kernel's prototype and its type in C."""
    in_c = _C_TYPES.get(kind, ParameterType.ADDRESS if kind.startswith("*") else ParameterType.HEX)
    expected, meaning = _arguments().get(name, (in_c, ""))
    points = kind.startswith("*") or in_c in (ParameterType.STRING, ParameterType.SLICE)
    if points and expected is not ParameterType.PATH:
        expected = in_c  # ``type`` is a number for socket and a text for mount
    return ArgumentFact(name, expected, meaning)


@lru_cache(maxsize=1)
def _arguments() -> Mapping[str, tuple[ParameterType, str]]:
    table = Path(__file__).with_name("arguments.tsv")
    return {name: (ParameterType(type_), meaning) for name, type_, meaning in kinds.rows(table)}


def _audit_arguments(event: AuditEvent) -> tuple[ArgumentFact, ...]:
    is_socket = event.name.startswith("socket.")
    return tuple(_audit_argument(name, is_socket) for name in event.arguments)


@lru_cache(maxsize=1024)
def _audit_argument(name: str, is_socket: bool) -> ArgumentFact:
    if name == "type" and is_socket:
        return ArgumentFact(name, ParameterType.ENUM, "", "socktype")
    expected, code = _AUDIT_NUMBERS.get(name, (ParameterType.STRING, ""))
    return ArgumentFact(name, ParameterType.PATH if name in _AUDIT_PATHS else expected, "", code)


_AUDIT_PATHS = frozenset(
    "path filename file_name src dst src_path dst_path cwd root_dir base_dir extract_dir pathname top "
    "fullpath database executable script_path root".split()
)
"""Arguments of audit events that are paths where they are texts."""

_AUDIT_NUMBERS = {
    "fd": (ParameterType.FD, ""),
    "fileno": (ParameterType.FD, ""),
    "dir_fd": (ParameterType.FD, ""),
    "src_dir_fd": (ParameterType.FD, ""),
    "dst_dir_fd": (ParameterType.FD, ""),
    "pid": (ParameterType.PID, ""),
    "process_id": (ParameterType.PID, ""),
    "pgid": (ParameterType.PID, ""),
    "port": (ParameterType.PORT, ""),
    "sig": (ParameterType.ENUM, "signal"),
    "signalnum": (ParameterType.ENUM, "signal"),
    "family": (ParameterType.ENUM, "family"),
    "resource": (ParameterType.ENUM, "rlimit"),
    "mode": (ParameterType.FLAGS, "mode"),
    "flags": (ParameterType.FLAGS, ""),
}
"""Arguments of audit events that stand for something where they are numbers."""
