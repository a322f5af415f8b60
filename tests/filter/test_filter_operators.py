"""Every operator and kind of field over a small fixed trace, by SQL and by the evaluator.

The events of ``boot()``: 1 exec of init; 2, 3 starts of init and httpd; 4 openat /dev/nvram, ENOENT; 5 openat
/etc/passwd = 4; 6 ioctl on fd 4, ENOTTY; 7 read of /etc/passwd; 8 write to /dev/console; 9 newfstatat /www; 10
httpd killed by SIGSEGV.
"""

from __future__ import annotations

import pytest
from filter_helpers import matching

from support import boot, syscall, write_trace
from tracetui.events import Read
from tracetui.filter import FIELDS, Surroundings
from tracetui.trace import Trace

EVERY = list(range(1, 11))
CALLS = [4, 5, 6, 9]


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    with Trace.open(write_trace(tmp_path_factory.mktemp("operators") / "t.db", boot())) as trace:
        yield trace


def check(trace, text, expected):
    assert matching(trace, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # equality of numbers, and all its spellings
        ("id = 4", [4]),
        ("id == 4", [4]),
        ("id === 4", [4]),
        ("id eq 4", [4]),
        ("id EQ 4", [4]),
        ("id=4", [4]),
        ("id != 4", [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        ("id <> 4", [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        ("id !== 4", [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        ("id ne 4", [1, 2, 3, 5, 6, 7, 8, 9, 10]),
        # order
        ("id < 3", [1, 2]),
        ("id lt 3", [1, 2]),
        ("id <= 3", [1, 2, 3]),
        ("id le 3", [1, 2, 3]),
        ("id > 8", [9, 10]),
        ("id gt 8", [9, 10]),
        ("id >= 8", [8, 9, 10]),
        ("id ge 8", [8, 9, 10]),
        ("ret < 0", [4, 6]),
        ("ret > 3", [5]),
        # notations of numbers
        ("id = 0x4", [4]),
        ("id = 0X4", [4]),
        ("id = 0o10", [8]),
        ("id = 010", [8]),
        ("id = 0b100", [4]),
        ("id = +4", [4]),
        ("id = 4.0", [4]),
        ("id < 4.5", [1, 2, 3, 4]),
        ("id = 1e1", [10]),
        ("id < 1k", EVERY),
        ("id = '4'", [4]),
        ("ret = -2", [4]),
        ("ret = ENOENT", [4]),
        ("ret = 0xfffffffffffffffe", [4]),
        # lists and ranges
        ("id in (4, 6)", [4, 6]),
        ("id in (4 6)", [4, 6]),
        ("id in {4, 6}", [4, 6]),
        ("id in [4, 6]", [4, 6]),
        ("id in (4)", [4]),
        ("id in 4..6", [4, 5, 6]),
        ("id in (1, 4..6, 0xa)", [1, 4, 5, 6, 10]),
        ("id in (9..)", [9, 10]),
        ("id in (..2)", [1, 2]),
        ("id = 4..6", [4, 5, 6]),
        ("id not in (2..10)", [1]),
        ("not id in (2..10)", [1]),
        ("ret in (-2, -25)", [4, 6]),
        ("ret in (-30..-1)", [4, 6]),
        # a field alone
        ("fd", [6, 7, 8]),
        ("fd exists", [6, 7, 8]),
        ("exists fd", [6, 7, 8]),
        ("exists(fd)", [6, 7, 8]),
        ("not fd exists", [1, 2, 3, 4, 5, 9, 10]),
        # a missing field makes a comparison false
        ("fd = 4", [6, 7]),
        ("fd != 4", [8]),
        ("fd ?!= 4", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("not fd = 4", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("not (fd != 4)", [1, 2, 3, 4, 5, 6, 7, 9, 10]),
        ("fd < 100", [6, 7, 8]),
        ("not fd < 100", [1, 2, 3, 4, 5, 9, 10]),
        ("fd not in (4)", [8]),
        ("tid = 1", []),
        ("tid != 1", []),
        ("not tid = 1", EVERY),
        ("tid ?!= 1", EVERY),
    ],
)
def test_numbers(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("procname = /bin/sh", [6]),
        ('procname = "/bin/sh"', [6]),
        ("procname = '/bin/sh'", [6]),
        ('procname = r"/bin/sh"', [6]),
        ('procname = "\\x2fbin\\u002fsh"', [6]),
        ("procname = /BIN/SH", []),
        ("procname ieq /BIN/SH", [6]),
        ("procname ~= /BIN/SH", [6]),
        ("procname != /bin/sh", [1, 2, 3, 4, 5, 7, 8, 9]),
        ("procname contains bin", [4, 5, 6, 7, 8, 9]),
        ("procname contains BIN", []),
        ("procname icontains BIN", [4, 5, 6, 7, 8, 9]),
        ("procname not contains bin", [1, 2, 3]),
        ("procname startswith /sbin", [4]),
        ("procname startswith /SBIN", []),
        ("procname istartswith /SBIN", [4]),
        ("procname endswith httpd", [3, 5, 7, 8, 9]),
        ("procname endswith HTTPD", []),
        ("procname iendswith HTTPD", [3, 5, 7, 8, 9]),
        ("procname glob /*/sh", [6]),
        ("procname glob *sh", [6]),
        ("procname glob sh", []),
        ("procname glob /?bin/*", [4]),
        ("procname glob /[a-b]in/*", [6]),
        ("procname glob /[!a-b]*", [4, 5, 7, 8, 9]),
        ("procname iglob *SH", [6]),
        ("procname matches sh$", [6]),
        ("procname ~ sh$", [6]),
        ("procname =~ sh$", [6]),
        ("procname ~ ^/s?bin/", [4, 6]),
        ("procname ~ (sh|httpd)$", [3, 5, 6, 7, 8, 9]),
        ("procname ~ '(?i)SH$'", [6]),
        ("procname ~ SH$", []),
        ("procname imatches SH$", [6]),
        ("procname !~ /", [1, 2, 3]),
        ("procname not matches /", [1, 2, 3]),
        ("procname regex sh", []),
        ("procname regex .*sh", [6]),
        ("procname regex /bin/..", [6]),
        ("procname iregex /BIN/..", [6]),
        ("procname in (/bin/sh, init)", [2, 6]),
        ("procname in (/BIN/SH)", []),
        ("procname iin (/BIN/SH, INIT)", [2, 6]),
        ("procname contains (httpd, init)", [2, 3, 4, 5, 7, 8, 9]),
        ("procname endswith (sh, init)", [2, 4, 6]),
        ("procname glob (*sh, *init)", [2, 4, 6]),
        ("procname contains ''", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        # paths, component by component
        ("path pmatch /dev", [4, 6, 8]),
        ("path pmatch /dev/", [4, 6, 8]),
        ("path pmatch (/dev)", [4, 6, 8]),
        ("path pmatch (/dev, /etc)", [4, 5, 6, 7, 8]),
        ("path pmatch /de", []),
        ("path pmatch /dev/nvram", [4]),
        ("path pmatch /", [1, 4, 5, 6, 7, 8, 9]),
        ("path not pmatch /dev", [1, 5, 7, 9]),
        # words that mean a family of calls
        ("name = openat", [4, 5]),
        ("name = sys_openat", [4, 5]),
        ("name = open", [4, 5]),
        ("name = stat", [9]),
        ("name = newfstatat", [9]),
        ("name = sys_newstat", []),
        ("name in (open, stat)", [4, 5, 9]),
        ("name != open", [6, 9]),
        ("name startswith sys_", CALLS),
        ("evt.type = openat", [4, 5]),
        ("evt.type = read", [7]),
        ("evt.type = execve", [1]),
        ("evt.type in (procexit, clone)", [2, 3, 10]),
        ("type = syscall", CALLS),
        ("type in (read, write)", [7, 8]),
        ("syscall", CALLS),
        # other texts
        ("fd.name startswith /dev/", [6, 8]),
        ("fd.directory = /dev", [4, 6, 8]),
        ("fd.filename = passwd", [5, 7]),
        ("argv = '/sbin/init -s'", [1]),
        ("argv = -s", [1]),
        ("exe endswith /init", [1]),
        ("env = PATH=/bin:/sbin", [1]),
        ("env = HOME", [1]),
        ("reason startswith signal:", [10]),
        ("signal = SIGSEGV", [10]),
        ("res = SUCCESS", [5, 9]),
        ("res = ENOENT", [4]),
        # strings are compared by code point
        ("procname < /c", [6]),
        ("procname >= i", [2]),
    ],
)
def test_texts(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buffer contains root", [7]),
        ("buffer contains ROOT", []),
        ("buffer icontains ROOT", [7]),
        ("buffer startswith root:", [7]),
        ("buffer endswith 'started\\n'", [8]),
        ("buffer = 'started\\n'", [8]),
        ("buffer != 'started\\n'", [7]),
        ("buffer ~ 'x:\\d'", [7]),
        ("buffer regex 'started\\n'", [8]),
        ("buffer glob '*0*'", [7]),
        ("buffer bcontains 726f6f74", [7]),
        ("buffer bcontains 72:6f:6f:74", [7]),
        ("buffer bcontains '72 6f 6f 74'", [7]),
        ("buffer bcontains 0x726f", [7]),
        ("buffer bcontains 001b5b", [7]),
        ("buffer bcontains (726f, 7374)", [7, 8]),
        ("buffer bstartswith 7374", [8]),
        ("buffer bendswith 0a", [8]),
        ("buffer contains 72:6f:6f:74", [7]),
        ("buffer contains hex:726f6f74", [7]),
        ("buffer contains '72:6f:6f:74'", []),
        ("buffer exists", [7, 8]),
        ("buflen = 8", [8]),
        ("buflen > 8", [7]),
        ("len(buffer) = 8", [8]),
    ],
)
def test_bytes(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failed", [4, 6]),
        ("failed = true", [4, 6]),
        ("failed = yes", [4, 6]),
        ("failed = 1", [4, 6]),
        ("failed = false", [5, 9]),
        ("failed != true", [5, 9]),
        ("not failed", [1, 2, 3, 5, 7, 8, 9, 10]),
        ("failed exists", CALLS),
        ("errno = ENOENT", [4]),
        ("errno = enoent", [4]),
        ("errno = 2", [4]),
        ("errno = -2", [4]),
        ("errno in (ENOENT, ENOTTY)", [4, 6]),
        ("errno != ENOENT", [6]),
        ("errno startswith EN", [4, 6]),
        ("errno > 10", [6]),
        ("errno exists", [4, 6]),
        # arguments are numbers and texts
        ("arg1 = 0x5401", [6]),
        ("arg1 = 21505", [6]),
        ("arg1 = cmd=0x5401", [6]),
        ("arg1 contains /etc/passwd", [5]),
        ("arg1 = /etc/passwd", [5]),
        ("arg1 ~ nvram|passwd", [4, 5]),
        ("evt.arg[1] = 0x5401", [6]),
        ("rawarg1 = 0x5401", [6]),
        ("arg0 = -100", [4, 5]),
        ("arg0 = 0xffffff9c", [4, 5]),
        ("args contains passwd", [5]),
        ("args = 0x5401", [6]),
        ("arg.cmd = 0x5401", [6]),
        ("arg.filename endswith passwd", [5]),
        ("arg.FILENAME endswith passwd", [5]),
        ("arg.cmd = TCGETS", [6]),
        ("arg.flags = O_RDONLY", [4, 5]),
        ("arg.flags != O_RDONLY", []),
        ("arg.dfd = AT_FDCWD and not arg.filename startswith /etc", [4]),
        # functions
        ("len(procname) = 7", [6]),
        ("len(path) > 10", [5, 7, 8]),
        ("lower(procname) = /bin/sh", [6]),
        ("upper(procname) = /BIN/SH", [6]),
        ("basename(path) = passwd", [5, 7]),
        ("dirname(path) = /etc", [5, 7]),
        ("len(basename(path)) = 6", [5, 7]),
        ("basename(procname) = httpd", [3, 5, 7, 8, 9]),
        # columns as stored
        ("syscall.retno = -2", [4]),
        ("syscall.name = sys_openat", [4, 5]),
        ("proc_exit.code = 139", [10]),
        ("event.proc_id = 0", [1, 4, 5, 6, 7, 8, 9]),
        ("read.buffer bcontains 726f", [7]),
    ],
)
def test_flags_arguments_functions_and_columns(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("passwd", [5, 7]),
        ('"passwd"', [5, 7]),
        ("'passwd'", [5, 7]),
        ("PASSWD", []),
        ("text icontains PASSWD", [5, 7]),
        ("ENOTTY", [6]),
        ("httpd", [3, 5, 7, 8, 9]),
        ("SIGSEGV", [10]),
        ("root:x", [7]),
        ("started", [8]),
        ("libc.so", []),
        ("/etc/passwd httpd", [5, 7]),
        ("etc passwd and type = read", [7]),
        ("passwd or nvram", [4, 5, 7]),
        ("not passwd", [1, 2, 3, 4, 6, 8, 9, 10]),
        ("'init -s'", [1]),
        ("swapper", [2]),
    ],
)
def test_a_word_alone_is_looked_for_everywhere(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id = 1 or id = 2 and id = 3", [1]),
        ("(id = 1 or id = 2) and id = 2", [2]),
        ("id = 3 and id = 2 or id = 1", [1]),
        ("not id = 1 and id < 3", [2]),
        ("not (id = 1 and id < 3)", [2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("not id < 9 or id = 1", [1, 9, 10]),
        ("not not id = 1", [1]),
        ("!(id = 1) && id < 3", [2]),
        ("! id = 1 && id < 3", [2]),
        ("!id=1&&id<3", [2]),
        ("id=1||id=2", [1, 2]),
        ("id = 1 OR id = 2", [1, 2]),
        ("id < 3 AND NOT id = 1", [2]),
        ("((((id = 1))))", [1]),
        ("id = 1\n  or\tid = 2", [1, 2]),
        ("  id = 1  ", [1]),
        ("not fd exists and not type = syscall", [1, 2, 3, 10]),
    ],
)
def test_not_binds_tighter_than_and_and_that_than_or(trace, text, expected):
    check(trace, text, expected)


@pytest.mark.parametrize("field", [field for field in FIELDS if field.example], ids=lambda field: field.name)
def test_every_example_runs(trace, field):
    matching(trace, field.example)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_exists_somewhere_or_not_at_all(trace, field):
    there = matching(trace, f"{field.name} exists")
    assert sorted([*there, *matching(trace, f"not {field.name} exists")]) == EVERY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"buffer contains '\xff\xfe'", [1]),
        (r"buffer contains '\xff'", [1]),
        (r"buffer contains '\xc3\xa9'", [2]),
        (r"buffer contains '\u00e9'", [2]),
        ("buffer contains é", [2]),
        (r"buffer contains '\x7fELF'", [1]),
        (r"buffer endswith '\xfe'", [1]),
        (r"buffer ~ '[\xfe\xff]'", [1]),
        (r'buffer ~ r"\xff"', [1]),
        (r"text contains '\xff'", [1]),
        (r"'\xff'", [1]),
        (r"path contains '\xe9'", [3]),
        (r"path contains '\xc3\xa9'", []),
    ],
)
def test_an_escape_is_a_byte_of_a_buffer_and_a_character_of_a_text(tmp_path, text, expected):
    made = [
        Read(procname="a", proc_id=0, fd=3, fname="/a", buffer=b"\x7fELF\xff\xfe"),
        Read(procname="a", proc_id=0, fd=3, fname="/b", buffer="é".encode()),
        Read(procname="a", proc_id=0, fd=3, fname="/é", buffer=b""),
    ]
    with Trace.open(write_trace(tmp_path / "t.db", made)) as opened:
        assert matching(opened, text) == expected


def test_a_text_of_the_selected_event_is_looked_for_in_buffers(tmp_path):
    made = [
        Read(procname="root", proc_id=0, fd=3, fname="/a", buffer=b""),
        Read(procname="a", proc_id=0, fd=3, fname="/b", buffer=b"root:x:"),
    ]
    with Trace.open(write_trace(tmp_path / "t.db", made)) as opened:
        first = next(iter(opened.records()))
        assert matching(opened, "buffer contains ${procname}", Surroundings(selected=first)) == [2]


def test_errors_that_the_kernel_keeps_to_itself_are_known_by_name(tmp_path):
    calls = [syscall("accept", retno=-512), syscall("nanosleep", retno=-516), syscall("close", retno=0)]
    calls[0].retno_repr = "-0x200"
    calls[1].retno_repr = "ERESTART_RESTARTBLOCK(Interrupted by signal)"
    with Trace.open(write_trace(tmp_path / "t.db", calls)) as opened:
        assert matching(opened, "errno = ERESTARTSYS") == matching(opened, "res = ERESTARTSYS") == [1]
        assert matching(opened, "errno = ERESTART_RESTARTBLOCK") == matching(opened, "errno = 516") == [2]
        assert matching(opened, "errno startswith ERESTART") == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("upper(arg1) contains NVRAM", [4]),
        ("upper(arg1) icontains nvram", [4]),
        ("lower(args) contains /dev/nvram", [4]),
        ("basename(arg1) contains vra", [4]),
    ],
)
def test_what_the_function_of_an_argument_contains(trace, text, expected):
    check(trace, text, expected)


def test_an_empty_buffer_starts_with_nothing_too(tmp_path):
    made = [Read(procname="a", proc_id=0, fd=3, fname="/a", buffer=data) for data in (b"", b"x")]
    with Trace.open(write_trace(tmp_path / "t.db", made)) as opened:
        assert matching(opened, "buffer startswith ''") == [1, 2]
        assert matching(opened, "buffer not startswith ''") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arg.flags contains O_CREAT", [1]),
        ("arg.flags = O_CREAT", [1]),
        ("arg.flags = 'O_WRONLY|O_CREAT|O_TRUNC'", [1]),
        ("arg.flags != O_CREAT", [2]),
        ("arg.flags in (O_CREAT, O_CLOEXEC)", [1, 2]),
        ("arg.flags = 0x241", [1]),
        ("arg.prot = PROT_EXEC", [3]),
        ("arg.prot = 5", [3]),
        ("arg.optname = SO_REUSEADDR", [4]),
    ],
)
def test_numbers_of_arguments_by_what_they_stand_for(tmp_path, text, expected):
    """Penguin stores the number alone; the list shows the words."""
    path = write_trace(
        tmp_path / "t.db",
        [
            syscall("openat", (0, ""), (1, ""), (0x241, "flags=0x241"), (0, "mode=0x0")),
            syscall("openat", (0, ""), (1, ""), (0x80000, "flags=0x80000"), (0, "mode=0x0")),
            syscall("mprotect", (0, "start=0x0"), (4096, "len=0x1000"), (5, "prot=0x5")),
            syscall("setsockopt", (3, "fd=0x3"), (1, "level=0x1"), (2, "optname=0x2")),
        ],
    )
    with Trace.open(path) as trace:
        check(trace, text, expected)
