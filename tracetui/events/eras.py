"""Which version of which logger wrote a trace, and what that means for its values.

Facts about Penguin's releases: tables and value formats changed at v1.1.4, v2.0.0, v2.0.17, v2.2.52 and
v3.1.4; nothing in the file says which, so it is told from the tables and a few rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_PID = 1 << 22
"""Linux gives no process id above this (PID_MAX_LIMIT on 64-bit kernels)."""

RECORDED_ID = int.from_bytes(b"ttui", "big")
"""SQLite's ``application_id`` of a part of a recorded trace that may have none of its times."""

PROCESS_TABLES = frozenset({"proc_start", "proc_exit"})


class Era(Enum):
    """Origin of a trace; the value is the name used in output and on the command line."""

    V1 = "v1"
    V2A = "v2a"
    V2B = "v2b"
    V3A = "v3a"
    V3B = "v3b"
    RECORDED = "recorded"

    @property
    def title(self) -> str:
        """One line for people: the releases, and what is special."""
        return _TITLES[self]

    @property
    def is_penguin(self) -> bool:
        """Whether Penguin's own loggers wrote it (their entry-logged calls have no result)."""
        return self is not Era.RECORDED


_TITLES = {
    Era.V1: "Penguin v1 (v1.1.4 to v1.4): create times instead of pids, text buffers",
    Era.V2A: "Penguin v2 (v2.0.0 to v2.0.16): no pids, text buffers, NULL for result 0",
    Era.V2B: "Penguin v2 (v2.0.17 to v2.2.51): no pids, NULL for result 0",
    Era.V3A: "Penguin v2.2.52 to v3.1.3: ids by type inside a flush, no process table",
    Era.V3B: "Penguin v3.1.4 or later: with process starts and exits",
    Era.RECORDED: "tracetui: with times, pids and results",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the eras are told apart by; each fact may be unknown (``None``) in a small trace."""

    tables: frozenset[str]
    has_context_rows: bool = False
    is_part_of_recorded: bool = False
    """Whether the file is marked with :data:`RECORDED_ID`."""
    buffer_is_text: bool | None = None
    """Whether ``read.buffer`` is declared VARCHAR (before v2.0.17)."""
    has_create_times: bool | None = None
    """Whether some ``event.proc_id`` is too large for a pid (v1)."""
    unused_argument_is_null: bool | None = None
    """Whether unused arguments are NULL (before v2.2.52) or an empty string."""
    arguments_are_named: bool | None = None
    """Whether arguments read ``name=value`` (since v2.0.0)."""


def detect(evidence: Evidence) -> Era:
    """The era that the evidence speaks for; the newest possible one where it says nothing."""
    if evidence.has_context_rows or evidence.is_part_of_recorded:
        return Era.RECORDED
    if evidence.tables >= PROCESS_TABLES:
        return Era.V3B
    if evidence.buffer_is_text:
        old_style = evidence.has_create_times or evidence.arguments_are_named is False
        return Era.V1 if old_style else Era.V2A
    return Era.V2B if evidence.unused_argument_is_null else Era.V3A
