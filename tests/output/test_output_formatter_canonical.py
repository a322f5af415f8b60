"""Canonical events in `query`: templates, JSON lines, batches, and fields among others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import append, openat, syscall, write_trace
from tracetui.cli import main
from tracetui.events import Exec, ProcStart, Write
from tracetui.logger import DB

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"


def start(pid, ppid, name):
    return ProcStart(
        procname=name,
        proc_id=pid,
        pid=pid,
        ppid=ppid,
        create_time=pid,
        comm="x",
        uid=0,
        gid=0,
        euid=0,
        egid=0,
    )


def program(*argv, env):
    return Exec(
        procname="[?]", proc_id=0, calltree="", argc="", argv=str(list(argv)), envp=str(env), euid=0, egid=0
    )


@pytest.fixture
def trace(tmp_path):
    events = [
        program("/sbin/init", env={"HOME": "/"}),
        start(1, 0, "init"),
        program("/bin/sh", "-c", "x", env={"HOME": "/root"}),
        start(5, 1, "sh"),
        openat("/etc/passwd", 3, proc_id=5, procname="sh"),
        openat("/dev/nvram", -2, proc_id=5, procname="sh"),
        syscall("close", (3, "fd=0x3(/etc/passwd)"), proc_id=5, procname="sh"),
    ]
    return write_trace(tmp_path / "t.db", events)


@pytest.fixture
def query(trace, capsys):
    def run(*argv):
        code = main(["query", str(trace), *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_default_template_leaves_out_what_the_trace_lacks(query):
    assert query("id = 6", "--format", "template") == (
        0,
        "6 - sh (5) - openat (dfd➜ AT_FDCWD, errno➜ ENOENT, filename➜ /dev/nvram, flags➜ O_RDONLY, "
        "mode➜ 0000, ret➜ -2)\n",
        "",
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{id} {procname} {summary}", '6 sh openat("/dev/nvram", O_RDONLY)'),
        ("{{ .Seq }} {{ .Type }} {{ .Category }}", "6 openat file"),
        ("{{ .Exe }} {{ .Cmd }} {{ .Pexe }} {{ .Ancestors }}", "/bin/sh /bin/sh -c x /sbin/init init"),
        ("{ps.exe} {ps.envs.HOME} {{ .Envs.HOME }}", "/bin/sh /root /root"),
        ("{{ .Params.Filename }} {params.errno} {errno}", "/dev/nvram ENOENT ENOENT"),
        ("{id:>4} {{ .Files }}", "   6 3=/etc/passwd"),
        ("{category} {description}", "file opens or creates a file, named from a folder"),
        ("{type} {{ .Meta.type }} {{ .Timestamp }}|", "syscall syscall |"),
    ],
)
def test_templates(query, template, expected):
    assert query("id = 6", "--format", template) == (0, f"{expected}\n", "")


@pytest.mark.parametrize("form", ["canonical", "batch"])
def test_json_tells_all_of_the_process(query, form):
    _, out, _ = query("id = 6", "--format", form)
    found = json.loads(out.removeprefix("[").replace("\n]", ""))["ps"]
    assert (found["exe"], found["cmdline"], found["envs"], found["files"]) == (
        "/bin/sh",
        "/bin/sh -c x",
        {"HOME": "/root"},
        {"3": "/etc/passwd"},
    )
    assert found["ancestors"] == [{"pid": 1, "name": "init"}]


def test_open_files_are_those_of_each_moment(query):
    _, out, _ = query("id >= 5", "--format", "{id}:{{ .Files }}")
    assert out.splitlines() == ["5:3=/etc/passwd", "6:3=/etc/passwd", "7:"]


def test_an_unknown_field_is_named(query):
    code, out, err = query("--format", "{{ .Seq }} {{ .Nope }}")
    assert (code, out) == (2, "")
    assert "Nope is not a known field name. Maybe you meant one of the following fields: .Ancestors" in err
    code, _, err = query("--format", "{nope}")
    assert code == 2
    assert "unknown field 'nope'" in err
    assert "ps.exe" in err
    code, _, err = query("--format", "nope")
    assert code == 2
    assert "canonical, batch, template" in err


def test_json_lines_and_batch(query):
    _, lines, _ = query("id >= 5", "--format", "canonical")
    events = [json.loads(line) for line in lines.splitlines()]
    assert [event["seq"] for event in events] == [5, 6, 7]
    assert events[0]["ps"]["parent"] == {
        "pid": 1,
        "ppid": 0,
        "name": "init",
        "exe": "/sbin/init",
        "cmdline": "/sbin/init",
    }
    assert events[2]["params"]["file_name"] == "/etc/passwd"
    _, batch, _ = query("id >= 5", "--format", "batch")
    assert json.loads(batch) == events
    assert query("id > 99", "--format", "batch")[1] == "[]\n"


def test_fields_of_canonical_events_in_other_formats(query):
    _, out, _ = query("id = 6", "--format", "csv", "--fields", "id,category,params.filename,ps.exe")
    assert out == "id,category,params.filename,ps.exe\n6,file,/dev/nvram,/bin/sh\n"
    _, out, _ = query("id = 6", "--format", "jsonl", "--fields", "event,ps.args")
    assert json.loads(out) == {"event": "openat", "ps.args": ["-c", "x"]}


def test_names_and_delimiter_of_parameters(query):
    for template in ("{{ .Params }}", "{params}"):
        _, out, _ = query("id = 7", "--format", template, "--param-names", "camel", "--param-delimiter", "=")
        assert out == "fd=3, fileName=/etc/passwd, ret=0\n"


def test_processes_of_sysflow(tmp_path, capsys):
    pytest.importorskip("fastavro")
    trace = tmp_path / "t.db"
    assert main(["import", str(SAMPLES / "shellshock.sf"), "-o", str(trace)]) == 0
    capsys.readouterr()
    template = "{{ .Exe }}|{{ .Cmd }}|{{ .Cwd }}|{{ .Pexe }}|{{ .Envs.PATH }}|{{ .Ancestors }}"
    assert main(["query", str(trace), "exe = /bin/bash", "--format", template, "--limit", "1"]) == 0
    exe, command, _, parent, _, ancestors = capsys.readouterr().out.rstrip("\n").split("|")
    assert exe == "/bin/bash"
    assert command.startswith("/bin/bash ")
    assert ancestors.split()[0] == parent.rpartition("/")[2]


def test_following_learns_of_new_processes_and_files(trace):
    template = "{{ .Seq }} {{ .Process }} {{ .Exe }} {{ .Files }}"
    command = [
        sys.executable,
        "-m",
        "tracetui",
        "query",
        str(trace),
        "name = openat",
        "--follow",
        "--format",
        template,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "5 sh /bin/sh 3=/etc/passwd\n"
        assert process.stdout.readline() == "6 sh /bin/sh 3=/etc/passwd\n"
        append(
            trace,
            [program("/bin/new", env={}), start(9, 5, "new"), openat("/n", 3, proc_id=9, procname="new")],
        )
        assert process.stdout.readline() == "10 new /bin/new 3=/n\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == ""


def test_sequence_numbers_go_on_when_the_recorder_is_started_again(tmp_path, capsys):
    for _ in range(2):
        with DB(tmp_path) as database:
            for _ in range(3):
                database.add_event(
                    Write, {"procname": "a", "proc_id": 1, "fd": 1, "fname": "/x", "buffer": b""}
                )
    trace = tmp_path / "plugins.db"
    assert main(["query", str(trace), "--format", "canonical"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
