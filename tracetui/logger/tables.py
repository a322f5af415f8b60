"""How rows of each class become tuples for SQLite, worked out once per class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Integer, Table
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.inspection import inspect

from tracetui.events import Context, Event

MAX_INTEGER = (1 << 63) - 1
"""Largest integer that SQLite stores; what is above it is stored as its signed 64-bit twin."""

Row = dict[str, Any]
Values = Sequence[Any]


def _table(cls: type[Any]) -> Table:
    table: Table = inspect(cls).local_table
    return table


EVENT = _table(Event)
EVENT_COLUMNS = ("id", "type", "procname", "proc_id")


@dataclass(frozen=True, slots=True)
class TableWriter:
    """One table that rows are inserted into."""

    table: Table
    columns: tuple[str, ...]
    insert: str
    get: Callable[[Row], Values]
    """All columns of a row; raises KeyError for a row that lacks one."""
    integers: tuple[str, ...]
    """Columns that often hold an integer too large for SQLite: arguments of system calls."""
    get_integers: Callable[[Row], Values]

    def values(self, rows: Sequence[Row], thorough: bool) -> Iterable[Values]:
        """Tuples of rows: :meth:`thorough` or :meth:`quick`."""
        return self.thorough(rows) if thorough else self.quick(rows)

    def quick(self, rows: Sequence[Row]) -> Iterable[Values]:
        """Tuples of rows that are as they should be; large integers are wrapped in the rows themselves."""
        if self.integers:
            for row, values in zip(rows, map(self.get_integers, rows), strict=True):
                if max(filter(None, values), default=0) > MAX_INTEGER:
                    row.update({name: storable(row[name]) for name in self.integers})
        return map(self.get, rows)

    def thorough(self, rows: Sequence[Row]) -> Iterable[Values]:
        """Tuples of any rows: missing columns are NULL, every value is made storable where it can be."""
        return [[storable(row.get(column)) for column in self.columns] for row in rows]


@dataclass(frozen=True, slots=True)
class ClassWriter:
    """Where rows of a mapped class go: ``event`` and a table of its own, or one of them."""

    is_event: bool
    tables: tuple[TableWriter, ...]

    @property
    def columns(self) -> set[str]:
        """Every column that a row may have."""
        return {column for table in self.tables for column in table.columns}


def class_writer(cls: type[Any]) -> ClassWriter:
    """The writer of a mapped class.

    Raises ``sqlalchemy.exc.NoInspectionAvailable`` for a class that is not mapped.
    """
    mapper = inspect(cls)
    own: Table = mapper.local_table
    if not issubclass(cls, Event):
        return ClassWriter(False, (table_writer(own),))
    if cls is Event:
        return ClassWriter(True, (table_writer(EVENT, EVENT_COLUMNS),))
    # A constant in the statement: binding the type of each row would cost a tenth of the insert.
    return ClassWriter(
        True, (table_writer(EVENT, EVENT_COLUMNS, mapper.polymorphic_identity), table_writer(own))
    )


def table_writer(
    table: Table, columns: tuple[str, ...] | None = None, event_type: str | None = None
) -> TableWriter:
    """The writer of a table, all its columns or those named; ``event_type`` is the same for all rows."""
    names = columns or tuple(column.name for column in table.c)
    bound = tuple(name for name in names if event_type is None or name != "type")
    integers = tuple(
        name for name in names if name.startswith("arg") and isinstance(table.c[name].type, Integer)
    )
    quote = dialect().identifier_preparer.quote
    values = ["?" for _ in bound]
    if event_type is not None:
        values.append("'" + event_type.replace("'", "''") + "'")
        names = (*bound, "type")
    named = ", ".join(map(quote, names))
    insert = f"INSERT INTO {quote(table.name)} ({named}) VALUES ({', '.join(values)})"  # noqa: S608
    return TableWriter(table, bound, insert, _getter(bound), integers, _getter(integers))


def insert_statement(table: Table, columns: tuple[str, ...], first_id: int, rows: int = 1) -> str:
    """For so many rows of these columns; an ``id`` is a position, counted from ``first_id``."""
    quote = dialect().identifier_preparer.quote
    values = ", ".join(f"? + {first_id:d}" if column == "id" else "?" for column in columns)
    names = ", ".join(map(quote, columns))
    return f"INSERT INTO {quote(table.name)} ({names}) VALUES {', '.join([f'({values})'] * rows)}"  # noqa: S608


def storable(value: Any) -> Any:
    """What SQLite takes for ``value``: a large integer wrapped as Penguin does, text without surrogates.

    ``0xffffffffffffffff`` is stored as -1.
    """
    if value.__class__ is int and value > MAX_INTEGER:
        low = value & 0xFFFFFFFFFFFFFFFF
        return low - (1 << 64) if low > MAX_INTEGER else low
    if value.__class__ is str and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _getter(names: Sequence[str]) -> Callable[[Row], Values]:
    """``itemgetter`` that gives a tuple also for one name."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)


CONTEXT = table_writer(_table(Context))
