"""Reads columns of a table a chunk at a time: each column comes as one long text, which is taken apart here.

A row that comes by itself costs the interpreter more than all that is done with it. What does not fit, such
as a number where text should be, is left to :mod:`.reading`, which asks for it row by row. SQLite walks a
range of keys in their order, and makes its lists in the order in which it walks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, bindparam, case, cast, func, literal, null, select

from tracetui.analysis.index.block import Codes, Ids

END, UNIT = "\x1e", "\x1f"
"""Between rows, and between values of a row; no more than a hint, as a text may hold anything."""

_MOST = 200_000
"""Texts whose code is remembered."""


class NotPacked(ValueError):
    """What a text says cannot be told."""


class Column(dict[bytes, int]):
    """A column's expression in SQL, NULL where a row does not fit, and the codes of its texts."""

    def __init__(self, expression: Any, code: Callable[[bytes], int]) -> None:
        """``code`` may raise :class:`NotPacked`."""
        super().__init__()
        self.expression = expression
        self._code = code

    def __missing__(self, text: bytes) -> int:
        if len(self) >= _MOST:
            self.clear()
        found = self[text] = self._code(text)
        return found


class Packed:
    """The question for a chunk of a table, and its answer as arrays."""

    def __init__(self, table: Any, columns: Sequence[Column], dense: bool) -> None:
        """``dense``: whether ids without a gap are expected; chunks with one are left to the other way."""
        self._columns = columns
        self._dense = dense
        ids = null() if dense else func.group_concat(table.c.id)
        texts = (func.group_concat(column.expression, literal(END)) for column in columns)
        self.statement = (
            select(
                func.count(),
                func.min(table.c.id),
                func.max(table.c.id),
                ids,
                *(cast(text, LargeBinary) for text in texts),
            )
            .select_from(table)
            .where(table.c.id >= bindparam("low"), table.c.id <= bindparam("high"))
        )

    def unpacked(self, answer: Sequence[Any]) -> tuple[Ids, list[Codes]] | None:
        """Ids in ascending order and the codes of each column; ``None`` where some row does not fit."""
        count, first, last, listed, *texts = answer
        if not count:
            return np.zeros(0, np.int64), [np.zeros(0, np.uint16) for _ in texts]
        if any(text is None for text in texts) or (self._dense and last - first + 1 != count):
            return None
        end = END.encode()
        parts = [text.split(end) for text in texts]
        if any(len(part) != count for part in parts):
            return None
        try:
            codes = [
                np.fromiter(map(column.__getitem__, part), np.uint16, count)
                for column, part in zip(self._columns, parts, strict=True)
            ]
        except NotPacked:
            return None
        if self._dense:
            return np.arange(first, last + 1, dtype=np.int64), codes
        return _ordered(np.fromstring(listed, np.int64, count, sep=","), codes)


def _ordered(ids: Ids, codes: list[Codes]) -> tuple[Ids, list[Codes]]:
    """The same in ascending order of id; SQLite leaves the order of a list open."""
    if (ids[1:] > ids[:-1]).all():
        return ids, codes
    order: NDArray[np.intp] = np.argsort(ids)
    return ids[order], [part[order] for part in codes]


def only_text(column: Any) -> Any:
    """A column's text; NULL for anything else."""
    return case((func.typeof(column) == "text", column), else_=null())


def number_or_nothing(expression: Any) -> Any:
    """An integer or NULL as a text."""
    return func.coalesce(expression, "")


def read_number(text: bytes) -> int | None:
    """What :func:`number_or_nothing` made a text of."""
    return int(text) if text else None


def together(*texts: Any) -> Any:
    """Several texts as one."""
    joined = texts[0]
    for text in texts[1:]:
        joined = joined.op("||")(literal(UNIT)).op("||")(text)
    return joined


def apart(text: bytes, count: int) -> list[bytes]:
    """The texts that :func:`together` joined. Raises :class:`NotPacked` where there is a separator in one."""
    parts = text.split(UNIT.encode())
    if len(parts) != count:
        raise NotPacked
    return parts
