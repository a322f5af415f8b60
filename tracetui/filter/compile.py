"""The filter as SQL: clauses over the tables of a trace, values always as parameters.

A comparison becomes one clause for each place where the field's values are kept. What SQLite cannot say is
asked of a Python function, after a search for what every match contains.

An event has a row in one of the tables of its kind only, so the filter is compiled once for each of them,
with everything left out that only another kind has: each table is walked on its own, without joining the
others. NULL counts as false at the top; of a clause that is negated it does so first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.sql.elements import False_

from tracetui.filter.clauses import Clauses
from tracetui.filter.joining import Clause, all_of, any_of, negated
from tracetui.filter.nodes import And, Exists, Expression, Leaf, Node, Not, Or, depth
from tracetui.filter.scope import KIND_TABLES, Scope, Told
from tracetui.filter.surroundings import NOTHING, Surroundings
from tracetui.trace.condition import Condition, Part

if TYPE_CHECKING:
    from tracetui.trace.schema import Schema


def compile_filter(
    expression: Expression,
    schema: Schema,
    surroundings: Surroundings = NOTHING,
    told: Told | None = None,
) -> Condition:
    """What a scan of a trace with ``schema`` needs to find the events that match.

    Where the expression asks about processes or annotations, only those in ``surroundings`` are known (for a
    trace as a whole see :func:`tracetui.reader.condition`). With ``told`` it finds those among events of
    which that is true, and is less work.
    """
    whole = Scope(schema, told=told)
    parts: list[Part] = []
    special: set[str] = set()
    for table in KIND_TABLES:
        if table not in schema.tables:
            continue
        scope = whole.of_kind(table)
        where = _Compiler(scope, surroundings).clause(expression.root)
        if table not in scope.tables and not scope.was_told:
            continue
        special.add(table)
        if not isinstance(where, False_):
            parts.append(Part(where, table, frozenset(scope.tables - {table})))
    scope = whole.of_kind(None)
    where = _Compiler(scope, surroundings).clause(expression.root)
    if not isinstance(where, False_):
        parts.append(Part(where, "event", frozenset(scope.tables - {"event"}), frozenset(special)))
    return Condition(tuple(parts), tuple(whole.functions), whole.failure)


_DEEP = 8
"""Levels of AND in OR and OR in AND up to which their terms stay in order."""


class _Compiler:
    def __init__(self, scope: Scope, surroundings: Surroundings) -> None:
        self._clauses = Clauses(scope, surroundings)

    def clause(self, node: Node, wanted: bool = True) -> Clause:
        """The clause of ``node``, or of its opposite; it may be NULL instead of false.

        Opposites are taken of leaves only: SQLite's parser cannot take many nested ones.
        """
        if isinstance(node, Not):
            return self.clause(node.term, not wanted)
        if isinstance(node, And | Or):
            joined = all_of if isinstance(node, And) == wanted else any_of
            # SQLite's parser keeps what stands before a parenthesis: the deepest comes first.
            terms = sorted(node.terms, key=depth, reverse=True) if depth(node) > _DEEP else node.terms
            return joined([self.clause(term, wanted) for term in terms])
        return self._leaf(node) if wanted else negated(self._leaf(node))

    def _leaf(self, leaf: Leaf) -> Clause:
        if isinstance(leaf, Exists):
            return any_of(self._clauses.present(leaf.field))
        holds = any_of(self._clauses.holding(leaf.field, leaf.predicate))
        if not leaf.operator.negated:
            return holds
        differs = negated(holds)
        if leaf.operator.or_absent:
            return differs
        return all_of([any_of(self._clauses.present(leaf.field)), differs])
