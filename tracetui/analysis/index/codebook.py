"""The codes that are given while a trace is read: those of facets, and those of what makes a call's facet.

The code of :data:`CALL` is that of a type, which the table of events tells, and of a row of another table
together. While it is read, each of both has a code of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import Codes
from tracetui.analysis.index.facets import CALL, NO_TABLE, UNKNOWN, Dictionary, Facet
from tracetui.analysis.index.packed import Remembered, codes_of

Dictionaries = Mapping[str, Dictionary]

NO_ROW = 1
"""Code of an event that has no row in any table of a kind."""

_BITS = 16


class Codebook:
    """The dictionaries of an index, and those that are of use only while it is built."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.facets = dictionaries
        self.types = Dictionary()
        self.rows = Dictionary()
        """Keys: table, name, result, text of an error."""
        self.rows[NO_TABLE, None, None, None]
        self._calls = Remembered(self._call)

    def of(self, facet: Facet, keys: Iterable[Any], count: int) -> Codes:
        """The codes of ``count`` keys."""
        return np.fromiter(map(self.facets[facet.name].__getitem__, keys), np.uint16, count)

    def of_types(self, types: Iterable[Any], count: int) -> NDArray[np.uint16]:
        return np.fromiter(map(self.types.__getitem__, types), np.uint16, count)

    def of_rows(self, keys: Iterable[Any], count: int) -> NDArray[np.uint16]:
        return np.fromiter(map(self.rows.__getitem__, keys), np.uint16, count)

    def row_of_table(self, table: str) -> int:
        """The code of a row of which nothing is kept but that it is there."""
        return self.rows[table, None, None, None]

    def calls(self, types: NDArray[np.uint16], rows: NDArray[np.uint16]) -> Codes:
        """The codes of types and rows together."""
        return codes_of(types.astype(np.int64) << _BITS | rows, self._calls)

    def _call(self, pair: int) -> int:
        type_code, row_code = pair >> _BITS, pair & (1 << _BITS) - 1
        if not type_code or not row_code:
            return UNKNOWN
        key = (self.types.keys_by_code[type_code], *self.rows.keys_by_code[row_code])
        return self.facets[CALL.name][key]
