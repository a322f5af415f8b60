"""Logs that strace itself has written, with different options, of small programs.

``recorder``, ``clock_yy``, ``terminal`` and ``relative_quiet`` are of one program: it connects to itself,
writes to a deleted file with an odd name, forks a child that exits with 3 and one that dies of SIGSEGV,
fails to execute ``/missing``, and lets a thread execute the program anew, which ends with 7.
"""

from __future__ import annotations

import pytest
from strace_helpers import DATA, sample

from tracetui.events import Exec, ProcExit, ProcStart, Read, Write
from tracetui.sources import detect_format

SAMPLES = sorted(path.name for path in DATA.glob("*.strace"))
OF_ONE_PROGRAM = ["recorder.strace", "clock_yy.strace", "terminal.strace", "relative_quiet.strace"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_line_is_understood(name: str) -> None:
    story = sample(name)
    assert story.report is not None
    assert story.report.bad == (1 if name == "mixed.strace" else 0), story.report.examples
    assert story.report.events == len(story.events)


@pytest.mark.parametrize("name", SAMPLES)
def test_recognised_by_content(name: str) -> None:
    form = detect_format((DATA / name).read_bytes())
    assert form is not None
    assert form.name == "strace"


@pytest.mark.parametrize(
    "head", [b"", b"hello\nworld\n", b'{"seq": 1}\n', b"\0" * 100, b"a = f(1) = 2\n", b"x" * 70_000]
)
def test_other_content_is_not_recognised(head: bytes) -> None:
    assert detect_format(head) is None


@pytest.mark.parametrize("name", OF_ONE_PROGRAM)
def test_one_program_with_four_sets_of_options(name: str) -> None:
    story = sample(name)
    root = story.of(ProcStart)[0].pid
    exits = {event.code: event for event in story.of(ProcExit)}
    assert sorted(exits) == [3, 7, 139]
    assert exits[139].reason == "signal:SIGSEGV"
    assert exits[7].pid == root
    assert exits[7].procname == "second"
    children = [event for event in story.of(ProcStart) if event.pid != root]
    assert [event.ppid for event in children] == [root, root]
    assert {event.comm for event in children} == {"renamed"}
    assert [event.buffer for event in story.of(Write)] == [b"hi\0\xff\n", b"x", b"yy"]
    assert [event.buffer for event in story.of(Read)] == [b"hi\0\xff\n"]
    assert [call.retno_repr for call in story.calls("execve")] == [
        "0x0",
        "ENOENT(No such file or directory)",
        "0x0",
    ]
    assert len(story.of(Exec)) == 3
    (failed,) = [call for call in story.calls("read") if call.retno < 0]
    assert failed.arg0_repr == "fd=0x63([???])"
    commands = [(call.arg1, call.retno_repr.partition("(")[0]) for call in story.calls("ioctl")]
    assert commands == [(0x40046401, "ENOTTY"), (0x5413, "ENOTTY")]
    (opened,) = [call for call in story.calls("openat") if "a)" in call.arg1_repr]
    assert opened.arg1_repr == 'filename=0x?("/srv/t/a) = b<é>"q")'
    assert opened.arg2 & 0o103 == 0o102
    (nap,) = [call for call in story.calls("clock_nanosleep") if call.retno is None]
    assert nap.procname == "/srv/t/work", "the leader's sleep ended with its thread's exec"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("recorder.strace", ['/srv/t/a) = b<é>"q', '/srv/t/a) = b<é>"q (deleted)']),
        ("clock_yy.strace", ['/srv/t/a) = b<é>"q', '/srv/t/a) = b<é>"q (deleted)']),
        ("terminal.strace", ["?", "?"]),
    ],
)
def test_names_of_files_with_and_without_y(name: str, names: list[str]) -> None:
    assert [event.fname for event in sample(name).of(Write)[1:]] == names


def test_recorders_times_are_exact() -> None:
    story = sample("recorder.strace")
    ends = [event.context["end_ts"] for event in story.events if event.row.get("retno") is not None]
    assert all(end > 1_700_000_000 * 10**9 for end in ends)
    assert ends == sorted(ends), "ids are given in the order in which calls return"
    assert {event.context["tid"] for event in story.events} >= {event.pid for event in story.of(ProcStart)}


def test_shell_pipeline() -> None:
    story = sample("shell.strace")
    root, *_ = story.of(ProcStart)
    children = {event.pid for event in story.of(ProcStart)} - {root.pid}
    assert len(children) == 3
    assert {event.ppid for event in story.of(ProcStart) if event.pid in children} == {root.pid}
    assert sorted((event.code, event.reason) for event in story.of(ProcExit)) == [
        (0, "exit_group"),
        (0, "exit_group"),
        (1, "exit_group"),
        (4, "exit_group"),
    ]
    missing = [call for call in story.events if call.row.get("retno") == -2]
    assert any('"/nonexistent"' in call.arg0_repr + call.arg1_repr for call in missing)


def test_children_in_another_pid_namespace() -> None:
    story = sample("pidns.strace")
    pids = [event.pid for event in story.of(ProcStart)]
    assert min(pids) > 1, "pids as strace sees them"
    parents = {event.pid: event.ppid for event in story.of(ProcStart)}
    root, first, second = sorted(set(pids))
    assert parents == {root: 0, first: root, second: first}


def test_hexadecimal_strings_and_whole_environment() -> None:
    story = sample("single.strace")
    (program,) = story.of(Exec)
    assert program.procname == "/bin/busybox"
    assert program.envp == "{'PATH': '/us...', 'A': '1'}"
    assert story.report is not None
    assert "not complete" in story.report.notes[0]


def test_decorated_pids() -> None:
    first = sample("decorated.strace").of(ProcStart)[0]
    assert (first.procname, first.comm) == ("busybox", "strace"), "before its exec it was a copy of strace"


def test_output_mixed_with_strace() -> None:
    story = sample("mixed.strace")
    assert [event.buffer for event in story.of(Write)] == [b"visible\n", b"visible too\n"]
    assert [(event.code, event.reason) for event in story.of(ProcExit)] == [
        (0, "exit_group"),
        (0, "exit_group"),
        (134, "signal:SIGABRT"),
    ]
