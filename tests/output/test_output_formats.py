"""Tables, CSV, strace lines and templates."""

from __future__ import annotations

import csv
import io

import pytest

from support import boot, openat, syscall, write_trace
from tracetui.events import Context, Era, Exec, ProcExit, ProcStart, Read, Record
from tracetui.output.csv_format import csv_lines, csv_rows
from tracetui.output.layout import Layout, Selected
from tracetui.output.stored import column_names
from tracetui.output.strace_format import strace_line
from tracetui.output.table_format import align, cell, cells, table
from tracetui.output.template_format import TemplateError, is_template, template
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path):
    with Trace(write_trace(tmp_path / "t.db", boot())) as trace:
        yield trace


def fields(*names):
    return [Selected(name, lambda record, name=name: getattr(record, name)) for name in names]


def record(event, era=Era.V3B, **more):
    event.id = 1
    return Record(event, era, **more)


def test_a_table_is_aligned(trace):
    layout = Layout(trace.schema, fields("id", "type", "procname"))
    lines = "".join(table(trace.records(), layout)).splitlines()
    assert lines[0] == "ID  TYPE        PROCNAME"
    assert lines[1] == " 1  exec        [?]"
    assert lines[4] == " 4  syscall     /sbin/init"


def test_lines_fit_a_terminal(trace):
    layout = Layout(trace.schema, fields("id", "procname", "path"), width=24)
    lines = "".join(table(trace.records(), layout)).splitlines()
    assert max(map(len, lines)) == 24
    assert any(line.endswith("…") for line in lines)


def test_no_column_takes_more_than_a_third_of_a_terminal():
    heading, line = align(["a", "b", "c"], [("x" * 99, "日" * 99, "y" * 99)], width=60)
    assert heading.index("C") == 20 + 2 + 20 + 2
    assert line == f"{'x' * 19}…  {'日' * 9}…   {'y' * 15}…\n"


def test_a_narrow_terminal_has_room_for_the_last_column():
    row = ("12345678", "syscall", "/usr/sbin/httpd", "ENOENT", "openat(...)")
    heading, line = align(["id", "type", "procname", "result", "summary"], [row], width=40, numbers=("id",))
    assert heading == "      ID  TYPE  PRO…  RES…  SUMMARY\n"
    assert line == "12345678  sys…  /us…  ENO…  openat(...)\n"
    wide = align(["count", "path", "errno"], [("15,239", "/dev/null", "-")], width=32, numbers=("count",))
    assert list(wide)[1] == "15,239  /dev/null  -\n"


def test_lines_are_never_cut_in_a_pipe():
    long = "x" * 3000
    assert long in "".join(align(["a", "b"], [("1", long)]))


def test_a_table_holds_no_row_back_when_followed(trace):
    taken = []

    def records():
        for seen in trace.records():
            taken.append(seen.id)
            yield seen

    lines = table(records(), Layout(trace.schema, fields("id", "type"), lookahead=0))
    assert next(lines).startswith(" " * 6 + "ID")
    assert taken == []
    next(lines)
    assert taken == [1]


def test_cells():
    assert cell(None) == ""
    assert cell(True) == "true"
    assert cell(("a", "b")) == "a b"
    assert cell(b"\x00A") == "\\x00A"
    assert cell("a\x1b[31m\nb") == "a␛[31m␊b"
    assert cells("日本") == 4


def test_csv_comes_back(trace):
    text = "".join(csv_rows(trace.records(), Layout(trace.schema)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [str(seen.id) for seen in trace.records()]
    assert list(rows[0]) == list(column_names(trace.schema))
    assert rows[0]["argv"] == "['/sbin/init', '-s']"
    assert rows[0]["fd"] == ""


def test_csv_keeps_hostile_text_in_pipes_and_cleans_it_on_terminals(trace, tmp_path):
    hostile = 'a\x1b[2J"\n,b\r'
    path = write_trace(tmp_path / "h.db", [openat("/x", procname=hostile)])
    with Trace(path) as odd:
        exact = "".join(csv_rows(odd.records(), Layout(odd.schema)))
        shown = "".join(csv_rows(odd.records(), Layout(odd.schema, exact=False)))
    assert next(csv.DictReader(io.StringIO(exact, newline="")))["procname"] == hostile
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize("text", ["\r", "a\rb", "a\r\nb", "\n", "", " a ", '"', ","])
def test_csv_rows_end_where_events_end(text):
    written = "".join(csv_lines([["first", text], ["second", "b"]], exact=True))
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["first", text], ["second", "b"]]


def test_csv_has_no_nul_which_readers_refuse():
    assert list(csv_lines([["a\0b", None]], exact=True)) == ["a\\x00b,\n"]


@pytest.mark.parametrize(
    ("event", "era", "line"),
    [
        (
            openat("/dev/nvram", -2),
            Era.V3B,
            '?</bin/sh> openat(AT_FDCWD, "/dev/nvram", O_RDONLY, 0000) = -1 ENOENT (No such file or directory)',
        ),
        (
            syscall("ioctl", (4, "fd=0x4(/dev/mtd0)"), (0x5401, "cmd=0x5401"), "arg=[NULL]", proc_id=12),
            Era.V3B,
            "12    ioctl(4</dev/mtd0>, TCGETS, NULL) = 0",
        ),
        (syscall("mmap", retno=0x7F0000000000, proc_id=9), Era.V3B, "9     mmap() = 0x7f0000000000"),
        (syscall("exit_group", (3, "error_code=0x3"), proc_id=9), Era.V3B, "9     exit_group(3) = ?"),
        (
            Read(procname="sh", proc_id=5, fd=0, fname="?", buffer=b"a\n\x00"),
            Era.V3B,
            '5     read(0, "a\\n\\0") = 3',
        ),
        (
            Exec(
                procname="[?]", proc_id=5, argv="['sh', '-c', '']", envp="{'A': 'b'}", argc="3", calltree=""
            ),
            Era.V3B,
            '5     execve("sh", ["sh", "-c", ""], /* 1 vars */) = ?',
        ),
        (
            ProcExit(procname="", proc_id=5, pid=5, create_time=1, code=139, reason="signal:SIGSEGV"),
            Era.V3B,
            "5     +++ killed by SIGSEGV +++",
        ),
        (
            ProcExit(procname="", proc_id=5, pid=5, create_time=1, code=3, reason="exit_group"),
            Era.V3B,
            "5     +++ exited with 3 +++",
        ),
        (
            ProcStart(procname="httpd", proc_id=5, pid=5, ppid=1, create_time=1, comm="sh"),
            Era.V3B,
            "5     --- start pid 5 (parent 1) httpd ---",
        ),
    ],
)
def test_strace_lines(event, era, line):
    assert strace_line(record(event, era)) == line


@pytest.mark.parametrize(
    ("repr_", "shown"),
    [
        ('path=0x1("a\x01b\x019\x7f\t")', '"a\\1b\\0019\\177\\t"'),
        ('path=0x1("é")', '"\\303\\251"'),
        ('path=0x1("\x93é")', '"\\223\\351"'),
        ('path=0x1("a"...)', '"a"...'),
        ("argv=0x1(['a', 'b\\n'])", '["a", "b\\n"]'),
        ("argv=0x1(['no end)", "0x1 /* ['no end */"),
        ("x=0x?({st_mode=S_IFREG|0644, ...})", "{st_mode=S_IFREG|0644, ...}"),
        ("x=0x10(ptr)", "0x10"),
        ("x=0x10(struct stat)", "0x10"),
        ("x=0x10(9 entries)", "0x10 /* 9 entries */"),
        ("fd=0x1(/a<b>\x1b)", "4096</a\\74b\\76\\33>"),
    ],
)
def test_strace_lines_write_arguments_as_strace_does(repr_, shown):
    assert strace_line(record(syscall("x", repr_, proc_id=7))) == f"7     x({shown}) = 0"


def test_strace_lines_name_the_arguments_of_clone():
    arguments = (0x11, "clone_flags=0x11"), (0, "newsp=0x0")
    line = strace_line(record(syscall("clone", *arguments, retno=9, proc_id=7)))
    assert line == "7     clone(child_stack=NULL, flags=SIGCHLD) = 9"


def test_strace_lines_tell_errors_without_a_name():
    assert strace_line(record(syscall("x", retno=-4000, proc_id=7))) == "7     x() = -1 (errno 4000)"


def test_strace_lines_have_times_where_the_trace_has():
    context = Context(id=1, ts=1_700_000_000_123_456_789)
    line = strace_line(record(syscall("getpid", retno=7, proc_id=7), Era.RECORDED, context=context))
    assert line == "7     1700000000.123456 getpid() = 7"


def test_strace_lines_show_hostile_text_escaped():
    line = strace_line(record(openat('x")\n\x1b[2J\u202e', procname="a\x1bb\n")))
    assert line.isprintable()


def fill(text, seen):
    [line] = template(text, lambda name: Selected(name, lambda record: getattr(record, name)))([seen], None)
    return line


def test_templates():
    seen = record(openat("/a\nb", -2))
    assert fill("{id} {procname}: {path}", seen) == "1 /bin/sh: /a␊b\n"
    assert fill("[{type:>9}] {{x}} {pid}", seen) == "[  syscall] {x} \n"
    assert fill("{id}\\t{errno}\\n", seen) == "1\t2\n\n"
    assert is_template("{id}")
    assert not is_template("jsonl")


@pytest.mark.parametrize("text", ["{id", "}", "{}", "{ }", "{id!r}", "{id:zz}", "{id:d}"])
def test_bad_templates_are_explained(text):
    with pytest.raises(TemplateError, match="template"):
        fill(text, record(openat("/")))
