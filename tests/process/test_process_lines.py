"""The tree as lines: what is shown, in which order, with which guides."""

from __future__ import annotations

import pytest
from process_helpers import RECORDED, forest_of, start

from support import syscall
from tracetui.process import ORDERS, Identity
from tracetui.process.lines import GUIDES


@pytest.fixture
def forest(tmp_path):
    """init with sh (ls, PS) and httpd (cgi); a stray process."""
    events = [
        *(start(1, 0, "init"), start(2, 1, "sh"), start(3, 2, "ls"), start(4, 2, "PS"), start(5, 1, "httpd")),
        *(start(6, 5, "cgi"), start(9, 0, "stray")),
        *[syscall("x", proc_id=6, retno=-2) for _ in range(4)],
        *[syscall("x", proc_id=4) for _ in range(6)],
    ]
    return forest_of(tmp_path / "t.db", events, *RECORDED)


def pids(lines):
    return [line.process.pid for line in lines]


def test_parents_come_before_their_children(forest):
    lines = forest.flatten()
    assert pids(lines) == [1, 2, 3, 4, 5, 6, 9]
    assert [line.depth for line in lines] == [0, 1, 2, 2, 1, 2, 0]
    assert [line.has_children for line in lines] == [True, True, False, False, True, False, False]
    assert all(line.matched for line in lines)


def test_guides(forest):
    lines = {line.process.pid: line for line in forest.flatten()}
    assert {pid: line.last for pid, line in lines.items()} == {
        **{1: False, 2: False, 3: False},
        **{4: True, 5: True, 6: True, 9: True},
    }
    assert lines[2].guides == ()
    assert lines[3].guides == (True,), "httpd follows below sh"
    assert lines[6].guides == (False,)


def test_only_expanded_processes_show_their_children(forest):
    assert pids(forest.flatten(set())) == [1, 9]
    assert pids(forest.flatten({Identity(1)})) == [1, 2, 5, 9]
    assert pids(forest.flatten({Identity(1), Identity(5)})) == [1, 2, 5, 6, 9]
    assert pids(forest.flatten({Identity(5)})) == [1, 9], "a collapsed parent hides what is expanded in it"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("start", [1, 2, 3, 4, 5, 6, 9]),
        ("events", [1, 2, 4, 3, 5, 6, 9]),
        ("failures", [1, 5, 6, 2, 3, 4, 9]),
        ("name", [1, 5, 6, 2, 3, 4, 9]),
    ],
)
def test_orders_of_siblings(forest, order, expected):
    assert order in ORDERS
    assert pids(forest.flatten(order=order)) == expected


def test_a_match_shows_the_way_to_it_even_in_collapsed_parents(forest):
    lines = forest.flatten(set(), match="ps")
    assert [(line.process.pid, line.matched) for line in lines] == [(1, False), (2, False), (4, True)]
    assert [line.last for line in lines] == [True, True, True]
    assert pids(forest.flatten(match="9")) == [9]
    assert forest.flatten(match="nothing") == []


def test_only_some_processes_and_their_ancestors(forest):
    only = [forest.processes[Identity(6)], forest.processes[Identity(2)]]
    lines = forest.flatten(only=only)
    assert [(line.process.pid, line.matched) for line in lines] == [
        (1, False),
        (2, True),
        (5, False),
        (6, True),
    ]
    assert pids(forest.flatten(only=only, match="cgi")) == [1, 5, 6]
    assert forest.flatten(only=[]) == []


def test_a_long_chain_keeps_its_innermost_guides(tmp_path):
    depth = GUIDES + 20
    forest = forest_of(tmp_path / "t.db", [start(n + 1, n) for n in range(1, depth)])
    deepest = forest.flatten()[-1]
    assert deepest.depth == depth - 1
    assert len(deepest.guides) == GUIDES
