"""JSON of events: its form, and that it is always valid."""

from __future__ import annotations

import json

from canonical_helpers import canonical, record
from hypothesis import given
from hypothesis import strategies as st

from support import openat
from tracetui.canonical import (
    CanonicalEvent,
    Parameters,
    ParameterType,
    ProcessState,
    batch_json,
    canonical_event,
    event_json,
)
from tracetui.events import Context, Era, Exec

T = ParameterType


def test_one_event_is_one_line():
    event = canonical(openat("/dev/nvram", -2, proc_id=7), event_id=3)
    assert event_json(event) == (
        '{"seq": 3,"pid": 7,"name": "openat","category": "file",'
        '"description": "opens or creates a file, named from a folder",'
        '"params": {"dfd": -100,"errno": "ENOENT","filename": "/dev/nvram","flags": "O_RDONLY",'
        '"mode": "0000","ret": -2},"meta": {"type": "syscall","source": "v3b"}}'
    )


def test_what_a_recorder_knows():
    context = Context(ts=1, tid=8, cpu=0, host="h")
    found = json.loads(event_json(canonical(openat("/x"), era=Era.RECORDED, context=context)))
    assert (found["tid"], found["cpu"], found["host"]) == (8, 0, "h")
    assert found["timestamp"] == "1970-01-01T00:00:00.000000001Z"


def test_values_by_type():
    parameters = Parameters()
    for name, kind, value in (
        ("big", T.UINT64, (1 << 64) - 1),
        ("hex", T.HEX, 255),
        ("no", T.BOOL, False),
        ("nan", T.FLOAT, float("nan")),
        ("half", T.FLOAT, 0.5),
        ("ip", T.IPV6, "::1"),
        ("when", T.TIME, 0),
        ("bytes", T.BYTES, b"\x00\xff"),
        ("list", T.SLICE, ["a", "\udcff"]),
        ("map", T.MAP, {"a\udcff": "b"}),
        ("code", T.ENUM, 7),
    ):
        parameters.append(name, kind, value)
    found = json.loads(event_json(CanonicalEvent(1, "x", parameters=parameters)))["params"]
    assert found == {
        "big": 18446744073709551615,
        "bytes": "\x00\xff",
        "code": 7,
        "half": 0.5,
        "hex": "0xff",
        "ip": "::1",
        "list": ["a", "\\udcff"],
        "map": {"a\\udcff": "b"},
        "nan": "nan",
        "no": False,
        "when": "1970-01-01T00:00:00.000000000Z",
    }
    assert list(found) == sorted(found)


def test_the_process():
    init = ProcessState(1, 0, "init", "/sbin/init", ("/sbin/init",))
    state = ProcessState(
        5, 1, "sh", "/bin/sh", ("/bin/sh", "-c"), 0, 0, 9, "/tmp", {"HOME": "/"}, {3: "/a"}, parent=init
    )
    found = json.loads(event_json(canonical_event(record(openat("/x")), state)))["ps"]
    assert found == {
        "pid": 5,
        "ppid": 1,
        "name": "sh",
        "exe": "/bin/sh",
        "cmdline": "/bin/sh -c",
        "uid": 0,
        "gid": 0,
        "create_time": 9,
        "cwd": "/tmp",
        "args": ["/bin/sh", "-c"],
        "envs": {"HOME": "/"},
        "files": {"3": "/a"},
        "parent": {"pid": 1, "ppid": 0, "name": "init", "exe": "/sbin/init", "cmdline": "/sbin/init"},
        "ancestors": [{"pid": 1, "name": "init"}],
    }


def test_a_batch_is_an_array_with_one_event_a_line():
    events = [canonical(openat("/a"), event_id=n) for n in (1, 2)]
    one, two = map(event_json, events)
    assert "".join(batch_json([])) == "[]"
    assert "".join(batch_json(events[:1])) == f"[{one}\n]"
    assert "".join(batch_json(events)) == f"[{one}\n,{two}\n]"
    assert len(json.loads("".join(batch_json(events)))) == 2


def strict(text):
    def refuse(constant):
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


texts = st.text(st.characters(), max_size=20)


@given(texts, texts, st.integers(-(1 << 80), 1 << 80), st.floats(), st.binary(max_size=30))
def test_it_is_valid_whatever_the_trace_holds(text, name, number, fraction, data):
    stored = Exec(procname=text, proc_id=0, calltree=text, argc="", argv=text, envp=text, euid=number, egid=0)
    extras = {"odd": {"a": text, "b": number, "c": fraction, "d": data, name: text}}
    line = event_json(canonical(stored, extras=extras))
    assert line.isascii()
    line.encode("utf-8")
    assert strict(line)["seq"] == 1
    assert "\n" not in line
    strict(line)["name"].encode("utf-8")
    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in json.dumps(strict(line), ensure_ascii=False))
