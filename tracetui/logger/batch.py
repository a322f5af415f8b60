"""One flush: rows grouped per class and inserted in one transaction; bad rows are found and left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tracetui.logger.tables import CONTEXT, ClassWriter, Row

DATA_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)
"""Errors that a row causes; all others come from the file and pass."""

UNNAMED = "[?]"
"""Penguin's ``procname`` where the caller gave none."""

_NO_CONTEXT = dict.fromkeys(CONTEXT.columns)

Writers = Callable[[type[Any]], ClassWriter]
Context = dict[str, Any]
Beside = Mapping[type[Any], Row]
"""Rows of other tables that share an event's id, by mapped class."""


class Queue:
    """Calls of ``add_event`` as parallel lists: a tuple per call would cost a garbage collection."""

    def __init__(self) -> None:
        self.classes: list[type[Any]] = []
        self.rows: list[Row] = []
        self.contexts: list[Context | None] = []
        self.besides: list[Beside | None] = []

    def __len__(self) -> int:
        return len(self.contexts)

    def __iter__(self) -> Iterator[tuple[type[Any], Row, Context | None, Beside | None]]:
        return zip(self.classes, self.rows, self.contexts, self.besides, strict=True)

    def append(self, cls: type[Any], row: Row, context: Context | None, beside: Beside | None) -> None:
        """Add one call."""
        self.classes.append(cls)
        self.rows.append(row)
        self.contexts.append(context)
        self.besides.append(beside)

    def extend(self, other: Queue) -> None:
        """Add the calls of another queue."""
        self.classes += other.classes
        self.rows += other.rows
        self.contexts += other.contexts
        self.besides += other.besides

    def without(self, indexes: Iterable[int]) -> Queue:
        """A queue without some of the calls."""
        left_out, kept = set(indexes), Queue()
        for index, call in enumerate(self):
            if index not in left_out:
                kept.append(*call)
        return kept


class Rejected(NamedTuple):
    """A row that the database would not take, and why."""

    cls: type[Any]
    row: Row
    reason: str


def insert_all(
    connection: sqlite3.Connection, queue: Queue, writers: Writers, *, by_type: bool, thorough: bool = False
) -> None:
    """Insert everything above the highest id. Raises what SQLite raises, with rows half inserted.

    ``by_type`` gives each class one block of ids, the class seen first first, as Penguin does; otherwise ids
    follow the order of the queue. ``thorough`` repairs every value that can be repaired.
    """
    groups: dict[type[Any], list[Row]] = {}
    for cls, row in zip(queue.classes, queue.rows, strict=True):
        group = groups.get(cls)
        if group is None:
            group = groups[cls] = []
        group.append(row)
    # Asked each time, under the lock: another process may log to the same file.
    next_id = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0]
    events = {cls for cls in groups if writers(cls).is_event}
    if by_type:
        for cls, rows in groups.items():
            if cls in events:
                next_id = _number(rows, next_id)
    else:
        classes_and_rows = zip(queue.classes, queue.rows, strict=True)
        _number((row for cls, row in classes_and_rows if cls in events), next_id)
    for cls, rows in groups.items():
        for table in writers(cls).tables:
            connection.executemany(table.insert, table.values(rows, thorough))
    _insert_contexts(connection, queue, events, thorough)
    _insert_beside(connection, queue, writers, thorough)


def _number(rows: Iterable[Row], next_id: int) -> int:
    """Give events their id and Penguin's defaults; returns the next free id."""
    event_id = next_id - 1
    for event_id, row in enumerate(rows, next_id):
        row["id"] = event_id
        if "procname" not in row:
            row["procname"] = UNNAMED
        if not row.get("proc_id"):
            row["proc_id"] = 0
    return event_id + 1


def _insert_contexts(
    connection: sqlite3.Connection, queue: Queue, events: Collection[type[Any]], thorough: bool
) -> None:
    contexts = [
        {**_NO_CONTEXT, **context, "id": row["id"]}
        for cls, row, context, _ in queue
        if context is not None and cls in events
    ]
    if contexts:
        connection.executemany(CONTEXT.insert, CONTEXT.values(contexts, thorough))


def _insert_beside(connection: sqlite3.Connection, queue: Queue, writers: Writers, thorough: bool) -> None:
    groups: dict[type[Any], list[Row]] = {}
    for row, beside in zip(queue.rows, queue.besides, strict=True):
        if beside is not None:
            for cls, more in beside.items():
                more["id"] = row["id"]
                groups.setdefault(cls, []).append(more)
    for cls, rows in groups.items():
        for table in writers(cls).tables:
            connection.executemany(table.insert, table.values(rows, thorough))


def find_bad(connection: sqlite3.Connection, queue: Queue, writers: Writers) -> dict[int, str]:
    """Index and reason of each call that the database will not take, found by inserting one by one."""
    bad: dict[int, str] = {}
    for index, (cls, row, context, beside) in enumerate(queue):
        connection.execute("SAVEPOINT attempt")
        try:
            single = Queue()
            single.append(cls, row, context, beside)
            insert_all(connection, single, writers, by_type=True, thorough=True)
        except DATA_ERRORS as error:
            bad[index] = f"{type(error).__name__}: {error}"
            connection.execute("ROLLBACK TO attempt")
        connection.execute("RELEASE attempt")
    return bad
