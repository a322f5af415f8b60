"""What one line of the event list shows, worked out once per event in a reader thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.events.record import Record

CACHED_ROWS = 4_096
TYPE_TAGS = {
    "syscall": "call",
    "read": "read",
    "write": "write",
    "exec": "exec",
    "proc_start": "start",
    "proc_exit": "exit",
    "file_flow": "file",
    "network_flow": "net",
    "network_event": "net",
    "process_flow": "thrds",
    "k8s_event": "k8s",
    "file_event": "file",
    "registry_event": "reg",
    "net_event": "net",
    "image_event": "image",
    "thread_event": "thrd",
    "handle_event": "hndl",
    "process_event": "proc",
}
"""Event types as the narrow type column names them; others are shown as they are."""


@dataclass(slots=True)
class Row:
    """One line; every text is sanitised."""

    id: int
    type: str
    tag: str
    pid: int | None
    process: str
    text: str
    result: str
    failed: bool
    ts: int | None


def make_row(record: Record, text: Callable[[Record], str] | None = None) -> Row:
    """The line for an event, with what happened as ``text`` tells it."""
    from tracetui.events import clean_value, result_text, summarise

    failed = bool(record.failed) or record.signal is not None or bool(record.code)
    return Row(
        id=record.id,
        type=record.type,
        tag=TYPE_TAGS.get(record.type) or clean_value(record.type, 12),
        pid=record.pid,
        process=clean_value(record.procname, 200),
        text=(text or summarise)(record),
        result=result_text(record) or _moved(record),
        failed=failed,
        ts=record.ts,
    )


def _moved(record: Record) -> str:
    """What a flow has read and written, in the place of a result: ``↓89k↑512``."""
    from tracetui.output.plot import short_bytes

    row = record.extras.get(record.type, {})
    sizes = (("↓", row.get("rbytes")), ("↑", row.get("wbytes")))
    return "".join(
        sign + short_bytes(size).removesuffix("B").replace(" ", "")
        for sign, size in sizes
        if isinstance(size, int) and size > 0
    )


class RowCache:
    """Rows by id, shared by the page thread (which fills it) and the screen (which asks)."""

    def __init__(self, request: Callable[[Sequence[int]], None], limit: int = CACHED_ROWS) -> None:
        self._rows: OrderedDict[int, Row | None] = OrderedDict()
        self._limit = limit
        self._request = request
        self._arrived = threading.Condition()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, event_id: int) -> Row | None:
        """The row, or ``None`` while it is not there (or where the id does not exist)."""
        return self._rows.get(event_id)

    def want(self, visible: Sequence[int], wait: float = 0.0) -> None:
        """Ask for the visible rows that are missing, and wait a moment for them.

        A page takes about 3 ms; rows that take longer arrive with a message.
        """
        missing = self._missing(visible)
        if missing:
            self._request(missing)
            with self._arrived:
                self._arrived.wait_for(lambda: all(e in self._rows for e in missing), timeout=wait)

    def lacking(self, around: Sequence[int]) -> Sequence[int]:
        """Rows that will be visible soon and are missing; none where they are few."""
        missing = self._missing(around)
        return missing if len(missing) > len(around) // 4 else ()

    def ask(self, ids: Sequence[int]) -> None:
        """Ask for rows, and wait for none."""
        if ids:
            self._request(ids)

    def _missing(self, ids: Sequence[int]) -> list[int]:
        return [event_id for event_id in ids if event_id not in self._rows]

    def put(self, asked: Iterable[int], rows: Iterable[Row]) -> None:
        """Take in an answer; ids that were asked for and have no row do not exist."""
        with self._arrived:
            for event_id in asked:
                self._rows[event_id] = None
            for row in rows:
                self._rows[row.id] = row
            while len(self._rows) > self._limit:
                self._rows.popitem(last=False)
            self._arrived.notify_all()

    def forget(self) -> None:
        """Drop everything: another trace, or another way to show it."""
        with self._arrived:
            self._rows.clear()
