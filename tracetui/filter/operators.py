"""The operators of the filter language: their spellings and what they mean. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Relation(Enum):
    """How a value of an event relates to what was written."""

    EQUAL = "equal"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    CONTAINS = "contains"
    STARTS = "startswith"
    ENDS = "endswith"
    GLOB = "glob"
    SEARCH = "matches"
    WHOLE = "regex"
    UNDER = "pmatch"
    FUZZY = "fuzzy"


ORDERS = frozenset({Relation.LESS, Relation.LESS_EQUAL, Relation.GREATER, Relation.GREATER_EQUAL})
PATTERNS = frozenset({Relation.GLOB, Relation.SEARCH, Relation.WHOLE})


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator with all its spellings, the canonical one first."""

    spellings: tuple[str, ...]
    relation: Relation
    meaning: str
    fold: bool = False
    """Whether the case of ASCII letters (and of all letters, for a value that has others) is ignored."""
    negated: bool = False
    """True where the field has a value and none of its values is so related."""
    or_absent: bool = False
    """True also where the event has no such field."""
    takes_set: bool = False
    """Whether a list in parentheses is required."""
    hexadecimal: bool = False
    """Whether the value is bytes, written in hexadecimal."""

    @property
    def name(self) -> str:
        return self.spellings[0]


_R = Relation
OPERATORS: tuple[Operator, ...] = (
    Operator(("=", "==", "===", "eq"), _R.EQUAL, "equals"),
    Operator(("!=", "<>", "!==", "ne"), _R.EQUAL, "has a value, and another one", negated=True),
    Operator(("?!=",), _R.EQUAL, "has another value, or none", negated=True, or_absent=True),
    Operator(("<", "lt"), _R.LESS, "is less than"),
    Operator(("<=", "le"), _R.LESS_EQUAL, "is at most"),
    Operator((">", "gt"), _R.GREATER, "is greater than"),
    Operator((">=", "ge"), _R.GREATER_EQUAL, "is at least"),
    Operator(("contains",), _R.CONTAINS, "contains"),
    Operator(("icontains",), _R.CONTAINS, "contains, in any case", fold=True),
    Operator(("startswith",), _R.STARTS, "starts with"),
    Operator(("istartswith",), _R.STARTS, "starts with, in any case", fold=True),
    Operator(("endswith",), _R.ENDS, "ends with"),
    Operator(("iendswith",), _R.ENDS, "ends with, in any case", fold=True),
    Operator(("glob",), _R.GLOB, "matches * ? [a-z] as a whole"),
    Operator(("iglob",), _R.GLOB, "matches * ? [a-z] as a whole, in any case", fold=True),
    Operator(("matches", "~", "=~"), _R.SEARCH, "a regular expression is found in it"),
    Operator(("imatches",), _R.SEARCH, "a regular expression is found in it, in any case", fold=True),
    Operator(("!~",), _R.SEARCH, "has a value in which a regular expression is not found", negated=True),
    Operator(("regex",), _R.WHOLE, "a regular expression matches all of it"),
    Operator(("iregex",), _R.WHOLE, "a regular expression matches all of it, in any case", fold=True),
    Operator(("in", "intersects"), _R.EQUAL, "is one of (a, b, 1..5)", takes_set=True),
    Operator(("iin", "iintersects"), _R.EQUAL, "is one of (a, b), in any case", fold=True, takes_set=True),
    Operator(("fuzzy",), _R.FUZZY, "has these characters in this order"),
    Operator(("ifuzzy",), _R.FUZZY, "has these characters in this order, in any case", fold=True),
    Operator(("ieq", "~="), _R.EQUAL, "equals, in any case", fold=True),
    Operator(("pmatch",), _R.UNDER, "is one of these paths or lies below it"),
    Operator(("bcontains",), _R.CONTAINS, "contains these bytes (47455420)", hexadecimal=True),
    Operator(("bstartswith",), _R.STARTS, "starts with these bytes (7f454c46)", hexadecimal=True),
    Operator(("bendswith",), _R.ENDS, "ends with these bytes", hexadecimal=True),
)

EXISTS = "exists"

WORDS: dict[str, Operator] = {s: op for op in OPERATORS for s in op.spellings if s.isalpha()}
"""Operators written as words; their case does not matter."""

SIGNS: dict[str, Operator] = {s: op for op in OPERATORS for s in op.spellings if not s.isalpha()}
"""Operators written as signs."""
