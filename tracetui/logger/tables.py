"""How rows of each class become tuples for SQLite, worked out once per class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sqlalchemy import Table

MAX_INTEGER = (1 << 63) - 1
"""Largest integer that SQLite stores; what is above it is stored as its signed 64-bit twin."""

Row = dict[str, Any]
Values = Sequence[Any]


EVENT_COLUMNS = ("id", "type", "procname", "proc_id")
CONTEXT_COLUMNS = ("id", "ts", "end_ts", "tid", "cpu", "host", "container")


class TableWriter(NamedTuple):
    """One table that rows are inserted into."""

    name: str
    columns: tuple[str, ...]
    insert: str
    create: str
    """The statement that makes it, where it is not of tracetui's own tables."""
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


class ClassWriter(NamedTuple):
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
    from sqlalchemy.inspection import inspect

    from tracetui.events import Event

    mapper = inspect(cls)
    own: Table = mapper.local_table
    if not issubclass(cls, Event):
        return ClassWriter(False, (_writer_of(own),))
    if cls is Event:
        return ClassWriter(True, (table_writer("event", EVENT_COLUMNS),))
    # A constant in the statement: binding the type of each row would cost a tenth of the insert.
    event = table_writer("event", EVENT_COLUMNS, event_type=mapper.polymorphic_identity)
    return ClassWriter(True, (event, _writer_of(own)))


def _writer_of(table: Table) -> TableWriter:
    from sqlalchemy import Integer
    from sqlalchemy.dialects.sqlite import dialect
    from sqlalchemy.schema import CreateTable

    columns = tuple(column.name for column in table.c)
    integers = tuple(
        name for name in columns if name.startswith("arg") and isinstance(table.c[name].type, Integer)
    )
    create = str(CreateTable(table).compile(dialect=dialect()))
    return table_writer(table.name, columns, integers=integers, create=create)


def table_writer(
    table: str,
    columns: tuple[str, ...],
    *,
    event_type: str | None = None,
    integers: tuple[str, ...] = (),
    create: str = "",
) -> TableWriter:
    """The writer of a table, with these columns of it; ``event_type`` is the same for all rows."""
    bound = tuple(name for name in columns if event_type is None or name != "type")
    names, values = bound, ["?" for _ in bound]
    if event_type is not None:
        values.append("'" + event_type.replace("'", "''") + "'")
        names = (*bound, "type")
    insert = f"INSERT INTO {_quoted(table)} ({_list(names)}) VALUES ({', '.join(values)})"  # noqa: S608
    return TableWriter(table, bound, insert, create, _getter(bound), integers, _getter(integers))


def insert_statement(table: str, columns: tuple[str, ...], first_id: int, rows: int = 1) -> str:
    """For so many rows of these columns; an ``id`` is a position, counted from ``first_id``."""
    values = ", ".join(f"? + {first_id:d}" if column == "id" else "?" for column in columns)
    many = ", ".join([f"({values})"] * rows)
    return f"INSERT INTO {_quoted(table)} ({_list(columns)}) VALUES {many}"  # noqa: S608


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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


CONTEXT = table_writer("context", CONTEXT_COLUMNS)
