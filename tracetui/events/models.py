"""All models of tracetui, by the table that they map."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateTable

from tracetui.events import fibratus, recording, sysflow, types
from tracetui.events.context import ContextBase

_BASES = (
    types.Base,
    ContextBase,
    recording.RecordingBase,
    sysflow.SysflowBase,
    fibratus.FibratusBase,
)


def model(table: str) -> type[Any]:
    """The model of a table. Raises KeyError where there is none."""
    return _models()[table]


@cache
def _models() -> dict[str, type[Any]]:
    return {_table(mapper).name: mapper.class_ for base in _BASES for mapper in base.registry.mappers}


def create_statements() -> dict[str, str]:
    """What makes each table, as SQLAlchemy says it: Penguin's first, in the order in which it makes them."""
    tables = [table for base in _BASES for table in base.metadata.sorted_tables]
    return {table.name: str(CreateTable(table).compile(dialect=dialect())) for table in tables}


def _table(mapper: Any) -> Table:
    table: Table = mapper.local_table
    return table
