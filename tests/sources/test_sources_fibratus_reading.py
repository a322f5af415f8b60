"""Imported events of Fibratus in the rest of the program: lines, templates, JSON, tree, details, damage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fibratus_helpers import STATE, event, imported, lines

from support import run_sql
from tracetui.cli import main
from tracetui.events import summarise
from tracetui.events.summary import result_text
from tracetui.filter import compile_filter, evaluator, parse
from tracetui.output import Formatter
from tracetui.process import build_forest
from tracetui.trace import Trace
from tracetui.tui.detail.lines import sections

SAID = [
    ("file", "CreateFile", {"file_name": "C:\\a", "operation": "open", "status": "success"}, "CreateFile C:\\a open", "success"),
    ("file", "ReadFile", {"file_path": "C:\\a", "io_size": 65400, "offset": 72}, "ReadFile C:\\a 65,400 B at 72", ""),
    ("registry", "RegSetValue", {"key_name": "HKLM\\x", "value": 7}, "RegSetValue HKLM\\x = 7", ""),
    ("registry", "RegOpenKey", {"key_name": "\x1b[2J", "status": "key not found"}, "RegOpenKey ␛[2J", "key not found"),
    ("net", "Send", {"sip": "10.0.0.1", "sport": 5, "dip": "10.0.0.2", "dport": 80, "l4_proto": "tcp", "size": 1500},
     "Send 10.0.0.1:5-10.0.0.2:80 tcp 1,500 B", ""),
    ("image", "LoadImage", {"file_name": "C:\\gdi32.dll", "base_address": "7ff"}, "LoadImage C:\\gdi32.dll at 7ff", ""),
    ("thread", "CreateThread", {"tid": 2, "pid": 1, "exe": "C:\\a.exe"}, "CreateThread 2 of 1 C:\\a.exe", ""),
    ("handle", "CloseHandle", {"handle_type": "File", "handle_name": "C:", "handle_id": 4}, "CloseHandle File C: 4", ""),
    ("process", "OpenProcess", {"pid": 6, "exe": "C:\\a.exe", "desired_access": "0x1000"}, "OpenProcess 6 C:\\a.exe access 0x1000", ""),
    ("mem", "VirtualAlloc", {"region_size": 4096}, 'VirtualAlloc {"region_size":4096}', ""),
]  # fmt: skip


@pytest.mark.parametrize(("category", "name", "parameters", "text", "status"), SAID)
def test_an_event_in_one_line(tmp_path, category, name, parameters, text, status):
    with Trace.open(imported(tmp_path, lines(event(name, category, kparams=parameters)))) as trace:
        (record,) = trace.records()
    assert summarise(record) == text
    assert result_text(record) == status


RECORDS = [
    event(seq=5, kparams={"file_name": "C:\\é", "io_size": 1, "offset": (1 << 64) - 1, "new": [1, {"a": None}]}, ps=STATE),
    event("CreateProcess", "process", seq=5, kparams={"pid": 7, "ppid": 859, "name": "cmd.exe"}, meta={"a": "b"}),
    event("Send", "net", seq=6, kparams={"dip": "10.0.0.1", "dport": 443, "dip_names": ["a.", "b."]}, timestamp="2021-01-03T18:24:22Z"),
    event("Odd", "memory", seq=7, kparams={"on": "true", "n": 1.5}, timestamp="2021-01-03T18:24:23.5Z",
          ps={**STATE, "envs": {"OS": "x"}, "modules": [{"name": "a", "size": 1}]}),
]  # fmt: skip


def test_what_was_imported_is_written_again(tmp_path, capsys):
    trace = imported(tmp_path, lines(*RECORDS))
    capsys.readouterr()
    assert main(["query", str(trace), "--format", "canonical", "--compat", "fibratus-1"]) == 0
    out = capsys.readouterr().out
    changed = [json.loads(line) for line in lines(*RECORDS).splitlines()]
    changed[0]["kparams"]["new"] = '[1, {"a": null}]'  # a parameter is no object
    assert [json.loads(line) for line in out.splitlines()] == changed
    assert main(["query", str(trace), "--format", "batch", "--compat", "fibratus-1"]) == 0
    assert [json.loads(line.lstrip("[,")) for line in capsys.readouterr().out.splitlines()[:-1]] == changed


def test_no_process_is_made_up_where_no_state_is_told(tmp_path, capsys):
    """Of a process, what its start tells is known, but not its name from nothing."""
    started = event("CreateProcess", "process", pid=859, kparams={"pid": 7, "ppid": 859, "name": "cmd.exe"})
    trace = imported(tmp_path, lines(event(), started, event(pid=7), event(pid=None)))
    capsys.readouterr()
    for more in ([], ["--compat", "fibratus-1"]):
        assert main(["query", str(trace), "--format", "canonical", *more]) == 0
        told = [json.loads(line).get("ps", {}).get("name") for line in capsys.readouterr().out.splitlines()]
        assert told == [None, "cmd.exe", "cmd.exe", None]


def test_templates(tmp_path, capsys):
    trace = imported(tmp_path, lines(*RECORDS[:2]))
    capsys.readouterr()
    template = "{{ .Seq }} {{ .CPU }} {{ .Process }} ({{ .Pid }}) {{ .Type }} {{ .Category }} {{ .Sid }} {{ .Kparams.Io_size }}|{{ .Cmd }}"
    assert main(["query", str(trace), "--format", template]) == 0
    assert capsys.readouterr().out.splitlines() == [
        '5 1 firefox.exe (859) CreateFile file archrabbit\\SYSTEM 1|C:\\ff\\firefox.exe -a "b c"',
        "5 1  (859) CreateProcess process  |",
    ]


def test_the_process_tree_knows_the_parents_that_are_told(tmp_path):
    started = event("CreateProcess", "process", pid=2436, kparams={"pid": 7, "ppid": 2436, "name": "cmd.exe"})
    with Trace.open(imported(tmp_path, lines(event(pid=2436, ps=STATE), started))) as trace:
        forest = build_forest(trace)
    firefox, command = (forest.of_event(pid, "", 1) for pid in (2436, 7))
    assert firefox is not None
    assert command is not None
    assert (firefox.name, firefox.ppid, command.name) == ("firefox.exe", 6304, "cmd.exe")
    assert command.parent is firefox


def test_who_starts_a_process_does_not_get_its_name(tmp_path):
    started = event("CreateProcess", "process", pid=859, kparams={"pid": 7, "ppid": 859, "name": "cmd.exe"})
    with Trace.open(imported(tmp_path, lines(started, started, event(pid=859)))) as trace:
        forest = build_forest(trace)
    starter, command = (forest.of_event(pid, "", 1) for pid in (859, 7))
    assert starter is not None
    assert command is not None
    assert ((starter.name, starter.events), (command.name, command.events)) == (("", 1), ("cmd.exe", 2))


def test_details(tmp_path):
    with Trace.open(imported(tmp_path, lines(RECORDS[0]))) as trace:
        (record,) = trace.records()
    shown = {
        section.title: [section.line(n) for n in range(section.count)] for section in sections(record, 120)
    }
    told = {line.label: line.text for line in shown["process as told"]}
    assert told["cwd"] == '"C:\\ff\\"'
    assert [line.field for line in shown["process as told"] if line.label == "sid"] == ["ps.sid"]
    assert [line.label for line in shown["file_event"]] == ["id", "file_name", "io_size", "offset"]


DAMAGE = {
    "no states": ["DROP TABLE kevent_process"],
    "a view of states": ["ALTER TABLE kevent_process RENAME TO p", "CREATE VIEW kevent_process AS SELECT * FROM p"],
    "states that are missing": ["DELETE FROM kevent_process"],
    "states twice": ["ALTER TABLE kevent_process RENAME TO p", "CREATE TABLE kevent_process AS SELECT * FROM p UNION ALL SELECT * FROM p"],
    "states of other types": ["UPDATE kevent_process SET cwd = 7, args = x'ff', pid = 'x', sid = NULL, envs = '{'"],
    "no columns": ["ALTER TABLE kevent DROP COLUMN seq", "ALTER TABLE kevent DROP COLUMN utc_offset", "ALTER TABLE kevent DROP COLUMN pid"],
    "odd links": ["UPDATE kevent SET process = 'x', seq = 'y', params = '[', meta = 7, utc_offset = 1e300, name = ''"],
    "a clock that nobody has": ["UPDATE kevent SET utc_offset = 86400"],
    "no parameters": ["DROP TABLE file_event"],
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_trace_is_read_as_far_as_it_goes(tmp_path, capsys, kind):
    trace = imported(tmp_path, lines(*RECORDS))
    run_sql(trace, *DAMAGE[kind])
    capsys.readouterr()
    for form in ("table", "jsonl", "canonical", "{{ .Process }} {{ .Sid }} {{ .Kparams }}"):
        assert main(["query", str(trace), "--format", form]) == 0
        assert len(capsys.readouterr().out.splitlines()) >= 4
    assert main(["query", str(trace), "--format", "canonical", "--compat", "fibratus-1"]) == 0
    capsys.readouterr()
    with Trace.open(trace) as opened:
        records = list(opened.records())
        for text in ("ps.cwd contains ff", "ps.args in (-a)", "kevt.seq = 5", "kevt.pid = 859", "ps.pid = 2436", "ps.sessionid = 4",
                     "kevt.time.h exists", "kevt.date.tz = UTC", "ps.envs exists", "meta.a = b", "file.name exists", "ps.ppid > 1"):  # fmt: skip
            parsed = parse(text)
            found = opened.count(compile_filter(parsed, opened.schema))
            assert sum(map(evaluator(parsed), records)) == found, text


def test_the_language_does_without_the_database():
    code = "import sys, tracetui.filter.parser, tracetui.tui.detail.lines; print('sqlalchemy' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.strip() == "False"


def test_the_sample(tmp_path, capsys):
    """The file that the README imports: a notepad from its start to its end."""
    sample = Path(__file__).with_name("data") / "fibratus" / "notepad.jsonl"
    assert main(["import", str(sample), "-o", str(tmp_path / "t.db")]) == 0
    assert "9 events of 2 processes from 9 records, 0 not understood" in capsys.readouterr().err
    assert main(["tree", str(tmp_path / "t.db")]) == 0
    tree = capsys.readouterr().out
    assert "explorer.exe" in tree
    assert "    └─ notepad.exe" in tree


def test_the_formatter(tmp_path):
    with Formatter(imported(tmp_path, lines(*RECORDS[:2]))) as formatter:
        fields = [
            "event",
            "category",
            "proc.pid",
            "proc.exe",
            "proc.args",
            "proc.cwd",
            "proc.user",
            "pproc.pid",
        ]
        first, second = _objects(formatter, fields, tmp_path)
    assert first == {
        "event": "CreateFile",
        "category": "file",
        "proc.pid": 2436,
        "proc.exe": "C:\\ff\\firefox.exe",
        "proc.args": "-a b c",
        "proc.cwd": "C:\\ff\\",
        "proc.user": "archrabbit\\SYSTEM",
        "pproc.pid": 6304,
    }
    assert (second["event"], second["category"]) == ("CreateProcess", "process")


def _objects(formatter, fields, tmp_path):
    formatter.to_jsonl(str(tmp_path / "out.jsonl"), fields=fields)
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
