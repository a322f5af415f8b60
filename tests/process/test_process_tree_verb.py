"""``tracetui tree``."""

from __future__ import annotations

import json

from process_helpers import RECORDED, end, executed, start

from support import openat, syscall, write_trace
from tracetui.cli import main

EVENTS = (
    lambda: start(1, 0, "init", 1),
    lambda: executed("/bin/sh", "-c", "a\x1b[31mb", pid=2),
    lambda: start(2, 1, "sh", 2),
    lambda: syscall("x", proc_id=2, retno=-2),
    lambda: end(2, 139, "signal:SIGSEGV", 2),
    lambda: start(3, 1, "\x1b[2J[bold]evil", 3),
)


def trace(tmp_path, *statements):
    return write_trace(tmp_path / "t.db", [make() for make in EVENTS], [*RECORDED, *statements])


def test_the_tree_as_text(tmp_path, capsys):
    assert main(["tree", str(trace(tmp_path))]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "PID  EVENTS  FAILURES  STATUS             PROCESS",
        "  1       1         0  running            init",
        "  2       4         1  killed by SIGSEGV  ├─ /bin/sh -c a␛[31mb",
        "  3       1         0  running            └─ ␛[2J[bold]evil",
    ]
    assert "From the pids and parents" in err


def test_the_tree_as_json(tmp_path, capsys):
    assert main(["tree", str(trace(tmp_path)), "--format", "json"]) == 0
    init, sh, evil = json.loads(capsys.readouterr().out)
    assert init["parent"] is None
    assert sh == {
        "pid": 2,
        "create_time": 2,
        "occurrence": 0,
        "parent": {"pid": 1, "create_time": 1, "occurrence": 0},
        "ppid": 1,
        "uid": 0,
        "name": "sh",
        "argv": ["/bin/sh", "-c", "a\x1b[31mb"],
        "execs": [{"id": 2, "name": "sh", "argv": ["/bin/sh", "-c", "a\x1b[31mb"], "attempts": 1}],
        "first_id": 3,
        "last_id": 5,
        "status": "killed by SIGSEGV",
        "code": 139,
        "signal": "SIGSEGV",
        "placeholder": False,
        "events": 4,
        "failures": 1,
    }
    assert evil["name"] == "\x1b[2J[bold]evil"


def test_only_processes_with_matches_and_their_ancestors(tmp_path, capsys):
    path = str(trace(tmp_path))
    assert main(["tree", path, "failed"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  1       0         0  running            init",
        "  2       1         1  killed by SIGSEGV  └─ /bin/sh -c a␛[31mb",
    ]
    assert main(["tree", path, "type = read"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_filters_know_the_genealogy(tmp_path, capsys):
    assert main(["tree", str(trace(tmp_path)), "ppid = 1", "--format", "json"]) == 0
    events = {node["pid"]: node["events"] for node in json.loads(capsys.readouterr().out)}
    assert events == {1: 0, 2: 4, 3: 1}


def test_matches_of_no_process_are_told(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", [start(1, 0, "a", 1), openat("/x", procname="stranger")])
    assert main(["tree", str(path), "type = syscall"]) == 0
    assert "matches of no process in the tree: 1" in capsys.readouterr().err


def test_a_bad_filter(tmp_path, capsys):
    assert main(["tree", str(trace(tmp_path)), "failed and"]) == 2
    assert "bad filter" in capsys.readouterr().err


def test_what_the_trace_does_not_tell_is_no_number(tmp_path, capsys):
    rows = [start(1, 0, "a", 1), start(2, 1, "a", 2), openat("/x", procname="a")]
    path = write_trace(tmp_path / "t.db", rows)
    assert main(["tree", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "  1       -         -  running  a" in out
    assert "of no process that the trace could tell: 1" in err
    assert main(["tree", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["events"] is None


def test_a_trace_without_pids(tmp_path, capsys):
    tables = ["DROP TABLE proc_start", "DROP TABLE proc_exit"]
    path = write_trace(tmp_path / "t.db", [openat("/x", procname="/bin/sh")], tables)
    assert main(["tree", str(path), "--format", "json"]) == 0
    (node,) = json.loads(capsys.readouterr().out)
    assert (node["pid"], node["procname"], node["events"]) == (None, "/bin/sh", 1)


def test_an_empty_trace(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", [])
    assert main(["tree", str(path), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "no process yet" in err


def test_a_long_chain_says_how_much_is_hidden(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", [start(n + 1, n) for n in range(1, 40)])
    assert main(["tree", str(path)]) == 0
    assert "(14 more) " in capsys.readouterr().out.splitlines()[-1]
