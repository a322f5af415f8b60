"""States of processes as Fibratus tells them, event by event."""

from __future__ import annotations

from collections.abc import Callable

from tracetui.canonical.kevents import is_kevent, loaded
from tracetui.canonical.state import ProcessState
from tracetui.events import Record

_FACTS = ("sid", "sessionid")
_NAMELESS = frozenset({"", "[?]"})
_LISTS = ("threads", "modules", "handles", "pe")


class ToldStates:
    """Gives an event the state that it refers to, and other events what ``others`` knows.

    In a trace without any states (``stateless``), that is what starts of processes tell.
    """

    def __init__(self, others: Callable[[Record], ProcessState | None], *, stateless: bool = False) -> None:
        self._others = others
        self._stateless = stateless

    def of(self, record: Record) -> ProcessState | None:
        """The state of a record's process; ``None`` where none was told."""
        if not is_kevent(record):
            return self._others(record)
        if record.linked:
            return _state(record)
        known = self._others(record) if self._stateless else None
        return None if known is None or known.name in _NAMELESS else known


def _state(record: Record) -> ProcessState:
    row = record.linked
    pid, ppid = row.get("pid"), row.get("ppid")
    name, comm, exe, cwd = (_text(row.get(column)) for column in ("name", "comm", "exe", "cwd"))
    args, envs = loaded(row.get("args")), loaded(row.get("envs"))
    facts = {column: row[column] for column in _FACTS if row.get(column) is not None}
    facts |= {column: known for column in _LISTS if (known := loaded(row.get(column))) is not None}
    return ProcessState(
        pid=pid if isinstance(pid, int) else None,
        ppid=ppid if isinstance(ppid, int) else None,
        name=name or "",
        exe=exe or "",
        argv=(exe or name or "", *map(str, args)) if isinstance(args, list) else (),
        command=comm,
        cwd=cwd,
        env={str(key): str(value) for key, value in envs.items()} if isinstance(envs, dict) else None,
        facts=facts,
        parent=_parent(row.get("parent"), ppid),
    )


def _parent(stored: object, pid: object) -> ProcessState | None:
    """What a state tells of the process's parent."""
    members = loaded(stored)
    if not isinstance(members, dict):
        return None
    name, exe, cwd = (_text(members.get(member)) for member in ("name", "exe", "cwd"))
    return ProcessState(
        pid=pid if isinstance(pid, int) else None,
        ppid=None,
        name=name or "",
        exe=exe or "",
        command=_text(members.get("comm", members.get("cmdline"))),
        cwd=cwd,
        facts={column: members[column] for column in _FACTS if column in members},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
