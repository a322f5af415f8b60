"""The stats verb: groups by filter fields and columns, most frequent first."""

from __future__ import annotations

import csv
import io
import json

import pytest

from support import boot, write_trace
from tracetui.cli import main


@pytest.fixture
def stats(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", boot(rounds=3))

    def run(*argv):
        code = main(["stats", str(path), *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def rows(out):
    return [json.loads(line) for line in out.splitlines()]


def test_values_by_frequency_with_failures(stats):
    code, out, err = stats("type = syscall", "--by", "name", "--format", "jsonl")
    assert (code, err) == (0, "")
    assert rows(out) == [
        {"name": "sys_openat", "count": 6, "share": 0.5, "failures": 3},
        {"name": "sys_ioctl", "count": 3, "share": 0.25, "failures": 3},
        {"name": "sys_newfstatat", "count": 3, "share": 0.25, "failures": 0},
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("errno", {"ENOENT": 3, "ENOTTY": 3, None: 16}),
        ("evt.errno", {"ENOENT": 3, "ENOTTY": 3, None: 16}),
        ("path", {"/dev/nvram": 3, "/etc/passwd": 6, "/dev/mtd0": 3, "/dev/console": 3, "/www": 3, "/sbin/init": 1, None: 3}),
        ("fd.directory", {"/dev": 9, "/etc": 6, "/": 3, "/sbin": 1, None: 3}),
        ("failed", {True: 6, False: 6, None: 10}),
        ("evt.kind", {"syscall": 12, "read": 3, "write": 3, "exec": 1, "proc_start": 2, "proc_exit": 1}),
        ("evt.type", {"openat": 6, "ioctl": 3, "newfstatat": 3, "read": 3, "write": 3, "execve": 1, "clone": 2, "procexit": 1}),
        ("sf.proc.pid", {1: 1, 12: 2, None: 19}),
        ("res", {"ENOENT": 3, "ENOTTY": 3, "SUCCESS": 6, None: 10}),
        ("signal", {"SIGSEGV": 1, None: 21}),
    ],
)  # fmt: skip
def test_any_filter_field_or_alias(stats, field, expected):
    code, out, _ = stats("--by", field, "--format", "jsonl")
    assert code == 0
    assert {row[field]: row["count"] for row in rows(out)} == expected


def test_several_fields(stats):
    _, out, _ = stats("failed", "--by", "errno,path", "--format", "json")
    found = [(row["errno"], row["path"], row["count"]) for row in json.loads(out)]
    assert found == [("ENOENT", "/dev/nvram", 3), ("ENOTTY", "/dev/mtd0", 3)]


def test_csv(stats):
    _, out, _ = stats("failed", "--by", "errno", "--format", "csv")
    assert next(csv.reader(io.StringIO(out))) == ["errno", "count", "share", "failures"]


def test_what_top_leaves_out_is_said(stats):
    _, out, err = stats("--by", "type", "--top", "1", "--format", "jsonl")
    assert [row["type"] for row in rows(out)] == ["syscall"]
    assert err == "tracetui: 5 more values with 10 events are not shown\n"


def test_a_table_for_people(stats):
    _, out, _ = stats("failed", "--by", "errno")
    assert [line.split() for line in out.splitlines()] == [
        ["COUNT", "SHARE", "FAILURES", "ERRNO"],
        ["3", "50.0%", "3", "ENOENT"],
        ["3", "50.0%", "3", "ENOTTY"],
    ]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--by", "nope"), "unknown field 'nope'"),
        (("--by", ","), "at least one field"),
        (("--by", "type", "--top", "0"), "--top"),
        ((), "--by"),
        (("fd.nmae = 3", "--by", "type"), "did you mean fd.name?"),
    ],
)
def test_wrong_usage_is_code_2(stats, argv, said):
    code, out, err = stats(*argv)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("expr", [None, "type = syscall", "path contains etc or failed", "tree = 12"])
@pytest.mark.parametrize(
    "by",
    [
        "procname",
        "evt.errno",
        "name,errno",
        "type,procname",
        "failed,fd",
        "pid",
        "proc,path",
        "syscall.retno",
    ],
)
def test_many_events_give_what_few_give(stats, monkeypatch, by, expr):
    argv = [*([expr] if expr else []), "--by", by, "--format", "csv"]
    few = stats(*argv)
    monkeypatch.setattr("tracetui.cli.stats.MANY", 1)
    assert stats(*argv) == few
    assert few[0] == 0
    assert few[1].count("\n") > 1


def test_many_events_are_not_loaded_one_by_one(stats, monkeypatch):
    monkeypatch.setattr("tracetui.cli.stats.MANY", 1)
    monkeypatch.setattr("tracetui.cli.stats.count_groups", None)
    assert stats("type = syscall", "--by", "procname,name", "--format", "csv")[0] == 0
