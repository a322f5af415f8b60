"""Many events at once: rows that are tuples already, for importers that know them all before they write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from tracetui.logger.batch import Beside
from tracetui.logger.tables import CONTEXT, EVENT_COLUMNS, Row, insert_statement

BlockCall = tuple[type[Any], Row, Row | None, Beside | None]
"""Arguments of ``DB.add_event``."""

_TOGETHER = 32
"""Rows that one statement inserts; more hardly saves anything."""


class BlockRows:
    """Rows of one table. Where the first column is ``id``, it holds the position of an event in the block."""

    def __init__(self, columns: tuple[str, ...], of_all: bool = False) -> None:
        self.columns = columns
        self.of_all = of_all
        """Without ``id``: the first row belongs to the first event, and so on to the last."""
        self.rows: list[Sequence[Any]] = []


class Block:
    """Events and rows that go into a trace together, in one transaction.

    Every event has a row in :attr:`events` (type, procname, proc_id) and, where its type has a table, one in
    that, with its position in :attr:`events`, from 0 on. Ids follow the positions. Tables are those of
    tracetui's own models, by name: importing the models takes longer than writing what a small file holds.
    """

    def __init__(self) -> None:
        self.events: list[Sequence[Any]] = []
        self.tables: dict[str, BlockRows] = {}

    def rows_of(self, table: str, columns: tuple[str, ...]) -> list[Sequence[Any]]:
        """Where to append rows of a table; always with the same columns."""
        part = self.tables.get(table)
        if part is None:
            part = self.tables[table] = BlockRows(columns)
        return part.rows

    def rows_of_all(self, table: str, columns: tuple[str, ...]) -> list[Sequence[Any]]:
        """Where to append a row for each event, in their order and without ``id``: quicker to write."""
        part = self.tables.get(table)
        if part is None:
            part = self.tables[table] = BlockRows(columns, of_all=True)
        return part.rows

    def calls(self) -> Iterator[BlockCall]:
        """The same as calls of ``DB.add_event``, row by row: slower, and apart where one of them is bad."""
        from tracetui.events import Event
        from tracetui.events.models import model

        classes: dict[int, type[Any]] = {}
        rows: dict[int, Row] = {
            position: {"type": kind, "procname": procname, "proc_id": pid}
            for position, (kind, procname, pid) in enumerate(self.events)
        }
        contexts: dict[int, Row] = {}
        besides: dict[int, dict[type[Any], Row]] = {}
        for table, part in self.tables.items():
            cls = model(table)
            columns, numbered = part.columns, part.rows
            if part.of_all:
                columns, numbered = ("id", *columns), [(i, *row) for i, row in enumerate(part.rows)]
            if columns[0] != "id":
                yield from ((cls, _row(columns, row), None, None) for row in numbered)
                continue
            for position, *values in numbered:
                row = _row(columns[1:], values)
                if issubclass(cls, Event):
                    classes[position] = cls
                    rows[position].update(row)
                elif table == CONTEXT.name:
                    contexts[position] = row
                else:
                    besides.setdefault(position, {})[cls] = row
        for position, row in rows.items():
            yield classes.get(position, Event), row, contexts.get(position), besides.get(position)


def _row(columns: Sequence[str], values: Sequence[Any]) -> Row:
    """Values by column; only NaN is not equal to itself."""
    pairs = zip(columns, values, strict=True)
    return {column: value if value == value else None for column, value in pairs}  # noqa: PLR0124


def insert_block(connection: sqlite3.Connection, block: Block) -> None:
    """Insert everything above the highest id. Raises what SQLite raises, with rows half inserted."""
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0]
    _insert_of_all(connection, "event", EVENT_COLUMNS[1:], block.events, first)
    for table, part in block.tables.items():
        if part.rows:
            insert = _insert_of_all if part.of_all else _insert
            insert(connection, table, part.columns, part.rows, first)


def _insert_of_all(
    connection: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    rows: list[Sequence[Any]],
    first_id: int,
) -> None:
    """Insert a row for each id from the first on: SQLite gives the one after the highest by itself.

    Raises ``sqlite3.IntegrityError`` where the table has rows of events that are not there.
    """
    if rows:
        _insert(connection, table, ("id", *columns), [(0, *rows[0])], first_id)
        _insert(connection, table, columns, rows[1:], first_id)
        if connection.execute("SELECT last_insert_rowid()").fetchone()[0] != first_id + len(rows) - 1:
            raise sqlite3.IntegrityError(f"{table} has rows of ids from {first_id} on")


def _insert(
    connection: sqlite3.Connection,
    table: str,
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
