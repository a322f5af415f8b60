"""What the tree rests on, what is counted for whom, and the questions that filters ask."""

from __future__ import annotations

from collections import Counter

import pytest
from process_helpers import RECORDED, end, executed, forest_of, outline, start

from support import append, boot, openat, run_sql, syscall, write_trace
from tracetui.process import ForestBuilder, Identity, build_forest, count_matches
from tracetui.trace import Condition, Trace


def penguin():
    return [
        start(1, 0, "init", 1),
        start(12, 1, "httpd", 5, uid=33),
        start(13, 1, "wget", 6),
        start(14, 1, "wget", 7),
        *[openat("/x", -2, procname="/usr/sbin/httpd") for _ in range(3)],
        openat("/x", procname="httpd"),
        openat("/x", -2, procname="wget"),
        openat("/x", procname="/bin/sh"),
        end(12, 139, "signal:SIGSEGV", 5),
    ]


def test_names_that_one_process_has_are_counted_for_it(tmp_path):
    forest = forest_of(tmp_path / "t.db", penguin())
    assert forest.basis == "pid"
    assert not forest.events_have_pids
    httpd = forest.processes[Identity(12, 5)]
    assert (httpd.events, httpd.failures, httpd.counted) == (6, 3, True)
    assert [p.counted for p in forest.instances(13)] == [False], "two processes are called wget"
    assert forest.unassigned == 2
    assert "of no process that the trace could tell: 2" in forest.basis_sentence
    assert "have no pid" in forest.basis_sentence
    assert forest.of_event(None, "/usr/sbin/httpd", 5) is httpd
    assert forest.of_event(None, "wget", 5) is None


def test_pids_count_where_events_have_them(tmp_path):
    events = [
        start(1),
        start(2, 1),
        start(3, 2),
        *[syscall("x", proc_id=3, retno=-2) for _ in range(5)],
        syscall("x", proc_id=1),
        syscall("x", proc_id=0),
    ]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    assert forest.events_have_pids
    assert forest.unassigned == 1
    by_pid = {p.pid: p for p in forest.processes.values()}
    assert {pid: (p.events, p.failures) for pid, p in by_pid.items()} == {1: (2, 0), 2: (1, 0), 3: (6, 5)}
    assert {pid: p.subtree_events for pid, p in by_pid.items()} == {1: 9, 2: 7, 3: 6}
    assert {pid: (p.subtree_failures, p.subtree_size) for pid, p in by_pid.items()} == {
        1: (5, 3),
        2: (5, 2),
        3: (5, 1),
    }


def test_a_trace_without_pids_has_a_node_a_name(tmp_path):
    events = [
        openat("/a", -2, procname="/bin/sh"),
        openat("/b", procname="sh"),
        openat("/c", procname="/bin/sh"),
    ]
    forest = forest_of(tmp_path / "t.db", events, "DROP TABLE proc_start", "DROP TABLE proc_exit")
    assert forest.basis == "name"
    assert "because the trace has no pids" in forest.basis_sentence
    assert outline(forest) == ["/bin/sh", "sh"]
    sh = forest.processes[Identity(0, name="/bin/sh")]
    assert (sh.pid, sh.label, sh.events, sh.failures, sh.first_id, sh.last_id) == (None, "sh", 2, 1, 1, 3)
    assert sh.counted


def execve(caller, *argv):
    return syscall(
        "execve", f'filename=0x1("/usr/bin/{argv[0]}")', f"argv=0x2({list(argv)})", procname=caller
    )


def test_names_are_below_the_first_that_executed_them(tmp_path):
    events = [
        *(execve("/sbin/init", "/bin/sh", "/etc/rc"), execve("/bin/sh", "ls", "-l"), execve("ls", "/bin/sh")),
        *(execve("other", "ls"), execve("ls", "ls"), execve("/bin/sh", "never")),
        *[openat("/x", procname=name) for name in ("/bin/sh", "ls", "/sbin/init", "other")],
    ]
    path = write_trace(tmp_path / "t.db", events, ["DROP TABLE proc_start", "DROP TABLE proc_exit"])
    with Trace.open(path) as trace:
        builder = ForestBuilder(trace)
        forest = builder.update()
        assert outline(forest) == ["/sbin/init", "  /bin/sh", "    ls", "other"]
        assert forest.roots[0].subtree_events == 8
        assert forest.roots[0].status == "end unknown"
        scope = forest.scope(forest.roots[0], subtree=True)
        assert scope.expression == 'proc = "/sbin/init" or proc = "/bin/sh" or proc = "ls"'
        append(path, [execve("ls", "/bin/late"), openat("/x", procname="/bin/late")])
        assert outline(builder.update()) == ["/sbin/init", "  /bin/sh", "    ls", "      /bin/late", "other"]


def test_names_that_execute_each_other_are_no_cycle(tmp_path):
    events = [execve("a", "b"), execve("b", "c"), execve("c", "a"), execve("a", "a")]
    forest = forest_of(tmp_path / "t.db", events, "DROP TABLE proc_start", "DROP TABLE proc_exit")
    assert outline(forest) == ["a", "  b", "    c"]


def test_the_first_era_has_create_times_for_pids(tmp_path):
    events = [syscall("x", procname="sh", proc_id=10**10), syscall("x", procname="sh", proc_id=2 * 10**10)]
    events[0].arg0_repr = "FD:3(/x)"
    path = write_trace(
        tmp_path / "t.db",
        events,
        [
            "DROP TABLE proc_start",
            "DROP TABLE proc_exit",
            "DROP TABLE read",
            "CREATE TABLE read (id INTEGER PRIMARY KEY, fd INTEGER, fname VARCHAR, buffer VARCHAR)",
        ],
    )
    with Trace.open(path) as trace:
        assert trace.era.value == "v1"
        forest = build_forest(trace)
    assert (forest.basis, outline(forest)) == ("name", ["sh"])


def test_an_empty_trace_has_no_process(tmp_path):
    forest = forest_of(tmp_path / "t.db", [])
    assert (forest.basis, forest.roots, forest.flatten()) == ("none", [], [])


def test_pids_alone_give_a_forest_of_roots(tmp_path):
    forest = forest_of(tmp_path / "t.db", [syscall("x", proc_id=p) for p in (5, 6, 5)], *RECORDED)
    assert (forest.basis, outline(forest)) == ("pid", ["5", "6"])
    assert "parents are unknown" in forest.basis_sentence
    assert forest.roots[0].status == "end unknown"


def test_execs_without_pids_are_paired_with_starts(tmp_path):
    execs = [executed("/sbin/init", "-s"), executed("/usr/bin/lost"), executed("-sh", "-c", "it's")]
    starts = [start(1, 0, "init", 1), start(2, 1, "other", 2), start(3, 1, "sh", 3)]
    forest = forest_of(tmp_path / "t.db", [*execs, *starts])
    argvs = {p.pid: p.argv for p in forest.processes.values()}
    assert argvs == {1: ("/sbin/init", "-s"), 2: (), 3: ("-sh", "-c", "it's")}
    assert [p.command for p in forest.processes.values()] == ["/sbin/init -s", "other", "-sh -c it's"]


def test_execs_with_pids_need_no_pairing(tmp_path):
    events = [start(7, 0, "/bin/sh", 5), executed("/bin/ls", "-l", pid=7), start(7, 0, "ls", 5)]
    process = forest_of(tmp_path / "t.db", events, *RECORDED).processes[Identity(7, 5)]
    assert [(step.event_id, step.name, step.argv) for step in process.execs] == [(2, "ls", ("/bin/ls", "-l"))]
    assert process.name == "ls"


def test_questions_of_filters(tmp_path):
    events = [start(1, 0, "init"), start(2, 1, "sh"), start(3, 2, "ls", uid=5), end(3), start(3, 1, "ps")]
    forest = forest_of(tmp_path / "t.db", events, *RECORDED)
    assert forest.ancestors_of_pid(3, 3) == (2, 1)
    assert forest.ancestors_of_pid(3, 5) == (1,)
    assert forest.names_of_ancestors(3, 4) == ("sh", "init")
    assert forest.ppid_of(3, 4) == 2
    assert forest.ppid_of(3, 5) == 1
    assert (forest.uid_of(3, 4), forest.uid_of(3, 5)) == (5, 0)
    assert forest.subtree_pids(1) == {1, 2, 3}
    assert forest.subtree_pids(99) == {99}
    assert [(first, last) for _, first, last in forest.lifetimes(3)] == [(0, 4), (5, None)]
    assert len(list(forest.lifetimes())) == 4
    for unknown in (None, 0, 99):
        assert forest.of(unknown, 1) is None
        assert forest.ancestors_of_pid(unknown, 1) == ()
        assert forest.ppid_of(unknown, 1) is forest.uid_of(unknown, 1) is None


def test_chunks_and_reused_pids_are_counted_exactly(tmp_path, monkeypatch):
    """Counts agree with one look at each record, wherever chunks end."""
    events = []
    for round_ in range(30):
        events += [
            start(7, 1, created=round_ + 1),
            syscall("x", proc_id=7, retno=-2),
            syscall("x", proc_id=8),
        ]
        events += [syscall("x", proc_id=7) for _ in range(round_)] + [end(7, created=round_ + 1)]
    path = write_trace(tmp_path / "t.db", events, RECORDED)
    monkeypatch.setattr("tracetui.trace.pace.FIRST_CHUNK", 50)
    with Trace.open(path) as trace:
        forest = build_forest(trace)
        expected = Counter(forest.of(record.pid, record.id) for record in trace.records())
        failures = Counter(forest.of(r.pid, r.id) for r in trace.records() if r.failed)
        matches = count_matches(trace, forest, None)
    assert len(forest.instances(7)) == 30
    for process in forest.processes.values():
        assert process.events == expected[process]
        assert process.failures == failures[process]
    found = {p: (count.events, count.failures) for p, count in matches.by_process.items()}
    assert found == {p: (p.events, p.failures) for p in forest.processes.values() if p.events}


def test_matches_of_a_condition(tmp_path):
    path = write_trace(tmp_path / "t.db", penguin())
    with Trace.open(path) as trace:
        forest = build_forest(trace)
        table = trace.schema.tables["syscall"]
        failed = Condition.of(table.c.retno == -2, source="syscall")
        matches = count_matches(trace, forest, failed)
        cancelled = count_matches(trace, forest, failed, lambda: True)
    assert {p.label: (c.events, c.failures) for p, c in matches.by_process.items()} == {"httpd": (3, 3)}
    assert matches.unassigned == 1
    assert not cancelled.by_process


# Growing traces.


def facts(forest):
    return {
        identity: (
            p.parent.identity if p.parent else None,
            [child.identity for child in p.children],
            (p.name, p.status, p.events, p.failures, p.first_id, p.last_id, p.placeholder, p.counted),
            [(step.event_id, step.argv, step.attempts) for step in p.execs],
        )
        for identity, p in forest.processes.items()
    }


def history():
    return [
        *(
            syscall("x", proc_id=5, procname="early"),
            start(5, 1, created=3),
            syscall("x", proc_id=5, retno=-2),
        ),
        *(start(9, 6, created=9), end(5, created=3), start(6, 1, created=4), start(5, 6, created=12)),
        *(executed("a", "b", pid=5), start(5, 6, "a", 12), end(77), syscall("x", proc_id=78), end(78, 3)),
        *(
            end(9, created=9),
            start(9, 5, created=30),
            syscall("x", proc_id=9),
            syscall("x", proc_id=0, procname="k"),
        ),
    ]


@pytest.mark.parametrize("recorded", [True, False])
def test_step_by_step_gives_the_same_forest(tmp_path, recorded):
    path = write_trace(tmp_path / "t.db", [], RECORDED if recorded else ())
    with Trace.open(write_trace(tmp_path / "all.db", history(), RECORDED if recorded else ())) as trace:
        whole = build_forest(trace)
        assert (trace.era.value == "recorded") == recorded
        schema = trace.schema
    with Trace(path, schema) as trace:
        builder = ForestBuilder(trace)
        for event in history():
            append(path, [event])
            forest = builder.update()
        assert facts(forest) == facts(whole)
        assert builder.update().counted_to == len(history())


def test_nodes_stay_the_same_while_the_trace_grows(tmp_path):
    path = write_trace(tmp_path / "t.db", [start(1)])
    with Trace.open(path) as trace:
        builder = ForestBuilder(trace)
        process = builder.update().roots[0]
        append(path, [start(2, 1), end(1, 4)])
        assert builder.update().roots == [process]
        assert (process.status, process.subtree_size) == ("exit 4", 2)


def test_a_trace_that_shrank_is_read_again(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        builder = ForestBuilder(trace)
        assert len(builder.update().processes) == 2
        run_sql(
            path,
            "DELETE FROM event",
            "DELETE FROM proc_start",
            "DELETE FROM proc_exit",
            "DELETE FROM syscall",
        )
        append(path, [start(3)])
        assert [p.pid for p in builder.update().processes.values()] == [3]


def test_a_cancelled_update_is_taken_up_later(tmp_path):
    events = [start(7), *[syscall("x", proc_id=7, retno=-2) for _ in range(5000)]]
    path = write_trace(tmp_path / "t.db", events, RECORDED)
    with Trace.open(path) as trace:
        whole = build_forest(trace)
        builder = ForestBuilder(trace)
        for patience in range(12):
            asked = iter(range(100))
            forest = builder.update(lambda asked=asked, patience=patience: next(asked) >= patience)
            assert forest.counted_to <= len(events)
        assert builder.update().counted_to == len(events)
        assert facts(builder.update()) == facts(whole)
