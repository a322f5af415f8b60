"""What a compilation gathers: tables read, functions needed, and where columns are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Integer, LargeBinary, String, Table, case, cast, func
from sqlalchemy.types import NullType

from tracetui.events.text import text_of_bytes
from tracetui.filter.errors import FilterError
from tracetui.filter.field import Anything, Derived, Source
from tracetui.filter.field import Number as NumberSource
from tracetui.filter.linked import computed_named, tables_of
from tracetui.filter.patterns import Budget, PatternTooSlow
from tracetui.trace.condition import SqlFunction

if TYPE_CHECKING:
    from tracetui.events.eras import Era
    from tracetui.filter.predicate import Predicate
    from tracetui.trace.schema import Schema

_numbers = itertools.count(1)


KIND_TABLES = ("proc_exit", "proc_start", "exec", "write", "read", "syscall")
"""Tables of which an event has a row in one at most."""


@dataclass(frozen=True, slots=True)
class Visible:
    """The tables that one compilation may read."""

    era: Era
    tables: Mapping[str, Table]
    states: Table | None = None
    """Of processes; events refer to their rows."""
    linked: Mapping[str, Table] = field(default_factory=dict)
    """See :attr:`tracetui.trace.Schema.linked`."""


class Told(Protocol):
    """What is known beforehand of all events that a scan will look at."""

    def told(self, kind: str | None, source: Source, predicate: Predicate) -> bool | None:
        """Whether every event of ``kind`` has in ``source`` a value that passes, or none has.

        ``kind`` is one of :data:`KIND_TABLES`, or ``None`` for all other events. ``None`` where that is not
        known, or not the same for all.
        """


@dataclass
class _Shared:
    """What the compilations of one filter gather together."""

    told: Told | None = None
    functions: list[SqlFunction] = field(default_factory=list)
    clauses: dict[Hashable, ColumnElement[bool]] = field(default_factory=dict)
    failure: FilterError | None = None
    budget: Budget = field(default_factory=Budget)


class Scope:
    """One compilation for one schema, with all its tables or with those of one kind of event."""

    def __init__(
        self, schema: Schema, tables: Mapping[str, Table] | None = None, told: Told | None = None
    ) -> None:
        self.schema = schema
        self._kind: str | None = None
        states = None if schema.states is None else schema.states.__table__
        seen = schema.tables if tables is None else tables
        self.visible = Visible(schema.era, seen, states, schema.linked)
        self.tables: set[str] = set()
        """Tables that the clauses made so far read."""
        self.was_told = False
        """Whether the clauses made so far hold for events of this kind only, of which something is known."""
        self._shared = _Shared(told)

    def of_kind(self, table: str | None) -> Scope:
        """A scope that sees, of the tables of kinds, only ``table``; it gathers functions for this one."""
        seen = {n: t for n, t in self.schema.tables.items() if n == table or n not in KIND_TABLES}
        scope = Scope(self.schema, seen)
        scope._kind, scope._shared = table, self._shared
        return scope

    def told(self, source: Source, predicate: Predicate) -> bool | None:
        """What is known beforehand of events of this kind: see :class:`Told`."""
        known = None if self._shared.told is None else self._shared.told.told(self._kind, source, predicate)
        self.was_told |= known is not None
        return known

    @property
    def functions(self) -> list[SqlFunction]:
        """Functions that the clauses call."""
        return self._shared.functions

    @property
    def budget(self) -> Budget:
        """What all patterns of the filter may take together."""
        return self._shared.budget

    def failure(self) -> FilterError | None:
        """Why a function gave up, if one did: SQLite itself only knows that it failed."""
        return self._shared.failure

    def has(self, source: Source) -> bool:
        """Whether the tables and columns of a source can be seen."""
        return all(self._exists(name) for name in _names(source)) and all(
            table in self.visible.tables for table in getattr(source, "tables", ())[:1]
        )

    def owner(self, source: Source) -> str | None:
        """The one table in which a source's values are; ``None`` where there are several."""
        if isinstance(source, Anything):
            return None
        if isinstance(source, NumberSource) and source.tables:
            return source.tables[0]
        tables = {table for name in _names(source) for table in self._tables_of(name)}
        return tables.pop() if len(tables) == 1 else None

    def column(self, name: str) -> ColumnElement[Any]:
        """A column ``table.column`` or a computed one ``=name``; its tables will be joined."""
        if name.startswith("="):
            computed = computed_named(name[1:])
            self.tables.update(table for table in computed.tables if table in self.visible.tables)
            return computed.build(self.visible)
        table, _, column = name.partition(".")
        self.tables.add(table)
        found: ColumnElement[Any] = self.schema.tables[table].c[column]
        return found

    def once(self, key: Hashable, make: Callable[[], ColumnElement[bool]]) -> ColumnElement[bool]:
        """A clause that is the same for all kinds of events: made when it is first asked for."""
        if key not in self._shared.clauses:
            self._shared.clauses[key] = make()
        return self._shared.clauses[key]

    def _exists(self, name: str) -> bool:
        if name.startswith("="):
            return self._can_be_computed(name[1:])
        table, _, column = name.partition(".")
        return table in self.visible.tables and column in self.visible.tables[table].c

    def _can_be_computed(self, name: str) -> bool:
        """Whether the tables are there, with the columns: a table of another make may lack them."""
        tables = tables_of(name)
        if tables[0] not in self.visible.tables:
            return False
        if not {*tables} & {*self.schema.reflected}:
            return True
        try:
            computed_named(name).build(self.visible)
        except (AttributeError, KeyError):
            return False
        return True

    def _tables_of(self, name: str) -> tuple[str, ...]:
        return tables_of(name[1:]) if name.startswith("=") else (name.partition(".")[0],)

    def call(self, test: Callable[..., bool], columns: list[ColumnElement[Any]]) -> ColumnElement[bool]:
        """A clause that calls ``test`` with the columns' values: text as ``str``, all else as stored."""
        name = f"tracetui_{next(_numbers)}"
        arguments: list[ColumnElement[Any]] = []
        readers: list[Reader] = []
        for column in columns:
            passed, reader = _passed(column)
            arguments.extend(passed)
            readers.append(reader)

        def guarded(*values: Any) -> int:
            if self._shared.failure is not None:
                raise self._shared.failure
            left = iter(values)
            try:
                return bool(test(*[read(left) for read in readers]))
            except PatternTooSlow as error:
                self._shared.failure = error
                raise

        self.functions.append(SqlFunction(name, len(arguments), guarded))
        found: ColumnElement[bool] = getattr(func, name)(*arguments)
        return found


Reader = Callable[[Iterator[Any]], Any]


def _passed(column: ColumnElement[Any]) -> tuple[list[ColumnElement[Any]], Reader]:
    """How a column goes to Python and is read there.

    The driver refuses text that is not UTF-8, so text goes as bytes. A column that may hold anything has a
    mark beside it that tells what is text.
    """
    if isinstance(column.type, String):
        return [cast(column, LargeBinary)], _read_text
    if isinstance(column.type, Integer | NullType):
        return [column], next
    is_text = func.typeof(column) == "text"
    return [is_text, case((is_text, cast(column, LargeBinary)), else_=column)], _read_marked


def _read_text(values: Iterator[Any]) -> Any:
    value = next(values)
    return text_of_bytes(value) if isinstance(value, bytes) else value


def _read_marked(values: Iterator[Any]) -> Any:
    is_text, value = next(values), next(values)
    return text_of_bytes(value) if is_text else value


def _names(source: Source) -> tuple[str, ...]:
    if isinstance(source, Anything):
        return ()
    return source.columns if isinstance(source, Derived) else (source.column,)
