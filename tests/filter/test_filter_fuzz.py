"""No text makes the parser, the completion or the rewriting raise anything but a FilterError."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest
from filter_random import TABLES, expression

from tracetui.filter import (
    FIELDS,
    Expression,
    FilterError,
    Surroundings,
    complete,
    including_missing,
    missing_fields,
    parse,
)
from tracetui.filter.operators import EXISTS, OPERATORS
from tracetui.filter.rewrite import resolved

SURROUNDINGS = Surroundings(
    tables=TABLES, saved={"noise": "path pmatch /proc", "bad": "fd.nmae = 3", "self": "@self"}
)

TOKENS = (
    *(name for field in FIELDS for name in (field.name, *field.aliases)),
    *(spelling for operator in OPERATORS for spelling in operator.spellings),
    EXISTS, "and", "or", "not", "&&", "||", "!", "(", ")", "{", "}", "[", "]", ",", "..", "1..5", "${fd}", "${", "}", "@noise",
    "@bad", "@self", "@", "lower(", "len(", "'", '"', r"\\", r"\x", 'r"', "0x", "0x7f", "-1", "1e999", "nan", "inf", "é", "日本",
    "\x00", "\ud800", "hex:00", "47:45", "(a+)+$", "[z-a]", "*", "?", "true", "ENOENT", "2026-01-31T12:00:00", "10ms", " ",
)  # fmt: skip

LONG = (
    "(" * 10_000,
    ")" * 10_000,
    "(" * 10_000 + "id = 1" + ")" * 10_000,
    "not " * 10_000 + "id = 1",
    "!" * 16_000,
    "lower(" * 2_500,
    "a " * 8_000,
    "a" * 100_000,
    "id = " + "9" * 16_000,
    "id = 1e" + "9" * 300,
    "id = 0x" + "f" * 16_000,
    "ts = " + "9" * 5_000,
    "ts > 2026-01-31T12:00:00." + "9" * 5_000,
    "duration > " + "9" * 5_000 + "ms",
    "id in (" + "1," * 8_000,
    "id in (" + "1.." * 5_000,
    "'" + "\\x" * 8_000,
    "path ~ " + "(" * 5_000,
    "path ~ " + "[" * 1_999,
    "path ~ a{99999999999999999999}",
    "path glob " + "*[" * 5_000,
    "fd = " + "${fd}" * 3_000,
    " " * 16_000,
    "\x00" * 16_000,
    "id = 1 and " * 1_500 + "id = 1",
    " or ".join(["id = 1"] * 1_001),
    ", ".join("@noise" for _ in range(2_000)),
    "é" * 16_000,
    "proc.apid[" + "9" * 5_000 + "] = 1",
    "arg." + "x" * 10_000 + " = 1",
    "1" * 200 + "_" * 200 + " = 1",
    "id = " + "1_" * 8_000,
    "buffer bcontains " + "0" * 16_000,
    "buffer bcontains " + "00:" * 5_000,
)


def parse_or_error(text: str) -> Expression | FilterError:
    try:
        return parse(text, SURROUNDINGS)
    except FilterError as error:
        return error


def survive(text: str, cursor: int | None = None) -> bool:
    """Give ``text`` to everything that takes what a user types; whether it is a filter."""
    complete(text, len(text) if cursor is None else cursor, surroundings=SURROUNDINGS)
    parsed = parse_or_error(text)
    if isinstance(parsed, FilterError):
        assert parsed.text == text
        assert 0 <= parsed.position <= len(text)
        assert all(line.isprintable() for line in parsed.render().split("\n"))
        return False
    assert missing_fields(parsed) is not None
    for other in (including_missing(parsed), resolved(parsed)):
        if other is not None and len(other) <= 16_384:
            parse(other, SURROUNDINGS)
    return True


def soup(rng: random.Random) -> str:
    """Random characters, tokens or both."""
    choice = rng.random()
    if choice < 0.3:
        return "".join(rng.choice(string.printable) for _ in range(rng.randrange(40)))
    if choice < 0.45:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(20)))
    joint = rng.choice(("", " ", " "))
    return joint.join(rng.choice(TOKENS) for _ in range(rng.randrange(1, 12)))


def mutated(rng: random.Random, text: str) -> str:
    """``text`` with a few characters changed, removed or doubled."""
    characters = list(text)
    for _ in range(rng.randrange(1, 4)):
        if not characters:
            break
        place = rng.randrange(len(characters))
        characters[place] = rng.choice(
            ("", characters[place] * 2, rng.choice(string.printable), rng.choice(TOKENS))
        )
    return "".join(characters)


def texts(seed: int, count: int) -> Iterator[str]:
    rng = random.Random(seed)
    for _ in range(count):
        yield soup(rng) if rng.random() < 0.6 else mutated(rng, expression(rng))


def test_random_texts() -> None:
    for text in texts(1, 2_000):
        survive(text)


@pytest.mark.long
def test_a_hundred_thousand_random_texts() -> None:
    for text in texts(2, 100_000):
        survive(text)


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_long_and_deep_texts(text: str) -> None:
    survive(text)
    survive(text, len(text) // 2)


@pytest.mark.parametrize("seed", range(6))
def test_every_part_of_a_filter(seed: int) -> None:
    text = expression(random.Random(seed))[:120]
    for place in range(len(text) + 1):
        survive(text[:place])
        survive(text[place:])
        survive(text[:place] + text[place + 1 :])
        survive(text, place)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_part_of_an_example(field) -> None:
    text = field.example
    for place in range(0, len(text) + 1, 2):
        survive(text[:place] if place % 4 else text[:place] + text[place + 1 :])


def test_the_sources_make_filters_too() -> None:
    assert sum(survive(text) for text in texts(3, 300)) > 20


@pytest.mark.parametrize("cursor", [-5, -1, 0, 3, 99])
def test_completion_takes_any_cursor(cursor: int) -> None:
    for text in ("", "id = 1", "path contains 'a", "@no"):
        complete(text, cursor, surroundings=SURROUNDINGS)
