"""Reads the files that events name: a pass of its own, taken when somebody asks for them.

It takes as long as reading all the other columns, and most sessions do without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import func

from tracetui.analysis.index import paths
from tracetui.analysis.index.arguments import Arguments
from tracetui.analysis.index.block import Block, Codes, Ids, narrow
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.facets import CALL, NO_TABLE, PATH, UNKNOWN
from tracetui.analysis.index.packed import Packed, Remembered, Texts, only_text
from tracetui.analysis.index.reading import Cancelled, Reader, RowsOfKind, places_of
from tracetui.analysis.index.tables import Rows, Source, ranged, stored_text
from tracetui.filter.fields import TEXTS
from tracetui.filter.scope import Scope
from tracetui.trace import Trace

_TABLES = ("syscall", "read", "write", "exec")
"""Tables whose rows name files."""


class PathReader:
    """Reads, for events that are in an index, which files they name."""

    def __init__(self, trace: Trace, contents: Contents) -> None:
        self._contents = contents
        schema, start = trace.schema, contents.paths_from
        first, last = (contents.blocks[0].first, contents.blocks[-1].last) if contents.blocks else (0, 0)
        self._names = contents.dictionaries[PATH.name]
        self._arguments = Arguments(Scope(schema), contents.dictionaries)
        self._reader = Reader(trace, contents.dictionaries, first if start is None else start, last)
        self._kinds = {
            table: RowsOfKind(self._reader.walk(self._source(schema.tables[table], table)))
            for table in _TABLES
            if schema.has(table)
        }

    def blocks(self, cancelled: Cancelled) -> Iterator[Block]:
        """The blocks with events whose files are not yet known, in their order, with what they name."""
        start = self._contents.paths_from
        with self._reader.ahead:
            for block in self._contents.within(start, None):
                if cancelled():
                    return
                wanted = block.positions(start, None)
                codes = np.zeros(block.count, np.uint16)
                codes[: wanted.start] = block.codes[PATH.name][: wanted.start]
                codes[wanted] = self._codes(block, wanted)
                yield replace(block, codes={**block.codes, PATH.name: narrow(codes)})

    def _codes(self, block: Block, wanted: slice) -> Codes:
        ids, calls = block.ids[wanted], block.codes[CALL.name][wanted]
        codes = np.full(len(ids), self._names[NO_TABLE, None], np.uint16)
        for table, kind in self._kinds.items():
            found = kind.until(block.last)
            if found is None:
                continue
            places, taken = places_of(ids, found)
            named = taken.codes[PATH.name]
            codes[places] = self._arguments.paths(named, calls[places]) if table == "syscall" else named
        codes[calls == UNKNOWN] = UNKNOWN
        return codes

    def _source(self, table: Any, name: str) -> Source:
        if name == "syscall":
            return self._call_source(table)
        column, key = (table.c.argv, paths.of_exec) if name == "exec" else (table.c.fname, paths.of_file)
        codes = Remembered(lambda stored: self._names[key(name, stored)])
        packed = Packed(table, (Texts(only_text(func.coalesce(column, "")), codes.__getitem__),), dense=False)

        def encode(rows: list[Any]) -> Rows:
            return _rows(_ids(rows), [np.fromiter((codes[row[1]] for row in rows), np.uint16, len(rows))])

        return Source(name, encode, ranged(table, table.c.id, stored_text(column)), (packed, _rows))

    def _call_source(self, table: Any) -> Source:
        texts = [stored_text(table.c[name.partition(".")[2]]) for name in TEXTS]

        def encode(rows: list[Any]) -> Rows:
            numbers = (self._arguments.number(row[1:]) for row in rows)
            return _rows(_ids(rows), [np.fromiter(numbers, np.uint64, len(rows))])

        packed = Packed(table, (self._arguments,), dense=False)
        return Source("syscall", encode, ranged(table, table.c.id, *texts), (packed, _rows))


def _rows(ids: Ids, codes: list[Codes]) -> Rows:
    return Rows(ids, np.zeros(len(ids), np.uint16), {PATH.name: codes[0]})


def _ids(rows: list[Any]) -> Ids:
    return np.fromiter((row[0] for row in rows), np.int64, len(rows))
