"""What events from SysFlow refer to as SQL: ``=sf.process.cwd`` is a column of the process of an event."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Integer, case, func, null, select

from tracetui.events.flows import RECORDS
from tracetui.filter.computed import COMPUTED, Computed
from tracetui.filter.joining import Expr

if TYPE_CHECKING:
    from tracetui.filter.scope import Visible

_PREFIX = "sf."


def tables_of(name: str) -> tuple[str, ...]:
    """Tables that the expression called ``name`` reads. Raises KeyError where there is none."""
    return (RECORDS,) if name.startswith(_PREFIX) else COMPUTED[name].tables


def computed_named(name: str) -> Computed:
    """The expression called ``name``. Raises KeyError where there is none."""
    return _of_entities()[name] if name.startswith(_PREFIX) else COMPUTED[name]


def _of_entity(member: str, column: str, kind: str) -> Callable[[Visible], Expr]:
    """A column of what the event refers to, where it is of a type."""

    def build(visible: Visible) -> Expr:
        entity, record = visible.linked.get(member), visible.tables[RECORDS]
        if entity is None:
            return null()
        stored = entity.c[column]
        known = case((func.typeof(stored) == kind, stored), else_=null())
        same = entity.c.source == record.c.source, entity.c.number == record.c[member]
        return select(known).where(*same).correlate(record).scalar_subquery()

    return build


@cache
def _of_entities() -> dict[str, Computed]:
    # Late: mapping the tables of SysFlow takes a tenth of the time of a query, and few ask for them.
    from tracetui.events.sysflow import ENTITIES

    return {
        f"{_PREFIX}{member}.{column.name}": Computed(
            (RECORDS,),
            _of_entity(
                member, column.name, "integer" if isinstance(column.type, Boolean | Integer) else "text"
            ),
        )
        for member, model in ENTITIES.items()
        for column in model.__table__.c
    }
