"""Reads the columns of the index from a trace, each table on its own, and puts the codes together by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.ahead import Ahead
from tracetui.analysis.index.block import Block, Ids
from tracetui.analysis.index.codebook import NO_ROW, Codebook, Dictionaries
from tracetui.analysis.index.facets import CALL, FD, NO_TABLE, PATH, PID, UNKNOWN
from tracetui.analysis.index.tables import Rows, Source, event_source, kind_source
from tracetui.filter.scope import KIND_TABLES
from tracetui.trace import Schema, Trace

Cancelled = Callable[[], bool]


def can_read(schema: Schema) -> bool:
    """Whether all tables of kinds are as the program knows them."""
    return not set(schema.reflected) & set(KIND_TABLES)


class Reader:
    """Reads events with ids from ``start`` to ``stop``, which are committed with all their rows.

    From the first :meth:`walk` until :attr:`ahead` is left, nobody else may use the trace.
    """

    def __init__(self, trace: Trace, dictionaries: Dictionaries, start: int, stop: int) -> None:
        self._trace = trace
        self._start, self._stop = start, stop
        self.ahead = Ahead()
        self._book = Codebook(dictionaries)
        self._without_fd = dictionaries[FD.name][(NO_TABLE, None)]

    def pieces(self, cancelled: Cancelled) -> Iterator[Block]:
        """The events in order of id, a piece for each short step."""
        schema = self._trace.schema
        kinds = [
            RowsOfKind(self.walk(kind_source(self._book, schema, table)))
            for table in KIND_TABLES
            if schema.has(table)
        ]
        with self.ahead:
            for high, rows in self.walk(event_source(self._book, schema), cancelled):
                if len(rows.ids):
                    yield self._piece(high, rows, kinds)

    def walk(self, source: Source, cancelled: Cancelled | None = None) -> Iterator[tuple[int, Rows]]:
        """(last id looked at, rows) chunk by chunk."""
        packed = source.packed
        statement = source.statement if packed is None else packed[0].statement
        for low, high, found in self._rows_of(source, statement, self._start, self._stop, cancelled):
            if packed is None:
                yield high, source.encode(found)
                continue
            parts = [packed[0].unpacked(answer) for answer in found]
            if all(part is not None for part in parts):
                yield high, reduce(Rows.joined, (packed[1](*part) for part in parts if part is not None))
                continue
            for _, last, rows in self._rows_of(source, source.statement, low, high, cancelled):
                yield last, source.encode(rows)

    def _rows_of(
        self, source: Source, statement: Any, start: int, stop: int, cancelled: Cancelled | None
    ) -> Iterator[tuple[int, int, list[Any]]]:
        rows = self._trace.rows(
            statement,
            source.table,
            start=start,
            stop=stop,
            cancelled=cancelled,
            plain=True,
            halves=statement is not source.statement,
        )
        return self.ahead.of(rows)

    def _piece(self, high: int, rows: Rows, kinds: list[RowsOfKind]) -> Block:
        ids, count = rows.ids, len(rows.ids)
        codes = {**rows.codes, FD.name: np.full(count, self._without_fd, np.uint16)}
        calls = np.full(count, NO_ROW, np.uint16)
        times = np.zeros(count, np.uint8)
        for kind in kinds:
            found = kind.until(high)
            if found is None:
                continue
            places, taken = places_of(ids, found)
            calls[places] = taken.rows
            times[places] += 1
            for name, part in taken.codes.items():
                codes[name][places] = part
        codes[CALL.name] = self._book.calls(rows.rows, calls)
        codes[CALL.name][times > 1] = UNKNOWN
        odd = codes[CALL.name] == UNKNOWN
        # With rows of two kinds, or of another kind than its type, an event is two to a scan.
        codes[PID.name][odd] = codes[FD.name][odd] = UNKNOWN
        # What names files is read when somebody asks for it.
        codes[PATH.name] = np.zeros(count, np.uint8)
        return Block.of(ids, codes)


class RowsOfKind:
    """The rows of one table of a kind, handed out up to an id."""

    def __init__(self, chunks: Iterator[tuple[int, Rows]]) -> None:
        self._chunks = chunks
        self._left: Rows | None = None
        self._high: int | None = None

    def until(self, high: int) -> Rows | None:
        """The rows with ids up to ``high`` that were not yet handed out; ``None`` where there are none."""
        while self._high is None or self._high < high:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._high, rows = chunk
            self._left = rows if self._left is None else self._left.joined(rows)
        if self._left is None:
            return None
        end = int(np.searchsorted(self._left.ids, high, side="right"))
        taken, self._left = self._left.part(slice(end)), self._left.part(slice(end, None))
        return taken


def places_of(ids: Ids, rows: Rows) -> tuple[NDArray[np.intp], Rows]:
    """Where in ``ids`` the rows stand; rows without an event are left out."""
    places = np.searchsorted(ids, rows.ids)
    is_event = ids[np.minimum(places, len(ids) - 1)] == rows.ids
    return (places, rows) if is_event.all() else (places[is_event], rows.part(is_event))
