"""What a scan looks for: a clause over the tables of a trace, ready for SQLite."""

from __future__ import annotations

from collections.abc import Callable
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
class Condition:
    """A clause that is true for the events looked for, and false or NULL for all others."""

    where: ColumnElement[bool]
    tables: frozenset[str] = frozenset()
    """Tables beside ``event`` that the clause reads; they are joined on ``id``."""
    functions: tuple[SqlFunction, ...] = ()
    driver: str | None = None
    """A table without whose row the clause is false: a scan may start there and skip the others."""
    reads_event: bool = True
    """Whether the clause reads columns of ``event`` itself."""
    failure: Callable[[], Exception | None] = lambda: None
    """What to raise after a function gave up: SQLite only tells that it did."""
