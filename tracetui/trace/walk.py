"""Walks through a range of ids in short transactions, around gaps and damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from tracetui.trace.connection import ReadConnection
from tracetui.trace.damage import Damage, Salvage, is_damage
from tracetui.trace.ids import Ids, Range
from tracetui.trace.pace import BESIDE_SECONDS, CHUNK_SECONDS, Pace
from tracetui.trace.partner import ALONE, NARROW, Partner
from tracetui.trace.plain import rows_of

MAX_LOST_CHUNKS = 4
"""Chunks after each of which the way to the next id is damaged, before a farther one is sought."""

Piece = tuple[int, int, list[Any]]
"""First and last id that were looked at, and the rows that were found."""

FindPartner = Callable[[], Partner | None]
"""Gives the one that reads with a walk that takes long, if there is one."""


def nobody() -> Partner | None:
    """No partner."""
    return None


@dataclass(frozen=True, slots=True)
class Queries:
    """The same question for a range of ids (``low`` to ``high``) and for the one id ``low``.

    A query for a range looks one row beyond its end, which may be damaged; one for a single id does not.
    """

    range: Any
    single: Any


class Walker:
    """Walks over one connection. Not for use by two threads at once."""

    def __init__(
        self,
        connection: Connection,
        driver: ReadConnection,
        damage: Damage,
        event: Table,
        is_written: Callable[[], bool],
    ) -> None:
        """``is_written()`` tells whether a logger is at work, which must not wait for a chunk."""
        self._connection = connection
        self._driver = driver
        self._damage = damage
        self._event = event
        self._is_written = is_written
        self.ids = Ids(connection, driver, damage, event)

    def pieces(
        self,
        queries: Queries,
        wanted: Range,
        cancelled: Callable[[], bool] | None = None,
        pace: Pace | None = None,
        partner: FindPartner = nobody,
    ) -> Iterator[Piece]:
        """The rows of a range, chunk by chunk, each chunk a transaction of its own.

        Stops without an error when ``cancelled()`` turns true between two chunks.
        """
        pace = pace or Pace()
        pace.seconds = BESIDE_SECONDS if self._is_written() else CHUNK_SECONDS
        chunks = _Chunks(queries, self._connection, self._driver, pace, partner)
        salvage = Salvage(self._damage, self._driver, every_id=wanted.source is self._event)
        position: int | None = wanted.start
        lost = 0
        while position is not None and wanted.holds(position):
            if cancelled is not None and cancelled():
                return
            low, high = wanted.chunk(position, pace.width)
            found = False
            for piece in salvage.pieces(chunks.read, low, high, wanted.descending):
                found = found or _has_found(piece[2])
                yield piece
            position = wanted.beyond(low, high)
            if found:
                lost = 0
            elif wanted.holds(position):
                position, lost = self._skip(wanted, position, lost)

    def _skip(self, wanted: Range, position: int, lost: int) -> tuple[int | None, int]:
        """Where to go on after a chunk without rows: ids may have gaps of any size.

        ``lost``, which comes back too, counts the chunks in turn after which the way on was damaged.
        """
        try:
            return self.ids.nearest(wanted.source, position, wanted.descending), 0
        except DBAPIError as error:
            if not is_damage(error, self._driver):
                raise
        lost += 1
        return (self.ids.beyond_damage(wanted, position) if lost > MAX_LOST_CHUNKS else position), lost


class _Chunks:
    """Reads the chunks of one walk; after many of them with a partner, who reads a half of each."""

    def __init__(
        self,
        queries: Queries,
        connection: Connection,
        driver: ReadConnection,
        pace: Pace,
        partner: FindPartner,
    ) -> None:
        self._queries = queries
        self._connection = connection
        self._driver = driver
        self._pace = pace
        self._find_partner = partner
        self._partner: Partner | None = None

    def read(self, low: int, high: int) -> list[Any]:
        if self._partner is None and self._pace.chunks >= ALONE:
            self._partner = self._find_partner()
        if self._partner is None or high - low < NARROW:
            return self._read(low, high)
        return self._partner.read_halves(self._queries.range, low, high, self._read, self._driver.turn)

    def _read(self, low: int, high: int) -> list[Any]:
        query = self._queries.single if low == high else self._queries.range
        self._driver.divisible = low != high
        try:
            return rows_of(query, self._connection, self._driver, low, high)
        finally:
            self._driver.divisible = False
            self._pace.took(self._driver.took)


def _has_found(rows: list[Any]) -> bool:
    """Whether there are ids or numbers other than 0 in the first column of an answer."""
    return any(row[0] for row in rows)
