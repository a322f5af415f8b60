"""Many events at once: rows that are tuples already, for importers that know them all before they write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Table

from tracetui.events import Context, Event
from tracetui.logger.batch import Beside
from tracetui.logger.tables import EVENT, EVENT_COLUMNS, ClassWriter, Row, insert_statement

BlockCall = tuple[type[Any], Row, Row | None, Beside | None]
"""Arguments of ``DB.add_event``."""

NULL = float("nan")
"""In place of ``None`` in a row: SQLite stores NaN as NULL, and ``sqlite3`` takes it ten times as fast."""

_TOGETHER = 16
"""Rows that one statement inserts; more hardly saves anything."""


@dataclass(slots=True)
class BlockRows:
    """Rows of one table. Where the first column is ``id``, it holds the position of an event in the block."""

    columns: tuple[str, ...]
    rows: list[Sequence[Any]] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """Events and rows that go into a trace together, in one transaction.

    Every event has a row in :attr:`events` (position, type, procname, proc_id) and, if its class is not
    ``Event`` itself, one in the table of that. Positions count from 0; ids follow them.
    """

    events: list[Sequence[Any]] = field(default_factory=list)
    tables: dict[type[Any], BlockRows] = field(default_factory=dict)

    def rows_of(self, cls: type[Any], columns: tuple[str, ...]) -> list[Sequence[Any]]:
        """Where to append rows of a mapped class; always with the same columns."""
        part = self.tables.get(cls)
        if part is None:
            part = self.tables[cls] = BlockRows(columns)
        return part.rows

    def calls(self) -> Iterator[BlockCall]:
        """The same as calls of ``DB.add_event``, row by row: slower, and apart where one of them is bad."""
        classes: dict[int, type[Any]] = {}
        rows: dict[int, Row] = {
            position: {"type": kind, "procname": procname, "proc_id": pid}
            for position, kind, procname, pid in self.events
        }
        contexts: dict[int, Row] = {}
        besides: dict[int, dict[type[Any], Row]] = {}
        for cls, part in self.tables.items():
            if part.columns[0] != "id":
                yield from ((cls, _row(part.columns, row), None, None) for row in part.rows)
                continue
            for position, *values in part.rows:
                row = _row(part.columns[1:], values)
                if issubclass(cls, Event):
                    classes[position] = cls
                    rows[position].update(row)
                elif cls is Context:
                    contexts[position] = row
                else:
                    besides.setdefault(position, {})[cls] = row
        for position, row in rows.items():
            yield classes.get(position, Event), row, contexts.get(position), besides.get(position)


def _row(columns: Sequence[str], values: Sequence[Any]) -> Row:
    """Values by column; only NaN is not equal to itself."""
    pairs = zip(columns, values, strict=True)
    return {column: value if value == value else None for column, value in pairs}  # noqa: PLR0124


def insert_block(
    connection: sqlite3.Connection, block: Block, writers: Callable[[type[Any]], ClassWriter]
) -> None:
    """Insert everything above the highest id. Raises what SQLite raises, with rows half inserted."""
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0]
    _insert(connection, EVENT, ("id", *EVENT_COLUMNS[1:]), block.events, first)
    for cls, part in block.tables.items():
        if part.rows:
            _insert(connection, writers(cls).tables[-1].table, part.columns, part.rows, first)


def _insert(
    connection: sqlite3.Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: list[Sequence[Any]],
    first_id: int,
) -> None:
    """Insert rows, several by one statement: more than half of what a row costs is the statement."""
    full = len(rows) // _TOGETHER * _TOGETHER
    values = chain.from_iterable(rows[:full])
    together = zip(*[values] * (_TOGETHER * len(columns)), strict=True)
    connection.executemany(insert_statement(table, columns, first_id, _TOGETHER), together)
    connection.executemany(insert_statement(table, columns, first_id), rows[full:])
