"""What a scan looks for: a clause over the tables of a trace, ready for SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """A Python function that a clause calls; the scanning connection registers it."""

    name: str
    nargs: int
    callable: Callable[..., object]
    deterministic: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A clause for the rows of one table; an event is found by one part at most.

    The clause is true for the events looked for, and false or NULL for all others.
    """

    where: ColumnElement[bool]
    source: str = "event"
    """The table whose rows are walked."""
    tables: frozenset[str] = frozenset()
    """Tables that the clause reads, too; ``event`` is joined, any other outer-joined, on ``id``."""
    without: frozenset[str] = frozenset()
    """Tables in which the event must have no row: other parts look there."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a scan looks for."""

    parts: tuple[Part, ...]
    """Where to look; no part at all finds nothing."""
    functions: tuple[SqlFunction, ...] = ()
    failure: Callable[[], Exception | None] = lambda: None
    """What to raise after a function gave up: SQLite only tells that it did."""

    @classmethod
    def of(
        cls,
        where: ColumnElement[bool],
        tables: Iterable[str] = (),
        *,
        source: str = "event",
        functions: tuple[SqlFunction, ...] = (),
    ) -> Condition:
        """A condition of one part."""
        return cls((Part(where, source, frozenset(tables)),), functions)
