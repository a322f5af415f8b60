"""What tables a trace has, which era wrote it, and the classes that its rows load as."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.orm import registry
from sqlalchemy.types import UserDefinedType

from tracetui.events import KNOWN_TYPES, Context, Era, Event
from tracetui.events.eras import MAX_PID, RECORDED_ID, Evidence, detect
from tracetui.events.flows import RECORDS
from tracetui.events.kevent_tables import KEVENT, KEVENT_PROCESS, LINK, PARAMETERS, table_of
from tracetui.events.sanitise import clean_value
from tracetui.trace.damage import is_damage
from tracetui.trace.errors import NotYetThere, TraceError
from tracetui.trace.tables import Columns, Tables, find_tables, keyed_columns, plain_columns

_SAMPLE = 200
"""Rows looked at to tell the era."""


DECLARED = "declared"
"""What the ``info`` of a column has the type under that a table nobody knew of declares, in capitals."""


class Stored(UserDefinedType[Any]):
    """A column of a table that nobody knew of: its values pass as stored."""

    cache_ok = True

    def get_col_spec(self, **kw: object) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables of one trace; ``tables`` are Core tables by name, ``event`` and ``context`` included."""

    era: Era
    models: tuple[type[Event], ...]
    """Event classes whose table is present with all its columns."""
    tables: dict[str, Table]
    reflected: tuple[str, ...]
    """Names of the event tables without a model."""
    entities: dict[str, type[Any]] = field(default_factory=dict)
    """Classes that rows of ``context`` and of the reflected tables load as."""
    states: type[Any] | None = None
    """Class of the states of processes that events refer to, where the trace has such."""
    linked: dict[str, Table] = field(default_factory=dict)
    """Tables of what events from SysFlow refer to, by the column that refers to it."""
    ignored: dict[str, str] = field(default_factory=dict)
    """Views, and tables that are not read, with what they are."""

    def has(self, table: str) -> bool:
        """Whether the trace has this event table."""
        return table in self.tables

    def columns(self, table: str) -> tuple[str, ...]:
        """Column names of a table, in their order."""
        return tuple(self.tables[table].c.keys())

    def is_declared_bytes(self, table: str, column: str) -> bool:
        """Whether a table that nobody knew of declares a column for bytes, or without a type, which SQLite
        takes for that; what is in it may differ.
        """
        declared = self.tables[table].c[column].info.get(DECLARED, "?")
        return "BLOB" in declared or (not declared and table not in _OF_FIBRATUS)


_OF_FIBRATUS = frozenset(map(table_of, PARAMETERS))
"""Tables without a model whose columns without a type hold numbers or text."""

_MODELS: dict[str, type[Event]] = {
    str(mapper.local_table.name): mapper.class_  # type: ignore[attr-defined]
    for mapper in Event.__mapper__.self_and_descendants
    if mapper.polymorphic_identity in ("event", *KNOWN_TYPES)  # others may be mapped, or not, by now
}


def read_schema(connection: sqlite3.Connection, path: Path) -> Schema:
    """Look at the tables and at a few rows.

    Raises :class:`NotYetThere` for a database without tables and :class:`TraceError` for one that is no
    trace.
    """
    found = find_tables(connection, {*_MODELS, "context"})
    _require_event(found, path)
    columns = found.columns
    known = {
        name for name, model in _MODELS.items() if set(columns.get(name, ())) >= set(model.__table__.c.keys())
    }
    unknown = [name for name in columns if name not in known and name != "context"]
    has_context = set(columns.get("context", ())) >= {"id", "ts"}
    entities = {name: _reflect(name, columns[name]) for name in unknown}
    tables = {name: _MODELS[name].__table__ for name in known} | {
        name: entity.__table__ for name, entity in entities.items()
    }
    if has_context:
        entities["context"] = _context_entity(columns["context"])
        tables["context"] = entities["context"].__table__
    models = tuple(model for name, model in _MODELS.items() if name in known and model is not Event)
    era = detect(_evidence(connection, frozenset(known), columns, has_context))
    states = _states(connection, columns)
    linked = _linked(connection, columns)
    return Schema(era, models, tables, tuple(unknown), entities, states, linked, found.ignored)


def _states(connection: sqlite3.Connection, columns: dict[str, Columns]) -> type[Any] | None:
    """A class for the states of processes, where their table is one and events refer to it."""
    if LINK not in columns.get(KEVENT, ()):
        return None
    # Mapping the tables of another system takes a tenth of the time that a trace without them opens in.
    from tracetui.events.fibratus import KeventProcess

    found = keyed_columns(connection, KEVENT_PROCESS, "number") or {}
    return KeventProcess if set(found) >= set(KeventProcess.__table__.c.keys()) else None


def _linked(connection: sqlite3.Connection, columns: dict[str, Columns]) -> dict[str, Table]:
    """Tables of SysFlow's entities, as far as they are there and events refer to them."""
    referring = columns.get(RECORDS, {})
    if "source" not in referring:
        return {}
    from tracetui.events.sysflow import ENTITIES  # late for the same reason

    found: dict[str, Table] = {}
    for member, model in ENTITIES.items():
        table: Table = model.__table__  # type: ignore[assignment]
        stored = plain_columns(connection, model.__tablename__) or {}
        if member in referring and set(stored) >= set(table.c.keys()):
            found[member] = table
    return found


def _require_event(found: Tables, path: Path) -> None:
    if "event" in found.ignored:
        raise TraceError(f"{path} is not an event trace: 'event' is {found.ignored['event']}")
    if "event" in found.columns:
        missing = set(Event.__table__.c.keys()) - set(found.columns["event"])
        if missing:
            raise TraceError(
                f"{path} is not an event trace: table 'event' lacks {', '.join(sorted(missing))}"
            )
        return
    named = sorted([*found.columns, *found.unrelated, *found.ignored])
    if not named:
        raise NotYetThere(f"{path} has no tables: nothing has been logged yet")
    shown = ", ".join(clean_value(name, 40) for name in named[:10])
    raise TraceError(f"{path} is not an event trace: it has no table 'event' (it has {shown})")


def _reflect(name: str, columns: Columns) -> type[Any]:
    """A class for a table that nobody knew of; every column keeps its values as stored."""
    metadata = MetaData()
    table = Table(
        name,
        metadata,
        *(
            Column(column, Stored(), primary_key=column == "id", info={DECLARED: declared})
            for column, declared in columns.items()
        ),
    )
    entity = type(f"Reflected_{name}", (), {})
    registry().map_imperatively(entity, table, properties={f"c_{n}": c for n, c in enumerate(table.c)})
    entity.__table__ = table  # type: ignore[attr-defined]
    return entity


def _context_entity(columns: Columns) -> type[Any]:
    """The model of ``context``, or a reflected one where another version wrote other columns."""
    return Context if set(columns) >= set(Context.__table__.c.keys()) else _reflect("context", columns)


def _evidence(
    connection: sqlite3.Connection,
    tables: frozenset[str],
    columns: dict[str, Columns],
    has_context: bool,
) -> Evidence:
    def ask(sql: str, *parameters: int) -> Any:
        try:
            row = connection.execute(sql, parameters).fetchone()
        except sqlite3.DatabaseError as error:
            if is_damage(error, connection):
                return None
            raise
        return row[0] if row else None

    buffer_type = columns.get("read", {}).get("buffer")
    unused = named = None
    if "syscall" in tables:
        unused = ask(
            "SELECT max(arg5_repr IS NULL) FROM (SELECT * FROM syscall ORDER BY id LIMIT ?)", _SAMPLE
        )
        named = ask(
            "SELECT max(instr(arg0_repr, '=') > 0) FROM (SELECT * FROM syscall ORDER BY id LIMIT ?) "
            "WHERE arg0_repr <> ''",
            _SAMPLE,
        )
    create_times = ask(
        "SELECT max(proc_id) > ? FROM (SELECT proc_id FROM event ORDER BY id LIMIT ?)", MAX_PID, _SAMPLE
    )
    return Evidence(
        tables=tables,
        has_context_rows=has_context and bool(ask("SELECT 1 FROM context LIMIT 1")),
        is_part_of_recorded=ask("PRAGMA application_id") == RECORDED_ID,
        buffer_is_text=None if buffer_type is None else buffer_type != "BLOB",
        has_create_times=None if create_times is None else bool(create_times),
        unused_argument_is_null=None if unused is None else bool(unused),
        arguments_are_named=None if named is None else bool(named),
    )
