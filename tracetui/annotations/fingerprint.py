"""What a trace is known again by: its first events, and the last ones that were there when it was annotated.

A trace only grows at its end, so both stay as they are; copied or moved, it is still the same. Another run
that takes its place has other events there: addresses and times differ, if not the order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from tracetui.trace import Trace

WINDOW = 64
"""Ids looked at from the first one on, and as many up to the last one."""

_SYSCALL = ("name", "retno", *(f"arg{n}" for n in range(6)), *(f"arg{n}_repr" for n in range(6)))
_COLUMNS: dict[str, tuple[str, ...]] = {
    "event": ("type", "procname", "proc_id"),
    "syscall": _SYSCALL,
    "read": ("fd", "fname"),
    "write": ("fd", "fname"),
    "exec": ("argv", "calltree"),
    "proc_start": ("pid", "ppid", "create_time"),
    "proc_exit": ("pid", "create_time", "code"),
    "context": ("ts", "tid"),
}
"""What is looked at. Nothing may be added, or no trace would be known again."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of one trace at one moment; see :class:`tracetui.annotations.models.AnnotatedTrace`."""

    first_id: int
    counted_to: int
    """Last id of those that ``beginning`` is of."""
    beginning: str
    last_id: int
    ending: str


class Recogniser:
    """Compares fingerprints with one open trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._digests: dict[tuple[int, int], str] = {}

    def fingerprint(self) -> Fingerprint | None:
        """That of the trace now; ``None`` while it has no event. Raises :class:`TraceError`."""
        bounds = self.trace.bounds()
        if bounds is None:
            return None
        first, last = bounds
        counted_to = min(first + WINDOW - 1, last)
        return Fingerprint(
            first, counted_to, self._digest(first, counted_to), last, self._ending(first, last)
        )

    def is_of_trace(self, known: Fingerprint) -> bool:
        """Whether ``known`` is of the trace, now or at an earlier moment. Raises :class:`TraceError`."""
        bounds = self.trace.bounds()
        if bounds is None or bounds[0] != known.first_id or bounds[1] < known.last_id:
            return False
        return (
            self._digest(known.first_id, known.counted_to) == known.beginning
            and self._ending(known.first_id, known.last_id) == known.ending
        )

    def _ending(self, first: int, last: int) -> str:
        return self._digest(max(first, last - WINDOW + 1), last)

    def _digest(self, low: int, high: int) -> str:
        """A checksum of the events of these ids, which do not change any more."""
        if (low, high) not in self._digests:
            checksum = hashlib.sha256()
            for name, columns in _COLUMNS.items():
                for row in self._rows(name, columns, low, high):
                    # ascii: what repr leaves as it is depends on the version of Unicode.
                    checksum.update(ascii((name, *row)).encode())
            self._digests[low, high] = checksum.hexdigest()
        return self._digests[low, high]

    def _rows(self, name: str, columns: tuple[str, ...], low: int, high: int) -> list[tuple[object, ...]]:
        table = self.trace.schema.tables.get(name)
        if table is None or not 0 <= high - low < WINDOW:
            return []
        looked_at = [table.c[column] for column in columns if column in table.c]
        within = table.c.id.between(bindparam("low"), bindparam("high"))
        statement = select(table.c.id, *looked_at).where(within).order_by(table.c.id)
        chunks = self.trace.rows(statement, name, start=low, stop=high, plain=True)
        return [row for _, _, rows in chunks for row in rows]
