"""The query verb: formats, limits, counts, and filters that need to know the trace."""

from __future__ import annotations

import base64
import csv
import io
import json
import signal
import subprocess
import sys

import pytest

from support import append, boot, openat, run_sql, write_trace
from tracetui.cli import main
from tracetui.filter import compile_filter, parse
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path):
    return write_trace(tmp_path / "t.db", boot())


@pytest.fixture
def query(trace, capsys):
    """Run ``query`` on the trace and give (exit code, output, errors)."""

    def run(*argv):
        code = main(["query", str(trace), *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def ids(out):
    return [json.loads(line)["id"] for line in out.splitlines()]


def test_everything_in_order_of_id(query):
    code, out, err = query("--format", "jsonl")
    assert (code, err) == (0, "")
    assert ids(out) == list(range(1, 11))


def test_the_same_events_as_the_explorer_in_the_same_order(query, trace):
    _, out, _ = query("path pmatch (/etc, /dev)", "--format", "jsonl")
    with Trace.open(trace) as opened:
        condition = compile_filter(parse("path pmatch (/etc, /dev)"), opened.schema)
        listed = [event_id for chunk in opened.scan(condition) for event_id in chunk.ids]
    assert ids(out) == listed == [4, 5, 6, 7, 8]


def test_json_lines_are_the_columns_as_stored(query):
    _, out, _ = query("type = read", "--format", "jsonl")
    (event,) = map(json.loads, out.splitlines())
    assert event["id"] == 7
    assert event["type"] == "read"
    assert event["proc_id"] == 0, "as stored, although the filter language knows no pid here"
    assert event["fname"] == "/etc/passwd"
    assert base64.b64decode(event["buffer"]) == b"root:x:0:0\n\x00\x1b[31m"
    assert event["buffer_text"] == "root:x:0:0\\n\\x00\\x1b[31m"


def test_the_array_is_the_lines(query):
    _, lines, _ = query("failed", "--format", "jsonl")
    _, array, _ = query("failed", "--format", "json")
    assert json.loads(array) == [json.loads(line) for line in lines.splitlines()]


def test_csv_has_a_header_and_the_fields_asked_for(query):
    _, out, _ = query("failed", "--format", "csv", "--fields", "id,errno,path")
    assert list(csv.reader(io.StringIO(out))) == [
        ["id", "errno", "path"],
        ["4", "ENOENT", "/dev/nvram"],
        ["6", "ENOTTY", "/dev/mtd0"],
    ]


def test_strace_lines(query):
    _, out, _ = query("errno = ENOENT", "--format", "strace")
    assert out.startswith("?</sbin/init> openat(")
    assert '"/dev/nvram"' in out
    assert out.endswith(" = -1 ENOENT (No such file or directory)\n")


def test_a_template(query):
    _, out, _ = query("failed", "--format", "{id:>3} {evt.type} {errno}")
    assert out == "  4 openat ENOENT\n  6 ioctl ENOTTY\n"


def test_a_table(query):
    _, out, _ = query("failed", "--fields", "id,proc.name,failed")
    assert [line.split() for line in out.splitlines()] == [
        ["ID", "PROC.NAME", "FAILED"],
        ["4", "/sbin/init", "true"],
        ["6", "/bin/sh", "true"],
    ]


def test_a_table_fits_no_terminal_in_a_pipe(query):
    _, out, _ = query("type = exec", "--fields", "argv,env")
    assert "/sbin/init -s" in out
    assert "PATH=/bin:/sbin HOME=/root" in out


@pytest.mark.parametrize(("limit", "expected"), [(0, []), (1, [4]), (2, [4, 6]), (9, [4, 6])])
def test_a_limit(query, limit, expected):
    _, out, _ = query("failed", "--limit", str(limit), "--format", "jsonl")
    assert ids(out) == expected
    _, out, _ = query("failed", "--limit", str(limit), "--count")
    assert out == f"{len(expected)}\n"


@pytest.mark.parametrize(("text", "expected"), [("", 10), ("failed", 2), ("id > 99", 0)])
def test_a_count_is_one_number(query, text, expected):
    assert query(text, "--count") == (0, f"{expected}\n", "")


def test_nothing_matches(query):
    assert query("id > 99", "--format", "jsonl") == (0, "", "")
    assert query("id > 99", "--format", "json") == (0, "[]\n", "")


def test_a_bad_filter_shows_its_place_and_what_was_meant(query):
    code, out, err = query("fd.nmae = 3")
    assert code == 2
    assert out == ""
    assert err.splitlines() == [
        "tracetui: bad filter",
        "fd.nmae = 3",
        "^^^^^^^",
        "unknown field 'fd.nmae' – did you mean fd.name?",
    ]


def test_the_kind_of_event_is_not_evt_type(query):
    code, _, err = query("evt.type = syscall")
    assert code == 2
    assert "write type = syscall" in err
    assert "           ^^^^^^^" in err.splitlines()


def test_a_bad_filter_leaves_the_output_file_alone(query, tmp_path):
    (tmp_path / "out").write_text("precious")
    for more in ((), ("--count",), ("--follow",)):
        code, _, _ = query("fd.nmae = 3", "-o", str(tmp_path / "out"), *more)
        assert code == 2
    assert (tmp_path / "out").read_text() == "precious"


def test_what_was_perhaps_not_meant_is_said(query):
    code, out, err = query("path ~ '/dev/*'", "--count")
    assert (code, out) == (0, "3\n")
    assert err == "tracetui: filter: matches takes a regular expression; glob takes wildcards\n"
    code, out, err = query("path ~ '*.so'", "--count")
    assert (code, out) == (2, "")
    assert "the operator is glob" in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--format", "xml"), "'xml' is no format"),
        (("--format", "{nope}"), "unknown field 'nope'"),
        (("--format", "{id"), "--format"),
        (("--fields", "nope"), "unknown field 'nope'"),
        (("--fields", "fd.nmae"), "Did you mean 'fd.name'?"),
        (("--format", "strace", "--fields", "id"), "no meaning"),
        (("--limit", "-1"), "--limit"),
        (("--limit", "x"), "--limit"),
        (("--count", "--follow"), "exclude each other"),
        (("--order", "sideways"), "--order"),
        (("--order", "timeline"), "has no times, so --order timeline cannot be had"),
        (("--order", "timeline", "--follow"), "prints events as they come"),
    ],
)
def test_wrong_usage_is_code_2(query, argv, said):
    code, out, err = query(*argv)
    assert (code, out) == (2, "")
    assert said in err


def test_output_to_a_file(query, tmp_path):
    assert query("failed", "--format", "jsonl", "-o", str(tmp_path / "out")) == (0, "", "")
    assert ids((tmp_path / "out").read_text()) == [4, 6]


def test_the_trace_is_never_overwritten(query, trace):
    before = trace.read_bytes()
    code, _, err = query("-o", str(trace))
    assert code == 2
    assert "is the trace itself" in err
    assert trace.read_bytes() == before


def test_columns_of_unknown_tables_can_be_asked_for(query, trace):
    run_sql(
        trace, "CREATE TABLE odd (id INTEGER PRIMARY KEY, what TEXT, FOREIGN KEY(id) REFERENCES event (id))"
    )
    run_sql(trace, "INSERT INTO odd VALUES (11, 'yes')", "INSERT INTO event VALUES (11, 'odd', 'x', 0)")
    assert query("odd.what = yes", "--count") == (0, "1\n", "")
    code, _, err = query("odd.waht = yes", "--count")
    assert code == 2
    assert "odd.what" in err


def test_saved_filters_can_be_asked_for(query, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert main(["filters", "--save", "bad", "failed and not errno = ENOTTY"]) == 0
    assert query("@bad", "--count") == (0, "1\n", "")
    code, _, err = query("@bda", "--count")
    assert code == 2
    assert "did you mean @bad?" in err


def test_a_broken_file_of_saved_filters_matters_only_where_one_is_named(query, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "tracetui").mkdir()
    (tmp_path / "tracetui" / "filters.toml").write_text("[filters")
    assert query("failed", "--count")[0] == 0
    code, _, err = query("@bad", "--count")
    assert code == 2
    assert "filters.toml: not TOML" in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ppid = 1", [3, 10]),
        ("proc.apid = 1", [3, 10]),
        ("proc.tree = 1", [2, 3, 10]),
        ("proc.aname contains init", [3, 10]),
        ("uid = 0", [2, 3, 10]),
    ],
)
def test_questions_about_processes_know_the_genealogy(query, text, expected):
    _, out, _ = query(text, "--format", "jsonl")
    assert ids(out) == expected


def test_catastrophic_patterns_end_with_a_message(tmp_path, capsys):
    hostile = [openat("/" + "a" * 10_000 + "!") for _ in range(20)]
    path = write_trace(tmp_path / "hostile.db", hostile)
    assert main(["query", str(path), "path ~ '(a+)+$'", "--count"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "takes too long" in captured.err


def test_following_prints_what_is_appended(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    command = [
        sys.executable,
        "-m",
        "tracetui",
        "query",
        str(path),
        "failed",
        "--follow",
        "--format",
        "jsonl",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert [json.loads(process.stdout.readline())["id"] for _ in range(2)] == [4, 6]
        append(path, [openat("/ok"), openat("/missing", -2)])
        assert json.loads(process.stdout.readline())["id"] == 12
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == ""


def test_following_ends_at_the_limit(query):
    code, out, err = query("failed", "--follow", "--limit", "2", "--format", "jsonl")
    assert (code, ids(out), err) == (0, [4, 6], "")
    assert query("--follow", "--limit", "0", "--format", "jsonl") == (0, "", "")


def test_following_learns_of_new_processes(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    command = [
        sys.executable,
        "-m",
        "tracetui",
        "query",
        str(path),
        "proc.apid = 12",
        "--follow",
        "--format",
        "{id}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        child = boot()[2]
        child.pid = child.proc_id = 40
        child.ppid = 12
        append(path, [child, openat("/x", proc_id=40)])
        assert [process.stdout.readline() for _ in range(2)] == ["11\n", "12\n"]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130


def test_the_order_of_time(query, trace):
    run_sql(
        trace,
        "CREATE TABLE context (id INTEGER PRIMARY KEY, ts BIGINT, FOREIGN KEY(id) REFERENCES event (id))",
        "INSERT INTO context SELECT id, 1000 - id FROM event",
    )
    assert ids(query("--order", "timeline", "--format", "jsonl")[1]) == list(range(10, 0, -1))
    assert ids(query("failed", "--order", "timeline", "--format", "jsonl", "--limit", "1")[1]) == [6]


def test_following_ends_with_who_reads_it(trace):
    command = [
        sys.executable,
        "-m",
        "tracetui",
        "query",
        str(trace),
        "id = 1",
        "--follow",
        "--format",
        "{id}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "1\n"
        process.stdout.close()
        assert process.wait(timeout=60) == 0, "though there is nothing more to write"
        assert process.stderr.read() == ""


def test_no_field_at_all(query):
    code, out, err = query("--fields", " ,")
    assert (code, out) == (2, "")
    assert "--fields needs at least one field" in err


@pytest.mark.parametrize("wrong", ["x", "-1", "1.5", ""])
def test_a_limit_is_a_whole_number(query, wrong):
    code, _, err = query(f"--limit={wrong}")
    assert (code, err.splitlines()[-1]) == (
        2,
        f"tracetui query: error: argument -n/--limit: '{wrong}' is not a whole number from 0 on",
    )


def test_a_dash_is_standard_output(query):
    assert query("id < 3", "--format", "{id}", "-o", "-")[1] == "1\n2\n"


def test_what_the_process_of_an_event_tells_is_printed_as_it_is_found(query, trace, capsys):
    append(trace, [openat("/late", procname="/usr/sbin/httpd", proc_id=12)])
    fields = "id,proc.uid,proc.ppid,proc.pname,proc.apid"
    _, out, _ = query("uid = 0 and ppid = 1", "--fields", fields, "--format", "jsonl")
    assert list(json.loads(out.splitlines()[-1]).values()) == [11, 0, 1, "init", 1]
    assert query("id = 11", "--format", "{uid} {ppid}")[1] == "0 1\n"
    assert main(["stats", str(trace), "path = /late", "--by", "uid,ppid", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "0,1,1,1.0,0"
