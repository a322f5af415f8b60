"""The filter as SQL: clauses over the tables of a trace, values always as parameters.

A comparison becomes one clause for each place where the field's values are kept. What SQLite cannot say is
asked of a Python function, after a search for what every match contains.

An event has a row in one of the tables of its kind only, so the filter is compiled once for each of them,
with everything left out that only another kind has: each table is walked on its own, without joining the
others. NULL counts as false at the top; under ``not`` every clause is made two-valued first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, false, or_, true
from sqlalchemy.sql.elements import False_, True_

from tracetui.filter.clauses import Clauses
from tracetui.filter.nodes import And, Exists, Expression, Leaf, Node, Not, Or
from tracetui.filter.scope import KIND_TABLES, Scope
from tracetui.filter.surroundings import NOTHING, Surroundings
from tracetui.trace.condition import Condition, Part

if TYPE_CHECKING:
    from tracetui.trace.schema import Schema

Clause = ColumnElement[bool]

_GROUP = 50
"""Clauses in one chain of AND or OR; SQLite limits how deep an expression may be."""


def compile_filter(expression: Expression, schema: Schema, surroundings: Surroundings = NOTHING) -> Condition:
    """What a scan of a trace with ``schema`` needs to find the events that match."""
    whole = Scope(schema)
    parts: list[Part] = []
    special: set[str] = set()
    for table in KIND_TABLES:
        if table not in schema.tables:
            continue
        scope = whole.of_kind(table)
        where = _Compiler(scope, surroundings).clause(expression.root)
        if table not in scope.tables:
            continue
        special.add(table)
        if not isinstance(where, False_):
            parts.append(Part(where, table, frozenset(scope.tables - {table})))
    scope = whole.of_kind(None)
    where = _Compiler(scope, surroundings).clause(expression.root)
    if not isinstance(where, False_):
        parts.append(Part(where, "event", frozenset(scope.tables - {"event"}), frozenset(special)))
    return Condition(tuple(parts), tuple(whole.functions), whole.failure)


class _Compiler:
    def __init__(self, scope: Scope, surroundings: Surroundings) -> None:
        self._clauses = Clauses(scope, surroundings)

    def clause(self, node: Node) -> Clause:
        """The clause of ``node``; it may be NULL instead of false."""
        if isinstance(node, Not):
            return negated(self.clause(node.term))
        if isinstance(node, And):
            return chain(and_, [self.clause(term) for term in node.terms])
        if isinstance(node, Or):
            return chain(or_, [self.clause(term) for term in node.terms])
        return self._leaf(node)

    def _leaf(self, leaf: Leaf) -> Clause:
        if isinstance(leaf, Exists):
            return chain(or_, self._clauses.present(leaf.field))
        holds = chain(or_, self._clauses.holding(leaf.field, leaf.predicate))
        if not leaf.operator.negated:
            return holds
        differs = negated(holds)
        if leaf.operator.or_absent:
            return differs
        return chain(and_, [chain(or_, self._clauses.present(leaf.field)), differs])


def negated(clause: Clause) -> Clause:
    """The opposite of ``clause``, true where that is NULL."""
    if isinstance(clause, False_):
        return true()
    if isinstance(clause, True_):
        return false()
    # SQLite stops at the first part that decides only where a condition leads somewhere, as in CASE.
    return case((clause, 0), else_=1) == 1


def chain(joined: Callable[..., Any], clauses: list[Clause]) -> Clause:
    """The clauses joined by AND or OR, in groups that keep the expression shallow; constants are folded."""
    is_and = joined is and_
    decides, neutral = (False_, True_) if is_and else (True_, False_)
    if any(isinstance(clause, decides) for clause in clauses):
        return false() if is_and else true()
    clauses = [clause for clause in clauses if not isinstance(clause, neutral)]
    if not clauses:
        return true() if is_and else false()
    while len(clauses) > _GROUP:
        groups = [clauses[i : i + _GROUP] for i in range(0, len(clauses), _GROUP)]
        clauses = [joined(*group).self_group() for group in groups]
    return clauses[0] if len(clauses) == 1 else joined(*clauses).self_group()
