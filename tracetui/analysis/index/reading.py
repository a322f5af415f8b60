"""Reads the columns of the index from a trace, each table on its own, and puts the codes together by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, bindparam, case, cast, func, null, select, type_coerce
from sqlalchemy.types import NullType

from tracetui.analysis.index.block import Block, Codes, Ids
from tracetui.analysis.index.facets import (
    CALL,
    FD,
    KINDS,
    NO_TABLE,
    PID,
    PROCNAME,
    UNKNOWN,
    Dictionary,
    Entry,
)
from tracetui.analysis.index.packed import (
    Column,
    Packed,
    apart,
    number_or_nothing,
    only_text,
    read_number,
    together,
)
from tracetui.events.errnos import MAX_ERRNO
from tracetui.filter.scope import KIND_TABLES, Scope
from tracetui.trace import Schema, Trace

Dictionaries = Mapping[str, Dictionary]

_NOTHING: tuple[Any, ...] = (NO_TABLE, None, None, None)
_NO_ROW = 1
"""Code of :data:`_NOTHING`: the event has no row in any table of a kind."""


def can_read(schema: Schema) -> bool:
    """Whether all tables of kinds are as the program knows them."""
    return not set(schema.reflected) & set(KIND_TABLES)


class Reader:
    """Reads events with ids from ``start`` to ``stop``, which are committed with all their rows."""

    def __init__(self, trace: Trace, dictionaries: Dictionaries, start: int, stop: int) -> None:
        self._trace = trace
        self._dictionaries = dictionaries
        self._start, self._stop = start, stop
        self._types = Dictionary(_itself)
        self._rows = Dictionary(_itself)
        self._rows[_NOTHING]
        self._without_fd = dictionaries[FD.name][(NO_TABLE, None)]

    def pieces(self, cancelled: Callable[[], bool]) -> Iterator[Block]:
        """The events in order of id, a piece for each short step."""
        schema = self._trace.schema
        kinds = [_KindRows(self, table) for table in KIND_TABLES if schema.has(table)]
        events = _Source("event", *_event_reader(self, schema))
        for high, rows in self.walk(events, cancelled):
            if len(rows.ids):
                yield self._piece(high, rows, kinds)

    def walk(
        self, source: _Source, cancelled: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, _Rows]]:
        """(last id looked at, rows) chunk by chunk."""
        packed = source.packed
        statement = source.statement if packed is None else packed[0].statement
        for low, high, found in self._rows_of(source, statement, self._start, self._stop, cancelled):
            if packed is None:
                yield high, source.encode(found)
                continue
            parts = [packed[0].unpacked(answer) for answer in found]
            if all(part is not None for part in parts):
                yield high, reduce(_Rows.joined, (packed[1](*part) for part in parts if part is not None))
                continue
            for _, last, rows in self._rows_of(source, source.statement, low, high, cancelled):
                yield last, source.encode(rows)

    def _rows_of(
        self, source: _Source, statement: Any, start: int, stop: int, cancelled: Callable[[], bool] | None
    ) -> Iterator[tuple[int, int, list[Any]]]:
        return self._trace.rows(
            statement,
            source.table,
            start=start,
            stop=stop,
            cancelled=cancelled,
            plain=True,
            halves=statement is not source.statement,
        )

    @property
    def schema(self) -> Schema:
        return self._trace.schema

    def dictionary(self, facet: str) -> Dictionary:
        """The codes of a facet."""
        return self._dictionaries[facet]

    def type_code(self, stored: bytes) -> int:
        """The code of a type of events."""
        return self._types[stored]

    def type_codes(self, types: Sequence[Any]) -> NDArray[np.uint16]:
        return np.fromiter(map(self._types.__getitem__, types), np.uint16, len(types))

    def codes(self, facet: str, keys: Iterator[Any] | tuple[Any, ...], count: int) -> Codes:
        """The codes of ``count`` keys."""
        return np.fromiter(map(self._dictionaries[facet].__getitem__, keys), np.uint16, count)

    def row_code(self, *key: Any) -> int:
        """The code of what a row of a table of a kind tells of a call."""
        return self._rows[key]

    def row_codes(self, keys: Iterator[Any], count: int) -> NDArray[np.uint16]:
        """Codes of what rows of the tables of kinds tell of calls."""
        return np.fromiter(map(self._rows.__getitem__, keys), np.uint16, count)

    def _piece(self, high: int, rows: _Rows, kinds: list[_KindRows]) -> Block:
        ids, count = rows.ids, len(rows.ids)
        codes = {**rows.codes, FD.name: np.full(count, self._without_fd, np.uint16)}
        calls = np.full(count, _NO_ROW, np.uint16)
        times = np.zeros(count, np.uint8)
        for kind in kinds:
            places, taken = _places(ids, kind.until(high))
            calls[places] = taken.rows
            times[places] += 1
            for name, part in taken.codes.items():
                codes[name][places] = part
        codes[CALL.name] = self._calls(rows.rows, calls)
        codes[CALL.name][times > 1] = UNKNOWN
        odd = codes[CALL.name] == UNKNOWN
        # With rows of two kinds, or of another kind than its type, an event is two to a scan.
        codes[PID.name][odd] = codes[FD.name][odd] = UNKNOWN
        return Block.of(ids, codes)

    def _calls(self, types: NDArray[np.uint16], rows: NDArray[np.uint16]) -> Codes:
        """The codes of a type and a row together."""
        pairs, places = np.unique(types.astype(np.uint32) << 16 | rows, return_inverse=True)
        lookup = self._dictionaries[CALL.name]
        type_keys, row_keys = self._types.keys_by_code, self._rows.keys_by_code
        codes = []
        for pair in pairs.tolist():
            type_code, row_code = pair >> 16, pair & 0xFFFF
            key = (type_keys[type_code], *row_keys[row_code]) if type_code and row_code else None
            codes.append(UNKNOWN if key is None else lookup[key])
        return np.array(codes, np.uint16)[places]


class _Rows:
    """Rows of one table: codes of their types, or of what they tell of a call, and of further facets."""

    def __init__(self, ids: Ids, rows: NDArray[np.uint16], codes: Mapping[str, Codes]) -> None:
        self.ids, self.rows, self.codes = ids, rows, codes

    def part(self, wanted: slice | NDArray[np.bool_]) -> _Rows:
        return _Rows(
            self.ids[wanted], self.rows[wanted], {name: part[wanted] for name, part in self.codes.items()}
        )

    def joined(self, other: _Rows) -> _Rows:
        return _Rows(
            np.concatenate((self.ids, other.ids)),
            np.concatenate((self.rows, other.rows)),
            {name: np.concatenate((part, other.codes[name])) for name, part in self.codes.items()},
        )


class _KindRows:
    """The rows of one table of a kind, handed out up to an id."""

    def __init__(self, reader: Reader, table: str) -> None:
        source = _Source(table, *_KIND_READERS[table](reader, Scope(reader.schema).of_kind(table)))
        self._chunks = reader.walk(source)
        self._left = source.encode([])
        self._high: int | None = None

    def until(self, high: int) -> _Rows:
        """The rows with ids up to ``high`` that were not yet handed out."""
        while self._high is None or self._high < high:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._high = chunk[0]
            self._left = self._left.joined(chunk[1])
        end = int(np.searchsorted(self._left.ids, high, side="right"))
        taken, self._left = self._left.part(slice(end)), self._left.part(slice(end, None))
        return taken


def _places(ids: Ids, rows: _Rows) -> tuple[NDArray[np.intp], _Rows]:
    """Where in ``ids`` the rows stand; rows without an event are left out."""
    places = np.searchsorted(ids, rows.ids)
    is_event = ids[np.minimum(places, len(ids) - 1)] == rows.ids
    return (places, rows) if is_event.all() else (places[is_event], rows.part(is_event))


# What is read of each table.


@dataclass(frozen=True, slots=True)
class _Source:
    """How a table is read: row by row, or packed where that is worth it."""

    table: str
    encode: Encode
    statement: Any
    packed: tuple[Packed, Callable[[Ids, list[Codes]], _Rows]] | None = None


def _event_reader(reader: Reader, schema: Schema) -> tuple[Encode, Any, Any]:
    event = schema.tables["event"]
    pid = Scope(schema).of_kind(None).column("=pid")
    statement = _ranged(event, event.c.id, _stored_text(event.c.type), _stored_text(event.c.procname), pid)

    def encode(rows: list[Any]) -> _Rows:
        count = len(rows)
        ids, types, names, pids = zip(*rows, strict=True) if rows else ((),) * 4
        codes = {
            PROCNAME.name: reader.codes(PROCNAME.name, names, count),
            PID.name: reader.codes(PID.name, pids, count),
        }
        return _Rows(np.fromiter(ids, np.int64, count), reader.type_codes(types), codes)

    names, pids = reader.dictionary(PROCNAME.name), reader.dictionary(PID.name)
    packed = Packed(
        event,
        (
            Column(only_text(event.c.type), reader.type_code),
            Column(only_text(event.c.procname), names.__getitem__),
            Column(number_or_nothing(pid), lambda text: pids[read_number(text)]),
        ),
        dense=True,
    )

    def rows_of(ids: Ids, codes: list[Codes]) -> _Rows:
        return _Rows(ids, codes[0], {PROCNAME.name: codes[1], PID.name: codes[2]})

    return encode, statement, (packed, rows_of)


def _ranged(table: Any, *columns: Any, source: Any = None) -> Any:
    return (
        select(*columns)
        .select_from(table if source is None else source)
        .where(table.c.id >= bindparam("low"), table.c.id <= bindparam("high"))
        .order_by(table.c.id)
    )


def _stored_text(column: Any) -> Any:
    """Text as bytes, to be decoded once for each value; 0 for what is neither text nor NULL."""
    stored = case(
        (func.typeof(column) == "text", cast(column, LargeBinary)), (column.is_(None), null()), else_=0
    )
    return type_coerce(stored, NullType())


Encode = Callable[[list[Any]], _Rows]


def _ids(rows: list[Any]) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64, len(rows))


def _call_reader(reader: Reader, scope: Scope) -> tuple[Encode, Any, Any]:
    call = scope.schema.tables["syscall"]
    is_error = call.c.retno.between(-MAX_ERRNO, -1)
    # Of results that are no errors only the sign is kept.
    result = func.min(func.max(scope.column("=retno"), -MAX_ERRNO - 1), 1)
    shown = type_coerce(case((is_error, _stored_text(call.c.retno_repr)), else_=null()), NullType())
    statement = _ranged(call, call.c.id, _stored_text(call.c.name), result, shown, scope.column("=fd"))

    def encode(rows: list[Any]) -> _Rows:
        count = len(rows)
        ids, names, results, texts, fds = zip(*rows, strict=True) if rows else ((),) * 5
        calls = reader.row_codes(zip(repeat("syscall"), names, results, texts, strict=False), count)
        codes = {FD.name: reader.codes(FD.name, zip(repeat("syscall"), fds, strict=False), count)}
        return _Rows(np.fromiter(ids, np.int64, count), calls, codes)

    fds = reader.dictionary(FD.name)
    # What is no error has no text; an error without one is for the other way.
    named = case((is_error, func.nullif(only_text(call.c.retno_repr), "")), else_="")
    packed = Packed(
        call,
        (
            Column(together(only_text(call.c.name), number_or_nothing(result), named), _read_call(reader)),
            Column(number_or_nothing(scope.column("=fd")), lambda text: fds["syscall", read_number(text)]),
        ),
        dense=False,
    )
    return encode, statement, (packed, lambda ids, codes: _Rows(ids, codes[0], {FD.name: codes[1]}))


def _read_call(reader: Reader) -> Callable[[bytes], int]:
    def code(text: bytes) -> int:
        name, result, shown = apart(text, 3)
        return reader.row_code("syscall", name, read_number(result), shown or None)

    return code


def _transfer_reader(table: str) -> Callable[[Reader, Scope], tuple[Encode, Any]]:
    def make(reader: Reader, scope: Scope) -> tuple[Encode, Any]:
        source = scope.schema.tables[table]
        statement = _ranged(source, source.c.id, scope.column(f"={table}.fd"))

        def encode(rows: list[Any]) -> _Rows:
            keys = zip(repeat(table), (row[1] for row in rows), strict=False)
            return _Rows(
                _ids(rows), _constant(reader, table, rows), {FD.name: reader.codes(FD.name, keys, len(rows))}
            )

        return encode, statement

    return make


def _life_reader(table: str) -> Callable[[Reader, Scope], tuple[Encode, Any]]:
    def make(reader: Reader, scope: Scope) -> tuple[Encode, Any]:
        source, event = scope.schema.tables[table], scope.schema.tables["event"]
        joined = source.join(event, event.c.id == source.c.id)
        statement = _ranged(source, source.c.id, scope.column("=pid"), source=joined)

        def encode(rows: list[Any]) -> _Rows:
            pids = reader.codes(PID.name, (row[1] for row in rows), len(rows))
            return _Rows(_ids(rows), _constant(reader, table, rows), {PID.name: pids})

        return encode, statement

    return make


def _exec_reader(reader: Reader, scope: Scope) -> tuple[Encode, Any]:
    source = scope.schema.tables["exec"]
    return (
        lambda rows: _Rows(_ids(rows), _constant(reader, "exec", rows), {}),
        _ranged(source, source.c.id),
    )


def _constant(reader: Reader, table: str, rows: list[Any]) -> NDArray[np.uint16]:
    """The same code for each row: that of its table is all that is kept."""
    return reader.row_codes(repeat((table, None, None, None), len(rows)), len(rows))


_KIND_READERS: dict[str, Callable[[Reader, Scope], tuple[Any, ...]]] = {
    "syscall": _call_reader,
    "read": _transfer_reader("read"),
    "write": _transfer_reader("write"),
    "exec": _exec_reader,
    "proc_start": _life_reader("proc_start"),
    "proc_exit": _life_reader("proc_exit"),
}
assert set(_KIND_READERS) == set(KINDS) - {NO_TABLE}


def _itself(key: object) -> Entry:
    return {}
