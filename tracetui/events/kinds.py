"""Category and description of each kind of event: system calls, Python's audit events, types with a table.

``syscalls.tsv``, ``audit_descriptions.tsv`` and ``event_kinds.tsv`` hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tracetui.events.audit_events import audit_event, audit_events
from tracetui.events.families import PREFIX, common_name
from tracetui.events.kevent_tables import KEVENT, PARAMETERS, table_of

OTHER = "other"
"""Category of what nobody knows."""

_SYSCALL = "syscall"
_TOLD = frozenset({KEVENT, *map(table_of, PARAMETERS)})
"""Types of events that tell their category and description themselves."""


class Kind(NamedTuple):
    """What is said of all events of one name."""

    category: str = OTHER
    description: str = ""


@lru_cache(maxsize=1)
def syscall_kinds() -> Mapping[str, Kind]:
    """All system calls of Linux, by the kernel's name without ``sys_``."""
    return {name: Kind(*said) for name, *said in rows(Path(__file__).with_name("syscalls.tsv"))}


@lru_cache(maxsize=1)
def type_kinds() -> Mapping[str, Kind]:
    """Types of events that have a table of their own, by name."""
    return {name: Kind(*said) for name, *said in rows(Path(__file__).with_name("event_kinds.tsv"))}


@lru_cache(maxsize=4096)
def audit_kind(name: str) -> Kind:
    """An audit event of Python."""
    return Kind(audit_event(name).category, _audit_descriptions().get(name, ""))


def is_audit_name(name: str, *, has_result: bool) -> bool:
    """Whether a stored call is an audit event of Python: it has neither the kernel's prefix nor a result."""
    if name.startswith(PREFIX):
        return False
    return "." in name or (name in audit_events() and not has_result)


@lru_cache(maxsize=4096)
def kind_of_stored(type_: str, name: str | None) -> Kind | None:
    """The kind of an event by its type and the stored name of the call.

    ``None`` where the event tells it, and for a call without a name.
    """
    if type_ in _TOLD:
        return None
    if type_ != _SYSCALL:
        return type_kinds().get(type_, Kind())
    if name is None:
        return None
    if is_audit_name(name, has_result=False):
        return audit_kind(name)
    return syscall_kinds().get(common_name(name), Kind())


@lru_cache(maxsize=1)
def _audit_descriptions() -> Mapping[str, str]:
    return dict(rows(Path(__file__).with_name("audit_descriptions.tsv")))


def rows(table: Path) -> list[list[str]]:
    """The rows of a table of facts, without comments and heading."""
    lines = table.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")][1:]
