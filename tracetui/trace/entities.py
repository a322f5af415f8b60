"""What events from SysFlow refer to: looked up beside the records, each entity once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Boolean, Connection, Table, bindparam, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from tracetui.events import Record
from tracetui.events.flows import RECORDS
from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import is_damage

_REMEMBERED = 20_000
_TOGETHER = 500
"""Entities of one table that are read at once."""

Key = tuple[str, int, int]
"""(table, source, number)"""

Row = Mapping[str, object]


class EntityLinker:
    """Gives records the entities that they refer to. They never change, so that they can be remembered."""

    def __init__(self, linked: Mapping[str, Table], driver: ReadConnection) -> None:
        self._tables = {member: table.name for member, table in linked.items()}
        self._statements = {table.name: _by_numbers(table) for table in linked.values()}
        self._truths = {table.name: _truths(table) for table in linked.values()}
        self._driver = driver
        self._known: dict[Key, Row] = {}

    def link(self, connection: Connection, records: Iterable[Record]) -> None:
        """Set :attr:`Record.entities`; of an entity that cannot be read nothing is known."""
        referring = [(record, keys) for record in records if (keys := self._keys(record))]
        wanted = {key for _, keys in referring for key in keys.values()}
        if len(self._known) + len(wanted) > _REMEMBERED:
            self._known.clear()
        self._read(connection, wanted - self._known.keys())
        for record, keys in referring:
            found = {member: self._known.get(key) for member, key in keys.items()}
            record.entities = {member: row for member, row in found.items() if row is not None}

    def _keys(self, record: Record) -> dict[str, Key]:
        links = record.extras.get(RECORDS)
        source = None if links is None else links.get("source")
        if links is None or not isinstance(source, int):
            return {}
        numbers = ((member, table, links.get(member)) for member, table in self._tables.items())
        return {member: (table, source, n) for member, table, n in numbers if isinstance(n, int)}

    def _read(self, connection: Connection, keys: Collection[Key]) -> None:
        groups: dict[tuple[str, int], list[int]] = defaultdict(list)
        for table, source, number in keys:
            groups[table, source].append(number)
        for (table, source), numbers in groups.items():
            for start in range(0, len(numbers), _TOGETHER):
                self._read_some(connection, table, source, numbers[start : start + _TOGETHER])

    def _read_some(self, connection: Connection, table: str, source: int, numbers: list[int]) -> None:
        asked = {"source": source, "numbers": numbers}
        try:
            for row in connection.execute(self._statements[table], asked).mappings():
                self._known[table, source, row["number"]] = _typed(row, self._truths[table])
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise


def last_entity(connection: Connection, table: Table, wanted: Mapping[str, object]) -> Row | None:
    """The entity that was written last among those with some values."""
    statement = select(*_as_stored(table)).where(*(table.c[name] == value for name, value in wanted.items()))
    newest = statement.order_by(table.c.source.desc(), table.c.number.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _typed(row, _truths(table))


def _truths(table: Table) -> list[str]:
    """Columns of true and false, which SQLite keeps as numbers."""
    return [column.name for column in table.c if isinstance(column.type, Boolean)]


def _typed(row: Mapping[Any, Any], truths: Collection[str]) -> Row:
    typed = {str(name): value for name, value in row.items()}
    for name in truths:
        typed[name] = bool(typed[name]) if isinstance(typed[name], int) else None
    return typed


def _as_stored(table: Table) -> list[Any]:
    """All columns, with values as they are stored, whatever the types of the columns say."""
    return [type_coerce(column, NullType()).label(column.name) for column in table.c]


def _by_numbers(table: Table) -> Any:
    return select(*_as_stored(table)).where(
        table.c.source == bindparam("source"), table.c.number.in_(bindparam("numbers", expanding=True))
    )
