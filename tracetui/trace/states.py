"""States of processes that events refer to: looked up beside the records, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError

from tracetui.events import Record
from tracetui.events.kevent_tables import KEVENT, LINK
from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import is_damage

_REMEMBERED = 256
"""States that are kept; with all handles of its process one may have 200 kB."""


class StateLinker:
    """Gives records the state that they refer to. States never change, so that they can be remembered."""

    def __init__(self, model: type[Any], driver: ReadConnection) -> None:
        table = model.__table__
        self._statement = select(table).where(table.c.number.in_(bindparam("numbers", expanding=True)))
        self._driver = driver
        self._known: dict[int, Mapping[str, object]] = {}

    def link(self, connection: Connection, records: Iterable[Record]) -> None:
        """Set :attr:`Record.linked`; of a state that cannot be read nothing is known."""
        referring = {id(record): number for record in records if (number := _number(record)) is not None}
        missing = {*referring.values()} - self._known.keys()
        if missing:
            if len(self._known) + len(missing) > _REMEMBERED:
                self._known.clear()
            self._read(connection, sorted({*referring.values()} - self._known.keys()))
        for record in records:
            number = referring.get(id(record))
            if number is not None:
                record.linked = self._known.get(number, {})

    def _read(self, connection: Connection, numbers: list[int]) -> None:
        try:
            for row in connection.execute(self._statement, {"numbers": numbers}).mappings():
                self._known[row["number"]] = {name: row[name] for name in row if name != "number"}
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise


def _number(record: Record) -> int | None:
    number = record.extras.get(KEVENT, {}).get(LINK)
    return number if isinstance(number, int) else None
