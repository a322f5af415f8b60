"""The formatter for programs: JSON, CSV, tables, data frames and functions over any trace."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support import boot, openat, write_trace
from tracetui.cli import main
from tracetui.events import Event
from tracetui.filter import FilterError
from tracetui.output import Formatter, MissingExtra, UnknownField
from tracetui.output.progress import watched
from tracetui.reader import EventReader, FlattenedReader
from tracetui.trace import TraceError

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"


@pytest.fixture
def trace(tmp_path):
    events = [*boot(), openat("/late", procname="/usr/sbin/httpd", proc_id=12)]
    return write_trace(tmp_path / "t.db", events)


@pytest.fixture
def formatter(trace):
    with Formatter(trace) as formatter:
        yield formatter


@pytest.fixture
def imported(tmp_path):
    pytest.importorskip("fastavro")

    def formatter(name: str) -> Formatter:
        target = tmp_path / "sysflow.db"
        assert main(["import", str(SAMPLES / name), "-o", str(target)]) == 0
        return Formatter(target)

    return formatter


def written(method, **options):
    """What a method writes to an open file, and how many events it counts."""
    file = io.StringIO()
    number = method(file, **options)
    return file.getvalue(), number


# What it reads.


def test_paths_and_readers(trace):
    with EventReader(trace) as events, FlattenedReader(trace) as flattened:
        texts = {written(Formatter(source).to_jsonl)[0] for source in (trace, str(trace), events, flattened)}
    assert len(texts) == 1


def test_a_reader_stays_the_caller_s(trace):
    with FlattenedReader(trace) as reader:
        with Formatter(reader) as formatter:
            formatter.apply(lambda item: None)
        assert next(iter(reader)).objtype == "exec"


def test_what_is_no_trace(tmp_path):
    with pytest.raises(TraceError):
        Formatter(tmp_path / "missing.db")


def test_what_cannot_be_read_is_told(formatter, tmp_path, trace):
    assert formatter.damage is None
    cut = tmp_path / "cut.db"
    cut.write_bytes(trace.read_bytes()[:-4096])
    with Formatter(cut) as damaged:
        damaged.apply(lambda item: None, fields=["id"])
        assert "cut off" in damaged.damage


# JSON.


def test_json_is_nested(formatter):
    text, number = written(formatter.to_json, fields=["id", "proc.pid", "proc.exe", "pproc.pid", "file.path"])
    assert number == len(json.loads(text)) == 11
    assert json.loads(text)[-1] == {
        "id": 11,
        "proc": {"pid": 12, "exe": "httpd"},
        "pproc": {"pid": 1},
        "file": {"path": "/late"},
    }


def test_json_may_be_flat(formatter):
    text, _ = written(formatter.to_json, fields=["id", "proc.pid"], expr="id = 11", flat=True)
    assert text == '[\n{"id": 11, "proc.pid": 12}\n]\n'


def test_no_events_are_an_empty_array(formatter):
    assert written(formatter.to_json, expr="id > 99") == ("[]\n", 0)


def test_json_lines(formatter):
    text, number = written(formatter.to_jsonl, expr="failed", fields=["id", "event", "errno", "ret"])
    assert number == 2
    assert [json.loads(line) for line in text.splitlines()] == [
        {"id": 4, "event": "openat", "errno": "ENOENT", "ret": -2},
        {"id": 6, "event": "ioctl", "errno": "ENOTTY", "ret": -25},
    ]
    nested, _ = written(formatter.to_jsonl, fields=["proc.pid"], expr="id = 11", flat=False)
    assert json.loads(nested) == {"proc": {"pid": 12}}


def test_a_field_and_its_part_are_both_members(formatter):
    (item,) = formatter.objects(fields=["params", "params.filename"], expr="id = 11", flat=False)
    assert item["params.filename"] == "/late"
    assert "filename➜ /late" in item["params"]


# CSV and tables.


def test_csv(formatter):
    text, number = written(formatter.to_csv, fields=["idx", "id", "res"], expr="failed")
    assert number == 2
    assert list(csv.reader(io.StringIO(text))) == [
        ["idx", "id", "res"],
        ["1", "4", "/dev/nvram"],
        ["2", "6", "/dev/mtd0"],
    ]


def test_csv_has_a_header_also_where_nothing_matches(formatter):
    assert written(formatter.to_csv, fields=["id", "res"], expr="id > 99") == ("id,res\n", 0)
    assert written(formatter.to_csv, fields=["id"], expr="id = 11", header=False) == ("11\n", 1)


def test_a_table(formatter):
    text, number = written(formatter.to_table, expr="failed", fields=["id", "proc.pid", "res"])
    assert number == 2
    assert [line.split() for line in text.splitlines()] == [
        ["REC", "#", "EVENT", "PID", "RESOURCE"],
        ["1", "4", "/dev/nvram"],
        ["2", "6", "/dev/mtd0"],
    ]


def test_a_table_with_plain_names_and_without_index(formatter):
    text, _ = written(
        formatter.to_table, expr="id = 11", fields=["id", "res"], pretty_headers=False, index=False
    )
    assert [line.split() for line in text.splitlines()] == [["ID", "RES"], ["11", "/late"]]


def test_a_table_shows_hostile_text_escaped(tmp_path):
    hostile = write_trace(tmp_path / "h.db", [openat("/a\x1b[2Jb", procname="x\x1by")])
    with Formatter(hostile) as formatter:
        text, _ = written(formatter.to_table)
        assert "\x1b" not in text
        lines, _ = written(formatter.to_json)
        assert "\x1b" not in lines


# Programs.


def test_functions(formatter):
    seen = []
    assert formatter.apply(seen.append, fields=["id", "proc.pid"], expr="failed") == 2
    assert seen == [{"id": 4, "proc.pid": None}, {"id": 6, "proc.pid": None}]
    formatter.apply(seen.append, fields=["proc.pid"], expr="id = 11", flat=False)
    assert seen[-1] == {"proc": {"pid": 12}}


def test_a_data_frame(formatter):
    pytest.importorskip("pandas")
    frame = formatter.to_dataframe(fields=["id", "res"], expr="failed")
    assert list(frame.columns) == ["id", "res"]
    assert frame["res"].tolist() == ["/dev/nvram", "/dev/mtd0"]
    assert list(formatter.to_dataframe(fields=["id", "res"], expr="id > 99").columns) == ["id", "res"]


def test_without_pandas_it_says_how_to_get_it(formatter, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tracetui\[pandas\]'"):
        formatter.to_dataframe()


# Fields.


def test_every_field_that_is_listed_can_be_asked_for(formatter):
    listed = formatter.get_fields()
    assert all(description for _, description in listed)
    names = [name for name, _ in listed]
    assert {"idx", "proc.pid", "flow.rbytes", "pod.name", "errno", "procname"} <= set(names)
    assert len(names) == len(set(names))
    (item,) = formatter.objects(fields=names, expr="id = 11")
    assert list(item) == names
    json.dumps(item, allow_nan=False)


def test_fields_of_all_languages(formatter):
    names = ["sf.proc.pid", "proc.exe", "ps.exe", "params.filename", "summary", "event.procname", "evt.num"]
    (item,) = formatter.objects(fields=names, expr="id = 11")
    assert item["sf.proc.pid"] == 12
    assert item["params.filename"] == "/late"
    assert item["event.procname"] == "/usr/sbin/httpd"
    assert item["evt.num"] == 11


def test_defaults_leave_out_what_only_sysflow_has(formatter):
    assert formatter.default_fields == ("id", "type", "event", "proc.pid", "proc.name", "result", "summary")
    assert "proc.exe" in formatter.all_fields
    assert not {"pod.name", "k8s.msg", "opflags", "schema"} & set(formatter.all_fields)


def test_an_unknown_field_is_an_error_before_anything_is_written(formatter, tmp_path):
    target = tmp_path / "out.json"
    for method in (formatter.to_json, formatter.to_jsonl, formatter.to_csv, formatter.to_table):
        with pytest.raises(UnknownField, match=r"unknown field 'proc\.nmae'"):
            method(target, fields=["id", "proc.nmae"])
        with pytest.raises(FilterError):
            method(target, expr="failed and (")
    assert not target.exists()


# Where it goes.


def test_a_file_and_standard_output(formatter, tmp_path, capsys):
    target = tmp_path / "out.csv"
    assert formatter.to_csv(str(target), fields=["id"], expr="failed") == 2
    assert target.read_text() == "id\n4\n6\n"
    formatter.to_csv(fields=["id"], expr="failed")
    assert capsys.readouterr().out == "id\n4\n6\n"


def test_the_trace_itself_is_never_overwritten(formatter, trace):
    before = trace.read_bytes()
    with pytest.raises(ValueError, match="is the trace itself"):
        formatter.to_jsonl(trace)
    assert trace.read_bytes() == before


def test_progress_goes_to_standard_error_and_changes_nothing(formatter, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    formatter.to_jsonl(fields=["id"], progress=True)
    shown = capsys.readouterr()
    formatter.to_jsonl(fields=["id"], progress=False)
    silent = capsys.readouterr()
    assert shown.out == silent.out
    assert "events" in shown.err
    assert silent.err == ""
    assert list(watched([], None, True)) == []


def test_events_are_taken_one_by_one(formatter):
    """The first object is there before the second record is looked at."""
    seen = iter(formatter.objects(fields=["id"]))
    assert next(seen) == {"id": 1}
    assert next(seen) == {"id": 2}


def test_types_without_a_model(tmp_path):
    statements = ["CREATE TABLE gpio (id INTEGER PRIMARY KEY REFERENCES event(id), pin INTEGER)"]
    statements.append("INSERT INTO gpio VALUES (1, 7)")
    trace = write_trace(tmp_path / "t.db", [Event(type="gpio", procname="x", proc_id=1)], statements)
    with Formatter(trace) as formatter:
        (item,) = formatter.objects(fields=["event", "category", "pin", "gpio.pin", "params.pin"])
    assert item == {"event": "gpio", "category": "other", "pin": 7, "gpio.pin": 7, "params.pin": "7"}


# SysFlow.


@pytest.mark.parametrize(
    "name", ["alpine", "files", "rename2at", "setuid", "shellshock", "tcp", "tcp_v1", "oss"]
)
def test_values_are_those_of_sysflow_s_own_formatter(imported, name):
    golden = gzip.decompress((SAMPLES / f"{name}.flat.json.gz").read_bytes()).splitlines()
    expected = [json.loads(line) for line in golden]
    with imported(f"{name}.sf.gz" if name == "oss" else f"{name}.sf") as formatter:
        fields = [*formatter.all_fields, "sysflow.record"]
        found = sorted(formatter.objects(fields=fields), key=lambda item: item["sysflow.record"])
    assert len(found) == len(expected)
    # Times there are rounded through a float; version and tags are the program's own.
    compared = expected[0].keys() - {"ts", "endts", "version", "tags"}
    for item, flat in zip(found, expected, strict=True):
        assert {key: item[key] for key in compared} == {key: _value(flat[key]) for key in compared}
        truths = {key for key in compared if isinstance(flat[key], bool)}
        assert {key for key in compared if isinstance(item[key], bool)} == truths


def _value(value):
    """Empty texts and lists stand for nothing there."""
    return None if value in ("", []) else value


def _changed(trace: Path, statement: str) -> Formatter:
    with closing(sqlite3.connect(trace)) as connection, connection:
        connection.execute(statement)
    return Formatter(trace)


def test_files_that_are_unknown_or_nameless(imported, tmp_path):
    with imported("rename2at.sf") as formatter:
        (whole, *_) = formatter.objects(fields=["file.path", "file.newpath"], expr="opflags = RENAME")
    for change, expected in (
        (
            f"UPDATE sysflow_file SET path = '' WHERE path = '{whole['file.path']}'",
            f", {whole['file.newpath']}",
        ),
        ("UPDATE sysflow SET file = NULL", f", {whole['file.newpath']}"),
        ("UPDATE sysflow_file SET path = ''", ", "),
        ("UPDATE sysflow SET newfile = NULL", None),
    ):
        with _changed(tmp_path / "sysflow.db", change) as formatter:
            (item, *_) = formatter.objects(fields=["res"], expr="opflags = RENAME")
        assert item == {"res": expected}


def test_environments_without_entries_that_say_nothing(imported, tmp_path):
    imported("tcp.sf").close()
    change = """UPDATE sysflow_process SET env = '["","A=1","=","B="]'"""
    with _changed(tmp_path / "sysflow.db", change) as formatter:
        (item, *_) = formatter.objects(fields=["proc.env"], expr="type = PE")
    assert item == {"proc.env": "A=1;B="}


def test_defaults_of_sysflow(imported):
    with imported("tcp.sf") as formatter:
        assert formatter.default_fields[:3] == ("ts_uts", "type", "proc.exe")
        assert set(formatter.default_fields) <= set(formatter.all_fields)
        text, _ = written(formatter.to_table, expr="type = network_flow")
        (item, *_) = formatter.objects(flat=False)
    heading = text.splitlines()[0]
    assert heading.startswith("REC #  START TIME")
    assert {"proc", "pproc", "file", "net", "flow", "container", "pod", "node"} <= set(item)


def test_lists_of_objects_are_json_in_a_cell(imported):
    with imported("k8s_small.sf") as formatter:
        fields, expr = ["pod.services", "pod.hostip"], "pod.name = redis-0"
        (item, *_) = formatter.objects(fields=fields, expr=expr)
        table, _ = written(formatter.to_csv, fields=fields, expr=expr)
        shown, _ = written(formatter.to_table, fields=fields, expr=expr, index=False)
    _, (services, hosts), *_ = csv.reader(io.StringIO(table))
    assert json.loads(services) == item["pod.services"]
    assert item["pod.services"][0]["clusterIP"]
    assert hosts.split() == item["pod.hostip"]
    assert shown.splitlines()[1].startswith('[{"name": ')
