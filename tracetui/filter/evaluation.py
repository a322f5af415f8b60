"""The filter in Python, for single events: those at hand, and as the judge of the compiled SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.filter.nodes import And, Comparison, Exists, Expression, Leaf, Node, Not
from tracetui.filter.patterns import Budget, bounded
from tracetui.filter.spans import Spans, spans_of
from tracetui.filter.surroundings import NOTHING, Surroundings

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.filter.operands import Value

Test = Callable[["Record"], bool]


def evaluator(expression: Expression, surroundings: Surroundings = NOTHING) -> Test:
    """A function that tells whether a record matches.

    It raises :class:`tracetui.filter.PatternTooSlow` where a pattern takes too long.
    """
    return _test(expression.root, surroundings, Budget())


def evaluate(expression: Expression, record: Record, surroundings: Surroundings = NOTHING) -> bool:
    """Whether ``record`` matches; for many records use :func:`evaluator`."""
    return evaluator(expression, surroundings)(record)


def _test(node: Node, surroundings: Surroundings, budget: Budget) -> Test:
    if isinstance(node, Not):
        term = _test(node.term, surroundings, budget)
        return lambda record: not term(record)
    if isinstance(node, Comparison | Exists):
        return _leaf(node, surroundings, budget)
    terms = [_test(term, surroundings, budget) for term in node.terms]
    if isinstance(node, And):
        return lambda record: all(term(record) for term in terms)
    return lambda record: any(term(record) for term in terms)


def _leaf(leaf: Leaf, surroundings: Surroundings, budget: Budget) -> Test:
    exists = _any(leaf, surroundings, lambda _: True)
    if isinstance(leaf, Exists):
        return exists
    holds = _any(leaf, surroundings, leaf.predicate.matcher(budget))
    if not leaf.operator.negated:
        return holds
    if leaf.operator.or_absent:
        return lambda record: not holds(record)
    return lambda record: exists(record) and not holds(record)


def _any(leaf: Leaf, surroundings: Surroundings, holds: Callable[[Value], bool]) -> Test:
    """Whether some value that the event, its process or its annotations have passes ``holds``."""
    field = leaf.field
    noted = _annotated(field.note, holds, surroundings) if field.note else None

    def test(record: Record) -> bool:
        return any(holds(value) for value in field.values(record)) or (noted is not None and noted(record))

    spans = spans_of(field, holds, surroundings.genealogy)
    if spans is None:
        return test
    return lambda record: test(record) or _within(spans, record)


def _within(spans: Spans, record: Record) -> bool:
    return record.pid is not None and spans.contain(record.pid, record.id)


def _annotated(kind: str, holds: Callable[[Value], bool], surroundings: Surroundings) -> Test:
    annotations = surroundings.annotations
    if annotations is None:
        return lambda record: False
    ids = frozenset(annotations.ids(kind, bounded(holds)))
    return lambda record: record.id in ids
