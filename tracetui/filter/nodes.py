"""The parsed filter: a tree of immutable nodes, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tracetui.filter.field import Field
from tracetui.filter.operands import Value
from tracetui.filter.operators import Operator
from tracetui.filter.predicate import Predicate


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some value of ``field`` passes ``predicate``; for a negated operator: it has values, and none does."""

    field: Field
    operator: Operator
    predicate: Predicate
    span: tuple[int, int] | None = None
    """Place in the filter, so that it can be rewritten; ``None`` for one of a saved filter."""


@dataclass(frozen=True, slots=True)
class Exists:
    """The event has a value of ``field``."""

    field: Field


Node = And | Or | Not | Comparison | Exists
Leaf = Comparison | Exists


@dataclass(frozen=True)
class Expression:
    """A filter that parsed: its text and what it means."""

    text: str
    root: Node
    references: tuple[tuple[int, int, Value], ...] = ()
    """Places of ``${field}`` in the text, with the value that each stood for."""
    warnings: tuple[str, ...] = ()
    """What is allowed and yet perhaps not meant."""

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every comparison, from left to right."""
        return tuple(_leaves(self.root))

    @property
    def needs_processes(self) -> bool:
        """Whether some field asks about processes: the genealogy must be known to answer."""
        return any(leaf.field.process is not None for leaf in self.leaves)

    @property
    def needs_annotations(self) -> bool:
        """Whether some field asks what the user wrote: the annotations must be known to answer."""
        return any(leaf.field.note for leaf in self.leaves)


def depth(node: Node) -> int:
    """How many levels of AND and OR a node has."""
    if isinstance(node, Not):
        return depth(node.term)
    return 1 + max(map(depth, node.terms)) if isinstance(node, And | Or) else 0


def _leaves(root: Node) -> Iterator[Leaf]:
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, And | Or):
            stack.extend(reversed(node.terms))
        elif isinstance(node, Not):
            stack.append(node.term)
        else:
            yield node
