"""What each call becomes in the trace: names, numbers and texts as Penguin writes them."""

from __future__ import annotations

import ast

import pytest
from strace_helpers import convert, one_call

from tracetui.events import Exec, ProcStart, Read, Write
from tracetui.events.prototypes import prototype
from tracetui.sources.strace.constants import constants, evaluate


@pytest.mark.parametrize(
    ("name", "kernel_name"),
    [
        ("stat", "sys_newstat"),
        ("fstat", "sys_newfstat"),
        ("lstat", "sys_newlstat"),
        ("newfstatat", "sys_newfstatat"),
        ("uname", "sys_newuname"),
        ("mmap", "sys_mmap"),
        ("sendfile", "sys_sendfile64"),
        ("select", "sys_select"),
        ("umount2", "sys_umount"),
        ("_llseek", "sys_llseek"),
        ("stat64", "sys_stat64"),
        ("clock_gettime64", "sys_clock_gettime"),
        ("getuid32", "sys_getuid"),
        ("syscall_0x1b3", "sys_syscall_0x1b3"),
    ],
)
def test_kernel_names(name: str, kernel_name: str) -> None:
    assert one_call(f"{name}() = 0").name == kernel_name


def test_every_prototype_is_well_formed() -> None:
    for name in (
        "openat",
        "clone",
        "execve",
        "mmap",
        "pselect6",
        "statx",
        "landlock_add_rule",
        "init_module",
    ):
        arguments = prototype(name).arguments
        assert arguments, name
        assert all(argument.name.isidentifier() and argument.kind for argument in arguments), name
        assert len(arguments) <= 6


@pytest.mark.parametrize(
    ("body", "index", "value", "text"),
    [
        # descriptors
        ("close(3</etc/passwd>) = 0", 0, 3, "fd=0x3(/etc/passwd)"),
        ("close(3) = 0", 0, 3, "fd=0x3([???])"),
        ("close(-1) = -1 EBADF (Bad file descriptor)", 0, 0xFFFFFFFF, "fd=0xffffffff([???])"),
        ("close(3</tmp/x>(deleted)) = 0", 0, 3, "fd=0x3(/tmp/x (deleted))"),
        ("close(0</dev/null<char 1:3>>) = 0", 0, 0, "fd=0x0(/dev/null)"),
        (r"close(3</a\76b\303\251>) = 0", 0, 3, "fd=0x3(/a>bé)"),
        ("close(3<socket:[42]>) = 0", 0, 3, "fd=0x3(socket:[42])"),
        ("dup2(3</x>, 4) = 4", 0, 3, "oldfd=0x3(/x)"),
        ("dup2(3</x>, 4) = 4", 1, 4, "newfd=0x4"),
        # directories
        ('openat(AT_FDCWD, "/x", O_RDONLY) = 3', 0, 0xFFFFFF9C, "dfd=0xffffff9c(AT_FDCWD)"),
        ('openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3', 0, 0xFFFFFF9C, "dfd=0xffffff9c(/tmp)"),
        ('openat(-100 /* AT_FDCWD */</tmp>, "x", 0) = 3', 0, 0xFFFFFF9C, "dfd=0xffffff9c(/tmp)"),
        # strings
        ('access("/etc/x", F_OK) = 0', 0, None, 'filename=0x?("/etc/x")'),
        ("access(NULL, F_OK) = 0", 0, 0, "filename=[NULL]"),
        ("access(0x7f00, F_OK) = 0", 0, 0x7F00, "filename=0x7f00"),
        (r'access("a\"b\n", F_OK) = 0', 0, None, 'filename=0x?("a"b\n")'),
        (r'read(3, "ab\0cd", 9) = 5', 1, None, 'buf=0x?("ab")'),
        ('write(1, "abc"..., 99) = 99', 1, None, 'buf=0x?("abc"...)'),
        ('sendto(3, "GET /", 5, 0, NULL, 0) = 5', 1, None, 'buff=0x?("GET /")'),
        # flags and commands
        ('openat(3, "x", O_RDWR|O_CREAT, 0640) = 4', 2, 0o102, "flags=0x42(O_RDWR|O_CREAT)"),
        ('openat(3, "x", O_RDWR|O_CREAT, 0640) = 4', 3, 0o640, "mode=0x1a0"),
        ('openat(3, "x", 0x42 /* O_RDWR|O_CREAT */, 0640) = 4', 2, 0x42, "flags=0x42(O_RDWR|O_CREAT)"),
        ("ioctl(1, TIOCGWINSZ, 0x7f00) = 0", 1, 0x5413, "cmd=0x5413(TIOCGWINSZ)"),
        ("ioctl(1, 0x5413 /* TIOCGWINSZ */, 0x7f00) = 0", 1, 0x5413, "cmd=0x5413(TIOCGWINSZ)"),
        (
            "ioctl(1, _IOC(_IOC_WRITE, 0x64, 0x1, 0x4), 0) = 0",
            1,
            0x40046401,
            "cmd=0x40046401(_IOC(_IOC_WRITE, 0x64, 0x1, 0x4))",
        ),
        ("ioctl(1, NO_SUCH_NAME or TCGETS, 0) = 0", 1, 0x5401, None),
        (
            "socket(0x2 /* AF_INET */, 0x1 /* SOCK_STREAM */|0x80000 /* SOCK_CLOEXEC */, 0) = 3",
            1,
            0x80001,
            "type=0x80001(SOCK_STREAM|SOCK_CLOEXEC)",
        ),
        ("kill(7, SIGSEGV) = 0", 1, 11, "sig=0xb(SIGSEGV)"),
        ("kill(7, SIGRT_2) = 0", 1, 34, "sig=0x22(SIGRT_2)"),
        ("kill(-1, 0) = 0", 0, 0xFFFFFFFF, "pid=0xffffffff"),
        ("frobnicate(NO_SUCH_FLAG) = 0", 0, None, "unknown1=0x?(NO_SUCH_FLAG)"),
        ("frobnicate(1, 2) = 0", 1, 2, "unknown2=0x2"),
        ('mknod("/dev/x", S_IFCHR|0600, makedev(0x1, 0x3)) = 0', 2, 0x103, "dev=0x103(makedev(0x1, 0x3))"),
        ("lseek(3, -5, SEEK_CUR) = 1", 1, -5, "offset=0xfffffffffffffffb"),
        ("brk(NULL) = 0x1000", 0, 0, "brk=0x0"),
        # structures
        ("fstat(3, {st_mode=S_IFREG|0644, ...}) = 0", 1, None, "statbuf=0x?({st_mode=S_IFREG|0644, ...})"),
        (
            "fstat(3, {st_mode=0100644 /* S_IFREG|0644 */, ...}) = 0",
            1,
            None,
            "statbuf=0x?({st_mode=S_IFREG|0644, ...})",
        ),
        ('stat("/x", 0x7f00) = -1 ENOENT (No)', 1, 0x7F00, "statbuf=0x7f00(struct stat)"),
        ("wait4(-1, 0x7f00, 0, NULL) = 1", 1, 0x7F00, "stat_addr=0x7f00(ptr)"),
        ("wait4(-1, 0x7f00, 0, NULL) = 1", 3, 0, "ru=[NULL]"),
        ("pipe2([3, 4], 0) = 0", 0, None, "fildes=0x?([3, 4])"),
        # programs
        ('execve("/bin/ls", ["ls", "a b"], []) = 0', 1, None, "argv=0x?(['ls', 'a b'])"),
        ('execve("/bin/ls", ["ls"], 0x7ffc /* 38 vars */) = 0', 2, 0x7FFC, "envp=0x7ffc(38 vars)"),
        # clone in the kernel's order
        (
            "clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 5",
            0,
            0x111,
            "clone_flags=0x111(CLONE_VM|SIGCHLD)",
        ),
        ("clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7f) = 5", 3, 0x7F, "child_tidptr=0x7f(ptr)"),
        ("clone(child_stack=NULL, flags=SIGCHLD) = 5", 1, 0, "newsp=0x0"),
    ],
)
def test_arguments_as_penguin_writes_them(body: str, index: int, value: int | None, text: str | None) -> None:
    call = one_call(body)
    assert call.row[f"arg{index}"] == value
    if text is not None:
        assert call.row[f"arg{index}_repr"] == text


def test_unused_arguments_are_zero_and_empty() -> None:
    call = one_call("brk(NULL) = 0x1000")
    assert [call.row[f"arg{i}"] for i in range(1, 6)] == [0] * 5
    assert [call.row[f"arg{i}_repr"] for i in range(1, 6)] == [""] * 5


def test_arguments_that_only_strace_shows_are_left_out() -> None:
    assert one_call("rt_sigreturn({mask=[]}) = 0").arg0_repr == ""
    assert one_call("restart_syscall(<... resuming interrupted read ...>) = 0").arg0_repr == ""


@pytest.mark.parametrize("value", [2**63, 2**64 - 1])
def test_large_numbers_wrap(value: int) -> None:
    call = one_call(f"lseek(3, {value}, SEEK_SET) = 0")
    assert call.arg1 == value - 2**64
    assert call.arg1_repr == f"offset={value:#x}"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("O_RDONLY", 0),
        ("S_IFCHR|0600", 0o20600),
        ("0x8|O_CLOEXEC", 0x80008),
        ("makedev(0x88, 0x100)", 0x108800),
        ("_IOC(_IOC_READ|_IOC_WRITE, 0x7c, 0x1, 0x10)", 0xC0107C01),
        ("_IOC(_IOC_BAD, 1, 2, 3)", None),
        ("makedev(a, b)", None),
        ("NOPE|O_RDONLY", None),
        ("", None),
    ],
)
def test_expressions(expression: str, value: int | None) -> None:
    assert evaluate(expression) == value


def test_constants_hold_what_strace_prints_most() -> None:
    known = constants()
    assert known["ENOENT"] == 2
    assert known["SIGABRT"] == 6
    assert known["O_LARGEFILE"] == 0o100000, "the kernel's value, not the C library's"
    assert known["AT_FDCWD"] == -100


def test_bytes_of_reads_and_writes_follow_their_call() -> None:
    story, _ = convert(
        r'10 read(3</x>, "a\0b\377", 100) = 4',
        '10 write(1, "hello", 5) = 3',
        '10 read(3</x>, "", 100) = 0',
        "10 read(3</x>, 0x7f00, 100) = -1 EAGAIN (Resource temporarily unavailable)",
        '10 pread64(3</x>, "no", 2, 0) = 2',
        "10 write(1, 0x7f00, 5) = 5",
    )
    kinds = [event.cls.__tablename__ for event in story.events]
    assert kinds == ["syscall", "read", "syscall", "write", "syscall", "syscall", "syscall", "syscall"]
    (read,) = story.of(Read)
    assert (read.fd, read.fname, read.buffer) == (3, "/x", b"a\0b\xff")
    (write,) = story.of(Write)
    assert (write.fd, write.fname, write.buffer) == (1, "?", b"hel"), "only what was written; no -y, no name"


def test_truncated_buffers_are_counted() -> None:
    story, converter = convert('10 write(1</log>, "first"..., 4096) = 4096')
    assert story.of(Write)[0].buffer == b"first"
    assert converter.counts.truncated == 1


def test_exec_rows() -> None:
    story, _ = convert(
        '10 execve("/sbin/x", ["x"], ["A=1"]) = -1 ENOENT (No such file or directory)',
        '10 execve("/bin/x", ["x", "it\'s"], ["A=1", "B=c=d", "bare"]) = 0',
    )
    failed, worked = story.of(Exec)
    assert (failed.procname, worked.procname) == ("[none]", "x")
    assert worked.argc == "2"
    assert ast.literal_eval(worked.argv) == ["x", "it's"]
    assert ast.literal_eval(worked.envp) == {"A": "1", "B": "c=d", "bare": ""}
    assert worked.calltree == ""
    assert [call.retno for call in story.calls("execve")] == [-2, 0], "unlike Penguin's, with the true result"


def test_execveat_takes_the_program_from_its_second_argument() -> None:
    story, _ = convert('10 execveat(3</bin>, "tool", ["tool", "-v"], [], 0) = 0')
    assert ast.literal_eval(story.of(Exec)[0].argv) == ["tool", "-v"]


def test_argv_cut_by_strace_falls_back_to_the_path() -> None:
    story, _ = convert('10 execve("/usr/bin/busybox", ["/usr/bin"..., "cat"], 0x1 /* 2 vars */) = 0')
    assert story.of(Exec)[0].procname == "/usr/bin/busybox"


def test_texts_given_for_numbers_are_texts() -> None:
    call = one_call(r'prctl(PR_SET_NAME, "a\x01\"b\\\303\251") = 0')
    assert (call.arg1, call.arg1_repr) == (None, 'arg2=0x?("a\x01"b\\é")')
    assert one_call('prctl(PR_SET_NAME, "abc"...) = 0').arg1_repr == 'arg2=0x?("abc"...)'


def test_lines_that_only_tracetui_writes_are_rows_and_no_calls() -> None:
    story, converter = convert(
        '7 read(3</x>, "abc"...) = 9',
        "7 write(3, ?) = ?",
        '7 execve("/bin/x", ["x", "y"], /* 3 vars */) = ?',
        "?<a\\74b\\303\\251> --- start pid 9 (parent 1) x ---",
        "9 --- start pid 9 (parent 1) a\\\\b ---",
        "?<a\\74b\\303\\251> getpid() = 5",
    )
    assert [event.cls.__name__ for event in story.events] == ["Read", "Write", "Exec", "ProcStart", "Syscall"]
    assert [event.procname for event in story.events[3:]] == ["a\\b", "a<bé"]
    assert (story.events[0].buffer, story.events[1].buffer) == (b"abc", None)
    assert (story.events[4].proc_id, story.events[4].context) == (0, {})
    assert (converter.counts.truncated, converter.counts.unparsed) == (1, 1)


def test_what_a_call_and_a_row_tell_is_told_once_and_whole() -> None:
    story, converter = convert(
        '7 execve("/bin/x", ["x"], ["A=b"]) = 0',
        '7 execve("/bin/x", ["x"], /* 1 vars */) = ?',
        "7 --- start pid 7 (parent 4) x ---",
        '7 read(3</x>, "\\177ELF", 832) = 832',
        '7 read(3</x>, "\\177ELF\\0\\0more"...) = 832',
        '7 read(3</x>, "abc", 3) = 3',
        "8 getpid() = 8",
    )
    assert [event.cls.__name__ for event in story.events] == [
        "Syscall",
        "Exec",
        "ProcStart",
        "Syscall",
        "Read",
        "Syscall",
        "Read",
        "Syscall",
    ]
    assert story.of(Exec)[0].envp == "{'A': 'b'}"
    assert story.of(ProcStart)[0].ppid == 4
    assert [read.buffer for read in story.of(Read)] == [b"\x7fELF\0\0more", b"abc"]
    assert converter.counts.truncated == 1


def test_where_starts_have_lines_calls_tell_of_none() -> None:
    story, _ = convert(
        "9 --- start pid 9 (parent 1) sh ---",
        "9 clone(child_stack=NULL, flags=SIGCHLD) = 2",
        "31 --- start pid 31 (parent 9) sh ---",
    )
    assert [(start.pid, start.ppid) for start in story.of(ProcStart)] == [(9, 1), (31, 9)]
