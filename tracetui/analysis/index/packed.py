"""Reads columns of a table a chunk at a time: each column comes as one long list, which is taken apart here.

A row that comes by itself costs the interpreter more than all that is done with it. What does not fit, such
as a number where text should be, is left to :mod:`.reading`, which asks for it row by row. SQLite walks a
range of keys in their order, and makes its lists in the order in which it walks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, bindparam, case, cast, func, literal, null, select

from tracetui.analysis.index.block import Codes, Ids

END = "\x1e"
"""Between texts; no more than a hint, as a text may hold anything."""

NOTHING = 1 << 62
"""Stands for NULL among numbers."""

_MOST = 50_000
"""Values whose code is remembered."""

_LONG = 1_024
"""Bytes of a text that is too long for that."""


class NotPacked(ValueError):
    """What a list says cannot be told."""


class Column(Protocol):
    """Something of each row, as one list or several, and the codes of it."""

    lists: tuple[Any, ...]
    """What SQLite is asked for: aggregates over a chunk."""

    def codes(self, lists: Sequence[Any], count: int) -> Codes:
        """The codes of ``count`` rows. Raises :class:`NotPacked`."""


class Remembered(dict[Any, int]):
    """Codes of values that come again and again."""

    def __init__(self, code: Callable[[Any], int]) -> None:
        """``code`` may raise :class:`NotPacked`."""
        super().__init__()
        self._code = code

    def __missing__(self, value: Any) -> int:
        found = self._code(value)
        if not isinstance(value, bytes) or len(value) <= _LONG:
            if len(self) >= _MOST:
                self.clear()
            self[value] = found
        return found


class Texts:
    """A column of texts. A row of which the expression is NULL does not fit."""

    def __init__(self, expression: Any, code: Callable[[bytes], int]) -> None:
        """``code`` may raise :class:`NotPacked`."""
        self.lists = (cast(func.group_concat(expression, literal(END)), LargeBinary),)
        self._codes = Remembered(code)

    def codes(self, lists: Sequence[Any], count: int) -> Codes:
        texts = [] if lists[0] is None else lists[0].split(END.encode())
        if len(texts) != count:
            raise NotPacked
        return np.fromiter(map(self._codes.__getitem__, texts), np.uint16, count)


class Numbers:
    """A column of integers and NULL."""

    def __init__(self, expression: Any, code: Callable[[int | None], int]) -> None:
        self.lists = (func.group_concat(func.coalesce(expression, NOTHING)),)
        self._codes = Remembered(lambda number: code(None if number == NOTHING else number))

    def codes(self, lists: Sequence[Any], count: int) -> Codes:
        return codes_of(read_numbers(lists[0], count), self._codes)


class Packed:
    """The question for a chunk of a table, and its answer as arrays."""

    def __init__(self, table: Any, columns: Sequence[Column], dense: bool) -> None:
        """``dense``: whether ids without a gap are expected; chunks with one are left to the other way."""
        self._columns = columns
        self._dense = dense
        ids = null() if dense else func.group_concat(table.c.id)
        lists = (one for column in columns for one in column.lists)
        self.statement = (
            select(func.count(), func.min(table.c.id), func.max(table.c.id), ids, *lists)
            .select_from(table)
            .where(table.c.id >= bindparam("low"), table.c.id <= bindparam("high"))
        )

    def unpacked(self, answer: Sequence[Any]) -> tuple[Ids, list[Codes]] | None:
        """Ids in ascending order and the codes of each column; ``None`` where some row does not fit."""
        count, first, last, listed, *lists = answer
        if not count:
            return np.zeros(0, np.int64), [np.zeros(0, np.uint16) for _ in self._columns]
        if self._dense and last - first + 1 != count:
            return None
        left = iter(lists)
        try:
            codes = [column.codes([next(left) for _ in column.lists], count) for column in self._columns]
        except NotPacked:
            return None
        if self._dense:
            return np.arange(first, last + 1, dtype=np.int64), codes
        return _ordered(read_numbers(listed, count), codes)


def read_numbers(listed: str, count: int) -> NDArray[np.int64]:
    """The ``count`` integers of a list."""
    return np.fromstring(listed, np.int64, count, sep=",")


def codes_of(values: NDArray[np.integer[Any]], codes: Remembered) -> Codes:
    """The code of each value; each is looked up once."""
    found, places = np.unique(values, return_inverse=True)
    return np.fromiter(map(codes.__getitem__, found.tolist()), np.uint16, len(found))[places]


def _ordered(ids: Ids, codes: list[Codes]) -> tuple[Ids, list[Codes]]:
    """The same in ascending order of id; SQLite leaves the order of a list open."""
    if (ids[1:] > ids[:-1]).all():
        return ids, codes
    order: NDArray[np.intp] = np.argsort(ids)
    return ids[order], [part[order] for part in codes]


def only_text(column: Any) -> Any:
    """A column's text; NULL for anything else."""
    return case((func.typeof(column) == "text", column), else_=null())
