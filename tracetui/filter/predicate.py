"""What is asked of a single value: the meeting point of the two back ends.

A predicate has a part for each type of value. The database asks the parts that its columns can hold; the
evaluator asks the part of the type at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracetui.filter.intervals import Intervals, membership
from tracetui.filter.operands import Value
from tracetui.filter.operators import ORDERS, PATTERNS, Relation
from tracetui.filter.patterns import Budget, Pattern, glob_pattern, search_pattern

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """``text`` with its ASCII letters in lower case, as SQLite's ``lower`` does it."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


@dataclass(frozen=True, slots=True)
class TextTest:
    """A test of text; any of the needles will do."""

    relation: Relation
    needles: tuple[str, ...]
    fold: bool = False

    @property
    def folds_ascii(self) -> bool:
        """Whether case is ignored, and for ASCII letters only: SQLite can do it."""
        return self.fold and all(needle.isascii() for needle in self.needles)

    def folded(self, text: str) -> str:
        """``text`` as it is compared."""
        if not self.fold:
            return text
        return ascii_lower(text) if self.folds_ascii else text.casefold()

    def patterns(self, budget: Budget | None = None) -> tuple[Pattern, ...]:
        """The needles as patterns that share a budget. Raises :class:`PatternError`."""
        budget = budget or Budget()
        if self.relation is Relation.GLOB:
            return tuple(glob_pattern(needle, budget, fold=self.fold) for needle in self.needles)
        whole = self.relation is Relation.WHOLE
        return tuple(search_pattern(needle, budget, whole=whole, fold=self.fold) for needle in self.needles)

    def matcher(self, budget: Budget | None = None) -> Callable[[str], bool]:
        """A function that tells whether a text passes."""
        if self.relation in PATTERNS:
            patterns = self.patterns(budget)
            return lambda text: any(pattern.matches(text) for pattern in patterns)
        test = _TESTS[self.relation]
        needles = tuple(self.folded(needle) for needle in self.needles)
        if not self.fold:
            return lambda text: test(text, needles)
        return lambda text: test(self.folded(text), needles)


@dataclass(frozen=True, slots=True)
class DataTest:
    """A test of bytes."""

    relation: Relation
    needles: tuple[bytes, ...]
    fold: bool = False

    def patterns(self, budget: Budget | None = None) -> tuple[Pattern, ...]:
        """The needles as patterns of bytes that share a budget."""
        budget = budget or Budget()
        sources = [needle.decode("utf-8", "surrogateescape") for needle in self.needles]
        if self.relation is Relation.GLOB:
            return tuple(glob_pattern(source, budget, fold=self.fold, data=True) for source in sources)
        whole = self.relation is Relation.WHOLE
        return tuple(search_pattern(s, budget, whole=whole, fold=self.fold, data=True) for s in sources)

    def matcher(self, budget: Budget | None = None) -> Callable[[bytes], bool]:
        """A function that tells whether bytes pass."""
        if self.relation in PATTERNS:
            patterns = self.patterns(budget)
            return lambda data: any(pattern.matches(data) for pattern in patterns)
        test = _TESTS[self.relation]
        if not self.fold:
            return lambda data: test(data, self.needles)
        needles = tuple(needle.lower() for needle in self.needles)
        return lambda data: test(data.lower(), needles)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A test of a value of any type; a part that is missing is false."""

    numbers: Intervals | None = None
    text: TextTest | None = None
    data: DataTest | None = None
    numbers_as_text: bool = False
    """Whether the text part is asked of a number's decimal digits."""

    def matcher(self, budget: Budget | None = None) -> Callable[[Value], bool]:
        """A function that tells whether a value passes; ``budget`` is that of the whole question."""
        numbers = membership(self.numbers) if self.numbers is not None else None
        text = self.text.matcher(budget) if self.text is not None else None
        data = self.data.matcher(budget) if self.data is not None else None

        def holds(value: Value) -> bool:
            if isinstance(value, str):
                return text is not None and text(value)
            if isinstance(value, bytes):
                return data is not None and data(value)
            if self.numbers_as_text:
                return text is not None and text(str(value))
            return numbers is not None and numbers(value)

        return holds


def _under(value: str | bytes, needles: tuple[str | bytes, ...]) -> bool:
    """Whether a path is one of ``needles`` or lies below it, component by component."""
    for needle in needles:
        slash = "/" if isinstance(needle, str) else b"/"
        base = needle.rstrip(slash)  # type: ignore[arg-type]
        if value == needle or (value == base and base) or value.startswith(base + slash):  # type: ignore[operator,arg-type]
            return True
    return False


def _in_order(needle: str | bytes, value: str | bytes) -> bool:
    """Whether all characters of ``needle`` come in ``value``, one after the other."""
    rest = iter(value)
    return all(character in rest for character in needle)


_TESTS: dict[Relation, Callable[..., bool]] = {
    Relation.EQUAL: lambda value, needles: value in needles,
    Relation.CONTAINS: lambda value, needles: any(needle in value for needle in needles),
    Relation.STARTS: lambda value, needles: value.startswith(needles),
    Relation.ENDS: lambda value, needles: value.endswith(needles),
    Relation.UNDER: _under,
    Relation.FUZZY: lambda value, needles: any(_in_order(needle, value) for needle in needles),
    Relation.LESS: lambda value, needles: value < needles[0],
    Relation.LESS_EQUAL: lambda value, needles: value <= needles[0],
    Relation.GREATER: lambda value, needles: value > needles[0],
    Relation.GREATER_EQUAL: lambda value, needles: value >= needles[0],
}
assert _TESTS.keys() >= ORDERS
