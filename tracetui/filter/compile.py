"""The filter as SQL: a clause over the tables of a trace, values always as parameters.

A comparison becomes one clause for each place where the field's values are kept. What SQLite cannot say is
asked of a Python function, after a search for what every match contains. NULL counts as false at the
top; under ``not`` every clause is made two-valued first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from tracetui.filter.clauses import Clauses
from tracetui.filter.nodes import And, Comparison, Exists, Expression, Leaf, Node, Not, Or
from tracetui.filter.scope import Scope
from tracetui.filter.surroundings import NOTHING, Surroundings
from tracetui.trace.condition import Condition

if TYPE_CHECKING:
    from tracetui.trace.schema import Schema

_GROUP = 50
"""Clauses in one chain of AND or OR; SQLite limits how deep an expression may be."""


def compile_filter(expression: Expression, schema: Schema, surroundings: Surroundings = NOTHING) -> Condition:
    """What a scan of a trace with ``schema`` needs to find the events that match."""
    scope = Scope(schema)
    compiler = _Compiler(scope, surroundings)
    where = compiler.clause(expression.root)
    return Condition(
        where=where,
        tables=frozenset(scope.tables - {"event"}),
        functions=tuple(scope.functions),
        driver=_driver(expression.root, scope, surroundings),
        reads_event="event" in scope.tables,
        failure=scope.failure,
    )


class _Compiler:
    def __init__(self, scope: Scope, surroundings: Surroundings) -> None:
        self._clauses = Clauses(scope, surroundings)

    def clause(self, node: Node) -> ColumnElement[bool]:
        """The clause of ``node``; it may be NULL instead of false."""
        if isinstance(node, Not):
            return not_(func.coalesce(self.clause(node.term), 0))
        if isinstance(node, And):
            return chain(and_, [self.clause(term) for term in node.terms])
        if isinstance(node, Or):
            return chain(or_, [self.clause(term) for term in node.terms])
        return self._leaf(node)

    def _leaf(self, leaf: Leaf) -> ColumnElement[bool]:
        if isinstance(leaf, Exists):
            return self._some(self._clauses.present(leaf.field))
        holds = self._some(self._clauses.holding(leaf.field, leaf.predicate))
        if not leaf.operator.negated:
            return holds
        differs = not_(func.coalesce(holds, 0))
        if leaf.operator.or_absent:
            return differs
        return and_(self._some(self._clauses.present(leaf.field)), differs)

    def _some(self, clauses: list[ColumnElement[bool]]) -> ColumnElement[bool]:
        return chain(or_, clauses) if clauses else false()


def chain(joined: object, clauses: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The clauses joined by AND or OR, in groups that keep the expression shallow."""
    while len(clauses) > _GROUP:
        groups = [clauses[i : i + _GROUP] for i in range(0, len(clauses), _GROUP)]
        clauses = [joined(*group).self_group() for group in groups]  # type: ignore[operator]
    neutral = true() if joined is and_ else false()
    return joined(neutral, *clauses).self_group()  # type: ignore[operator,no-any-return]


def _driver(root: Node, scope: Scope, surroundings: Surroundings) -> str | None:
    """A table without whose row the filter is false: the one with which a scan may begin."""
    tables = _needed(root, scope, surroundings)
    return min(tables - {"event"}, key=_size_rank) if tables is not None and tables - {"event"} else None


_RANKS = ("proc_exit", "proc_start", "exec", "write", "read", "context", "syscall")
"""Tables from the one with the fewest rows in a usual trace to the largest; unknown ones are small."""


def _size_rank(table: str) -> tuple[int, str]:
    return (_RANKS.index(table) if table in _RANKS else -1, table)


def _needed(node: Node, scope: Scope, surroundings: Surroundings) -> set[str] | None:
    """Tables each of which must have a row for a match; ``None`` where nothing can match."""
    if isinstance(node, And):
        found: set[str] = set()
        for term in node.terms:
            found |= _needed(term, scope, surroundings) or set()
        return found
    if isinstance(node, Or):
        each = [_needed(term, scope, surroundings) or set() for term in node.terms]
        return set.intersection(*each)
    if isinstance(node, Not):
        return set()
    if isinstance(node, Comparison) and node.operator.or_absent:
        return set()
    if node.field.note or (node.field.process is not None and surroundings.genealogy is not None):
        return set()
    tables = {scope.owner(source) for source in node.field.sources if scope.has(source)}
    return tables if len(tables) == 1 and None not in tables else set()  # type: ignore[return-value]
