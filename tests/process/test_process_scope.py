"""Filter expressions for a process and for a subtree."""

from __future__ import annotations

from process_helpers import RECORDED, end, forest_of, start

from support import openat, syscall
from tracetui.filter import Surroundings, compile_filter, parse
from tracetui.process import Identity
from tracetui.trace import Trace


def found(path, forest, process, subtree):
    """How many events the scope's filter finds."""
    with Trace.open(path) as trace:
        expression = parse(forest.scope(process, subtree).expression)
        return trace.count(compile_filter(expression, trace.schema, Surroundings(genealogy=forest)))


def test_filters_find_what_was_counted(tmp_path):
    rows = []
    for created in (1, 2, 3):
        rows += [start(7, 1, created=created), start(8, 7, created=created), syscall("x", proc_id=8)]
        rows += [syscall("x", proc_id=7), end(8, created=created), end(7, created=created)]
    path = tmp_path / "t.db"
    forest = forest_of(path, [*rows, syscall("x", proc_id=1)], *RECORDED)
    assert len(forest.processes) == 7
    for process in forest.processes.values():
        assert found(path, forest, process, subtree=False) == process.events
        assert found(path, forest, process, subtree=True) == process.subtree_events


def scopes(forest, process):
    return forest.scope(process).expression, forest.scope(process, subtree=True).expression


def test_a_pid_that_was_given_once(tmp_path):
    forest = forest_of(
        tmp_path / "t.db", [start(1, 0, "init"), start(2, 1), syscall("x", proc_id=2)], *RECORDED
    )
    init, child = forest.processes.values()
    assert scopes(forest, init) == ("pid = 1", "tree = 1")
    assert scopes(forest, child) == ("pid = 2", "pid = 2"), "there is nothing below"
    assert forest.scope(init).sentence == "process 1 (init)"
    assert forest.scope(init, subtree=True).sentence == "process 1 (init) and 1 below it"


def test_a_pid_that_was_given_again_is_bounded(tmp_path):
    rows = [start(7), syscall("x", proc_id=7), end(7), start(7), end(7), start(7)]
    forest = forest_of(tmp_path / "t.db", rows, *RECORDED)
    assert [forest.scope(process).expression for process in forest.instances(7)] == [
        "pid = 7 and id <= 3",
        "pid = 7 and id in 4..5",
        "pid = 7 and id >= 6",
    ]


def test_a_subtree_with_a_pid_given_again(tmp_path):
    rows = [
        start(1),
        start(2, 1),
        start(3, 1),
        start(7, 1),
        syscall("x", proc_id=7),
        end(7),
        start(7),
        end(8),
    ]
    forest = forest_of(tmp_path / "t.db", rows, *RECORDED)
    expression = forest.scope(forest.roots[0], subtree=True).expression
    assert expression == "pid in (1, 2, 3) or (pid = 7 and id <= 6)"


def test_a_subtree_of_many_pids_given_again_is_bounded_by_its_life(tmp_path):
    children = [row for pid in range(10, 150) for row in (start(pid, 1), end(pid))]
    strangers = [start(pid) for pid in range(10, 150)]
    forest = forest_of(
        tmp_path / "t.db", [start(1), *children, *strangers, syscall("x", proc_id=1)], *RECORDED
    )
    assert scopes(forest, forest.roots[0]) == ("pid = 1", "tree = 1 and id in 1..422")


def test_events_without_pids_are_found_by_the_names_of_their_program(tmp_path):
    rows = [
        *(start(1, 0, "init", 1), start(5, 1, "httpd", 2), start(6, 1, "unseen", 3)),
        *(openat("/x", procname="/usr/sbin/httpd"), openat("/x", procname="httpd")),
    ]
    forest = forest_of(tmp_path / "t.db", rows)
    scope = forest.scope(forest.processes[Identity(5, 2)])
    assert scope.expression == 'pid = 5 or proc = "/usr/sbin/httpd" or proc = "httpd"'
    assert "by process name" in scope.sentence
    assert forest.scope(forest.processes[Identity(6, 3)]).expression == "pid = 6"
    subtree = forest.scope(forest.roots[0], subtree=True).expression
    assert subtree == 'tree = 1 or proc = "/usr/sbin/httpd" or proc = "httpd"'


def test_a_name_is_escaped(tmp_path):
    evil = 'a"b\\c and \x1b[31m'
    tables = ["DROP TABLE proc_start", "DROP TABLE proc_exit"]
    forest = forest_of(tmp_path / "t.db", [openat("/x", procname=evil)], *tables)
    scope = forest.scope(forest.roots[0])
    assert scope.expression == r'proc = "a\"b\\c and \x1b[31m"'
    assert "\x1b" not in scope.sentence


def test_filters_find_names_of_any_kind(tmp_path):
    path = tmp_path / "t.db"
    names = [
        "/bin/sh",
        'a"b\\c',
        "tab\there",
        "new\nline",
        "$(x) and not y",
        "[?]",
        "é\x1b[31m",
        "*",
        "${pid}",
        "@x",
        "",
    ]
    tables = ["DROP TABLE proc_start", "DROP TABLE proc_exit"]
    forest = forest_of(path, [openat("/x", procname=name) for name in names], *tables)
    assert len(forest.processes) == len(names)
    for process in forest.processes.values():
        assert found(path, forest, process, subtree=False) == 1, process.name
