"""From a written name to its field, with the nearest known name where there is none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from tracetui.filter.field import Derived, Field, Kind, Values
from tracetui.filter.fields import FIELDS
from tracetui.filter.indexed import indexed_field
from tracetui.filter.surroundings import ProcessNode, ancestors

if TYPE_CHECKING:
    from tracetui.events.record import Record

BY_NAME: dict[str, Field] = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
"""Fields by every name that they have."""

_ANCESTOR = re.compile(r"(proc\.apid|apid|proc\.aname|aname|ps\.ancestor)\[(\d{1,3})\]")
_FIELD_LIKE = re.compile(r"[a-z_]+(?:\.[a-z_]\w*)+(?:\[\d+\])?", re.ASCII | re.IGNORECASE)
_PREFIXES = frozenset(name.split(".")[0] for name in BY_NAME if "." in name)


def find(name: str, tables: Mapping[str, Collection[str]]) -> Field | None:
    """The field called ``name``, in any case; columns of ``tables`` are fields too."""
    field = BY_NAME.get(name) or BY_NAME.get(name.lower())
    if field is not None:
        return field
    if found := _ANCESTOR.fullmatch(name.lower()):
        return _ancestor_field(BY_NAME[found[1]], int(found[2]))
    column = _column(name, tables)
    return indexed_field(name) if column is None else column_field(*column)


def _column(name: str, tables: Mapping[str, Collection[str]]) -> tuple[str, str] | None:
    """The table and column that ``name`` is, in any case where it is none as it stands."""
    table, dot, column = name.partition(".")
    if not dot or column in tables.get(table, ()):
        return (table, column) if dot else None
    lowered = name.lower()
    for known, columns in tables.items():
        if lowered.startswith(f"{known.lower()}."):
            for other in columns:
                if lowered == f"{known}.{other}".lower():
                    return known, other
    return None


def nearest(name: str, tables: Mapping[str, Collection[str]] | None = None) -> str:
    """The known name that ``name`` was perhaps meant to be; empty where nothing is near."""
    columns = (f"{table}.{column}" for table, columns in (tables or {}).items() for column in columns)
    return _nearest_of((*BY_NAME, *columns), name.lower())


@lru_cache(maxsize=64)
def _nearest_of(known: tuple[str, ...], name: str) -> str:
    """Remembered, as parsing and completing what is typed ask for the same names."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else ""


def looks_like_field(word: str) -> bool:
    """Whether a word standing alone was surely meant as a field: ``proc.nmae``, but not ``libc.so``."""
    return bool(_FIELD_LIKE.fullmatch(word)) and word.lower().split(".")[0] in _PREFIXES


def column_field(table: str, column: str) -> Field:
    """The field of a column as stored."""

    def values(record: Record) -> Values:
        value = _stored_value(record, table, column)
        return (value,) if isinstance(value, int | float | str | bytes) else ()

    return Field(
        f"{table}.{column}",
        Kind.STORED,
        f"column {column} of table {table}, as stored",
        values=values,
        sources=(Derived((f"{table}.{column}",), _itself, as_stored=True),),
    )


def _stored_value(record: Record, table: str, column: str) -> object:
    if table in record.extras:
        return record.extras[table].get(column)
    if table == "context":
        return getattr(record.context, column, None)
    is_own = table in ("event", record.event.__tablename__)
    return record.event.__dict__.get(column) if is_own else None


def _itself(value: object) -> Values:
    return (value,) if isinstance(value, int | float | str | bytes) else ()


@lru_cache(maxsize=64)
def _ancestor_field(base: Field, generation: int) -> Field:
    """The field of one ancestor: 1 is the parent, 0 the process itself."""
    wants_pid = base.kind is Kind.NUMBER

    def values(process: ProcessNode) -> Values:
        line: Iterable[ProcessNode] = (process, *ancestors(process))
        for place, node in enumerate(line):
            if place == generation:
                return (() if node.pid is None else (node.pid,)) if wants_pid else tuple(node.names)
        return ()

    return Field(f"{base.name}[{generation}]", base.kind, f"{base.meaning} ({generation})", process=values)
