"""The process of an event: program, environment, family and open files, as they were then."""

from __future__ import annotations

import pytest
from canonical_helpers import record

from support import openat, syscall, write_trace
from tracetui.canonical import ExecEnvironments, FilesAlong, OpenFiles, States, canonical_event
from tracetui.events import Era, Exec, ProcExit, ProcStart, Read
from tracetui.process import build_forest
from tracetui.trace import Trace


def start(pid, ppid, name, create_time=None):
    return ProcStart(
        procname=name,
        proc_id=pid,
        pid=pid,
        ppid=ppid,
        create_time=create_time or pid * 100,
        comm="sh",
        uid=0,
        gid=0,
        euid=0,
        egid=0,
    )


def program(*argv, env="{}", pid=0):
    return Exec(
        procname="[?]", proc_id=pid, calltree="", argc="", argv=str(list(argv)), envp=env, euid=0, egid=0
    )


@pytest.fixture
def trace(tmp_path):
    events = [
        program("/sbin/init", env="{'HOME': '/', 'TERM': 'linux'}"),
        start(1, 0, "init"),
        program("/bin/sh", "-c", "httpd", env="{'HOME': '/root'}"),
        start(5, 1, "sh"),
        openat("/etc/passwd", 3, proc_id=5, procname="sh"),
        program("/usr/sbin/httpd", "-p", "80", env="{'HOME': '/www'}"),
        start(5, 1, "httpd", 500),
        openat("/www/index.html", 4, proc_id=5, procname="httpd"),
        openat("/x", 4, proc_id=99, procname="nobody"),
    ]
    with Trace(write_trace(tmp_path / "t.db", events)) as trace:
        yield trace


def state(trace, event_id, **more):
    states = States(build_forest(trace), **more)
    return states.of(trace.fetch([event_id])[0])


def test_the_program_is_the_one_of_that_moment(trace):
    before, after = state(trace, 5), state(trace, 8)
    assert (before.exe, before.command_line) == ("/bin/sh", "/bin/sh -c httpd")
    assert (after.exe, after.argv) == ("/usr/sbin/httpd", ("/usr/sbin/httpd", "-p", "80"))
    assert (before.name, after.name) == ("sh", "httpd")
    assert (after.pid, after.ppid, after.uid, after.create_time) == (5, 1, 0, 500)


def test_execs_may_follow_the_calls_of_their_program_in_a_flush(tmp_path):
    """Penguin numbers one table after the other: calls come before the execs and starts of the same moment."""
    events = [
        openat("/a", procname="/usr/sbin/httpd", proc_id=5),
        openat("/b", procname="/bin/sh", proc_id=5),
        openat("/c", procname="/usr/bin/logger", proc_id=5),
        program("/sbin/init"),
        program("/bin/sh", "-c", "httpd"),
        program("/usr/sbin/httpd", "-p", "80"),
        start(1, 0, "init"),
        start(5, 1, "sh"),
        start(5, 1, "httpd", 500),
        openat("/d", procname="[?]", proc_id=5),
    ]
    with Trace(write_trace(tmp_path / "t.db", events)) as trace:
        states = States(build_forest(trace))
        web, shell, other, nameless = (states.of(seen) for seen in trace.fetch([1, 2, 3, 10]))
    assert (web.name, web.argv) == ("httpd", ("/usr/sbin/httpd", "-p", "80"))
    assert (shell.name, shell.argv) == ("sh", ("/bin/sh", "-c", "httpd"))
    assert (other.exe, other.argv) == ("/usr/bin/logger", ()), "no exec of it was logged"
    assert nameless.exe == "/usr/sbin/httpd"
    assert web.parent.exe == "/sbin/init"


def test_parent_and_ancestors(trace):
    found = state(trace, 8)
    assert found.parent.exe == "/sbin/init"
    assert [ancestor.name for ancestor in found.ancestors] == ["init"]
    assert found.parent.parent is None


def test_what_is_not_followed_is_unknown(trace):
    found = state(trace, 8)
    assert found.env is None
    assert found.open_files is None


def test_the_environment_is_that_of_the_exec(trace):
    environments = ExecEnvironments(trace)
    assert state(trace, 5, environments=environments).env == {"HOME": "/root"}
    found = state(trace, 8, environments=environments)
    assert found.env == {"HOME": "/www"}
    assert found.parent.env == {"HOME": "/", "TERM": "linux"}


def test_execs_with_a_pid_tell_their_own_environment(tmp_path):
    events = [
        start(5, 1, "sh"),
        program("/bin/sh", env="{'A': '1'}", pid=5),
        openat("/a", proc_id=5),
        program("/bin/ls", env="{'A': '2'}", pid=5),
        openat("/b", proc_id=5, procname="/bin/ls"),
    ]
    with Trace(write_trace(tmp_path / "t.db", events)) as trace:
        states = States(build_forest(trace), ExecEnvironments(trace))
        found = [states.of(seen).env for seen in trace.fetch([3, 5])]
    assert found == [{"A": "1"}, {"A": "2"}]


def test_a_forked_process_runs_its_parents_program(tmp_path):
    events = [
        start(1, 0, "init"),
        program("/sbin/init", env="{'A': '1'}", pid=1),
        start(2, 1, "init"),
        program("/bin/sh", pid=1),
        start(3, 2, "init"),
        openat("/a", proc_id=3, procname="init"),
    ]
    recorded = [
        "CREATE TABLE context (id INTEGER PRIMARY KEY, ts INTEGER)",
        "INSERT INTO context VALUES (1, 1)",
    ]
    with Trace(write_trace(tmp_path / "t.db", events, recorded)) as trace:
        seen = trace.fetch([6])[0]
        forest = build_forest(trace)
        found = States(forest, ExecEnvironments(trace), complete=True).of(seen)
        unsure = States(forest).of(seen)
    assert (found.exe, found.env) == ("/sbin/init", {"A": "1"}), "as it was when the process was forked"
    assert unsure.exe == "", "an exec may have been missed"


def test_a_process_that_the_trace_does_not_tell(tmp_path):
    with Trace(write_trace(tmp_path / "t.db", [openat("/a"), openat("/b", procname="other")])) as trace:
        states = States(build_forest(trace))
        unknown = record(openat("/c", procname="third"), 7)
        assert states.of(unknown) is None
        assert canonical_event(unknown, states.of(unknown)).process is None


# Open files.


def files_after(*events):
    """Open files of the process of the last event."""
    files = OpenFiles()
    for number, event in enumerate(events, 1):
        last = record(event, number)
        files.observe(last)
    return files.of(last)


def call(name, *args, retno=0, pid=5):
    return syscall(name, *args, retno=retno, proc_id=pid)


def opened(path, fd, pid=5, flags="flags=0x0", value=0):
    return call(
        "openat", (0xFFFFFF9C, "dfd=0xffffff9c"), f'filename=0x1("{path}")', (value, flags), retno=fd, pid=pid
    )


def test_open_and_close():
    assert files_after(opened("/a", 3)) == {3: "/a"}
    assert files_after(opened("/a", 3), opened("/b", 4), call("close", (3, "fd=0x3"))) == {4: "/b"}
    assert files_after(opened("/a", -2)) == {}
    assert files_after(opened("/a", 3), call("close", (3, "fd=0x3"), retno=-9)) == {3: "/a"}
    assert files_after(call("creat", 'pathname=0x1("/n")', retno=3)) == {3: "/n"}


def test_copies_of_descriptors():
    dup = call("dup", (3, "fildes=0x3"), retno=4)
    assert files_after(opened("/a", 3), dup) == {3: "/a", 4: "/a"}
    dup2 = call("dup2", (3, "oldfd=0x3"), (1, "newfd=0x1"), retno=1)
    assert files_after(opened("/a", 3), dup2) == {1: "/a", 3: "/a"}
    same = call("dup2", (3, "oldfd=0x3"), (3, "newfd=0x3"), retno=3)
    assert files_after(opened("/a", 3), same) == {3: "/a"}
    over = call("dup2", (9, "oldfd=0x9"), (3, "newfd=0x3"), retno=3)
    assert files_after(opened("/a", 3), over) == {}, "what descriptor 9 was is not known, so neither is 3 now"
    fcntl = call("fcntl", (3, "fd=0x3"), (1030, "cmd=0x406"), (10, "arg=0xa"), retno=11)
    assert files_after(opened("/a", 3), fcntl) == {3: "/a", 11: "/a"}


def test_sockets_have_no_path():
    assert files_after(call("socket", (2, "family=0x2"), (1, "type=0x1"), retno=3)) == {3: "socket"}


def test_ranges():
    closing = call("close_range", (4, "fd=0x4"), (0xFFFFFFFF, "max_fd=0xffffffff"), (0, "flags=0x0"))
    assert files_after(opened("/a", 3), opened("/b", 4), opened("/c", 9), closing) == {3: "/a"}


def test_a_program_begins_without_what_closes_on_exec():
    closes = opened("/secret", 4, flags="flags=0x80000", value=0x80000)
    assert files_after(opened("/a", 3), closes, start(5, 1, "x")) == {3: "/a"}


def test_a_fork_keeps_what_closes_on_exec():
    """Recorders other than Penguin log a start where a process is forked, not where a program begins."""
    forked = record(start(5, 1, "x"), era=Era.RECORDED)
    seen = OpenFiles()
    for one in (record(opened("/secret", 4, flags="flags=0x80000", value=0x80000), era=Era.RECORDED), forked):
        seen.observe(one)
    assert seen.of(forked) == {4: "/secret"}
    seen.observe(record(program("/bin/x", pid=5), era=Era.RECORDED))
    assert seen.of(forked) == {}


def test_children_inherit_and_go_their_own_way():
    forked = call("fork", retno=6)
    closing = call("close", (3, "fd=0x3"), pid=6)
    assert files_after(opened("/a", 3), forked, closing) == {}
    assert files_after(opened("/a", 3), forked, closing, opened("/b", 4)) == {3: "/a", 4: "/b"}


def test_threads_share():
    cloned = call("clone", (0x400, "clone_flags=0x400"), retno=6)
    assert files_after(opened("/a", 3), cloned, opened("/b", 4, pid=6)) == {3: "/a", 4: "/b"}


def test_an_end_closes_everything():
    end = ProcExit(procname="a", proc_id=5, pid=5, create_time=9, code=0, reason="exit_group")
    assert files_after(opened("/a", 3), end) == {}


def test_events_that_name_a_file_prove_it_open():
    read = Read(procname="a", proc_id=5, fd=0, fname="/dev/console", buffer=b"")
    assert files_after(read) == {0: "/dev/console"}


def test_without_a_pid_nothing_is_known():
    assert files_after(syscall("close", (3, "fd=0x3"))) is None


def test_open_files_along_a_selection(trace):
    def walk(first, last):
        return trace.again().records(start=first, stop=last)

    states = States(build_forest(trace), open_files=FilesAlong(walk, lambda: trace.bounds()[1]))
    found = [states.of(seen).open_files for seen in trace.fetch([5, 8])]
    assert found == [{3: "/etc/passwd"}, {3: "/etc/passwd", 4: "/www/index.html"}]


def test_open_files_along_a_trace_that_grows():
    written = [record(opened("/a", 3), 1), record(opened("/b", 4), 2)]
    walks = []

    def walk(first, last):
        walks.append((first, last))
        return [seen for seen in written if first <= seen.id <= last]

    along = FilesAlong(walk, lambda: written[-1].id)
    assert along(written[0]) == {3: "/a"}
    assert along(written[1]) == {3: "/a", 4: "/b"}
    written.append(record(opened("/c", 5), 3))
    assert along(written[2]) == {3: "/a", 4: "/b", 5: "/c"}
    assert walks == [(1, 2), (3, 3)], "no part is walked twice"
