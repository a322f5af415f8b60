"""Filters up to the limits of the language run in the database too, and mean the same there."""

from __future__ import annotations

import pytest
from filter_helpers import matching

from support import boot, write_trace
from tracetui.filter import FilterTooLarge, parse
from tracetui.filter.parser import MAX_DEPTH, MAX_LEVELS
from tracetui.trace import Trace

WORDS = ("and", "or")


def alternating(levels: int, condition: str = "fd != 3") -> str:
    """AND in OR in AND …"""
    return "".join(f"{condition} {WORDS[n % 2]} (" for n in range(levels)) + condition + ")" * levels


def both(levels: int) -> str:
    """A full tree of AND and OR."""
    return "passwd" if not levels else f"({both(levels - 1)} {WORDS[levels % 2]} {both(levels - 1)})"


LARGE = {
    "ids": " or ".join(f"id = {n}" for n in range(1_000)),
    "names": " and ".join(f"procname != a{n}" for n in range(300)),
    "words": " or ".join(f"passwd{n or ''}" for n in range(60)),
    "list": f"id in ({', '.join(str(n) for n in range(0, 5_000, 2))})",
    "ranges": f"id in ({', '.join(f'{n}..{n + 1}' for n in range(0, 3_000, 3))})",
    "texts": f"procname in ({', '.join(f'a{n}' for n in range(1_500))}, init)",
    "needles": f"text contains ({', '.join(f'a{n}' for n in range(1_500))}, passwd)",
    "paths": f"path pmatch ({', '.join(f'/a{n}' for n in range(1_500))}, /etc)",
    "globs": f"path glob ({', '.join(f'/a{n}*' for n in range(300))}, /etc*)",
    "bytes": f"buffer contains ({', '.join(f'a{n}' for n in range(1_500))}, root)",
    "parentheses": "(" * MAX_DEPTH + "passwd" + ")" * MAX_DEPTH,
    "negations": "not " * MAX_DEPTH + "passwd",
    "odd negations": "not " * (MAX_DEPTH - 1) + "passwd",
    "negated alternatives": "not (id = 1 or " * 49 + "passwd" + ")" * 49,
    "alternating": alternating(MAX_LEVELS, "id > 3"),
    "a tree": both(6),
}


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    with Trace.open(write_trace(tmp_path_factory.mktemp("large") / "t.db", boot())) as trace:
        yield trace


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_large_filters_mean_the_same_in_the_database(trace, text):
    assert matching(trace, text) is not None


def test_too_many_levels_are_refused():
    parse(alternating(MAX_LEVELS))
    with pytest.raises(FilterTooLarge, match="levels of and within or"):
        parse(alternating(MAX_LEVELS + 1))
