"""What events from SysFlow refer to as SQL: ``=sf.process.cwd`` is a column of the process of an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Integer, case, func, null, select

from tracetui.events.sysflow import ENTITIES, SysflowRecord
from tracetui.filter import computed
from tracetui.filter.computed import Computed
from tracetui.filter.joining import Expr

if TYPE_CHECKING:
    from tracetui.filter.scope import Visible

_RECORD = SysflowRecord.__tablename__


def _of_entity(member: str, column: str, kind: str) -> Callable[[Visible], Expr]:
    """A column of what the event refers to, where it is of a type."""

    def build(visible: Visible) -> Expr:
        entity, record = visible.linked.get(member), visible.tables[_RECORD]
        if entity is None:
            return null()
        stored = entity.c[column]
        known = case((func.typeof(stored) == kind, stored), else_=null())
        same = entity.c.source == record.c.source, entity.c.number == record.c[member]
        return select(known).where(*same).correlate(record).scalar_subquery()

    return build


COMPUTED: dict[str, Computed] = computed.COMPUTED | {
    f"sf.{member}.{column.name}": Computed(
        (_RECORD,),
        _of_entity(member, column.name, "integer" if isinstance(column.type, Boolean | Integer) else "text"),
    )
    for member, model in ENTITIES.items()
    for column in model.__table__.c
}
"""All expressions that have a name."""
