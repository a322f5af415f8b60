"""From ids to records: one ORM query per batch, whatever the mix of types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    inspect,
    literal,
    null,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, defer, with_polymorphic
from sqlalchemy.orm.attributes import set_committed_value

from tracetui.events import Context, Event, Read, Record, Write
from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import Damage, is_damage
from tracetui.trace.entities import EntityLinker
from tracetui.trace.schema import Schema
from tracetui.trace.states import StateLinker

BATCH = 128
"""Ids in one query; a batch is padded to this, so that SQLAlchemy compiles one statement only."""

PREVIEW = 512
"""Bytes of a buffer that a preview keeps."""

_MAX_JOINS = 40
"""Tables joined at once; SQLite allows 64."""

_MAX_COLUMNS = 1500
"""Columns of the tables joined at once; SQLite allows 2,000 in a result."""

_INTEGERS = range(-(1 << 63), 1 << 63)
"""What SQLite can hold as an id."""


_Beside = tuple[str, type[Any]]
"""A table beside the models' own, and the class that its rows load as."""


class RowLoader:
    """Fetches records of one trace by id. Holds statements, once they were asked, and no connection."""

    def __init__(
        self, schema: Schema, driver: ReadConnection, damage: Damage, arch: str | None = None
    ) -> None:
        self._schema = schema
        self._driver = driver
        self._damage = damage
        self._arch = arch
        self._joined, self._later = _share_out(schema)
        self._others = [_rows_of(entity) for _, entity in self._later]
        self._linkers: list[StateLinker | EntityLinker] = []
        if schema.states is not None:
            self._linkers.append(StateLinker(schema.states, driver))
        if schema.linked:
            self._linkers.append(EntityLinker(schema.linked, driver))

    def fetch(self, connection: Connection, ids: Sequence[int], *, whole: bool = True) -> list[Record]:
        """Records of ``ids`` in that order; ids that are not in the trace are left out.

        ``whole=False`` cuts buffers to :data:`PREVIEW` bytes, so that a page of megabytes stays small.
        """
        found: dict[int, Record] = {}
        possible = [event_id for event_id in ids if event_id in _INTEGERS]
        for start in range(0, len(possible), BATCH):
            found.update(self._fetch_some(connection, possible[start : start + BATCH], whole))
        for linker in self._linkers:
            linker.link(connection, found.values())
        return [found[event_id] for event_id in ids if event_id in found]

    def _fetch_some(self, connection: Connection, ids: Sequence[int], whole: bool) -> dict[int, Record]:
        """A batch, in parts where it takes too long: buffers may have any size."""
        self._driver.divisible = len(ids) > 1
        try:
            return self._fetch_batch(connection, ids, whole)
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise
        finally:
            self._driver.divisible = False
        if not self._driver.expired or len(ids) == 1:
            return self._fetch_apart(connection, ids)
        middle = len(ids) // 2
        found = self._fetch_some(connection, ids[:middle], whole)
        return found | self._fetch_some(connection, ids[middle:], whole)

    def _fetch_apart(self, connection: Connection, ids: Sequence[int]) -> dict[int, Record]:
        """A batch that cannot be read at once, table by table: as much of each event as is left."""
        events: dict[int, Event] = self._read_rows(connection, _alone(Event), ids)
        for model in self._schema.models:
            own = [event_id for event_id in events if events[event_id].type == model.__tablename__]
            events |= self._read_rows(connection, _alone(model), own)
        beside = [self._read_rows(connection, _rows_of(entity), ids) for _, entity in self._joined]
        later = [self._read_rows(connection, statement, ids) for statement in self._others]
        records = {
            event_id: self._record(event, [rows.get(event_id) for rows in beside])
            for event_id, event in events.items()
        }
        self._add_later(records, [list(rows.values()) for rows in later])
        return records

    def _read_rows(self, connection: Connection, statement: Any, ids: Sequence[int]) -> dict[int, Any]:
        """Rows of one table by id; those that cannot be read are taken note of."""
        if not ids:
            return {}
        with Session(connection, autoflush=False, expire_on_commit=False) as session:
            try:
                rows = session.scalars(statement, {"ids": _padded(ids)}).all()
                found = {inspect(row).identity[0]: row for row in rows}
                session.expunge_all()
                return found
            except DBAPIError as error:
                if not is_damage(error, self._driver):
                    raise
        if len(ids) == 1:
            self._damage.add(ids[0], ids[0])
            return {}
        middle = len(ids) // 2
        found = self._read_rows(connection, statement, ids[:middle])
        return found | self._read_rows(connection, statement, ids[middle:])

    @cached_property
    def _whole(self) -> Select[Any]:
        return self._select_events(whole=True)

    @cached_property
    def _previews(self) -> Select[Any]:
        return self._select_events(whole=False)

    def _select_events(self, whole: bool) -> Select[Any]:
        # A row loads as the class whose table has a row for it: else, where a table or its row is missing,
        # SQLAlchemy would drop the event or load a class whose columns cannot be read.
        whens = [
            (and_(Event.type == identity, model.__table__.c.id.is_not(None)), identity)
            for model in self._schema.models
            if (identity := model.__mapper__.polymorphic_identity)
        ]
        discriminator = case(*whens, else_="event") if whens else literal("event")
        events = with_polymorphic(Event, list(self._schema.models), polymorphic_on=discriminator)
        joined = [entity for _, entity in self._joined]
        statement: Select[Any] = select(events, *(() if whole else self._preview_columns()), *joined)
        if not whole:
            buffers = [getattr(events, model.__name__).buffer for model in self._buffered()]
            statement = statement.options(*(defer(buffer) for buffer in buffers))
        for entity in joined:
            statement = statement.outerjoin(entity, entity.__table__.c.id == events.id)
        return statement.where(events.id.in_(bindparam("ids", expanding=True)))

    def _buffered(self) -> list[type[Read] | type[Write]]:
        return [model for model in (Read, Write) if model in self._schema.models]

    def _preview_columns(self) -> list[ColumnElement[Any]]:
        """The start of the buffer and its length in bytes, of a read or a write."""
        buffers = [model.__table__.c.buffer for model in self._buffered()]
        if not buffers:
            return [null(), null()]
        buffer = func.coalesce(*buffers, None)
        length = case((func.typeof(buffer) == "blob", func.length(buffer)), else_=None)
        return [func.substr(buffer, 1, PREVIEW), length]

    def _fetch_batch(self, connection: Connection, ids: Sequence[int], whole: bool) -> dict[int, Record]:
        padded = _padded(ids)
        with Session(connection, autoflush=False, expire_on_commit=False) as session:
            rows = session.execute(self._whole if whole else self._previews, {"ids": padded}).all()
            later = [session.scalars(statement, {"ids": padded}).all() for statement in self._others]
            session.expunge_all()
        if whole:
            records = {row[0].id: self._record(row[0], row[1:]) for row in rows}
        else:
            records = {row[0].id: self._preview(row[0], row[1], row[2], row[3:]) for row in rows}
        self._add_later(records, later)
        return records

    def _preview(self, event: Event, buffer: Any, length: int | None, beside: Sequence[Any]) -> Record:
        if isinstance(event, Read | Write):
            set_committed_value(event, "buffer", buffer)
        record = self._record(event, beside)
        record.whole_buflen = length
        return record

    def _record(self, event: Event, beside: Sequence[Any]) -> Record:
        extras: dict[str, dict[str, object]] = {}
        context: Context | None = None
        for (name, entity), row in zip(self._joined, beside, strict=True):
            if row is None:
                continue
            if entity is Context:
                context = row
            else:
                extras[name] = _stored(entity, row)
        return Record(event, self._schema.era, extras=extras, context=context, arch=self._arch)

    def _add_later(self, records: dict[int, Record], later: Sequence[Sequence[Any]]) -> None:
        for (name, entity), rows in zip(self._later, later, strict=True):
            for row in rows:
                stored = _stored(entity, row)
                record = records.get(stored["id"])  # type: ignore[call-overload]
                if record is not None:
                    record.extras = {**record.extras, name: stored}


def _share_out(schema: Schema) -> tuple[list[_Beside], list[_Beside]]:
    """The tables that are joined, and those for which there is no room: each has a query of its own."""
    joined: list[_Beside] = []
    later: list[_Beside] = []
    room = _MAX_COLUMNS
    for name in ("context", *schema.reflected):
        if name not in schema.entities:
            continue
        columns = len(schema.columns(name))
        fits = columns <= room and len(joined) < _MAX_JOINS
        (joined if fits else later).append((name, schema.entities[name]))
        room -= columns if fits else 0
    return joined, later


def _alone(model: type[Event]) -> Select[Any]:
    """Events as ``model``, whatever their type, from its own tables."""
    entity = with_polymorphic(model, [], polymorphic_on=literal(model.__mapper__.polymorphic_identity))
    return select(entity).where(entity.id.in_(bindparam("ids", expanding=True)))


def _rows_of(entity: type[Any]) -> Select[Any]:
    """Rows of a table beside the models' own."""
    return select(entity).where(entity.__table__.c.id.in_(bindparam("ids", expanding=True)))


def _padded(ids: Sequence[int]) -> list[int]:
    return [*ids, *([ids[-1]] * (BATCH - len(ids)))]


def _stored(entity: type[Any], row: Any) -> dict[str, object]:
    names, values = _columns_of(entity.__table__)
    return dict(zip(names, values(vars(row)), strict=True))


@lru_cache(maxsize=64)
def _columns_of(table: Table) -> tuple[tuple[str, ...], Callable[[dict[str, Any]], Iterable[object]]]:
    """Names of the columns, and what gets their values from a row's loaded ones: not worked out for each."""
    names = tuple(column.name for column in table.c)
    attributes = [f"c_{n}" for n in range(len(names))]
    if len(names) == 1:
        return names, lambda loaded: (loaded[attributes[0]],)
    return names, itemgetter(*attributes)
