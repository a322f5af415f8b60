"""Replay: write a trace once more, at the pace at which it came about.

Every table is copied as it is, with its ids, also those that nobody knows. Pace comes from the times that
tracetui's recorders keep in ``context``; a trace of Penguin's has none and is written at once.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tracetui.trace.connection import connect
from tracetui.trace.faults import reading

FLUSH_SECONDS = 0.5
"""How often a replay commits, as a live recording does."""

LONGEST_GAP = 2.0
"""Seconds of silence in the trace that a replay keeps; longer ones are shortened to this."""

_CHUNK = 20_000
_BUSY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """What is written in one commit."""

    due: float
    """Seconds of the trace's own time after its beginning, long gaps shortened."""
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay has written."""

    events: int
    seconds: float
    timed: bool
    """Had the trace times to keep to?"""
    left_out: tuple[str, ...]
    """Views, triggers and virtual tables, which are not copied."""


def replay(
    source: Path, target: Path, *, speed: float = 1.0, stop: threading.Event | None = None
) -> Replayed:
    """Write all of ``source`` to the new file ``target``, ``speed`` times as fast as it was recorded.

    With ``speed`` 0 nothing is waited for. ``stop`` ends a replay early. Raises
    :class:`tracetui.trace.TraceError` where ``source`` cannot be read.
    """
    stop = stop or threading.Event()
    with closing(connect(source)) as reader, reading(source):
        tables = _Tables(reader)
        steps = plan(reader, FLUSH_SECONDS * (speed or 1.0), timed=tables.has_times)
        with closing(
            sqlite3.connect(target, timeout=_BUSY_SECONDS, isolation_level=None, uri=True)
        ) as writer:
            uri = f"file:{quote(str(source.absolute()))}?mode=ro"
            writer.execute("ATTACH DATABASE ? AS source", (uri,))
            started = time.monotonic()
            tables.create(writer)
            for step in steps:
                pause = started + step.due / speed - time.monotonic() if speed else 0.0
                if stop.wait(max(pause, 0.0)):
                    break
                tables.copy_events(writer, step)
            else:
                tables.copy_rest(writer)
            events = writer.execute("SELECT count(*) FROM main.event").fetchone()[0]
    return Replayed(events, time.monotonic() - started, tables.has_times, tuple(tables.left_out))


def plan(reader: sqlite3.Connection, interval: float, *, timed: bool) -> Iterator[Step]:
    """The commits of a replay, each with what happened in ``interval`` seconds.

    Ids are in the order in which calls returned and times are those of their beginning, so that time may seem
    to go back; then it stands still.
    """
    first: int | None = None
    last = latest = 0
    elapsed = due = 0.0
    for event_id, ts in _times(reader, timed):
        if ts is not None:
            if latest and ts > latest:
                elapsed += min((ts - latest) / 1e9, LONGEST_GAP)
            latest = max(latest, ts)
        if first is not None and (elapsed >= due + interval or event_id - first >= _CHUNK):
            yield Step(elapsed, first, last)
            first, due = None, elapsed
        first = event_id if first is None else first
        last = event_id
    if first is not None:
        yield Step(elapsed, first, last)


def _times(reader: sqlite3.Connection, timed: bool) -> Iterator[tuple[int, int | None]]:
    """(id, time or None) of all events, in chunks that hold no lock in between."""
    columns = "event.id, context.ts" if timed else "event.id, NULL"
    join = "LEFT JOIN context USING (id)" if timed else ""
    query = f"SELECT {columns} FROM event {join} WHERE event.id > ? ORDER BY event.id LIMIT ?"  # noqa: S608
    last = -(1 << 63)
    while rows := reader.execute(query, (last, _CHUNK)).fetchall():
        for event_id, ts in rows:
            yield event_id, ts if isinstance(ts, int) else None
        last = rows[-1][0]


class _Tables:
    """The tables of a trace, and how each is copied."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self.left_out: list[str] = []
        self._schema: list[str] = []
        self._by_event: list[str] = []
        self._other: list[str] = []
        for kind, name, sql in reader.execute("SELECT type, name, sql FROM sqlite_master ORDER BY rowid"):
            if sql is None or name.startswith("sqlite_"):
                continue
            if not sql.startswith(("CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX")):
                self.left_out.append(f"{kind} {name}")
                continue
            self._schema.append(sql)
            if kind == "table":
                columns = {row[1] for row in reader.execute(f"PRAGMA table_info({_quoted(name)})")}
                (self._by_event if "id" in columns else self._other).append(name)
        self.has_times = "context" in self._by_event

    def create(self, writer: sqlite3.Connection) -> None:
        """Make all tables and indexes, empty."""
        writer.execute("BEGIN IMMEDIATE")
        for sql in self._schema:
            writer.execute(sql)
        writer.execute("COMMIT")

    def copy_events(self, writer: sqlite3.Connection, step: Step) -> None:
        """Copy what belongs to the events of one step."""
        writer.execute("BEGIN IMMEDIATE")
        for name in self._by_event:
            table = _quoted(name)
            writer.execute(
                f"INSERT INTO main.{table} SELECT * FROM source.{table} WHERE id BETWEEN ? AND ?",  # noqa: S608
                (step.first_id, step.last_id),
            )
        writer.execute("COMMIT")

    def copy_rest(self, writer: sqlite3.Connection) -> None:
        """Copy what belongs to no event."""
        writer.execute("BEGIN IMMEDIATE")
        for name in self._other:
            table = _quoted(name)
            writer.execute(f"INSERT INTO main.{table} SELECT * FROM source.{table}")  # noqa: S608
        for name in self._by_event:
            table = _quoted(name)
            writer.execute(
                f"INSERT INTO main.{table} SELECT * FROM source.{table} "  # noqa: S608
                f"WHERE id IS NULL OR id NOT IN (SELECT id FROM main.{table} WHERE id IS NOT NULL)"
            )
        writer.execute("COMMIT")


def _quoted(name: str) -> str:
    """A name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
