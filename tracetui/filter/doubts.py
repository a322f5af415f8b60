"""What is allowed in a filter and yet perhaps not meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from tracetui.filter.asked import Written
from tracetui.filter.complaints import near
from tracetui.filter.field import Field
from tracetui.filter.fields import KINDS
from tracetui.filter.nodes import Comparison, Node
from tracetui.filter.operands import Operand, number
from tracetui.filter.operators import Operator, Relation
from tracetui.filter.patterns import looks_like_glob

_REGEX = (Relation.SEARCH, Relation.WHOLE)
_AS_WRITTEN = (Relation.EQUAL, Relation.CONTAINS, Relation.STARTS, Relation.ENDS)


def doubts(
    field: Field, operator: Operator, written: Sequence[Written], tables: Collection[str]
) -> Iterator[str]:
    """Sentences about a comparison that says something else than it seems to, or what no event is."""
    operands = [operand for operand in written if isinstance(operand, Operand) and operand.value is None]
    if any(looks_like_glob(operand.text) for operand in operands) and operator.relation in _REGEX:
        yield f"{operator.name} takes a regular expression; glob takes wildcards"
    has_star = any("*" in operand.text and not operand.quoted for operand in operands)
    if has_star and field.kind.has_text and operator.relation in _AS_WRITTEN:
        yield f"after {operator.name} a * is only itself; glob takes wildcards"
    for operand in operands:
        if field.name == "type" and operator.relation is Relation.EQUAL and not operator.fold:
            yield from _unknown_kind(operand.text, tables)
        if field.expand is not None and not operand.quoted and re.search(r"\w[,|]\w", operand.text):
            yield "a list is written in (a, b)"
        if field.name == "errno" and operand.text == "0":
            yield "a call without an error has no errno: res = SUCCESS"
        if operand.quoted and operator.relation is Relation.EQUAL and _is_unknown(field, operand.text):
            yield f"{operand.text} is no known {field.name}: only those are found that a logger named so"


def doubts_of_alternatives(terms: Sequence[Node]) -> Iterator[str]:
    """Sentences about ``name = open or close``, which looks for the second word in every text."""
    for former, term in pairwise(terms):
        if not (isinstance(former, Comparison) and isinstance(term, Comparison)):
            continue
        field, operator = former.field, former.operator
        is_bare = term.field.name == "text" and term.span is None
        if not is_bare or field.name == "text" or not field.kind.has_text:
            continue
        if operator.relation in (*_AS_WRITTEN, Relation.UNDER):
            word = "in" if operator.relation is Relation.EQUAL else operator.name
            yield f"a word after or is looked for in every text; several values are {field.name} {word} (…)"


def _is_unknown(field: Field, word: str) -> bool:
    """Whether no value is so called, as far as is known beforehand."""
    if field.words is None or number(word) is not None:
        return False
    return not set(field.words()).issuperset(field.expand(word) if field.expand is not None else (word,))


def _unknown_kind(kind: str, tables: Collection[str]) -> Iterator[str]:
    known = {*KINDS, *tables}
    if kind not in known and (meant := near(kind.lower(), sorted(known))):
        yield f"no kind of event is called {kind}; perhaps {meant} is meant"
