"""Normalised values: what each era stores, and what it means."""

from __future__ import annotations

import pytest

from support import boot, openat, syscall
from tracetui.events import (
    Era,
    Exec,
    ProcExit,
    ProcStart,
    Read,
    Record,
    Syscall,
    Write,
    result_text,
    summarise,
)
from tracetui.events.arguments import parse_argument, signed_fd
from tracetui.events.eras import Evidence, detect
from tracetui.events.errnos import errno_name
from tracetui.events.families import common_name, kernel_names


def record(event, era=Era.V3B, **more):
    event.id = event.id or 1
    return Record(event, era, **more)


def test_a_failed_open():
    seen = record(openat("/dev/nvram", -2))
    assert (seen.name, seen.short_name) == ("sys_openat", "openat")
    assert (seen.retno, seen.failed, seen.errno, seen.errno_name) == (-2, True, 2, "ENOENT")
    assert seen.path == "/dev/nvram"
    assert seen.fd is None
    assert seen.pid is None


@pytest.mark.parametrize(
    ("retno", "failed"),
    [(-1, True), (-4095, True), (-4096, False), (-0x49F1E000, False), (0, False), (7, False)],
)
def test_an_error_is_minus_4095_to_minus_1(retno, failed):
    assert record(syscall("mmap", retno=retno)).failed is failed


def test_what_penguin_logs_at_entry_has_no_result():
    for name in ("execve", "execveat", "exit", "exit_group"):
        seen = record(syscall(name, retno=0))
        assert (seen.retno, seen.failed) == (None, None)
        assert result_text(seen) == "?"
    assert record(syscall("execve", retno=-2), Era.RECORDED).errno_name == "ENOENT"


def test_null_is_zero_where_the_text_says_so():
    zero = Syscall(procname="x", proc_id=0, name="sys_close", retno=None, retno_repr="0x0")
    assert record(zero, Era.V2A).retno == 0
    unknown = Syscall(procname="x", proc_id=0, name="sys_pause", retno=None, retno_repr=None)
    assert record(unknown, Era.V1).retno is None


def test_a_create_time_is_no_pid():
    call = syscall("close", proc_id=8_123_456_789)
    assert record(call, Era.V1).pid is None
    assert record(call, Era.V1).create_time == 8_123_456_789
    assert record(call, Era.V3B).pid is None
    assert record(syscall("close", proc_id=300), Era.V1).pid is None
    assert record(syscall("close", proc_id=300), Era.V3B).pid == 300


def test_the_errno_is_as_the_logger_named_it():
    call = syscall("foo", retno=-89)
    call.retno_repr = "ENOSYS(Function not implemented)"
    assert record(call).errno_name == "ENOSYS"
    call.retno_repr = None
    assert record(call).errno_name == "EDESTADDRREQ"
    assert record(call, arch="mipsel").errno_name == "ENOSYS"


def test_what_the_kernel_keeps_to_itself_has_names():
    call = syscall("accept", retno=-512)
    call.retno_repr = "-0x200"
    assert (record(call).failed, record(call).errno_name) == (True, "ERESTARTSYS")
    call = syscall("nanosleep", retno=-516)
    call.retno_repr = "ERESTART_RESTARTBLOCK(Interrupted by signal)"
    assert record(call).errno_name == "ERESTART_RESTARTBLOCK"


def test_paths_come_from_path_arguments_only():
    assert record(syscall("sethostname", (1, 'name=0x1("router")'))).path is None
    data = syscall("write", (3, "fd=0x3(/tmp/log)"), (1, 'buf=0x1("/etc/shadow")'))
    assert record(data).path == "/tmp/log"
    moved = syscall("rename", (1, 'oldname=0x1("/a")'), (2, 'newname=0x2("/b")'))
    assert record(moved).paths == ("/a", "/b")
    hostile = openat('/x"),evil=("/y\n\x1b[2J')
    assert record(hostile).path == '/x"),evil=("/y\n\x1b[2J'


def test_descriptors_are_signed_and_resolved():
    seen = record(syscall("fcntl", (0xFFFFFFFF, "fd=0xffffffff([???])")))
    assert (seen.fd, seen.fname, seen.path) == (-1, None, None)
    assert signed_fd(-1) == signed_fd((1 << 64) - 1) == -1
    assert signed_fd(None) is None


def test_arguments_of_each_era():
    assert parse_argument(0, 3, "fd=0x3(/etc/passwd)").fd_name == "/etc/passwd"
    assert parse_argument(0, 3, "FD:3(/etc/passwd)").fd_name == "/etc/passwd"
    assert parse_argument(0, 3, "FD:3(None)").fd_name is None
    assert parse_argument(1, 9, '0x9("text")').string == "text"
    assert parse_argument(1, 9, "/etc/passwd").string == "/etc/passwd"
    assert parse_argument(2, 0, "ru=[NULL]").text == "[NULL]"
    assert parse_argument(3, 0, "") is None
    assert parse_argument(3, None, None) is None
    assert parse_argument(0, "text", 5).text == "5"
    assert parse_argument(0, None, b"a=\xff").text == "\\xff"


def test_exec_lists_of_each_era():
    new = Exec(
        procname="[?]",
        proc_id=0,
        calltree="",
        argc="2",
        argv="['a', 'b c']",
        envp="{'A': '1'}",
        euid=0,
        egid=0,
    )
    assert (record(new).argv, record(new).env) == (("a", "b c"), (("A", "1"),))
    old = Exec(
        procname="x", proc_id=1, calltree="init (1)", argc="2", argv="a b", envp="A=1, B=x=2", euid=0, egid=0
    )
    assert (record(old, Era.V1).argv, record(old, Era.V1).env) == (("a", "b"), (("A", "1"), ("B", "x=2")))
    broken = Exec(
        procname="x", proc_id=1, calltree="", argc="1", argv="['unclosed", envp="{[}", euid=0, egid=0
    )
    assert record(broken).argv == ("['unclosed",)


def test_text_buffers_are_bytes_again():
    assert record(Read(procname="x", proc_id=0, fd=1, fname="/x", buffer="a\xff"), Era.V2A).buffer == b"a\xff"
    assert (
        record(Read(procname="x", proc_id=0, fd=1, fname="/x", buffer="\u2028"), Era.V2A).buffer
        == b"\xe2\x80\xa8"
    )
    assert record(Write(procname="x", proc_id=0, fd=1, fname=None, buffer=None)).buffer is None


def test_process_rows():
    start = next(e for e in boot() if isinstance(e, ProcStart))
    assert (record(start).pid, record(start).ppid, record(start).uid) == (1, 0, 0)
    end = record(ProcExit(procname="", proc_id=5, pid=5, create_time=1, code=139, reason="signal:SIGSEGV"))
    assert (end.signal, end.code, result_text(end)) == ("SIGSEGV", 139, "SIGSEGV")
    untold = record(ProcExit(procname="", proc_id=5, pid=5, create_time=1, code=-1, reason="unknown"))
    assert (untold.code, untold.signal, result_text(untold)) == (None, None, "?")


def test_rows_of_nothing_but_garbage_never_raise():
    garbage = [None, "", "text", -5, 2**62, b"\xff\x00", 1.5, "\x1b[/x]" * 10]
    for cls in (Read, Write, Syscall, Exec, ProcStart, ProcExit):
        for value in garbage:
            event = cls(
                **{
                    column.name: value
                    for column in cls.__mapper__.columns
                    if not column.name.startswith("_") and column.name not in ("id", "type")
                }
            )
            seen = record(event)
            for name in dir(Record):
                if not name.startswith("_"):
                    getattr(seen, name)
            assert summarise(seen).isprintable()
            assert result_text(seen).isprintable()


@pytest.mark.parametrize(
    ("evidence", "era"),
    [
        (Evidence(frozenset({"event", "proc_start", "proc_exit"})), Era.V3B),
        (Evidence(frozenset({"event"}), buffer_is_text=True, has_create_times=True), Era.V1),
        (Evidence(frozenset({"event"}), buffer_is_text=True, arguments_are_named=False), Era.V1),
        (Evidence(frozenset({"event"}), buffer_is_text=True, arguments_are_named=True), Era.V2A),
        (Evidence(frozenset({"event"}), buffer_is_text=False, unused_argument_is_null=True), Era.V2B),
        (Evidence(frozenset({"event"}), buffer_is_text=False, unused_argument_is_null=False), Era.V3A),
        (Evidence(frozenset({"event", "proc_start", "proc_exit"}), has_context_rows=True), Era.RECORDED),
    ],
)
def test_eras_are_told_from_tables_and_rows(evidence, era):
    assert detect(evidence) is era
    assert era.title


def test_names_people_use():
    assert set(kernel_names("stat")) >= {
        "sys_newstat",
        "sys_stat64",
        "sys_newfstatat",
        "sys_statx",
        "sys_stat",
    }
    assert kernel_names("sys_newstat") == ("sys_newstat",)
    assert kernel_names("openat") == ("sys_openat", "openat")
    assert common_name("sys_newfstatat") == "newfstatat"
    assert errno_name(2) == "ENOENT"
    assert errno_name(145, "mips") == "ETIMEDOUT"
    assert errno_name(512) == errno_name(512, "mips") == "ERESTARTSYS"
    assert errno_name(9999) is None
