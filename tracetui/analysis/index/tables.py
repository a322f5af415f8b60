"""What is read of each table: row by row, or packed where there are many rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, bindparam, case, cast, func, null, select, type_coerce
from sqlalchemy.types import NullType

from tracetui.analysis.index.block import Codes, Ids
from tracetui.analysis.index.calls import HIGHEST, LOWEST, Calls
from tracetui.analysis.index.codebook import Codebook
from tracetui.analysis.index.facets import FD, KINDS, NO_TABLE, PID, PROCNAME
from tracetui.analysis.index.packed import Numbers, Packed, Texts, only_text
from tracetui.events.errnos import MAX_ERRNO
from tracetui.filter.scope import Scope
from tracetui.trace import Schema


class Rows:
    """Rows of one table: codes of their types, or of what they tell of a call, and of further facets."""

    def __init__(self, ids: Ids, rows: NDArray[np.uint16], codes: Mapping[str, Codes]) -> None:
        self.ids, self.rows, self.codes = ids, rows, codes

    def part(self, wanted: slice | NDArray[np.bool_]) -> Rows:
        return Rows(
            self.ids[wanted], self.rows[wanted], {name: part[wanted] for name, part in self.codes.items()}
        )

    def joined(self, other: Rows) -> Rows:
        return Rows(
            np.concatenate((self.ids, other.ids)),
            np.concatenate((self.rows, other.rows)),
            {name: np.concatenate((part, other.codes[name])) for name, part in self.codes.items()},
        )


@dataclass(frozen=True, slots=True)
class Source:
    """How a table is read: row by row, or packed where that is worth it."""

    table: str
    encode: Callable[[list[Any]], Rows]
    statement: Any
    packed: tuple[Packed, Callable[[Ids, list[Codes]], Rows]] | None = None


def event_source(book: Codebook, schema: Schema) -> Source:
    """The events themselves."""
    event = schema.tables["event"]
    pid = Scope(schema).of_kind(None).column("=pid")
    statement = ranged(event, event.c.id, stored_text(event.c.type), stored_text(event.c.procname), pid)

    def encode(rows: list[Any]) -> Rows:
        count = len(rows)
        ids, types, names, pids = zip(*rows, strict=True) if rows else ((),) * 4
        codes = {PROCNAME.name: book.of(PROCNAME, names, count), PID.name: book.of(PID, pids, count)}
        return Rows(np.fromiter(ids, np.int64, count), book.of_types(types, count), codes)

    names, pids = book.facets[PROCNAME.name], book.facets[PID.name]
    columns = (
        Texts(only_text(event.c.type), book.types.__getitem__),
        Texts(only_text(event.c.procname), names.__getitem__),
        Numbers(pid, pids.__getitem__),
    )

    def rows_of(ids: Ids, codes: list[Codes]) -> Rows:
        return Rows(ids, codes[0], {PROCNAME.name: codes[1], PID.name: codes[2]})

    return Source("event", encode, statement, (Packed(event, columns, dense=True), rows_of))


def kind_source(book: Codebook, schema: Schema, table: str) -> Source:
    """One of the tables of kinds."""
    return _KIND_SOURCES[table](book, Scope(schema).of_kind(table), table)


def _call_source(book: Codebook, scope: Scope, table: str) -> Source:
    call = scope.schema.tables[table]
    is_error = call.c.retno.between(-MAX_ERRNO, -1)
    result = func.min(func.max(scope.column("=retno"), LOWEST), HIGHEST)
    shown = type_coerce(case((is_error, stored_text(call.c.retno_repr)), else_=null()), NullType())
    statement = ranged(call, call.c.id, stored_text(call.c.name), result, shown, scope.column("=fd"))

    def encode(rows: list[Any]) -> Rows:
        count = len(rows)
        ids, names, results, texts, fds = zip(*rows, strict=True) if rows else ((),) * 5
        calls = book.of_rows(zip(repeat(table), names, results, texts, strict=False), count)
        codes = {FD.name: book.of(FD, zip(repeat(table), fds, strict=False), count)}
        return Rows(np.fromiter(ids, np.int64, count), calls, codes)

    fds = book.facets[FD.name]
    columns = (
        Calls(scope, lambda name, result, shown: book.rows[table, name, result, shown]),
        Numbers(scope.column("=fd"), lambda fd: fds[table, fd]),
    )
    packed = Packed(call, columns, dense=False)
    return Source(
        table, encode, statement, (packed, lambda ids, codes: Rows(ids, codes[0], {FD.name: codes[1]}))
    )


def _transfer_source(book: Codebook, scope: Scope, table: str) -> Source:
    source, fd = scope.schema.tables[table], scope.column(f"={table}.fd")
    constant, fds = book.row_of_table(table), book.facets[FD.name]

    def encode(rows: list[Any]) -> Rows:
        keys = ((table, row[1]) for row in rows)
        return rows_of(_ids(rows), [book.of(FD, keys, len(rows))])

    def rows_of(ids: Ids, codes: list[Codes]) -> Rows:
        return Rows(ids, _constant(constant, ids), {FD.name: codes[0]})

    packed = Packed(source, (Numbers(fd, lambda number: fds[table, number]),), dense=False)
    return Source(table, encode, ranged(source, source.c.id, fd), (packed, rows_of))


def _life_source(book: Codebook, scope: Scope, table: str) -> Source:
    source, event = scope.schema.tables[table], scope.schema.tables["event"]
    joined = source.join(event, event.c.id == source.c.id)
    constant = book.row_of_table(table)

    def encode(rows: list[Any]) -> Rows:
        ids, pids = _ids(rows), book.of(PID, (row[1] for row in rows), len(rows))
        return Rows(ids, _constant(constant, ids), {PID.name: pids})

    return Source(table, encode, ranged(source, source.c.id, scope.column("=pid"), source=joined))


def _exec_source(book: Codebook, scope: Scope, table: str) -> Source:
    source, constant = scope.schema.tables[table], book.row_of_table(table)

    def encode(rows: list[Any]) -> Rows:
        ids = _ids(rows)
        return Rows(ids, _constant(constant, ids), {})

    return Source(table, encode, ranged(source, source.c.id))


_KIND_SOURCES: dict[str, Callable[[Codebook, Scope, str], Source]] = {
    "syscall": _call_source,
    "read": _transfer_source,
    "write": _transfer_source,
    "exec": _exec_source,
    "proc_start": _life_source,
    "proc_exit": _life_source,
}
assert set(_KIND_SOURCES) == set(KINDS) - {NO_TABLE}


def ranged(table: Any, *columns: Any, source: Any = None) -> Any:
    return (
        select(*columns)
        .select_from(table if source is None else source)
        .where(table.c.id >= bindparam("low"), table.c.id <= bindparam("high"))
        .order_by(table.c.id)
    )


def stored_text(column: Any) -> Any:
    """Text as bytes, to be decoded once for each value; 0 for what is neither text nor NULL."""
    stored = case(
        (func.typeof(column) == "text", cast(column, LargeBinary)), (column.is_(None), null()), else_=0
    )
    return type_coerce(stored, NullType())


def _ids(rows: list[Any]) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64, len(rows))


def _constant(code: int, ids: Ids) -> NDArray[np.uint16]:
    """The same code for each row."""
    return np.full(len(ids), code, np.uint16)
