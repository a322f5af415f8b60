"""The canonical event of every kind of record."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from canonical_helpers import canonical, record, texts, types, values
from hypothesis import given
from hypothesis import strategies as st

from support import boot, openat, syscall
from tracetui.canonical import canonical_event, kind_of, syscalls
from tracetui.canonical.catalogue import audit_kind
from tracetui.canonical.catalogue import types as table_types
from tracetui.events import Context, Era, Event, Exec, ProcExit, ProcStart, Read, Syscall, Write
from tracetui.events.audit_events import audit_events
from tracetui.events.families import FAMILIES
from tracetui.events.prototypes import kernel_prototypes


def test_a_system_call():
    event = canonical(openat("/dev/nvram", -2, proc_id=7, procname="httpd"), event_id=41)
    assert (event.sequence, event.name, event.category) == (41, "openat", "file")
    assert event.description == "opens or creates a file, named from a folder"
    assert event.pid == 7
    assert values(event) == {
        "dfd": -100,
        "filename": "/dev/nvram",
        "flags": 0,
        "mode": 0,
        "ret": -2,
        "errno": 2,
    }
    assert texts(event)["dfd"] == "AT_FDCWD"
    assert texts(event)["flags"] == "O_RDONLY"
    assert texts(event)["errno"] == "ENOENT"
    assert types(event) == {
        "dfd": "fd",
        "filename": "path",
        "flags": "flags",
        "mode": "flags",
        "ret": "int64",
        "errno": "enum",
    }


def test_what_the_trace_does_not_know_is_absent():
    event = canonical(syscall("close", (3, "fd=0x3(/etc/passwd)")))
    assert (event.pid, event.tid, event.cpu, event.host, event.timestamp) == (None,) * 5
    assert event.metadata == {"type": "syscall", "source": "v3b"}
    assert canonical(syscall("exit_group", (0, "error_code=0x0"))).parameters.find("ret") is None


def test_what_a_recorder_knows_is_there():
    context = Context(ts=1_500_000_000, tid=8, cpu=1, host="router", container="c1")
    event = canonical(openat("/etc/passwd"), era=Era.RECORDED, context=context, arch="mips")
    assert (event.tid, event.cpu, event.host, event.timestamp) == (8, 1, "router", 1_500_000_000)
    assert event.metadata == {"type": "syscall", "source": "recorded", "arch": "mips", "container": "c1"}


def test_metadata_of_the_user_goes_beside():
    event = canonical_event(record(openat("/x")), metadata={"env": "prod"})
    assert event.metadata["env"] == "prod"
    assert event.metadata["type"] == "syscall"


@pytest.mark.parametrize(
    ("call", "expected", "written"),
    [
        (
            syscall("close", (3, "fd=0x3(/etc/passwd)")),
            {"fd": ("fd", 3), "file_name": ("path", "/etc/passwd")},
            {},
        ),
        (syscall("close", (3, "fd=0x3([???])")), {"fd": ("fd", 3)}, {}),
        (
            syscall("kill", (1, "pid=0x1"), (9, "sig=0x9")),
            {"pid": ("pid", 1), "sig": ("enum", 9)},
            {"sig": "SIGKILL"},
        ),
        (syscall("wait4", (0xFFFFFFFF, "upid=0xffffffff")), {"upid": ("pid", -1)}, {"upid": "-1"}),
        (syscall("alarm", (60, "seconds=0x3c")), {"seconds": ("uint32", 60)}, {}),
        (
            syscall("brk", (0, "brk=0x0"), retno=0x7F0000),
            {"brk": ("address", 0), "ret": ("address", 0x7F0000)},
            {"ret": "0x7f0000"},
        ),
        (
            syscall("pipe2", (0x7FFD, "fildes=0x7ffd(ptr)"), (0, "flags=0x0")),
            {"fildes": ("address", 0x7FFD)},
            {},
        ),
        (syscall("dup", (1, "fildes=0x1"), retno=3), {"fildes": ("fd", 1), "ret": ("fd", 3)}, {}),
        (
            syscall("lseek", (3, "fd=0x3"), (-1, "offset=-1"), (1, "whence=0x1")),
            {"offset": ("int64", -1), "whence": ("enum", 1)},
            {"whence": "SEEK_CUR"},
        ),
        (
            syscall("mount", 'dev_name=0x1("proc")', 'dir_name=0x1("/proc")', 'type=0x1("proc")'),
            {"dir_name": ("path", "/proc"), "type": ("string", "proc")},
            {},
        ),
        (
            syscall("execve", 'filename=0x1("/bin/ls")', "argv=0x1(['ls', '-l'])"),
            {"argv": ("slice", ("ls", "-l"))},
            {"argv": "[ls -l]"},
        ),
        (syscall("fork", retno=12), {"ret": ("pid", 12)}, {}),
        (syscall("gettid", retno=12), {"ret": ("tid", 12)}, {}),
        (
            syscall("nosuchcall", (5, "thing=0x5"), (6, "")),
            {"thing": ("hex", 5), "arg1": ("hex", 6)},
            {},
        ),
        (syscall("mmap", (-1, "addr=0xffffffffffffffff")), {"addr": ("address", (1 << 64) - 1)}, {}),
    ],
)
def test_arguments_have_the_type_that_the_call_gives_them(call, expected, written):
    event = canonical(call)
    found = {name: (types(event)[name], value) for name, value in values(event).items()}
    assert {name: found.get(name) for name in expected} == expected
    assert {name: texts(event)[name] for name in written} == written


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            syscall(
                "connect",
                'uservaddr=0x?({sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")})',
            ),
            {"dip": IPv4Address("10.0.0.1"), "dport": 53},
        ),
        (
            syscall(
                "bind",
                'umyaddr=0x?({sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1")})',
            ),
            {"sip": IPv6Address("::1"), "sport": 80},
        ),
        (
            Syscall(
                procname="x",
                proc_id=1,
                name="socket.connect",
                arg1=0,
                arg1_repr="address=(('127.0.0.1', 8080))",
            ),
            {"dip": IPv4Address("127.0.0.1"), "dport": 8080},
        ),
        (
            Syscall(
                procname="x", proc_id=1, name="socket.bind", arg1=0, arg1_repr="address=(['::1', 80, 0, 0])"
            ),
            {"sip": IPv6Address("::1"), "sport": 80},
        ),
        (
            syscall("connect", 'uservaddr=0x?({sin_port=htons(99999), sin_addr=inet_addr("1.1.1.1")})'),
            {"dip": IPv4Address("1.1.1.1")},
        ),
        (syscall("connect", 'uservaddr=0x?({sin_port=htons(1), sin_addr=inet_addr("1.1.1")})'), {}),
    ],
)
def test_addresses_and_ports_inside_of_arguments(call, expected):
    found = values(canonical(call))
    assert {name: found[name] for name in ("sip", "sport", "dip", "dport") if name in found} == expected


def test_an_audit_event():
    stored = Syscall(procname="py", proc_id=3, name="os.mkdir", arg0=0, arg0_repr='path=("/tmp/x")')
    event = canonical(stored, era=Era.RECORDED)
    assert (event.name, event.category, event.description) == ("os.mkdir", "file", "makes a folder")
    assert values(event) == {"path": "/tmp/x"}


@pytest.mark.parametrize(
    ("name", "number", "text", "expected"),
    [
        ("socket.__new__", 2, "family=2", ("family", "enum", "AF_INET")),
        ("socket.__new__", 1, "type=1", ("type", "enum", "SOCK_STREAM")),
        ("ftplib.connect", 21, "port=21", ("port", "port", "21")),
        ("ftplib.connect", 99999, "port=99999", ("port", "int64", "99999")),
        ("os.kill", 9, "sig=9", ("sig", "enum", "SIGKILL")),
        ("os.kill", 7, "pid=7", ("pid", "pid", "7")),
        ("os.mkdir", 0o755, "mode=0o755", ("mode", "flags", "0755")),
        ("os.chdir", 0, 'path=("/tmp")', ("path", "path", "/tmp")),
        ("os.chdir", 3, "path=3", ("path", "int64", "3")),
        ("time.sleep", 0, "secs=0.5", ("secs", "string", "0.5")),
        ("my.event", 5, "arg0=5", ("arg0", "int64", "5")),
    ],
)
def test_arguments_of_audit_events(name, number, text, expected):
    known = audit_kind(name).arguments
    index = next((i for i, fact in enumerate(known) if text.startswith(f"{fact.name}=")), 0)
    stored = Syscall(procname="py", proc_id=3, name=name, **{f"arg{index}": number, f"arg{index}_repr": text})
    (parameter,) = canonical(stored, era=Era.RECORDED).parameters
    assert (parameter.name, parameter.type.value, parameter.text) == expected


def test_open_is_python_s_only_without_a_result():
    told = {"procname": "x", "proc_id": 1, "name": "open"}
    assert kind_of(record(Syscall(**told))).description == "opens a file"
    assert kind_of(record(Syscall(**told, retno=3))).description == "opens or creates a file"
    assert (
        kind_of(record(Syscall(procname="x", proc_id=1, name="sys_open"))).description
        == "opens or creates a file"
    )


def test_reads_and_writes():
    for cls, name in ((Read, "read"), (Write, "write")):
        event = canonical(cls(procname="sh", proc_id=0, fd=3, fname="/etc/passwd", buffer=b"root\0"))
        assert (event.name, event.category) == (name, "file")
        assert values(event) == {"fd": 3, "file_name": "/etc/passwd", "io_size": 5, "data": b"root\0"}
    assert values(canonical(Read(procname="sh", proc_id=0, fd=3, fname="?", buffer=None))) == {"fd": 3}


def test_programs():
    stored = Exec(
        procname="[?]",
        proc_id=0,
        calltree="init",
        argc="2",
        argv="['/bin/ls', '-l']",
        envp="{'HOME': '/'}",
        euid=0,
        egid=-1,
    )
    assert values(canonical(stored)) == {
        "exe": "/bin/ls",
        "argv": ("/bin/ls", "-l"),
        "env": {"HOME": "/"},
        "calltree": "init",
        "euid": 0,
    }, "a group of -1 is none"


def test_process_starts_and_ends():
    start = ProcStart(
        procname="a", proc_id=1, pid=5, ppid=1, create_time=9, comm="b", uid=0, gid=0, euid=0, egid=0
    )
    assert types(canonical(start))["ppid"] == "pid"
    assert values(canonical(start))["comm"] == "b"
    end = ProcExit(procname="a", proc_id=5, pid=5, create_time=9, code=139, reason="signal:SIGSEGV")
    assert values(canonical(end)) == {
        "pid": 5,
        "create_time": 9,
        "code": 139,
        "reason": "signal:SIGSEGV",
        "signal": "SIGSEGV",
    }


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**32, -(2**31) - 1])
def test_numbers_that_no_kernel_gives_are_shown_as_they_are(number):
    end = ProcExit(procname="a", proc_id=5, pid=number, create_time=number, code=number, reason="exit")
    assert values(canonical(end)) == {
        "pid": number,
        "create_time": number,
        "code": number,
        "reason": "exit",
    }
    assert types(canonical(end))["code"] == "int64"


def test_flows():
    row = {
        "id": 1,
        "sip": "10.0.0.1",
        "sport": 42,
        "dip": "::1",
        "dport": 80,
        "proto": 6,
        "rbytes": 7,
        "wops": None,
    }
    stored = Event(type="network_flow", procname="x", proc_id=1)
    event = canonical(stored, extras={"network_flow": row, "sysflow": {"opflags": 0x60, "kind": "NF"}})
    assert (event.name, event.category) == ("network_flow", "net")
    assert values(event) == {
        "sip": IPv4Address("10.0.0.1"),
        "sport": 42,
        "dip": IPv6Address("::1"),
        "dport": 80,
        "proto": 6,
        "rbytes": 7,
        "opflags": 0x60,
    }
    assert texts(event)["proto"] == "tcp"
    assert texts(event)["opflags"] == "ACCEPT|CONNECT"


def test_a_type_that_nobody_knew_of():
    stored = Event(type="gpio", procname="x", proc_id=1)
    row = {
        "id": 1,
        "pin": 7,
        "level": 0.5,
        "label": "led\n",
        "raw": b"\xff",
        "none": None,
        "path": "/dev/gpio",
    }
    event = canonical(stored, extras={"gpio": row})
    assert (event.name, event.category, event.description) == ("gpio", "other", "")
    assert types(event) == {
        "pin": "int64",
        "level": "float",
        "label": "string",
        "raw": "bytes",
        "path": "path",
    }


def test_every_event_of_a_boot_has_a_description():
    for number, event in enumerate(boot(), 1):
        found = canonical(event, event_id=number)
        assert found.description
        assert found.sequence == number


def test_the_tables_know_all_calls_and_events():
    known = set(syscalls())
    assert set(kernel_prototypes()) <= known
    assert {name for members in FAMILIES.values() for name in members} <= known
    assert len(known) > 500
    everything = [*syscalls().values(), *table_types().values(), *map(audit_kind, audit_events())]
    for kind in everything:
        assert kind.description, kind.name
        assert kind.category.isidentifier(), kind.name
    for kind in syscalls().values():
        for argument in kind.arguments:
            assert argument.meaning, (kind.name, argument.name)


WITHOUT_ARGUMENTS = """
arm_breakpoint atomic_barrier breakpoint fork get_tls getegid getegid16 getegid32 geteuid geteuid16 geteuid32 getgid getgid16
getgid32 getpagesize getpgrp getpid getppid gettid getuid getuid16 getuid32 idle inotify_init kern_features munlockall pause
restart_syscall rt_sigreturn sched_yield setsid sgetmask sigreturn switch_endian sync uprobe uretprobe usr26 usr32 vfork vhangup
""".split()
NOT_IMPLEMENTED = """
afs_syscall arch_specific_syscall break ftime getpmsg gtty lock mpx multiplexer ni_syscall prof profil putpmsg security stty tuxcall
vserver
""".split()


def test_every_call_has_its_arguments():
    bare = {name for name, kind in syscalls().items() if not kind.arguments}
    assert bare == {*WITHOUT_ARGUMENTS, *NOT_IMPLEMENTED}


@pytest.mark.parametrize(
    ("name", "same_as"),
    [("stat", "newstat"), ("futex_time32", "futex"), ("futex_time64", "futex"), ("setuid32", "setuid"), ("setuid16", "setuid"),
     ("umount2", "umount"), ("_newselect", "select"), ("clock_gettime64", "clock_gettime"), ("mmap2", "mmap_pgoff")],
)  # fmt: skip
def test_names_of_one_call_share_its_arguments(name, same_as):
    assert syscalls()[name].arguments == syscalls()[same_as].arguments


anything = (
    st.none()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
)


@given(
    st.text(max_size=20) | st.sampled_from(sorted(syscalls())).map(lambda name: f"sys_{name}"),
    st.lists(st.tuples(anything, anything), max_size=6),
    anything,
    anything,
)
def test_no_stored_value_raises(name, arguments, retno, shown):
    columns = {}
    for index, (value, text) in enumerate(arguments):
        columns |= {f"arg{index}": value, f"arg{index}_repr": text}
    stored = Syscall(procname="x", proc_id=1, name=name, retno=retno, retno_repr=shown, **columns)
    canonical(stored).parameters.text()


@given(
    st.sampled_from(["network_flow", "file_flow", "gpio"]),
    st.dictionaries(
        st.sampled_from(["sip", "sport", "proto", "fd", "openflags", "rbytes", "path", "x"]), anything
    ),
)
def test_no_column_raises(table, row):
    canonical(Event(type=table, procname="x", proc_id=1), extras={table: row}).parameters.text()
