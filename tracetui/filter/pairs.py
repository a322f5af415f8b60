"""Two fields of the same event, compared with each other: ``path = val(procname)``, ``end_ts >= ts``.

The comparison becomes a field of its own, which is true or false where the event has values of both: so
every back end knows how to ask it.
"""

from __future__ import annotations

import operator as arithmetic
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

from tracetui.filter import derive
from tracetui.filter.field import Anything, Data, Derived, Field, Kind, Number, Source, Stored, Values
from tracetui.filter.operands import Value
from tracetui.filter.operators import Operator, Relation

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.filter.surroundings import ProcessNode

Related = Callable[[Value, Value], bool]

_BY_VALUE: dict[Relation, Callable[..., bool]] = {
    Relation.EQUAL: arithmetic.eq,
    Relation.LESS: arithmetic.lt,
    Relation.LESS_EQUAL: arithmetic.le,
    Relation.GREATER: arithmetic.gt,
    Relation.GREATER_EQUAL: arithmetic.ge,
}
_BY_PART: dict[Relation, Callable[..., bool]] = {
    Relation.CONTAINS: lambda value, other: other in value,
    Relation.STARTS: lambda value, other: value.startswith(other),
    Relation.ENDS: lambda value, other: value.endswith(other),
}


def can_compare(operator: Operator) -> bool:
    """Whether what stands after ``operator`` may be a field."""
    return operator.relation in (*_BY_VALUE, *_BY_PART) and not (operator.takes_set or operator.hexadecimal)


def why_not(field: Field, operator: Operator, other: Field) -> str:
    """Why two fields cannot be compared so, in words; nothing where they can."""
    for one in (field, other):
        if one.note or any(isinstance(source, Anything) for source in one.sources):
            return f"{one.name} cannot be compared with a field"
    if not can_compare(operator):
        return f"{operator.name} takes a value, and no field"
    kinds = field.kind, other.kind
    numbers, texts, data = (all(getattr(kind, has) for kind in kinds) for has in _HOLDS)
    by_value = operator.relation in _BY_VALUE and not operator.fold
    if texts or data or (numbers and by_value):
        return ""
    return f"{operator.name} cannot compare a {field.kind.value} with a {other.kind.value}"


_HOLDS = ("has_numbers", "has_text", "has_bytes")


def pair(field: Field, operator: Operator, other: Field) -> Field:
    """The field that is 1 where a value of ``field`` and one of ``other`` are so related, and 0 for others.

    Only an event that has values of both has it. What a process tells is compared with what it tells, and
    with the pid of its events, which is its own.
    """
    related = _related(operator)

    def values(record: Record) -> Values:
        return _each(related, field.values(record), other.values(record))

    process = None
    is_told = field.process is not None or other.process is not None
    of_field, of_other = _of_process(field), _of_process(other)
    if is_told and of_field is not None and of_other is not None:

        def process(node: ProcessNode) -> Values:
            return _each(related, of_field(node), of_other(node))

    return Field(
        field.name,
        Kind.FLAG,
        f"{field.meaning}, compared with: {other.meaning}",
        values=values,
        sources=tuple(_pair(related, *both) for both in product(field.sources, other.sources)),
        process=process,
    )


def _of_process(field: Field) -> Callable[[ProcessNode], Values] | None:
    """What the process of an event tells of a field, if it does."""
    return _pid if field.name == "pid" else field.process


def _pid(node: ProcessNode) -> Values:
    return () if node.pid is None else (node.pid,)


def _related(operator: Operator) -> Related:
    """Whether two values are related as ``operator`` says; values of different types never are."""
    by_value, by_part = _BY_VALUE.get(operator.relation), _BY_PART.get(operator.relation)

    def holds(value: Value, other: Value) -> bool:
        if isinstance(value, str) and isinstance(other, str):
            test = by_value or by_part
            both = (value.casefold(), other.casefold()) if operator.fold else (value, other)
            return test is not None and test(*both)
        if isinstance(value, bytes) and isinstance(other, bytes):
            test = by_value or by_part
            return test is not None and test(value, other)
        if isinstance(value, int | float) and isinstance(other, int | float):
            return by_value is not None and by_value(value, other)
        return False

    return holds


def _each(related: Related, values: Values, others: Values) -> Values:
    known = tuple(others)
    return {int(related(value, other)) for value in values for other in known}


def _pair(related: Related, source: Source, other: Source) -> Derived:
    """One place where values of the first field are kept, with one of the second."""
    (columns, read), (others, read_other) = _read(source), _read(other)
    count = len(columns)

    def values(*stored: object) -> Values:
        return _each(related, read(*stored[:count]), read_other(*stored[count:]))

    as_stored = any(isinstance(one, Derived) and one.as_stored for one in (source, other))
    return Derived((*columns, *others), values, as_stored=as_stored)


def _read(source: Source) -> tuple[tuple[str, ...], Callable[..., Values]]:
    """The columns of a source, and what makes values of them."""
    if isinstance(source, Stored):
        absent, also = source.absent, source.also

        def of_text(value: object) -> Values:
            if not isinstance(value, str) or value in absent:
                return ()
            return (value,) if also is None else (value, also(value))

        return (source.column,), of_text
    if isinstance(source, Number):
        return (source.column,), lambda value: (value,) if isinstance(value, int) else ()
    if isinstance(source, Data):
        return (source.column,), derive.buffer_bytes
    if isinstance(source, Derived) and source.guard:
        inner = source.values
        guarded = (source.guard, *source.columns)
        return guarded, lambda guard, *stored: () if guard is None else inner(*stored)
    if isinstance(source, Derived):
        return source.columns, source.values
    raise TypeError(f"{source!r} has no values to compare")
