"""Regular expressions and wildcards, bounded in time.

The ``regex`` package gives the time limit that the standard library lacks; patterns that need longer than
:data:`BUDGET_SECONDS` in all end the question with an error that says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, AnyStr

from tracetui.filter.errors import FilterError

if TYPE_CHECKING:
    import regex

MATCH_SECONDS = 0.25
"""What one value may take."""

BUDGET_SECONDS = 2.0
"""What all the values that took unusually long may take together, for all patterns of one question."""

SLOW_SECONDS = 0.005
"""A value that takes longer than this counts against the budget."""

MAX_PATTERN = 2_000


class PatternError(ValueError):
    """A text that is no pattern; ``position`` is a place in it, in characters."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class PatternTooSlow(FilterError):
    """A pattern used up its time: it backtracks catastrophically on the values of this trace."""


@dataclass
class Budget:
    """The time that the patterns of one question may still take on values that take unusually long."""

    left: float = field(default_factory=lambda: BUDGET_SECONDS)

    def spend(self, seconds: float, length: int) -> bool:
        """Take ``seconds`` for a value of ``length``; false where nothing is left."""
        # A megabyte may take its time; only what is slow for its length speaks against the pattern.
        self.left -= max(seconds - length * 1e-7, 0.0)
        return self.left > 0


@dataclass(eq=False)
class Pattern:
    """One compiled pattern, for one question."""

    source: str
    compiled: regex.Pattern[Any]
    whole: bool
    """Whether all of the value must match."""
    literal: str = ""
    """A text that every matching value contains; empty where none is known."""
    budget: Budget = field(default_factory=Budget)

    def matches(self, value: str | bytes) -> bool:
        """Whether ``value`` matches. Raises :class:`PatternTooSlow`."""
        method = self.compiled.fullmatch if self.whole else self.compiled.search
        started = time.perf_counter()
        try:
            found = method(value, timeout=MATCH_SECONDS)
            if time.perf_counter() - started > SLOW_SECONDS:
                self._weigh(method, value)
        except TimeoutError:
            raise PatternTooSlow(self._complaint()) from None
        return found is not None

    def _weigh(self, method: Callable[..., object], value: str | bytes) -> None:
        """Charge the budget, unless it was another thread that took the time.

        Only the thread's own clock knows; reading it for each value would take as long as most matches.
        """
        started = time.thread_time()
        method(value, timeout=MATCH_SECONDS)
        taken = time.thread_time() - started
        if taken > SLOW_SECONDS and not self.budget.spend(2 * taken, len(value)):
            raise PatternTooSlow(self._complaint())

    def _complaint(self) -> str:
        return f"the pattern {self.source!r} takes too long: repeats inside repeats, as in (a+)+, do that"


def search_pattern(
    source: str, budget: Budget | None = None, *, whole: bool, fold: bool, data: bool = False
) -> Pattern:
    """Compile a regular expression, for text or for bytes. Raises :class:`PatternError`."""
    compiled = _compile(source, fold, data)
    return Pattern(source, compiled, whole, "" if fold else required_literal(source), budget or Budget())


def glob_pattern(source: str, budget: Budget | None = None, *, fold: bool, data: bool = False) -> Pattern:
    """Compile a pattern of ``*``, ``?`` and ``[a-z]`` (``[!a-z]``) that must match all of a value."""
    parts, literal = _translate_glob(source)
    compiled = _compile("(?s)" + parts, fold, data)
    return Pattern(source, compiled, True, "" if fold else literal, budget or Budget())


@lru_cache(maxsize=64)
def _compile(source: str, fold: bool, data: bool) -> regex.Pattern[Any]:
    import regex

    if len(source) > MAX_PATTERN:
        raise PatternError(f"a pattern of more than {MAX_PATTERN:,} characters")
    _refuse_explosive(source)
    flags = regex.VERSION0 | (regex.IGNORECASE if fold else 0)
    try:
        if data:
            return regex.compile(source.encode("utf-8", "surrogateescape"), flags)
        return regex.compile(source, flags)
    except regex.error as error:
        said = getattr(error, "msg", str(error))
        raise PatternError(f"not a regular expression: {said}", getattr(error, "pos", None)) from None
    except (RecursionError, OverflowError, MemoryError, ValueError, KeyError, IndexError, TypeError):
        raise PatternError("not a regular expression that can be compiled") from None


def _refuse_explosive(source: str) -> None:
    """Refuse what takes long already to compile or to start: deep nesting and huge repeat counts."""
    depth = deepest = 0
    for char in source:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    if deepest > 50:
        raise PatternError("a pattern with more than 50 nested groups")
    product = 1
    for number in _repeat_counts(source):
        if number > 65_535:
            raise PatternError(f"a repeat of {number}")
        product *= max(number, 1)
    if product > 1_000_000:
        raise PatternError("repeats that multiply to more than a million")


def _repeat_counts(source: str) -> list[int]:
    counts = []
    for part in source.split("{")[1:]:
        inner = part.partition("}")[0]
        numbers = [int(n) for n in inner.split(",") if n.isascii() and n.isdigit() and len(n) < 10]
        counts.append(max(numbers, default=1))
        if any(n.isdigit() and len(n) >= 10 for n in inner.split(",")):
            counts.append(1 << 31)
    return counts


_SPECIAL = set("\\.^$*+?{}[]()|")


def required_literal(source: str) -> str:
    """The longest plain text that every match must contain, where that is easy to see; else empty.

    Only characters outside of groups and classes and without a quantifier count. An alternative or an inline
    flag make it unknown.
    """
    if "|" in source or "(?" in source or "\\Q" in source:
        return ""
    best = run = ""
    position, size = 0, len(source)
    while position < size:
        char = source[position]
        if char not in _SPECIAL:
            position += 1
            literal = char
        elif char == "\\" and position + 1 < size and not source[position + 1].isalnum():
            literal = source[position + 1]
            position += 2
        else:
            best, run = max(best, run, key=len), ""
            position = _after_special(source, position)
            continue
        if position < size and source[position] in "*?{":
            best, run = max(best, run, key=len), ""
            position = _after_special(source, position)
        elif position < size and source[position] == "+":
            best, run = max(best, run + literal, key=len), ""
            position += 1
        else:
            run += literal
    return max(best, run, key=len)


def _after_special(source: str, position: int) -> int:
    """The place after a construct that is not plain: a class, a group, a count, an escape, a sign."""
    char = source[position]
    if char == "\\":
        # An escape with a braced or numeric tail could hide anything: nothing after it is taken as plain.
        tail = source[position + 1 : position + 2]
        return position + 2 if tail and tail in "dDwWsSbBAZntrfv" else len(source)
    if char == "[":
        # Nested sets and escaped brackets: stop looking.
        end = source.find("]", position + 2)
        inner = source[position + 1 : end]
        return len(source) if end < 0 or "[" in inner or "\\" in inner else end + 1
    if char == "(":
        return len(source)
    if char == "{":
        end = source.find("}", position)
        return len(source) if end < 0 else end + 1
    return position + 1


def _translate_glob(source: str) -> tuple[str, str]:
    """A regular expression for a glob, and its longest literal part."""
    import regex

    parts: list[str] = []
    literals = [""]
    position = 0
    while position < len(source):
        char = source[position]
        end = _class_end(source, position) if char == "[" else 0
        if char == "*":
            if not parts or parts[-1] != ".*":
                parts.append(".*")
            literals.append("")
        elif char == "?":
            parts.append(".")
            literals.append("")
        elif end:
            parts.append(_class(source[position + 1 : end]))
            literals.append("")
            position = end
        else:
            parts.append(regex.escape(char, special_only=True, literal_spaces=True))
            literals[-1] += char
        position += 1
    return _without_backtracking(parts), max(literals, key=len)


def _without_backtracking(parts: list[str]) -> str:
    """Each star takes the first place where what follows it fits: no other need be tried."""
    stars = [index for index, part in enumerate(parts) if part == ".*"]
    if len(stars) < 2:
        return "".join(parts)
    out = parts[: stars[0]]
    for star, following in pairwise(stars):
        out.append(f"(?>.*?{''.join(parts[star + 1 : following])})")
    return "".join([*out, *parts[stars[-1] :]])


def _class_end(source: str, start: int) -> int:
    """The index of the bracket that closes the class at ``start``; 0 where none does."""
    first = start + 1
    if source[first : first + 1] in ("!", "^"):
        first += 1
    # A bracket that comes first is a member of the class.
    return max(source.find("]", first + 1), 0)


def _class(inner: str) -> str:
    negated = inner[:1] in ("!", "^")
    members = inner[1:] if negated else inner
    escaped = "".join("\\" + char if char in "\\[]^&~|" else char for char in members)
    if not _ranges_ascend(members):
        raise PatternError(f"the range in [{inner}] goes down")
    return f"[{'^' if negated else ''}{escaped}]"


def _ranges_ascend(members: str) -> bool:
    return all(
        members[i - 1] <= members[i + 1]
        for i, char in enumerate(members)
        if char == "-" and 0 < i < len(members) - 1
    )


def looks_like_glob(source: str) -> bool:
    """Whether a text was perhaps meant as wildcards, although it may be a regular expression too."""
    return "*" in source and ".*" not in source and not _SPECIAL.intersection(source) - set("*?.")


def bounded(test: Callable[[AnyStr], bool]) -> Callable[[AnyStr], bool]:
    """Remember the answers of a costly test for short values: names and paths repeat millions of times."""
    remembered: dict[Any, bool] = {}

    def ask(value: AnyStr) -> bool:
        answer = remembered.get(value)
        if answer is None:
            answer = test(value)
            if len(value) <= 512:
                if len(remembered) >= 20_000:
                    remembered.clear()
                remembered[value] = answer
        return answer

    return ask
