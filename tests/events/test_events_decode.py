"""What the numbers of arguments mean, and the line that an event is shown as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import syscall
from tracetui.events import Era, Exec, ProcExit, ProcStart, Read, Record, result_text, summarise
from tracetui.events.arches import arch_family
from tracetui.events.arguments import Argument
from tracetui.events.calls import CALLS
from tracetui.events.decode import (
    _DECODERS,
    _WORDS,
    decode_argument,
    decode_arguments,
    decode_value,
)
from tracetui.events.ioctls import ioctl_name, ioctl_text
from tracetui.events.signals import signal_name
from tracetui.events.summary import quoted
from tracetui.output.strace_format import strace_line


def argument(index: int, value: int | None) -> Argument:
    return Argument(index, "", value, "", None, None)


def decode(call: str, index: int, value: int, arch: str | None = None) -> str | None:
    return decode_argument(call, argument(index, value), arch)


@pytest.mark.parametrize(
    ("call", "index", "value", "meaning"),
    [
        ("sys_openat", 0, 0xFFFFFF9C, "AT_FDCWD"),
        ("openat", 0, -100, "AT_FDCWD"),
        ("openat", 0, 5, "5"),
        ("openat", 2, 0x80002, "O_RDWR|O_CLOEXEC"),
        ("openat", 2, 0x80241, "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC"),
        ("open", 1, 0x101000, "O_RDONLY|O_SYNC"),
        ("open", 1, 0x410002, "O_RDWR|O_TMPFILE"),
        ("open", 1, 0x40000000, "O_RDONLY|0x40000000"),
        ("open", 2, 0o644, "0644"),
        ("mknod", 1, 0o20600, "S_IFCHR|0600"),
        ("mknod", 2, 0x103, "makedev(1, 3)"),
        ("access", 1, 0, "F_OK"),
        ("access", 1, 5, "R_OK|X_OK"),
        ("unlinkat", 2, 0x200, "AT_REMOVEDIR"),
        ("newfstatat", 3, 0x100, "AT_SYMLINK_NOFOLLOW"),
        ("lseek", 2, 2, "SEEK_END"),
        ("llseek", 4, 1, "SEEK_CUR"),
        ("fcntl", 1, 0x406, "F_DUPFD_CLOEXEC"),
        ("mount", 3, 0xC0ED8001, "MS_MGC_VAL|MS_RDONLY|MS_SILENT"),
        ("mmap", 2, 0, "PROT_NONE"),
        ("mmap", 2, 7, "PROT_READ|PROT_WRITE|PROT_EXEC"),
        ("mmap_pgoff", 3, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS"),
        ("clone", 0, 0x1200011, "SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID"),
        ("clone", 0, 0x4111, "SIGCHLD|CLONE_VM|CLONE_VFORK"),
        ("wait4", 0, 0xFFFFFFFF, "-1"),
        ("wait4", 2, 3, "WNOHANG|WUNTRACED"),
        ("kill", 1, 9, "SIGKILL"),
        ("kill", 1, 0, "0"),
        ("rt_sigprocmask", 0, 2, "SIG_SETMASK"),
        ("prctl", 0, 15, "PR_SET_NAME"),
        ("prctl", 0, 38, "PR_SET_NO_NEW_PRIVS"),
        ("arch_prctl", 0, 0x1002, "ARCH_SET_FS"),
        ("seccomp", 0, 1, "SECCOMP_SET_MODE_FILTER"),
        ("futex", 1, 0x81, "FUTEX_WAKE|FUTEX_PRIVATE_FLAG"),
        ("clock_gettime", 0, 1, "CLOCK_MONOTONIC"),
        ("prlimit64", 1, 7, "RLIMIT_NOFILE"),
        ("reboot", 0, 0xFEE1DEAD, "LINUX_REBOOT_MAGIC1"),
        ("reboot", 2, 0x1234567, "LINUX_REBOOT_CMD_RESTART"),
        ("socket", 0, 16, "AF_NETLINK"),
        ("socket", 1, 0x80802, "SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK"),
        ("sendto", 3, 0x4040, "MSG_DONTWAIT|MSG_NOSIGNAL"),
        ("shutdown", 1, 2, "SHUT_RDWR"),
        ("epoll_ctl", 1, 3, "EPOLL_CTL_MOD"),
        ("poll", 2, 0xFFFFFFFF, "-1"),
        ("umask", 0, 0o22, "0022"),
        ("ioctl", 1, 0x5401, "TCGETS"),
    ],
)
def test_numbers_have_their_kernel_names(call, index, value, meaning):
    assert decode(call, index, value) == meaning


@pytest.mark.parametrize(
    ("call", "index", "value", "arch", "meaning"),
    [
        ("open", 1, 0x2502, "mipsel", "O_RDWR|O_CREAT|O_EXCL|O_LARGEFILE"),
        ("open", 1, 0x80, "mips64eb", "O_RDONLY|O_NONBLOCK"),
        ("open", 1, 0x24000, "armel", "O_RDONLY|O_LARGEFILE|O_DIRECTORY"),
        ("open", 1, 0x10000, "aarch64", "O_RDONLY|O_DIRECTORY"),
        ("open", 1, 0x4000, "powerpc64le", "O_RDONLY|O_DIRECTORY"),
        ("open", 1, 0x400000, "sparc64", "O_RDONLY|O_CLOEXEC"),
        ("open", 1, 0x200000, "alpha", "O_RDONLY|O_CLOEXEC"),
        ("open", 1, 0x1000, "hppa", "O_RDONLY|O_DIRECTORY"),
        ("socket", 1, 2, "mipsel", "SOCK_STREAM"),
        ("socket", 1, 2, "armel", "SOCK_DGRAM"),
        ("mips_mmap2", 3, 0x802, "mipsel", "MAP_PRIVATE|MAP_ANONYMOUS"),
        ("kill", 1, 18, "mipsel", "SIGCHLD"),
        ("clone", 0, 0x1200012, "mipsel", "SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID"),
        ("rt_sigprocmask", 0, 3, "mipsel", "SIG_SETMASK"),
        ("fcntl64", 1, 0x21, "mipsel", "F_GETLK64"),
        ("getrlimit", 0, 5, "mipsel", "RLIMIT_NOFILE"),
        ("setsockopt", 1, 0xFFFF, "mipsel", "SOL_SOCKET"),
        ("ioctl", 1, 0x540D, "mipsel", "TCGETS"),
    ],
)
def test_architectures_differ(call, index, value, arch, meaning):
    assert decode(call, index, value, arch) == meaning


def test_some_arguments_mean_what_another_says():
    def texts(call, *values):
        return decode_arguments(call, [argument(i, v) for i, v in enumerate(values)])

    assert texts("socket", 2, 1, 6)[2] == "IPPROTO_TCP"
    assert texts("socket", 16, 3, 15)[2] == "NETLINK_KOBJECT_UEVENT"
    assert texts("socket", 17, 3, 0x300)[2] == "ETH_P_ALL"
    assert texts("setsockopt", 3, 1, 2)[2] == "SO_REUSEADDR"
    assert texts("setsockopt", 3, 6, 1)[2] == "TCP_NODELAY"
    assert texts("setsockopt", 3, 0, 35)[2] == "IP_ADD_MEMBERSHIP"
    assert texts("fcntl", 3, 4, 0x802)[2] == "O_RDWR|O_NONBLOCK"
    assert texts("fcntl", 3, 2, 1)[2] == "FD_CLOEXEC"
    assert texts("setsockopt", 3, 1) == [None, "SOL_SOCKET"]


@pytest.mark.parametrize(
    ("level", "option", "name"),
    [(1, 75, "SO_RCVMARK"), (0, 26, "IP_RECVERR_RFC4884"), (0, 32, "IP_MULTICAST_IF"), (0, 42, "MCAST_JOIN_GROUP"),
     (0, 49, "IP_MULTICAST_ALL"), (6, 15, "TCP_COOKIE_TRANSACTIONS"), (6, 16, "TCP_THIN_LINEAR_TIMEOUTS"), (6, 37, "TCP_TX_DELAY"),
     (41, 8, "IPV6_2292HOPLIMIT"), (41, 36, "IPV6_HDRINCL"), (41, 62, "IPV6_DONTFRAG"), (41, 67, "IPV6_TCLASS"),
     (41, 78, "IPV6_FREEBIND"), (263, 20, "PACKET_QDISC_BYPASS")],
)  # fmt: skip
def test_socket_options_to_the_last(level, option, name):
    assert (
        decode_arguments("setsockopt", [argument(i, v) for i, v in enumerate((3, level, option))])[2] == name
    )


@pytest.mark.parametrize(
    ("call", "index", "value", "meaning"),
    [("prctl", 0, 62, "PR_SCHED_CORE"), ("prctl", 0, 65, "PR_SET_MDWE"), ("madvise", 2, 101, "MADV_SOFT_OFFLINE"),
     ("ptrace", 0, 0x420F, "PTRACE_GET_RSEQ_CONFIGURATION")],
)  # fmt: skip
def test_choices_to_the_last(call, index, value, meaning):
    assert decode(call, index, value) == meaning


def test_what_has_no_meaning_beyond_its_number():
    assert decode("read", 2, 1024) is None
    assert decode("nosuchcall", 0, 1) is None
    assert decode("openat", 5, 1) is None
    assert decode_argument("openat", argument(2, None)) is None
    assert decode("prctl", 0, 12345) is None


@pytest.mark.parametrize(
    ("number", "arch", "text"),
    [
        (0x5413, None, "TIOCGWINSZ"),
        (0x8915, None, "SIOCGIFADDR"),
        (0x89F2, None, "SIOCDEVPRIVATE+2"),
        (0x8BE1, None, "SIOCIWFIRSTPRIV+1"),
        (0x8B01, None, "SIOCGIWNAME"),
        (0x80285700, None, "WDIOC_GETSUPPORT"),
        (0x80204D01, None, "MEMGETINFO"),
        (0x1260, None, "BLKGETSIZE"),
        (0x20001260, "mipsel", "BLKGETSIZE"),
        (0x40045705, "mipsel", "WDIOC_KEEPALIVE"),
        (0x80045705, "armel", "WDIOC_KEEPALIVE"),
        (0x40087468, "mipsel", "TIOCGWINSZ"),
        (0x402C7413, "powerpc", "TCGETS"),
        (0x40046401, None, "_IOW('d', 1, 4)"),
        (0xC0186405, None, "_IOWR('d', 5, 24)"),
        (0x20006407, "mipsel", "_IO('d', 7)"),
        (0x40046401, "mipsel", "_IOR('d', 1, 4)"),
        (0x800401FF, None, "_IOR(0x1, 255, 4)"),
        (0x1234, None, "0x1234"),
        (0xFFFFFFFF, "mipsel", "0xffffffff"),
    ],
)
def test_ioctl_commands(number, arch, text):
    assert ioctl_text(number, arch_family(arch)) == text


def test_a_redefined_ioctl_is_not_named_by_its_generic_number():
    assert ioctl_name(0x540B) == "TCFLSH"
    assert ioctl_name(0x540B, "mips") is None


def test_signals():
    assert signal_name(11) == "SIGSEGV"
    assert signal_name(10, "mipsel") == "SIGBUS"
    assert signal_name(34) == "SIGRT_2"
    assert (signal_name(0), signal_name(65), signal_name(100, "mips")) == (None, None, "SIGRT_68")


def test_every_kind_of_the_table_is_known():
    contextual = {"ptr", "noise", "protocol", "option"}
    kinds = {kind for kinds in CALLS.values() for kind in kinds if kind}
    assert kinds - contextual <= {*_DECODERS, *_WORDS}


@given(
    kind=st.sampled_from([*_DECODERS, *_WORDS, "nonsense"]),
    value=st.integers(-(2**63), 2**64),
    family=st.sampled_from(["", "mips", "arm", "powerpc", "sparc", "alpha", "parisc"]),
)
def test_any_number_can_be_decoded(kind, value, family):
    text = decode_value(kind, value, family)
    assert text is None or (text and text.isprintable())


def record(event, era=Era.V3B, **more):
    event.id = 1
    return Record(event, era, **more)


def test_a_call_is_shown_with_what_tells_something():
    flags = (0x80002, "flags=0x80002")
    event = syscall(
        "openat", (-100, "dfd=0x9c"), 'filename=0x1("/dev/nvram")', flags, (0, "mode=0x0"), retno=-2
    )
    assert summarise(record(event)) == 'openat("/dev/nvram", O_RDWR|O_CLOEXEC)'
    assert result_text(record(event)) == "ENOENT"


def test_a_mode_is_shown_where_a_file_is_made():
    created = syscall("open", 'filename=0x1("/x")', (0x41, "flags=0x41"), (0o600, "mode=0x180"))
    assert summarise(record(created)) == 'open("/x", O_WRONLY|O_CREAT, 0600)'


def test_descriptors_carry_their_names():
    event = syscall(
        "ioctl", (3, "fd=0x3(/dev/mtd0)"), (0x5401, "cmd=0x5401"), (0x7FFD00047, "arg=0x7ffd00047")
    )
    assert summarise(record(event)) == "ioctl(3</dev/mtd0>, TCGETS)"


def test_stale_memory_of_a_failed_call_is_not_shown():
    arguments = ((3, "fd=0x3(/dev/x)"), 'buf=0x7ffd("left over")', (64, "count=0x40"))
    assert summarise(record(syscall("read", *arguments, retno=9))) == 'read(3</dev/x>, "left over", 64)'
    assert summarise(record(syscall("read", *arguments, retno=-11))) == "read(3</dev/x>, 64)"


def test_reads_execs_and_process_events():
    read = Read(procname="x", proc_id=0, fd=4, fname="/etc/passwd", buffer=b"root:x:0\n" * 20)
    assert summarise(record(read)).startswith('read(4</etc/passwd>, "root:x:0\\nroot')
    assert summarise(record(read)).endswith('…")')
    run = Exec(procname="[?]", calltree="", argc="3", argv="['/bin/sh', '-c', 'echo \"x y\"']", envp="{}")
    assert summarise(record(run)) == 'exec /bin/sh -c "echo \\"x y\\""'
    start = ProcStart(procname="httpd", proc_id=12, pid=12, ppid=1, create_time=5, comm="sh")
    assert summarise(record(start)) == "start pid 12 (parent 1) httpd"
    ended = ProcExit(procname="", proc_id=12, pid=12, create_time=5, code=3, reason="exit_group")
    assert summarise(record(ended)) == "exit 3 pid 12"
    killed = ProcExit(procname="", proc_id=12, pid=12, create_time=5, code=139, reason="signal:SIGSEGV")
    assert summarise(record(killed)) == "killed by SIGSEGV pid 12"


def test_quoting_makes_control_characters_visible():
    assert quoted('a"b\\c\n\t\x1b[31m\x9b') == '"a\\"b\\\\c\\n\\t\\e[31m\\x9b"'
    assert quoted("x" * 300, 10) == '"' + "x" * 10 + '…"'


_GARBAGE = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=40), st.binary(max_size=20)
)


@given(
    name=st.one_of(st.sampled_from([f"sys_{call}" for call in CALLS]), _GARBAGE),
    values=st.lists(st.tuples(_GARBAGE, _GARBAGE), min_size=6, max_size=6),
    retno=_GARBAGE,
    arch=st.sampled_from([None, "mipsel", "armel"]),
)
def test_no_garbage_makes_a_line_fail(name, values, retno, arch):
    columns = {f"arg{i}": value for i, (value, _) in enumerate(values)}
    columns |= {f"arg{i}_repr": text for i, (_, text) in enumerate(values)}
    event = syscall("x")
    for column, value in {"name": name, "retno": retno, "retno_repr": retno, **columns}.items():
        setattr(event, column, value)
    seen = record(event, arch=arch)
    for line in (summarise(seen), result_text(seen), strace_line(seen)):
        assert line == "" or (line.isprintable() and len(line) < 100_000)


@given(fd=_GARBAGE, fname=_GARBAGE, buffer=_GARBAGE, argv=_GARBAGE)
def test_no_garbage_makes_other_lines_fail(fd, fname, buffer, argv):
    read = Read(procname="x", proc_id=0, fd=fd, fname=fname, buffer=buffer)
    run = Exec(procname="x", proc_id=0, calltree="", argc="", argv=argv, envp=argv)
    for event in (read, run):
        line = summarise(record(event))
        assert line.isprintable()
        assert result_text(record(event)).isprintable()
