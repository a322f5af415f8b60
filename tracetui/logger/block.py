"""Many events at once: rows that are tuples already, for importers that know them all before they write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.events import Context, Event
from tracetui.logger.batch import Beside
from tracetui.logger.tables import EVENT, EVENT_COLUMNS, ClassWriter, Row, insert_statement

BlockCall = tuple[type[Any], Row, Row | None, Beside | None]
"""Arguments of ``DB.add_event``."""


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
                yield from ((cls, dict(zip(part.columns, row, strict=True)), None, None) for row in part.rows)
                continue
            for position, *values in part.rows:
                row = dict(zip(part.columns[1:], values, strict=True))
                if issubclass(cls, Event):
                    classes[position] = cls
                    rows[position].update(row)
                elif cls is Context:
                    contexts[position] = row
                else:
                    besides.setdefault(position, {})[cls] = row
        for position, row in rows.items():
            yield classes.get(position, Event), row, contexts.get(position), besides.get(position)


def insert_block(
    connection: sqlite3.Connection, block: Block, writers: Callable[[type[Any]], ClassWriter]
) -> None:
    """Insert everything above the highest id. Raises what SQLite raises, with rows half inserted."""
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0]
    if block.events:
        columns = ("id", *EVENT_COLUMNS[1:])
        connection.executemany(insert_statement(EVENT, columns, first), block.events)
    for cls, part in block.tables.items():
        if not part.rows:
            continue
        own = writers(cls).tables[-1].table
        connection.executemany(insert_statement(own, part.columns, first), part.rows)
