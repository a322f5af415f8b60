"""A trace with events of every kind through every command and format, and back."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from every_kind import HOSTILE, every_kind

from support import boot, syscall, write_trace
from tracetui.canonical import FIELDS as CANONICAL_FIELDS
from tracetui.cli import main
from tracetui.events import Read
from tracetui.filter import FIELDS
from tracetui.output import Formatter

STRACES = Path(__file__).parents[1] / "sources" / "data"

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind(tmp_path_factory.mktemp("every") / "t.db")


@pytest.fixture(scope="module")
def stored(trace: Path) -> dict[str, Rows]:
    """Every row of every table that belongs to events, with values as SQLite has them."""
    return tables(trace)


@pytest.fixture(autouse=True)
def _long_cells() -> Iterator[None]:
    """Let Python's csv read cells of a megabyte."""
    before = csv.field_size_limit(1 << 24)
    yield
    csv.field_size_limit(before)


@pytest.fixture
def run(trace, capsys):
    """Run a command on the trace, successfully, and give what it prints."""

    def run(verb: str, *argv: str) -> str:
        code = main([verb, str(trace), *argv])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return run


def tables(path: Path) -> dict[str, Rows]:
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        db.row_factory = sqlite3.Row
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {quoted[name]}")] for name in names}


def jq_count(text: str) -> int:
    """How many objects jq finds; what Python finds where it is not installed."""
    if shutil.which("jq") is None:
        return len(as_json(text))
    command = ["jq", 'if type == "array" then .[] else . end | 1']
    return len(subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.split())


def as_json(text: str) -> list[Any]:
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]


def as_csv(text: str) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    return rows


def is_safe(text: str) -> bool:
    """Whether a terminal would show it as lines and nothing else."""
    return text.replace("\n", "").isprintable() and text.splitlines() == text.split("\n")[:-1]


# Query.


@pytest.mark.parametrize("form", ["json", "jsonl", "canonical", "batch"])
def test_json_has_every_event_in_every_reader(run, stored, form):
    out = run("query", "--format", form)
    ids = [row["id"] for row in stored["event"]]
    assert is_safe(out)
    found = as_json(out)
    assert len(found) == len(ids) == jq_count(out)
    if "id" in found[0]:
        assert [item["id"] for item in found] == ids


def test_json_has_every_value_as_it_is_stored(run, stored):
    events = {event["id"]: event for event in as_json(run("query", "--format", "jsonl"))}
    for table in (
        "event",
        "read",
        "write",
        "syscall",
        "exec",
        "proc_start",
        "proc_exit",
        "context",
        "foreign_kind",
    ):
        for row in stored[table]:
            event = events[row["id"]]
            for name, value in row.items():
                found = event["context"][name] if table == "context" and name != "id" else event[name]
                found = event.get(f"{table}.{name}", found)
                assert found == in_json(value), (table, row["id"], name)


def in_json(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return "inf" if value == float("inf") else value


BYTES = ("data_text", "foreign_kind.retno_text")


def test_csv_has_the_same_as_json(run, stored):
    heading, *rows = as_csv(run("query", "--format", "csv"))
    events = as_json(run("query", "--format", "jsonl"))
    assert len(set(heading)) == len(heading)
    assert len(rows) == len(events)
    for row, event in zip(rows, events, strict=True):
        nested = event.pop("context", {})
        event |= {f"context.{name}": value for name, value in nested.items()}
        cells = dict(zip(heading, row, strict=True))
        for name in [name for name in event if name.endswith("_text") and name not in cells]:
            assert name not in BYTES, "its column is declared to have bytes, or without a type"
            del event[name]  # a readable form, where only some of a column's values are bytes
        assert {name: cells.pop(name) for name in event} == {
            name: in_csv(value) for name, value in event.items()
        }
        assert not any(cells.values())
    assert {name for name in heading if name.endswith("_text")} == {"buffer_text", *BYTES}


def in_csv(value: object) -> str:
    return "" if value is None else str(value).replace("\0", "\\x00")


@pytest.mark.parametrize(
    "form", ["table", "strace", "template", "{id} {procname} {summary} {result} {note} {tag}"]
)
def test_text_has_one_safe_line_an_event(run, stored, form):
    lines = run("query", "--format", form)
    assert is_safe(lines)
    assert lines.count("\n") == len(stored["event"]) + (form == "table")


def test_every_field_can_be_printed(run):
    names = [field.name for field in FIELDS] + [field.plain for field in CANONICAL_FIELDS]
    rows = as_csv(run("query", "type = file_flow", "--format", "csv", "--fields", ",".join(names)))
    assert rows[0] == names
    lines = run(
        "query",
        "--format",
        "|".join([f"{{{name}}}" for name in names] + [f"{{{{ .{f.dotted} }}}}" for f in CANONICAL_FIELDS]),
    )
    assert is_safe(lines)
    assert min(line.count("|") for line in lines.splitlines()) >= len(names) + len(CANONICAL_FIELDS) - 1


def test_columns_may_have_commas_and_quotes_in_their_names(run):
    rows = as_csv(
        run("query", "type = foreign_kind", "--format", "csv", "--fields", 'id, "we ird, ""name",data_text')
    )
    assert rows[0] == ["id", 'we ird, "name', "data_text"]
    assert [row[1:] for row in rows[1:]] == [[in_csv(HOSTILE), "\\x00\\xff\\x1b"], ["\r", "text in a blob"]]
    counted = as_json(run("stats", "type = foreign_kind", "--by", '"we ird, ""name"', "--format", "json"))
    assert [row["count"] for row in counted] == [1, 1]


def test_every_parameter_can_be_printed(run):
    seen = as_json(run("query", "--format", "canonical"))
    names = sorted({name for event in seen for name in event["params"]})
    lines = run("query", "--format", "|".join(map("{{{{ .Params.{} }}}}".format, names)))
    assert is_safe(lines)
    assert len(lines.splitlines()) == len(seen)
    foreign = next(event["params"] for event in seen if event["name"] == "foreign_kind")
    assert (foreign["fd"], foreign["sport"]) == (-(2**63), -1), "a foreign table may call anything so"
    assert 'we ird, "name' in foreign


# Other commands.


@pytest.mark.parametrize("by", ["tag,mark,note", "type,procname,path,data"])
def test_counts_are_the_same_in_every_format(run, stored, by):
    rows = as_json(run("stats", "--by", by, "--format", "json"))
    assert sum(row["count"] for row in rows) == len(stored["event"])
    assert as_json(run("stats", "--by", by, "--format", "jsonl")) == rows
    heading, *cells = as_csv(run("stats", "--by", by, "--format", "csv"))
    assert heading == list(rows[0])
    assert [int(row[heading.index("count")]) for row in cells] == [row["count"] for row in rows]
    table = run("stats", "--by", by)
    assert is_safe(table)
    assert table.count("\n") == len(rows) + 1


def test_the_tree_has_every_process_once(run):
    processes = as_json(run("tree", "--format", "json"))
    known = [
        tuple(process.get(name) for name in ("pid", "create_time", "occurrence")) for process in processes
    ]
    assert len(set(known)) == len(known)
    assert {77, 78, 79} <= {pid for pid, *_ in known}, "its own parent, and two that are each other's"
    text = run("tree")
    assert is_safe(text)
    assert text.count("\n") == len(processes) + 1
    assert "exit ?" in text


def test_other_text_is_safe(run, trace):
    for verb, *options in (
        ["info"],
        ["annotate"],
        ["connections"],
        ["fields"],
        ["connections", "--format", "csv"],
    ):
        out = run(verb, *options)
        assert out
        assert is_safe(out), verb
    report = run("export", "--format", "md")
    assert is_safe(report)


def test_facts_and_annotations_as_json(run, stored):
    facts = json.loads(run("info", "--format", "json"))
    assert facts["tables"]["event"] == len(stored["event"])
    assert facts["columns"]["foreign_kind"][3] == 'we ird, "name'
    annotated = as_json(run("annotate", "--format", "json"))
    assert [item["id"] for item in annotated] == [2, 3, 4, 5, 6]
    assert annotated[2]["note"].startswith("line\n[b]x[/b] \x1b[31m")


@pytest.mark.parametrize("verb", ["export", "replay"])
def test_copies_are_exact(run, stored, tmp_path, verb, capsys):
    copy = tmp_path / "copy.db"
    run(verb, "-o", str(copy), *(["--speed", "0"] if verb == "replay" else []))
    assert tables(copy) == stored
    assert main(["annotate", str(copy), "--format", "json"]) == 0
    assert capsys.readouterr().out == run("annotate", "--format", "json")


def test_a_part_has_all_of_its_events(run, stored, tmp_path):
    part = tmp_path / "part.db"
    run("export", "type in (foreign_kind, k8s_event, file_flow) or tag exists", "-o", str(part))
    found = tables(part)
    ids = {row["id"] for row in found["event"]}
    assert {2, 3, 4, 5, 6} < ids
    for table, rows in stored.items():
        kept = [row for row in rows if "id" not in row or row["id"] in ids]
        assert found[table] == kept, table


@pytest.mark.parametrize("name", ["shell.strace", "decorated.strace", "mixed.strace"])
def test_lines_of_strace_become_the_same_calls(tmp_path, capsys, name):
    first = tmp_path / "a.db"
    assert main(["import", str(STRACES / name), "-o", str(first)]) == 0
    only_calls = through_lines(first, tmp_path / "b.db", "type in (syscall, proc_exit)")
    assert calls(only_calls) == calls(first)
    all_events = through_lines(first, tmp_path / "c.db")
    assert calls(all_events) == calls(first)
    assert [event[1:] for event in told(all_events)] == [event[1:] for event in told(first)]
    assert "0 not understood" in capsys.readouterr().err


def test_lines_of_processes_without_pids_become_the_same_events(tmp_path, capsys):
    name = "a <b> \\ é"
    first = write_trace(
        tmp_path / "a.db",
        [
            *boot(),
            Read(procname=name, proc_id=0, fd=3, fname="/x <y>", buffer=b"a\0b"),
            Read(procname=name, proc_id=0, fd=3, fname="?", buffer=b""),
            Read(procname="", proc_id=0, fd=3, fname="?", buffer=None),
            syscall("clone", (17, "flags=0x11"), retno=77, procname=name),
            syscall("execve", '0x5("/bin/x")', retno=0, procname=name),
        ],
    )
    again = through_lines(first, tmp_path / "b.db")
    assert "0 not understood" in capsys.readouterr().err
    assert told(again) == told(first)
    for table, left_out in (("read", ()), ("exec", ("envp", "calltree", "euid", "egid"))):
        kept = [
            [{name: row[name] for name in row if name not in left_out} for row in tables(path)[table]]
            for path in (again, first)
        ]
        assert kept[0] == kept[1]


def through_lines(trace: Path, again: Path, *expression: str) -> Path:
    """The trace as lines of strace, and these as a trace."""
    log = again.with_suffix(".strace")
    assert main(["query", str(trace), *expression, "--format", "strace", "-o", str(log)]) == 0
    assert main(["import", str(log), "-o", str(again)]) == 0
    return again


def told(path: Path) -> list[tuple[object, ...]]:
    """Name, kind and process of every event, and the relations of those that start; ends have no names."""
    stored = tables(path)
    starts = {row["id"]: (row["pid"], row["ppid"]) for row in stored.get("proc_start", [])}
    return [
        (row["procname"] * (row["type"] != "proc_exit"), row["type"], row["proc_id"], starts.get(row["id"]))
        for row in stored["event"]
    ]


def calls(path: Path) -> list[list[object]]:
    """What was called, with which numbers, or texts where the number is not known, and what came of it."""
    return [
        [row["name"], row["retno"]]
        + [row[f"arg{n}"] if row[f"arg{n}"] is not None else row[f"arg{n}_repr"] for n in range(6)]
        for row in tables(path)["syscall"]
    ]


# In Python.


def test_data_frames_have_what_objects_have(trace):
    pandas = pytest.importorskip("pandas")
    with Formatter(trace) as formatter:
        frame = formatter.to_dataframe()
        objects = list(formatter.objects())
    assert list(frame.columns) == list(objects[0])
    assert len(frame) == len(objects)
    assert frame["ret"].dtype == "Int64"
    for found, expected in zip(frame.astype(object).to_dict("records"), objects, strict=True):
        for name, value in expected.items():
            missing = value is None and bool(pandas.isna(found[name]))
            assert missing or found[name] == value, name


def test_every_method_of_the_formatter(trace, stored, tmp_path):
    written: dict[str, Callable[[Formatter, Path], int]] = {
        "flat.json": lambda formatter, path: formatter.to_json(path, flat=True),
        "nested.json": lambda formatter, path: formatter.to_json(path),
        "lines.jsonl": lambda formatter, path: formatter.to_jsonl(path),
        "rows.csv": lambda formatter, path: formatter.to_csv(path),
        "table.txt": lambda formatter, path: formatter.to_table(path),
    }
    count = len(stored["event"])
    with Formatter(trace) as formatter:
        for name, write in written.items():
            assert write(formatter, tmp_path / name) == count
        seen: list[object] = []
        assert formatter.apply(seen.append, fields=["idx", "type", "proc.pid"]) == len(seen) == count
        nested = list(formatter.objects(flat=False))
    flat = as_json((tmp_path / "flat.json").read_text())
    assert flat == as_json((tmp_path / "lines.jsonl").read_text())
    assert as_json((tmp_path / "nested.json").read_text()) == nested
    assert nested[1]["proc"]["pid"] == flat[1]["proc.pid"] == 1
    heading, *rows = as_csv((tmp_path / "rows.csv").read_bytes().decode())
    assert (heading, len(rows)) == (list(flat[0]), count)
    table = (tmp_path / "table.txt").read_text()
    assert is_safe(table)
    assert table.count("\n") == count + 1
