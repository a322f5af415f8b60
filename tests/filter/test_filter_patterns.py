"""Patterns end in time, whatever they are and whatever the trace holds."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from filter_helpers import matching

from support import openat, write_trace
from tracetui.cli import main
from tracetui.events import Read
from tracetui.filter import FilterError, PatternTooSlow, compile_filter, evaluator, parse
from tracetui.filter.patterns import glob_pattern, required_literal, search_pattern
from tracetui.trace import Trace

PATIENCE = 5.0
"""Seconds for one question: the budget of a pattern is 2 s, and the machine may be busy."""

CATASTROPHIC = (
    "(a+)+$",
    "(a|aa)+$",
    "(a|a)*$",
    "(.*a){20}$",
    "(.*)*b$",
    "(a*)*b",
    "(a*a*a*a*)*c",
    "([a-z]+)*[0-9]$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:a?){30}a{30}c",
    "(?:(?:(?:a+)+)+)+$",
    "a*a*a*a*a*a*a*a*b",
    "(?<=(a|aa)+)b$",
    "(?=(a+)+$)b",
    r"(a+)\1+\1+b",
    "(x?a+x?)+y",
)

REFUSED = (
    "(" * 60 + "a" + ")" * 60,
    "a{99999999}",
    "(a{1000}){1001}",
    "((a{100}){100}){101}",
    "a{1,99999999}",
    "x" * 2_001,
)


@pytest.fixture(autouse=True)
def _little_time(monkeypatch):
    """Less than patterns may take otherwise: all ends sooner, in the same way."""
    monkeypatch.setattr("tracetui.filter.patterns.MATCH_SECONDS", 0.05)
    monkeypatch.setattr("tracetui.filter.patterns.BUDGET_SECONDS", 0.3)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    long = "a" * 10_000
    events = [openat(f"/{long}!{n}", procname=f"{long}!{n}") for n in range(40)]
    events += [
        Read(procname="x", proc_id=0, fd=3, fname=f"{long}!", buffer=long.encode() + b"!") for _ in range(10)
    ]
    return write_trace(tmp_path_factory.mktemp("hostile") / "t.db", events)


def in_time(question):
    """Ask ``question``, which must end soon, with an answer or with the sentence that says so."""
    started = time.process_time()
    with suppress(PatternTooSlow):
        question()
    assert time.process_time() - started < PATIENCE


@pytest.mark.parametrize("field", ["path", "buffer"])
@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_scan_ends(hostile, pattern, field):
    with Trace.open(hostile) as trace:
        condition = compile_filter(parse(f"{field} ~ '{pattern}'".replace("\\", "\\\\")), trace.schema)
        in_time(lambda: list(trace.scan(condition)))


@pytest.mark.parametrize("field", ["procname", "text"])
@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_the_evaluator_ends(hostile, pattern, field):
    with Trace.open(hostile) as trace:
        test = evaluator(parse(f"{field} ~ '{pattern}'".replace("\\", "\\\\")))
        records = list(trace.records())
        in_time(lambda: [test(record) for record in records])


@pytest.mark.parametrize("pattern", CATASTROPHIC[:6])
def test_query_ends_with_code_2(hostile, pattern, capsys):
    started = time.process_time()
    assert main(["query", str(hostile), f"procname regex '{pattern}'", "--count"]) in (0, 2)
    assert time.process_time() - started < PATIENCE
    captured = capsys.readouterr()
    assert captured.out or "takes too long" in captured.err


def test_the_message_names_the_pattern(hostile, capsys):
    assert main(["query", str(hostile), "procname ~ '(a+)+$'"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tracetui: bad filter\nthe pattern '(a+)+$' takes too long")


@pytest.mark.parametrize("operator", ["matches", "imatches", "regex", "iregex", "!~"])
@pytest.mark.parametrize("pattern", REFUSED, ids=lambda pattern: pattern[:12])
def test_what_would_explode_is_refused_at_once(pattern, operator):
    started = time.process_time()
    with pytest.raises(FilterError):
        parse(f"path {operator} '{pattern}'")
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * 50 + "a" + ")" * 50,
        "a{1000}",
        "(a{100}){100}",
        "(?<=x)a",
        "(?<!x)a",
        "(?i)A",
        r"\p{L}+",
        "^(?>a+)b",
        "^a++b",
    ],
    ids=lambda pattern: pattern[:12],
)
def test_what_looks_dangerous_and_is_not_is_allowed(hostile, pattern):
    with Trace.open(hostile) as trace:
        matching(trace, f'procname ~ r"{pattern}"')


@pytest.mark.parametrize(
    "pattern", ["*a*a*a*a*a*a*a*a*a*b", "*" * 500 + "b", "?" * 500 + "*b", "*[a-c]*[a-c]*[a-c]*x", "*a" * 100]
)
def test_wildcards_do_not_backtrack(hostile, pattern):
    with Trace.open(hostile) as trace:
        started = time.process_time()
        assert matching(trace, f"procname glob '{pattern}'") == []
        assert matching(trace, f"buffer glob '{pattern}'") == []
        assert time.process_time() - started < PATIENCE


MODERATE = " or ".join(f"text ~ '(?>a+){letter}'" for letter in "bcdefgh")
"""Patterns each of which takes its time and no more: quadratic, and asked of every text."""


def test_all_patterns_of_a_question_share_its_time(hostile):
    with Trace.open(hostile) as trace:
        started = time.process_time()
        with pytest.raises(FilterError, match="takes too long"):
            trace.count(compile_filter(parse(MODERATE), trace.schema))
        test = evaluator(parse(MODERATE))
        with pytest.raises(FilterError, match="takes too long"):
            sum(map(test, trace.records()))
        assert time.process_time() - started < 2 * PATIENCE


def test_time_that_another_thread_took_is_not_held_against_a_pattern(monkeypatch):
    monkeypatch.setattr("tracetui.filter.patterns.SLOW_SECONDS", 1e-9)
    now = iter(range(1_000_000))
    monkeypatch.setattr("tracetui.filter.patterns.time.perf_counter", lambda: next(now))
    monkeypatch.setattr("tracetui.filter.patterns.time.thread_time", lambda: 0.0)
    pattern = search_pattern("b$", whole=False, fold=False)
    assert not any(pattern.matches("a") for _ in range(100))


def test_a_question_that_failed_can_be_asked_again_in_other_words(hostile):
    with Trace.open(hostile) as trace:
        slow = compile_filter(parse("procname ~ '(a+)+$'"), trace.schema)
        for _ in range(2):
            with pytest.raises(FilterError, match="takes too long"):
                list(trace.scan(slow))
        assert len(matching(trace, "procname ~ 'a+!'")) == 40


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*b", "ab", True),
        ("a*b", "a/x\nb", True),
        ("a*b", "abc", False),
        ("?", "é", True),
        ("?", "", False),
        ("[a-c]", "b", True),
        ("[!a-c]", "b", False),
        ("[^a-c]", "d", True),
        ("[]]", "]", True),
        ("[!]]", "]", False),
        ("[a", "[a", True),
        ("[", "[", True),
        ("a.b", "axb", False),
        ("(a|b)", "(a|b)", True),
        ("\\", "\\", True),
        ("*a*b*c", "xxaxxbxxbcxc", True),
        ("*ab*abc", "ababc", True),
        ("*", "", True),
        ("**", "anything", True),
        ("[a-]", "-", True),
        ("[.]", "x", False),
    ],
)
def test_wildcards(pattern, text, expected):
    assert glob_pattern(pattern, fold=False).matches(text) is expected
    assert glob_pattern(pattern, fold=False, data=True).matches(text.encode()) in (expected, False)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("passwd", "passwd"),
        ("^/etc/.*conf$", "/etc/"),
        ("a+bc", "bc"),
        ("ab?c", "a"),
        ("ab*cde", "cde"),
        ("abc{2}d", "ab"),
        ("a|b", ""),
        ("(?i)abc", ""),
        ("abc(def)", "abc"),
        ("[ab]cd", "cd"),
        (r"a\.b", "a.b"),
        (r"\d+abc", "abc"),
        (r"\x41bc", ""),
        ("[[a]b]cd", ""),
    ],
)
def test_the_text_that_every_match_contains(pattern, literal):
    found = required_literal(pattern)
    assert found == literal


def test_the_literal_is_in_every_match():
    for source, text in [
        ("a+b", "aab"),
        ("ab?", "a"),
        (r"a\.b", "a.b"),
        ("x{0}y", "y"),
        ("ab{0,3}c", "ac"),
        (r"a\d*b", "ab"),
    ]:
        pattern = search_pattern(source, whole=False, fold=False)
        if pattern.matches(text):
            assert pattern.literal in text
