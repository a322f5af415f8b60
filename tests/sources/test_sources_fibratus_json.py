"""Events that Fibratus wrote as JSON: every form of file, and every member in the trace."""

from __future__ import annotations

import gzip
import json

import pytest
from fibratus_helpers import STATE, event, imported, lines, rows

from tracetui.cli import main
from tracetui.sources.fibratus import detect
from tracetui.sources.fibratus.moments import moment
from tracetui.trace import Trace

FILE = {"file_name": "C:\\Windows\\é.dll", "io_size": 4096}


def test_every_member_has_its_place(tmp_path):
    record = event(kparams=FILE, meta={"env": "prod"}, ps=STATE)
    trace = imported(tmp_path, lines(record))
    assert rows(trace, "event") == [
        {"id": 1, "type": "file_event", "procname": "firefox.exe", "proc_id": 859}
    ]
    (context,) = rows(trace, "context")
    assert (context["ts"], context["tid"], context["cpu"], context["host"]) == (
        1609698261098670100,
        2484,
        1,
        "archrabbit",
    )
    (kevent,) = rows(trace, "kevent")
    told = ("seq", "pid", "name", "category", "description")
    assert {name: kevent[name] for name in told} == {name: record[name] for name in told}
    assert (kevent["utc_offset"], kevent["record"], kevent["extra"], kevent["params"]) == (
        3600,
        0,
        None,
        None,
    )
    assert json.loads(kevent["meta"]) == {"env": "prod"}
    (file,) = rows(trace, "file_event")
    assert {name: value for name, value in file.items() if value is not None} == {"id": 1, **FILE}
    (state,) = rows(trace, "kevent_process")
    assert state.pop("number") == kevent["process"]
    assert json.loads(state.pop("args")) == ["-a", "b c"]
    assert {name: value for name, value in state.items() if value is not None} == {
        name: value for name, value in STATE.items() if name != "args"
    }


def test_what_has_no_column_is_kept_as_json(tmp_path):
    odd = {"new": 1.5, "flag": True, "io_size": "big", "none": None, "deep": {"a": [1]}}
    state = {**STATE, "threads": [{"tid": 1}], "uuid": 7, "pid": "2436"}
    record = event(kparams=odd, ps=state, callstack=["a"], cpu="1", seq=1 << 70, timestamp="yesterday")
    trace = imported(tmp_path, lines(record))
    (kevent,) = rows(trace, "kevent")
    assert json.loads(kevent["params"]) == odd
    assert json.loads(kevent["extra"]) == {
        "callstack": ["a"],
        "cpu": "1",
        "seq": 1 << 70,
        "timestamp": "yesterday",
    }
    (process,) = rows(trace, "kevent_process")
    assert json.loads(process["threads"]) == [{"tid": 1}]
    assert json.loads(process["extra"]) == {"uuid": 7, "pid": "2436"}


def test_the_names_of_version_3(tmp_path):
    state = {**STATE, "cmdline": STATE["comm"], "parent": {"name": "explorer.exe"}}
    del state["comm"]
    record = event(kparams=None, meta=None, params={"file_path": "C:\\a"}, metadata={"k": "v"}, ps=state)
    trace = imported(tmp_path, lines(record))
    assert rows(trace, "file_event")[0]["file_path"] == "C:\\a"
    assert json.loads(rows(trace, "kevent")[0]["meta"]) == {"k": "v"}
    (process,) = rows(trace, "kevent_process")
    assert process["comm"] == STATE["comm"]
    assert json.loads(process["parent"]) == {"name": "explorer.exe"}


@pytest.mark.parametrize(
    ("category", "parameters"),
    [
        ("registry", {"key_name": "HKEY_LOCAL_MACHINE\\System", "status": "success", "value": 7}),
        ("registry", {"key_name": "x", "value": "7"}),
        ("net", {"dip": "10.0.0.1", "dport": 443, "dip_names": ["dns.google.", "github.com."], "l4_proto": "tcp"}),
        ("image", {"file_name": "C:\\gdi32.dll", "image_size": 176128, "base_address": "7ffddaa60000"}),
        ("thread", {"tid": 5428, "base_prio": 6, "entrypoint": "7ffddb32bfc0"}),
        ("handle", {"handle_id": 2147487284, "handle_type": "File", "handle_name": "C:"}),
        ("process", {"pid": 6756, "name": "a.exe", "desired_access_names": ["ALL_ACCESS"]}),
        ("file", {"offset": 5, "attributes": []}),
    ],
)  # fmt: skip
def test_parameters_of_each_category(tmp_path, category, parameters):
    trace = imported(tmp_path, lines(event("OpenProcess", category, kparams=parameters)))
    (row,) = rows(trace, f"{category}_event")
    stored = {name: value for name, value in row.items() if value is not None and name != "id"}
    assert stored == {
        name: json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    assert rows(trace, "kevent")[0]["params"] is None


def test_numbers_of_64_bits(tmp_path):
    trace = imported(
        tmp_path, lines(event(kparams={"offset": (1 << 64) - 1, "file_object": 18446738026482168384}))
    )
    (row,) = rows(trace, "file_event")
    assert (row["offset"], row["file_object"]) == (-1, 18446738026482168384 - (1 << 64))


def test_an_unknown_category_is_a_kevent(tmp_path):
    trace = imported(tmp_path, lines(event("VirtualAlloc", "mem", kparams={"region_size": 4096})))
    assert rows(trace, "event")[0]["type"] == "kevent"
    assert json.loads(rows(trace, "kevent")[0]["params"]) == {"region_size": 4096}


def test_a_process_starts_and_ends(tmp_path):
    born = "2021-01-03 19:24:20.5 +0100 +0100"
    created = {
        "pid": 7, "ppid": 859, "name": "cmd.exe", "comm": "cmd.exe /c dir", "sid": "HOST\\me", "start_time": born,
        "directory_table_base": "7ffe0000",
    }  # fmt: skip
    ended = {"pid": 7, "ppid": 859, "name": "cmd.exe", "exit_status": "c0000005"}
    records = (
        event("CreateProcess", "process", kparams=created, ps=STATE),
        event("TerminateProcess", "process", kparams=ended, pid=7),
        event("TerminateProcess", "process", kparams={"pid": 8, "exit_status": "so what"}),
        event("CreateProcess", "process", kparams={"name": "no pid"}),
    )
    trace = imported(tmp_path, lines(*records))
    types = [(row["type"], row["procname"], row["proc_id"]) for row in rows(trace, "event")]
    assert types == [
        ("proc_start", "cmd.exe", 7),
        ("proc_exit", "cmd.exe", 7),
        ("process_event", "[?]", 859),
        ("process_event", "[?]", 859),
    ]
    (start,) = rows(trace, "proc_start")
    assert (start["pid"], start["ppid"], start["create_time"], start["uid"]) == (
        7,
        859,
        1609698260500000000,
        -1,
    )
    (end,) = rows(trace, "proc_exit")
    assert (end["pid"], end["code"]) == (7, 0xC0000005)
    assert rows(trace, "process_event")[0]["directory_table_base"] == "7ffe0000"
    assert [row["pid"] for row in rows(trace, "kevent")] == [859, 7, 859, 859]


def test_the_same_state_is_written_once(tmp_path):
    other = {**STATE, "cwd": "D:\\"}
    trace = imported(tmp_path, lines(*(event(ps=state) for state in (STATE, other, STATE, STATE))))
    assert [row["cwd"] for row in rows(trace, "kevent_process")] == ["C:\\ff\\", "D:\\"]
    first, second, third, fourth = (row["process"] for row in rows(trace, "kevent"))
    assert first == third == fourth != second


def test_ids_follow_time_and_then_the_file(tmp_path):
    times = [
        "2021-01-01T00:00:03Z",
        "2021-01-01T00:00:01Z",
        None,
        "2021-01-01T00:00:02Z",
        "2021-01-01T00:00:01Z",
    ]
    trace = imported(tmp_path, lines(*(event(seq=7, timestamp=when) for when in times)))
    assert [row["record"] for row in rows(trace, "kevent")] == [1, 2, 4, 3, 0]
    assert [row["ts"] for row in rows(trace, "context")][1] is None
    assert {row["seq"] for row in rows(trace, "kevent")} == {7}


def test_several_files_are_merged_by_time(tmp_path):
    for name, second in (("b.json", 2), ("a.json", 1)):
        (tmp_path / name).write_text(lines(event(host=name, timestamp=f"2021-01-01T00:00:0{second}Z")))
    trace = tmp_path / "t.db"
    assert main(["import", str(tmp_path / "b.json"), str(tmp_path / "a.json"), "-o", str(trace)]) == 0
    assert [row["host"] for row in rows(trace, "context")] == ["a.json", "b.json"]
    assert len({row["source"] for row in rows(trace, "kevent")}) == 2


THREE = [event(seq=n, kparams={"file_name": f"C:\\{n}, [{{"}) for n in range(3)]
FORMS = {
    "lines": lines(*THREE),
    "windows lines": lines(*THREE).replace("\n", "\r\n"),
    "an array": json.dumps(THREE),
    "an indented array": json.dumps(THREE, indent=2),
    "a batch": "[" + "\n,".join(map(json.dumps, THREE)) + "\n]",
    "two batches": "".join(f"[{json.dumps(one)}\n]" for one in THREE),
    "no line ends": "".join(map(json.dumps, THREE)),
    "no end": lines(*THREE)[:-1],
    "blank lines": "\n\n  " + lines(*THREE).replace("\n", "\n\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_form_of_file(tmp_path, form, encoding):
    trace = imported(tmp_path, FORMS[form].encode(encoding))
    assert [row["seq"] for row in rows(trace, "kevent")] == [0, 1, 2]


def test_records_larger_than_what_is_read_at_once(tmp_path):
    large = [event(seq=n, kparams={"file_name": "x" * 700_000, "n": n}) for n in range(3)]
    trace = imported(tmp_path, json.dumps(large))
    assert [len(row["file_name"]) for row in rows(trace, "file_event")] == [700_000] * 3


def test_compressed(tmp_path):
    trace = imported(tmp_path, gzip.compress(lines(*THREE).encode()), "events.json.gz")
    assert len(rows(trace, "kevent")) == 3


BROKEN = {
    "a parameter without its value": (lines(THREE[0]) + '{"seq": 5,"kparams": {"guid": },"meta": {}}\n' + lines(THREE[1]), 1),
    "cut off": (lines(THREE[0]) + json.dumps(THREE[1])[:90] + "\n" + lines(THREE[2]), 1),
    "cut off at the end": (lines(*THREE[:2]) + json.dumps(THREE[2])[:90], 1),
    "cut off in a text": (lines(THREE[0]) + json.dumps(THREE[1])[:30] + "\n" + lines(THREE[2]), 1),
    "log lines between": (lines(THREE[0]) + "time=now level=info\n" + lines(THREE[1]), 1),
    "in a batch": (f"[{json.dumps(THREE[0])}\n,{{\"seq\": 1, \"x\": }}\n,{json.dumps(THREE[1])}\n]", 1),
    "in an array on one line": (f"[{json.dumps(THREE[0])}, {{\"seq\": 1, \"x\": }}, {json.dumps(THREE[1])}]", 1),
    "no object": (lines(THREE[0]) + "17\n" + lines(THREE[1]), 1),
    "no event": (lines(*THREE[:2]) + '{"a": 1}\n{"name": "x", "type": "File"}\n', 2),
    "nested without end": (lines(*THREE[:2]) + "[" * 100_000 + '{"a":' * 100_000 + "\n", 1),
    "a number without end": (lines(*THREE[:2]) + '{"seq": ' + "9" * 5_000 + "}\n", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_does_not_parse_is_counted(tmp_path, capsys, kind):
    content, bad = BROKEN[kind]
    trace = imported(tmp_path, content)
    assert len(rows(trace, "kevent")) == 2
    said = capsys.readouterr().err
    assert f"from {2 + bad} records, {bad} not understood" in said
    assert said.count("not understood: ") == bad


@pytest.mark.parametrize("position", range(0, 400, 7))
def test_a_record_may_be_cut_anywhere(tmp_path, position):
    record = json.dumps(THREE[1])
    trace = imported(tmp_path, f"{json.dumps(THREE[0])}\n{record[:position]}\n{json.dumps(THREE[2])}\n")
    assert {row["seq"] for row in rows(trace, "kevent")} >= {0, 2}


def test_odd_values(tmp_path):
    odd = {"file_name": "\ud800 \x00 \x1b[31m", "io_size": 0}
    trace = imported(
        tmp_path, '{"seq": 1, "name": "CreateFile", "x": NaN, "y": 1e999}\n' + lines(event(kparams=odd))
    )
    with Trace.open(trace) as opened:
        assert [record.type for record in opened.records()] == ["kevent", "file_event"]
    assert rows(trace, "file_event")[0]["file_name"].startswith("\\ud800 \x00")


def test_bytes_that_are_not_text_are_spelt_out(tmp_path):
    """A record is not given up for the sake of a name in another encoding."""
    narrow = lines(event(kparams={"file_name": "C:\\@.dll"})).encode().replace(b"@", b"\xff\xc3(")
    trace = imported(tmp_path, narrow, "narrow.json")
    assert rows(trace, "file_event")[0]["file_name"] == "C:\\\\xff\\xc3(.dll"
    wide = lines(event(kparams={"file_name": "@"})).encode("utf-16").replace(b"@\0", b"\0\xd8")
    trace = imported(tmp_path, wide, "wide.json")
    assert rows(trace, "file_event")[0]["file_name"] == "\\x00\\xd8"


def test_no_event_at_all(tmp_path, capsys):
    (tmp_path / "empty.json").write_text("[]")
    trace = tmp_path / "t.db"
    assert main(["import", str(tmp_path / "empty.json"), "-o", str(trace), "--from", "fibratus"]) == 3
    assert "no event could be imported" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (lines(*THREE), True),
        (json.dumps(THREE, indent=1), True),
        ('{"seq": 1, "name": "x", "category": "file"}', True),
        ('{"a": 1}', False),
        ("execve(...) = 0\n", False),
        ("", False),
    ],
)
def test_recognised_by_content(head, expected):
    assert detect(head.encode()) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-01-03T19:24:21.0986701+01:00", (1609698261098670100, 3600)),
        ("2021-01-03T18:24:21Z", (1609698261000000000, 0)),
        ("2021-01-03 19:24:21.000000001 +0100 CET m=+0.5", (1609698261000000001, 3600)),
        ("2021-01-03T12:54:21.5-05:30", (1609698261500000000, -19800)),
        ("0001-01-01T00:00:00Z", None),
        ("2021-13-01T00:00:00Z", None),
        ("2021-02-31T00:00:00Z", None),
        ("2021-01-01T24:00:00Z", None),
        ("2016-12-31T23:59:60Z", (1483228800000000000, 0)),
        ("2262-04-11T23:47:16.854775807Z", ((1 << 63) - 1, 0)),
        ("2262-04-11T23:47:16.854775808Z", None),
        ("2021-01-03T19:24:21+24:00", None),
        ("2021-01-03T19:24:21-00:60", None),
        ("soon", None),
    ],
)
def test_moments(text, expected):
    assert moment(text) == expected
