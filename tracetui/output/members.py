"""The members of an event's object, with what comes from one entity looked up once for all its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from tracetui.events import Record
from tracetui.output.flat_fields import FlatField
from tracetui.output.layout import Selected
from tracetui.output.stored import plain_value
from tracetui.reader import Flattened

_REMEMBERED = 10_000
"""Entities whose members are kept at most."""

Column = Selected | FlatField
Flatten = Callable[[Record], Flattened]
Part = Callable[[Record, Flattened], dict[str, Any]]


class Members:
    """Makes the flat object of each record: name to value, in types that JSON has."""

    def __init__(self, columns: Sequence[tuple[str, Column]], flatten: Flatten) -> None:
        self._parts = list(_parts(columns))
        self._flatten = flatten

    def of(self, record: Record) -> dict[str, Any]:
        """The object of a record. Lists in it may be in another as well: they are not to be changed."""
        flattened = self._flatten(record)
        members: dict[str, Any] = {}
        for part in self._parts:
            members.update(part(record, flattened))
        return members


def value_of(column: Column, flatten: Flatten) -> Callable[[Record], object]:
    """How to get the value of one column."""
    if isinstance(column, Selected):
        return column.value
    get = column.value
    return lambda record: get(flatten(record))


def _parts(columns: Sequence[tuple[str, Column]]) -> Iterator[Part]:
    """Functions that give the members of neighbouring columns of one kind."""
    for (kind, entity), part in groupby(columns, key=lambda column: _kind(column[1])):
        names = list(part)
        if kind is Selected:
            yield _of_record([(name, column) for name, column in names if isinstance(column, Selected)])
            continue
        fields = [(name, column) for name, column in names if isinstance(column, FlatField)]
        yield _OfEntity(entity, fields) if entity else _of_flattened(fields)


def _kind(column: Column) -> tuple[type, str]:
    return type(column), column.entity if isinstance(column, FlatField) else ""


def _of_record(columns: list[tuple[str, Selected]]) -> Part:
    """Members that the record itself tells."""
    values = [(name, column.value) for name, column in columns]
    return lambda record, flattened: {name: plain_value(value(record)) for name, value in values}


def _of_flattened(fields: list[tuple[str, FlatField]]) -> Part:
    """Members that the record and what it refers to tell together."""
    values = [(name, field.value) for name, field in fields]
    return lambda record, flattened: {name: plain_value(value(flattened)) for name, value in values}


class _OfEntity:
    """Members that an entity alone decides: looked up once for all its events."""

    def __init__(self, entity: str, fields: list[tuple[str, FlatField]]) -> None:
        self._entity = entity
        self._fields = fields
        self._known: dict[int, tuple[object, dict[str, Any]]] = {}
        """By the entity's identity, with the entity itself, so that no other can get that identity."""

    def __call__(self, record: Record, flattened: Flattened) -> dict[str, Any]:
        entity = getattr(flattened, self._entity)
        known = self._known.get(id(entity))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            values = {name: plain_value(field.value(flattened)) for name, field in self._fields}
            known = self._known[id(entity)] = entity, values
        return known[1]
