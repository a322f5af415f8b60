"""AND, OR and NOT of SQL clauses, within what SQLite can take.

SQLite limits how deep an expression is, and counts a chain of a thousand terms as that deep; constants are
folded, so that what cannot match is seen before anything is asked of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, or_, true
from sqlalchemy.sql.elements import False_, True_

Expr = ColumnElement[Any]
Clause = ColumnElement[bool]

_GROUP = 50
"""Clauses in one chain."""


def all_of(clauses: Iterable[Clause]) -> Clause:
    """True where each clause is."""
    kept: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, False_):
            return clause
        if not isinstance(clause, True_):
            kept.append(clause)
    return _chain(and_, kept) if kept else true()


def any_of(clauses: Iterable[Clause]) -> Clause:
    """True where one of the clauses is."""
    kept: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, True_):
            return clause
        if not isinstance(clause, False_):
            kept.append(clause)
    return _chain(or_, kept) if kept else false()


def negated(clause: Clause) -> Clause:
    """The opposite of ``clause``, true where that is NULL."""
    if isinstance(clause, False_):
        return true()
    if isinstance(clause, True_):
        return false()
    return _decided(clause, 0, 1)


def _chain(joined: Callable[..., Any], clauses: list[Clause]) -> Clause:
    while len(clauses) > _GROUP:
        groups = [clauses[i : i + _GROUP] for i in range(0, len(clauses), _GROUP)]
        # Parentheses alone would not keep a group: SQLAlchemy makes one chain of chains of the same kind.
        clauses = [_decided(joined(*group), 1, 0) if len(group) > 1 else group[0] for group in groups]
    return clauses[0] if len(clauses) == 1 else joined(*clauses)


def _decided(clause: Clause, then: int, otherwise: int) -> Clause:
    # SQLite stops at the first part that decides only where a condition leads somewhere, as in CASE.
    return case((clause, then), else_=otherwise) == 1
