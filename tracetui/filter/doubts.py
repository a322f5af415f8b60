"""What is allowed in a filter and yet perhaps not meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from tracetui.events.signals import SIGNALS, signal_name
from tracetui.filter.asked import Written
from tracetui.filter.complaints import near
from tracetui.filter.field import Field
from tracetui.filter.fields import KINDS
from tracetui.filter.habits import NOTHING, presence
from tracetui.filter.nodes import Comparison, Node
from tracetui.filter.operands import Operand, Range, number
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
        if operator.relation is Relation.EQUAL:
            yield from _doubts_of_value(field, operand, tables, folded=operator.fold)
    yield from (
        f"no number is in {span.low.text}..{span.high.text}: the smaller end comes first"
        for span in written
        if isinstance(span, Range) and span.low is not None and span.high is not None and _is_reversed(span)
    )


def _doubts_of_value(
    field: Field, operand: Operand, tables: Collection[str], *, folded: bool
) -> Iterator[str]:
    """Sentences about a value that perhaps no event has, or that is perhaps not meant as one."""
    text = operand.text
    if field.name == "type" and not folded:
        yield from _unknown_kind(text, tables)
    if (field.expand is not None or field.name == "procname") and not operand.quoted and _LIST.search(text):
        yield "a list is written in (a, b)"
    if field.kind.has_text and not operand.quoted and text.lower() in NOTHING:
        yield f"{text} is a text like any other; {presence(field.name)}"
    if field.name == "errno" and text == "0":
        yield "a call without an error has no errno: res = SUCCESS"
    if field.name in _ADDRESSES and _NETWORK.fullmatch(text):
        yield f"a network is asked for with cidr_contains({field.name}, '{text}')"
    if field.name == "signal":
        yield from _unknown_signal(text)
    if operand.quoted and _is_unknown(field, text):
        yield f"{text} is no known {field.name}: only those are found that a logger named so"


_LIST = re.compile(r"\w[,|]\w")
_ADDRESSES = frozenset({"net.sip", "net.dip", "net.ip"})
_NETWORK = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}")
_SIGNAL_NAMES = frozenset(SIGNALS[""].values())


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


def _is_reversed(span: Range) -> bool:
    low, high = (None if end is None else number(end.text) for end in (span.low, span.high))
    return low is not None and high is not None and low > high


def _unknown_signal(word: str) -> Iterator[str]:
    name = f"SIG{word.upper().removeprefix('SIG')}"
    if word.isdecimal() and (named := signal_name(int(word[:9]))):
        yield f"signals are known by name: on most machines {named} is meant"
    elif (
        not name.startswith("SIGRT")
        and name not in _SIGNAL_NAMES
        and (meant := near(name, sorted(_SIGNAL_NAMES)))
    ):
        yield f"no signal is called {word}; perhaps {meant} is meant"


def _unknown_kind(kind: str, tables: Collection[str]) -> Iterator[str]:
    known = {*KINDS, *tables}
    if kind not in known and (meant := near(kind.lower(), sorted(known))):
        yield f"no kind of event is called {kind}; perhaps {meant} is meant"
