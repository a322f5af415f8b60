"""Who made whom: forks, threads, execs, exits, in whatever order a log tells of them."""

from __future__ import annotations

import pytest
from strace_helpers import Story, convert

from tracetui.events import Exec, ProcExit, ProcStart, Syscall
from tracetui.sources.strace import Converter

FORK = "clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD"
THREAD = "clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SIGHAND, stack=0x7f00}"


def starts(story: Story) -> list[tuple[int, int, str, str]]:
    """(pid, ppid, procname, old comm) of each start."""
    return [(event.pid, event.ppid, event.procname, event.comm) for event in story.of(ProcStart)]


def exits(story: Story) -> list[tuple[int, int, str]]:
    return [(event.pid, event.code, event.reason) for event in story.of(ProcExit)]


def test_exec_fork_exec_exit() -> None:
    story, converter = convert(
        '10 100000000.000001 execve("/bin/sh", ["-sh", "-c", "x"], []) = 0',
        f"10 100000000.000005 {FORK}) = 11",
        '11 100000000.000006 execve("/usr/bin/tool", ["tool"], []) = 0',
        "11 100000000.000007 exit_group(3) = ?",
        "11 100000000.000008 +++ exited with 3 +++",
        "10 100000000.000009 +++ exited with 0 +++",
    )
    assert starts(story) == [(10, 0, "sh", "[none]"), (11, 10, "-sh", "sh"), (11, 10, "tool", "sh")]
    assert exits(story) == [(11, 3, "exit_group"), (10, 0, "exit_group")]
    fork, program = story.of(ProcStart)[1:]
    assert fork.create_time == program.create_time == story.of(ProcExit)[0].create_time == 4000
    assert converter.counts.processes == 2


def test_names_follow_argv0() -> None:
    story, _ = convert(
        "10 brk(NULL) = 0x1000",
        '10 execve("/bin/busybox", ["nginx: master process", "x"], []) = 0',
        "10 brk(NULL) = 0x1000",
        '10 execve("/bin/y", [""], []) = 0',
        "10 brk(NULL) = 0x1000",
    )
    assert [call.procname for call in story.calls("brk")] == ["[none]", "nginx:", "y"]
    assert [call.procname for call in story.calls("execve")] == ["[none]", "nginx:"], "the caller's name"


def test_a_program_that_runs_itself_again_is_named_by_argv0() -> None:
    story, _ = convert('10 execve("/proc/self/exe", ["/bin/cat", "x"], []) = 0')
    assert starts(story) == [(10, 0, "cat", "[none]")]


def test_a_failed_exec_starts_nothing() -> None:
    story, _ = convert('10 execve("/bin/x", ["x"], []) = -1 ENOENT (No such file or directory)')
    assert story.of(ProcStart) == []
    assert len(story.of(Exec)) == 1


def test_child_seen_before_its_parents_call_returns() -> None:
    story, _ = convert(
        '10 execve("/bin/sh", ["sh"], []) = 0',
        f"10 {FORK} <unfinished ...>",
        "11 set_robust_list(0x7f, 24) = 0",
        "10 <... clone resumed>, child_tidptr=0x7f) = 11",
        "11 +++ exited with 0 +++",
    )
    assert starts(story) == [(10, 0, "sh", "[none]"), (11, 10, "sh", "sh")]
    order = [(event.cls.__name__, event.proc_id) for event in story.events]
    assert order.index(("ProcStart", 11)) < order.index(("Syscall", 11)), "a start comes first"


def test_vfork_returns_only_after_the_childs_exec() -> None:
    story, _ = convert(
        "10 vfork( <unfinished ...>",
        '11 execve("/bin/true", ["true"], [] <unfinished ...>',
        "10 <... vfork resumed>) = 11",
        "11 <... execve resumed>) = 0",
    )
    assert starts(story) == [(11, 10, "[none]", "[none]"), (11, 10, "true", "[none]")]
    assert len(story.calls("vfork")) == 1


def test_two_forks_under_way_are_told_apart_by_later_lines() -> None:
    story, _ = convert(
        '10 execve("/bin/a", ["a"], []) = 0',
        f"10 {FORK}) = 20",
        '20 execve("/bin/b", ["b"], []) = 0',
        f"10 {FORK} <unfinished ...>",
        f"20 {FORK} <unfinished ...>",
        "30 getpid() = 30",
        "31 getpid() = 31",
        "20 <... clone resumed>, child_tidptr=0x7f) = 30",
        "10 <... clone resumed>, child_tidptr=0x7f) = 31",
    )
    assert starts(story)[-2:] == [(30, 20, "b", "b"), (31, 10, "a", "a")]
    assert [call.proc_id for call in story.of(Syscall)][-4:] == [30, 31, 20, 10], "in the order of the lines"


def test_two_forks_under_way_of_one_process_need_no_answer() -> None:
    story = Story()
    converter = Converter(story.add)
    for line in (
        "10 getpid() = 10",
        f"10 {THREAD}, 88) = 11",
        f"10 {FORK} <unfinished ...>",
        f"11 {FORK} <unfinished ...>",
        "30 getuid() = 0",
    ):
        converter.feed(line)
    assert starts(story) == [(30, 10, "[none]", "[none]")], "told at once, not at the end"


def test_an_open_question_is_settled_when_no_answer_comes() -> None:
    story = Story()
    converter = Converter(story.add)
    for line in (
        "10 getpid() = 10",
        "20 getpid() = 20",
        f"10 {FORK} <unfinished ...>",
        f"20 {FORK} <unfinished ...>",
        "30 getuid() = 0",
    ):
        converter.feed(line)
    assert starts(story) == []
    converter.settle()
    assert starts(story) == [(30, 20, "[none]", "[none]")], "the last one that asked"


def test_threads_belong_to_their_process() -> None:
    story, converter = convert(
        '10 execve("/bin/a", ["a"], []) = 0',
        f"10 {THREAD} => {{parent_tid=[11]}}, 88) = 11",
        "11 getpid() = 10",
        f"11 {THREAD} <unfinished ...>",
        "12 getuid() = 0",
        "11 <... clone3 resumed> => {parent_tid=[12]}, 88) = 12",
        "12 +++ exited with 0 +++",
        "11 +++ exited with 0 +++",
        "10 +++ exited with 5 +++",
    )
    assert {event.proc_id for event in story.events} == {10}
    assert [event.context["tid"] for event in story.of(Syscall)] == [10, 10, 11, 12, 11]
    assert exits(story) == [(10, 5, "exit_group")], "the end of a thread is not the end of a process"
    assert converter.counts.processes == 1


def test_exec_in_a_thread_takes_over_the_leader() -> None:
    story, _ = convert(
        '10 execve("/bin/a", ["a"], []) = 0',
        f"10 {THREAD}, 88) = 11",
        "10 pause( <unfinished ...>",
        '11 execve("/bin/b", ["b"], [] <pid changed to 10 ...>',
        "10 +++ superseded by execve in pid 11 +++",
        "10 <... execve resumed>) = 0",
        "10 getpid() = 10",
        "10 +++ exited with 0 +++",
    )
    assert starts(story)[-1] == (10, 0, "b", "a")
    assert [call.procname for call in story.calls("getpid")] == ["b"]
    assert exits(story) == [(10, 0, "exit_group")]


def test_clone_in_another_pid_namespace() -> None:
    with_note, _ = convert(
        "10 unshare(CLONE_NEWPID) = 0",
        f"10 {FORK}) = 1 /* 11 in strace's PID NS */",
        "11 getpid() = 1",
    )
    assert starts(with_note) == [(11, 10, "[none]", "[none]")]
    child_first, _ = convert(
        f"10 {FORK} <unfinished ...>",
        "11 getpid() = 1",
        "10 <... clone resumed>) = 1",
    )
    assert starts(child_first) == [(11, 10, "[none]", "[none]")], "the pid 1 is no process of this log"


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ("+++ exited with 0 +++", 0, "exit_group"),
        ("+++ killed by SIGSEGV (core dumped) +++", 139, "signal:SIGSEGV"),
        ("+++ killed by SIGKILL +++", 137, "signal:SIGKILL"),
        ("+++ killed by SIGRT_1 +++", 161, "signal:SIGRT_1"),
    ],
)
def test_ends(line: str, code: int, reason: str) -> None:
    story, _ = convert("10 getpid() = 10", f"10 {line}")
    assert exits(story) == [(10, code, reason)]


def test_plain_exit_is_told_from_exit_group() -> None:
    story, _ = convert("10 exit(2) = ?", "10 +++ exited with 2 +++")
    assert exits(story) == [(10, 2, "exit")]


def test_a_pid_used_again_is_another_process() -> None:
    story, converter = convert(
        "10 100000000.000001 getpid() = 10",
        f"10 100000000.000002 {FORK}) = 11",
        "11 100000000.000003 +++ exited with 0 +++",
        f"10 100000000.000004 {FORK}) = 11",
        "11 100000000.000005 +++ exited with 1 +++",
    )
    assert [(event.pid, event.create_time) for event in story.of(ProcStart)] == [(11, 1000), (11, 3000)]
    assert [event.create_time for event in story.of(ProcExit)] == [1000, 3000]
    assert converter.counts.processes == 3


def test_a_process_that_ran_before_the_log_has_no_start() -> None:
    story, _ = convert(
        '10 <... read resumed>"x", 1) = 1',
        f"10 {FORK}) = 11",
        "11 +++ exited with 0 +++",
    )
    assert story.calls("read")[0].retno == 1
    assert story.calls("read")[0].arg0_repr == "", "its arguments are not in the log"
    assert starts(story) == [(11, 10, "[none]", "[none]")]


def test_calls_that_never_return_are_told_at_the_end() -> None:
    story, _ = convert(
        "10 100000000.5 read(0</dev/null>,  <unfinished ...>",
        "11 100000001.0 futex(0x7f, FUTEX_WAIT, 2, NULL <unfinished ...>",
        "11 100000001.5 +++ killed by SIGKILL +++",
    )
    futex, read = story.of(Syscall)
    assert (futex.name, futex.retno, futex.retno_repr) == ("sys_futex", None, None)
    assert (read.name, read.retno, read.arg0_repr) == ("sys_read", None, "fd=0x0(/dev/null)")
    assert read.context["ts"] == 100_000_000_500_000_000
    assert read.context["end_ts"] is None
    assert story.events.index(futex) < story.events.index(story.of(ProcExit)[0])


def test_a_call_that_strace_left() -> None:
    story, converter = convert("10 wait4(-1,  <detached ...>", "strace: Process 10 detached")
    assert [(call.name, call.retno) for call in story.of(Syscall)] == [("sys_wait4", None)]
    assert converter.counts.unparsed == 0


def test_times_of_interrupted_calls() -> None:
    story, _ = convert(
        "10 100000000.000001 read(3,  <unfinished ...>",
        '10 100000000.000009 <... read resumed>"x", 1) = 1 <0.000005>',
        "10 100000000.000011 read(3,  <unfinished ...>",
        '10 100000000.000019 <... read resumed>"x", 1) = 1',
        "10 100000000.000020 getpid() = 10",
    )
    assert [(call.context["ts"] % 10**9, call.context["end_ts"]) for call in story.of(Syscall)] == [
        (1000, 100_000_000_000_006_000),
        (11_000, 100_000_000_000_019_000),
        (20_000, None),
    ]


def test_ids_of_users_are_learned_and_inherited() -> None:
    story, _ = convert(
        "10 getuid() = 0",
        "10 geteuid() = 0",
        "10 setgid(50) = 0",
        "10 setresuid(-1, 1000, -1) = 0",
        f"10 {FORK}) = 11",
        "11 setuid(1001) = -1 EPERM (Operation not permitted)",
        "11 setuid(1001) = 0",
        '11 execve("/bin/a", ["a"], []) = 0',
    )
    fork, program = story.of(ProcStart)
    assert (fork.uid, fork.euid, fork.gid, fork.egid) == (0, 1000, 50, 50)
    assert (program.uid, program.euid) == (0, 1001)
    assert story.of(Exec)[0].euid == 1001


def test_prctl_renames_the_thread() -> None:
    story, _ = convert(
        '10 prctl(PR_SET_NAME, "worker") = 0',
        '10 prctl(0xf /* PR_SET_NAME */, "renamed") = 0',
        '10 execve("/bin/a", ["a"], []) = 0',
    )
    assert starts(story) == [(10, 0, "a", "renamed")]


def test_facts_that_a_recorder_knows() -> None:
    ids = {"uid": 1, "gid": 2, "euid": 3, "egid": 4}
    story, _ = convert(
        '10 execve("/bin/a", ["a"], []) = 0',
        "12 getpid() = 12",
        '12 execve("/bin/b", ["b"], []) = 0',
        host="box",
        root_ppid=9,
        root_ids=ids,
    )
    first, second = story.of(ProcStart)
    assert (first.ppid, {name: first.row[name] for name in ids}) == (9, ids)
    assert (second.ppid, second.uid) == (0, -1)
    assert {event.context["host"] for event in story.events} == {"box"}


def test_a_log_without_pids_learns_the_pid_from_what_the_process_is_told() -> None:
    story, _ = convert(
        'execve("/bin/a", ["a"], []) = 0',
        "brk(NULL) = 0x1000",
        "set_tid_address(0x7f00) = 4711",
        f"{FORK}strace: Process 4712 attached",
        ", child_tidptr=0x7f) = 4712",
        "[pid  4712] getppid() = 4711",
        "[pid  4711] wait4(-1,  <unfinished ...>",
        "[pid  4712] +++ exited with 0 +++",
        "<... wait4 resumed>NULL, 0, NULL) = 4712",
        "+++ exited with 1 +++",
    )
    assert starts(story) == [(4711, 0, "a", "[none]"), (4712, 4711, "a", "a")]
    assert exits(story) == [(4712, 0, "exit_group"), (4711, 1, "exit_group")]
    assert {event.proc_id for event in story.events} == {4711, 4712}


def test_a_log_without_any_pid_gets_the_number_zero() -> None:
    story, _ = convert("brk(NULL) = 0x1000", "brk(NULL) = 0x1000")
    assert [call.proc_id for call in story.of(Syscall)] == [0, 0]


def test_logs_without_times_number_their_processes() -> None:
    story, _ = convert("10 getpid() = 10", f"10 {FORK}) = 11", f"10 {FORK}) = 12")
    assert [event.create_time for event in story.of(ProcStart)] == [2, 3]
    assert {event.context["ts"] for event in story.events} == {None}


def test_output_of_the_program_between_the_lines() -> None:
    story, converter = convert(
        "10 getpid() = 10",
        "hello, world",
        'write(1, "a\\nb\\n", 4a',
        "b",
        ")    = 4",
        "+++ exited with 0 +++",
        "Segmentation fault",
    )
    assert [call.retno for call in story.calls("write")] == [4]
    assert converter.counts.unparsed == 3
    assert converter.counts.examples == ["hello, world", "b", "Segmentation fault"]
    assert converter.counts.processes == 1


def test_nothing_and_nonsense() -> None:
    lines = ("", "\0\1\2", "10 ", "10 (", "[pid", "+++ exited", "--- SIG", "<... x resumed>", "7" * 30)
    story, converter = convert(*lines)
    assert story.events == []
    assert converter.counts.unparsed == 8


def test_signals_are_counted() -> None:
    _, converter = convert(
        "10 getpid() = 10",
        "10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---",
        "10 --- stopped by SIGSTOP ---",
    )
    assert (converter.counts.signals, converter.counts.unparsed) == (2, 0)
