"""The members of an event's object, with what comes from one entity looked up once for all its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol

from tracetui.events import Record
from tracetui.output.flat_fields import FlatField
from tracetui.output.layout import Selected
from tracetui.output.stored import plain_value
from tracetui.reader import Flattened

_REMEMBERED = 10_000

Column = Selected | FlatField
Flatten = Callable[[Record], Flattened]


class _Part(Protocol):
    """Neighbouring members."""

    def of(self, record: Record) -> dict[str, Any]: ...


class Members:
    """Makes the flat object of each record: name to value, in types that JSON has."""

    def __init__(self, columns: Sequence[tuple[str, Column]], flatten: Flatten) -> None:
        self._parts: list[_Part] = list(_parts(columns, flatten))

    def of(self, record: Record) -> dict[str, Any]:
        """The object of a record. Lists in it may be in another as well: they are not to be changed."""
        members: dict[str, Any] = {}
        for part in self._parts:
            members.update(part.of(record))
        return members


def _parts(columns: Sequence[tuple[str, Column]], flatten: Flatten) -> Iterator[_Part]:
    for entity, part in groupby(columns, key=lambda column: _entity(column[1])):
        if entity:
            fields = [(name, field) for name, field in part if isinstance(field, FlatField)]
            yield _OfEntity(entity, fields, flatten)
        else:
            yield _OfRecord([(name, value_of(column, flatten)) for name, column in part])


def _entity(column: Column) -> str:
    return column.entity if isinstance(column, FlatField) else ""


def value_of(column: Column, flatten: Flatten) -> Callable[[Record], object]:
    """How to get the value of one column."""
    if isinstance(column, Selected):
        return column.value
    get = column.value
    return lambda record: get(flatten(record))


class _OfRecord:
    """Members that each record has of its own."""

    def __init__(self, values: list[tuple[str, Callable[[Record], object]]]) -> None:
        self._values = values

    def of(self, record: Record) -> dict[str, Any]:
        return {name: plain_value(value(record)) for name, value in self._values}


class _OfEntity:
    """Members that an entity alone decides."""

    def __init__(self, entity: str, fields: list[tuple[str, FlatField]], flatten: Flatten) -> None:
        self._entity = entity
        self._fields = fields
        self._flatten = flatten
        self._known: dict[int, tuple[object, dict[str, Any]]] = {}
        """By the entity's identity, with the entity itself, so that no other can get that identity."""

    def of(self, record: Record) -> dict[str, Any]:
        flattened = self._flatten(record)
        entity = getattr(flattened, self._entity)
        known = self._known.get(id(entity))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            values = {name: plain_value(field.value(flattened)) for name, field in self._fields}
            known = self._known[id(entity)] = entity, values
        return known[1]
