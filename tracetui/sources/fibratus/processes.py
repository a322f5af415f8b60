"""States of processes: each written once, however many events refer to it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from tracetui.events.kevent_tables import KEVENT_HANDLE, KEVENT_PROCESS
from tracetui.sources.compact_json import to_json
from tracetui.sources.fibratus.json_records import Values

STARTS = frozenset({"CreateProcess", "EnumProcess", "ProcessRundown"})
"""Events after which a process is known to run."""

_REMEMBERED = 100_000
"""States whose number is remembered; one that comes again after so many others is written again."""

_PLACED = {
    "pid": int,
    "ppid": int,
    "name": str,
    "comm": str,
    "exe": str,
    "cwd": str,
    "sid": str,
    "args": list,
    "sessionid": int,
    "parent": dict,
    "envs": dict,
    "threads": list,
    "modules": list,
    "handles": list,
    "pe": dict,
}
"""Members that have a column, and the type that they must be of."""

_RENAMED = {"cmdline": "comm", "session": "sessionid", "images": "modules"}
"""Members that other versions of Fibratus call otherwise."""

_MAX = (1 << 63) - 1

AddRow = Callable[[str, Values], object]
"""Takes a row of a table that has no events."""


class States:
    """Writes each state of a process; ``first`` is the number of the first."""

    def __init__(self, first: int, add: AddRow) -> None:
        self._next = first
        self._add = add
        self._numbers: dict[bytes, int] = {}

    def number(self, state: Values) -> int:
        """The number of a state, which is written where it is new."""
        key = blake2b(to_json(state).encode("utf-8", "backslashreplace"), digest_size=16).digest()
        number = self._numbers.get(key)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
            number = self._numbers[key] = self._next
            self._next += 1
            self._add(KEVENT_PROCESS, {"number": number, **_columns(state)})
        return number

    def take_handle(self, handle: Values) -> None:
        """Write a handle that was open at the start."""
        row = {name: handle.pop(member) for name, member in _HANDLE.items() if _is_storable(handle[member])}
        extra = to_json(handle) if handle else None
        self._add(KEVENT_HANDLE, {**dict.fromkeys(_HANDLE), "number": self._next, **row, "extra": extra})
        self._next += 1


_HANDLE = {"pid": "pid", "type": "type", "name": "name", "handle_id": "id", "object": "object"}
"""Column to member of a handle."""


def _columns(state: Values) -> Values:
    """The columns of a state; what does not fit them is left over as JSON."""
    row: Values = dict.fromkeys(_PLACED)
    extra: Values = {}
    for member, value in state.items():
        name = _RENAMED.get(member, member)
        if name in row and row[name] is None and fits(value, _PLACED[name]):
            row[name] = to_json(value) if isinstance(value, list | dict) else value
        else:
            extra[member] = value
    row["extra"] = to_json(extra) if extra else None
    return row


def _is_storable(value: object) -> bool:
    return fits(value, str) or fits(value, int)


def fits(value: object, kind: type) -> bool:
    """Whether a member is of a type, and of a size that can be stored."""
    if value.__class__ is not kind:  # what JSON gives has no subclasses, and true is no number
        return False
    return kind is not int or -_MAX - 1 <= value <= _MAX  # type: ignore[operator]
