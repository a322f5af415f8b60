"""Records as data: columns as stored, buffers as base64 with readable text."""

from __future__ import annotations

import base64
import json

import pytest

from support import boot, write_trace
from tracetui.events import Read
from tracetui.output.json_format import json_array, jsonl
from tracetui.output.layout import Layout
from tracetui.output.stored import column_names, flat, plain, plain_value, readable, stored_columns
from tracetui.trace import Trace

EXTRA_TABLES = (
    "CREATE TABLE netbind (id INTEGER PRIMARY KEY REFERENCES event(id), port INTEGER, type TEXT, payload BLOB, load REAL)",
    "INSERT INTO event VALUES (100, 'netbind', 'httpd', 0)",
    "INSERT INTO netbind VALUES (100, 80, 'tcp', x'00ff', 9e999)",
    "CREATE TABLE context (id INTEGER PRIMARY KEY REFERENCES event(id), ts INTEGER, end_ts INTEGER, tid INTEGER, "
    "cpu INTEGER, host TEXT, container TEXT)",
    "INSERT INTO context VALUES (1, 1700000000123456789, NULL, 7, 0, 'box', NULL)",
)


@pytest.fixture
def trace(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), EXTRA_TABLES)
    with Trace(path) as trace:
        yield trace


def by_type(trace, kind):
    return next(record for record in trace.records() if record.type == kind)


def test_columns_are_the_models_with_values_as_stored(trace):
    row = stored_columns(by_type(trace, "syscall"))
    assert list(row)[:8] == ["id", "type", "procname", "proc_id", "name", "retno", "retno_repr", "arg0"]
    assert row["name"] == "sys_openat"
    assert row["arg0"] == 0xFFFFFF9C
    assert row["retno_repr"] == "ENOENT(No such file or directory)"
    assert "context" not in row


def test_buffers_are_base64_and_text(trace):
    row = plain(stored_columns(by_type(trace, "read")))
    assert base64.b64decode(row["buffer"]) == b"root:x:0:0\n\x00\x1b[31m"
    assert row["buffer_text"] == "root:x:0:0\\n\\x00\\x1b[31m"


def test_text_buffers_of_old_eras_are_bytes_too(tmp_path):
    read = Read(procname="x", proc_id=0, fd=1, fname="/x", buffer=b"")
    path = write_trace(tmp_path / "v1.db", [read], ["UPDATE read SET buffer = 'caf\u00e9'"])
    with Trace(path) as trace:
        row = plain(stored_columns(by_type(trace, "read")))
    assert base64.b64decode(row["buffer"]) == "caf\u00e9".encode("latin-1")


def test_tables_without_a_model_are_flat_unless_the_name_is_taken(trace):
    row = plain(stored_columns(by_type(trace, "netbind")))
    assert row["port"] == 80
    assert (row["type"], row["netbind.type"]) == ("netbind", "tcp")
    assert (row["payload"], row["payload_text"]) == ("AP8=", "\\x00\\xff")
    assert row["load"] == "inf"


def test_context_is_nested_in_json_and_dotted_in_csv(trace):
    record = by_type(trace, "exec")
    assert plain(stored_columns(record))["context"]["ts"] == 1700000000123456789
    assert flat(stored_columns(record))["context.host"] == "box"


def test_the_header_has_every_name_once(trace):
    names = column_names(trace.schema)
    assert len(set(names)) == len(names)
    for record in trace.records():
        row = flat(stored_columns(record))
        assert {name for name in row if not name.endswith("_text")} <= set(names)


def test_readable_text_has_no_control_characters():
    text = readable(bytes(range(256)) + "\u202e\u2028é".encode())
    assert text.isprintable()
    assert readable(b"a\tb\r\nc") == "a\\tb\\r\\nc"
    assert readable("äö€".encode()) == "äö€"


def test_plain_values():
    assert plain_value(("a", b"\x00")) == ["a", "AA=="]
    assert plain_value(True) is True
    assert plain_value({1}) == "{1}"


def test_json_lines_are_valid_and_ascii(trace):
    lines = "".join(jsonl(trace.records(), Layout(trace.schema)))
    assert lines.isascii()
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [row["id"] for row in rows] == [record.id for record in trace.records()]


def test_the_array_is_valid_even_when_empty(trace):
    layout = Layout(trace.schema)
    assert json.loads("".join(json_array([], layout))) == []
    assert len(json.loads("".join(json_array(trace.records(), layout)))) == trace.count()
