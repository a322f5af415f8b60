"""Which process is which: pids given again, exits without starts, parents never seen, cycles."""

from __future__ import annotations

from process_helpers import RECORDED, end, executed, forest_of, outline, start

from support import syscall
from tracetui.process import Identity


def test_a_pid_given_again_is_another_process(tmp_path):
    events = [start(7, created=100), end(7, 3, created=100), start(7, created=900), syscall("x", proc_id=7)]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    assert list(forest.processes) == [Identity(7, 100), Identity(7, 900)]
    old, new = forest.processes.values()
    assert (old.status, new.status) == ("exit 3", "running")
    assert forest.of(7, 2) is old
    assert forest.of(7, 3) is new
    assert (old.events, new.events) == (2, 2)


def test_occurrences_tell_processes_apart_without_a_create_time(tmp_path):
    events = [start(7), end(7, 1), start(7), end(7, 2), start(7)]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    assert list(forest.processes) == [Identity(7), Identity(7, None, 1), Identity(7, None, 2)]
    assert [process.status for process in forest.processes.values()] == ["exit 1", "exit 2", "running"]


def test_a_reboot_repeats_pid_and_create_time(tmp_path):
    def boot():
        return [start(1, created=5), end(1, created=5), start(2, created=9), end(2, created=9)]

    forest = forest_of(tmp_path / "t.db", boot() + boot(), *RECORDED)
    assert list(forest.processes) == [Identity(1, 5), Identity(2, 9), Identity(1, 5, 1), Identity(2, 9, 1)]


def test_an_exec_keeps_the_process(tmp_path):
    events = [start(7, 1, "sh", 100), start(7, 1, "httpd", 100), end(7, created=100)]
    forest = forest_of(tmp_path / "t.db", events)
    process = forest.processes[Identity(7, 100)]
    assert process.label == "httpd"
    assert process.names == ("sh", "httpd")
    assert [step.event_id for step in process.execs] == [1, 2]


def test_a_search_along_path_is_one_program(tmp_path):
    rows = [start(7, 1, "mount", 100) for _ in range(4)]
    execs = [executed("mount", "-a") for _ in range(4)]
    process = forest_of(tmp_path / "t.db", [*execs, *rows]).processes[Identity(7, 100)]
    assert [(step.argv, step.attempts) for step in process.execs] == [(("mount", "-a"), 4)]


def test_an_exit_before_the_start_in_the_same_flush_is_of_the_same_process(tmp_path):
    """Penguin gives ids by type inside a flush; the type first seen comes first."""
    for created in (100, 0):
        events = [end(3, created=1), end(7, 9, created=created), start(7, 3, created=created)]
        forest = forest_of(tmp_path / f"{created}.db", events)
        process = forest.of(7, 1)
        assert process is forest.of(7, 3)
        assert process.status == "exit 9"
        assert process.parent is forest.of(3, 1)


def test_an_exit_an_earlier_block_ago_is_of_another_process(tmp_path):
    events = [start(7), end(7, 1), start(8), end(8), start(7)]
    forest = forest_of(tmp_path / "t.db", events)
    assert [p.status for p in forest.instances(7)] == ["exit 1", "running"]


def test_the_exit_of_a_thread_does_not_end_the_process(tmp_path):
    events = [start(7, created=5), end(7, 0, "exit", 5), start(7, 0, "next", 5), end(7, 4, created=5)]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    assert [process.status for process in forest.processes.values()] == ["exit 4"]


def test_an_exit_without_a_start_shows_a_process_that_was_there_before(tmp_path):
    forest = forest_of(tmp_path / "t.db", [start(8, 7, comm="S10nvram"), end(7, 0, created=50)])
    process = forest.of(7, 1)
    assert process.identity == Identity(7, 50)
    assert not process.placeholder
    assert process.label == "S10nvram", "the name of the child before its exec is that of its parent"
    assert outline(forest) == ["7", "  8"]


def test_a_parent_never_seen_is_a_placeholder(tmp_path):
    forest = forest_of(tmp_path / "t.db", [start(8, 7, created=5), start(9, 7, created=6)])
    parent = forest.roots[0]
    assert (parent.pid, parent.placeholder, parent.status) == (7, True, "never seen")
    assert outline(forest) == ["7", "  8", "  9"]


def test_a_parent_is_not_younger_than_its_child(tmp_path):
    events = [start(8, 7, created=50), start(7, 1, created=90)]
    forest = forest_of(tmp_path / "t.db", events)
    assert [p.placeholder for p in forest.instances(7)] == [True, False]
    assert forest.of(8, 1).parent.placeholder

    events = [start(7, 1, created=90), start(8, 7, created=50)]
    forest = forest_of(tmp_path / "u.db", events)
    assert forest.of(8, 2).parent.placeholder
    assert outline(forest) == ["1", "  7", "7", "  8"]


def test_the_parent_is_the_process_that_had_the_pid_then(tmp_path):
    events = [start(7), start(8, 7), end(7), start(7, 1), start(9, 7), end(8), end(9), end(7), start(10, 7)]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    first, second, third = forest.instances(7)
    assert forest.of(8, 2).parent is first
    assert forest.of(9, 5).parent is second
    assert forest.of(10, 9).parent is third
    assert third.placeholder


def test_cycles_are_cut(tmp_path):
    events = [start(1, 1), start(2, 3), start(3, 2), start(4, 5), start(5, 6), start(6, 4)]
    forest = forest_of(tmp_path / "t.db", events)
    assert len(forest.flatten()) == len(forest.processes) == 6
    for process in forest.processes.values():
        assert process not in forest.ancestors(process)
    assert outline(forest) == ["1", "3", "  2", "6", "  5", "    4"]


def test_a_long_chain_of_forks(tmp_path):
    forest = forest_of(tmp_path / "t.db", [], *CHAIN)
    assert len(forest.roots) == 1
    assert forest.roots[0].subtree_size == 20_001
    assert forest.flatten()[-1].depth == 20_000
    assert len(forest.ancestors_of_pid(20_001, 20_000)) == 20_000


CHAIN = (
    "INSERT INTO event WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    "SELECT i, 'proc_start', 'sh', i + 1 FROM n",
    "INSERT INTO proc_start SELECT id, proc_id, proc_id - 1, id, 'sh', 0, 0, 0, 0 FROM event",
)


def test_events_of_pids_never_started_are_roots(tmp_path):
    events = [
        syscall("open", proc_id=40, procname="/bin/a", retno=-2),
        start(41),
        syscall("open", proc_id=41, procname="/bin/b"),
        syscall("open", proc_id=40, procname="/bin/c"),
    ]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    process = forest.processes[Identity(40)]
    assert process in forest.roots
    assert (process.label, process.events, process.failures) == ("c", 2, 1)
    assert (process.first_id, process.last_id) == (1, 4)
    assert not process.placeholder


def test_events_before_the_logged_start_are_of_the_same_process(tmp_path):
    forest = forest_of(tmp_path / "t.db", [syscall("x", proc_id=7), start(7, 1, created=5)], *RECORDED)
    assert list(forest.processes) == [Identity(7, 5), Identity(1)]
    assert forest.of(7, 1).events == 2


def test_rows_without_a_pid_are_left_out_and_counted(tmp_path):
    forest = forest_of(
        tmp_path / "t.db",
        [start(7), start(8), end(9), end(7)],
        "UPDATE proc_start SET pid = 'x\ny' WHERE id = 2",
        "UPDATE proc_exit SET pid = -5 WHERE id = 3",
        "UPDATE event SET proc_id = 0 WHERE id IN (2, 3)",
        "UPDATE proc_start SET ppid = 'junk', create_time = x'00', uid = 'root'",
    )
    assert [process.pid for process in forest.processes.values()] == [7]
    assert forest.malformed == 2
    assert "left out for want of a valid pid: 2" in forest.basis_sentence
    assert forest.of(7, 1).uid is None


def test_exit_reasons(tmp_path):
    reasons = {
        ("exit_group", 1): "exit 1",
        ("exit", 0): "exit 0",
        ("signal:SIGSEGV", 139): "killed by SIGSEGV",
        ("0", 2): "exit 2",
        ("11", 139): "killed by SIGSEGV",
        ("signal:\x1b[31m", 0): "killed by ␛[31m",
        ("atexit", -1): "exit ?",
    }
    rows = [end(10 + n, code, reason) for n, (reason, code) in enumerate(reasons)]
    forest = forest_of(tmp_path / "t.db", rows)
    assert [process.status for process in forest.roots] == list(reasons.values())
    assert [process.failed for process in forest.roots] == [True, False, True, True, True, True, False]
