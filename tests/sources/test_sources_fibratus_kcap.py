"""Captures of Fibratus: both formats, both orders of bytes, every type of parameter, and damage."""

from __future__ import annotations

import json
import struct

import pytest
from fibratus_helpers import PROCESS_PROVIDER, Capture, imported, rows

from tracetui.cli import main
from tracetui.sources.fibratus import detect
from tracetui.sources.fibratus.kcap_event import read_event
from tracetui.sources.fibratus.kcap_fields import Cursor

zstandard = pytest.importorskip("zstandard")

START_TIME = Capture().text("2021-01-03T19:24:20Z") + struct.pack("<Q", 77)


def compressed(capture):
    return zstandard.ZstdCompressor().compress(capture.data)


def kcap(tmp_path, capture, code=0):
    return imported(tmp_path, compressed(capture), "events.kcap", code)


def parameters(trace):
    (row,) = rows(trace, "kevent")
    return json.loads(row["params"] or "{}")


def test_an_event(tmp_path):
    capture = Capture().handles()
    name = capture.text("C:\\Windows\\é.dll")
    capture.event(
        "CreateFile", (1, "file_name", name), (8, "io_size", struct.pack("<I", 4096)), meta={"a": "b"}
    )
    trace = kcap(tmp_path, capture)
    (kevent,) = rows(trace, "kevent")
    assert (kevent["seq"], kevent["pid"], kevent["name"], kevent["description"]) == (
        1,
        859,
        "CreateFile",
        "said",
    )
    assert (kevent["utc_offset"], kevent["meta"]) == (3600, '{"a":"b"}')
    assert kevent["ktype"] == "00000000-0000-0000-0000-000000000000 0"
    (context,) = rows(trace, "context")
    assert (context["ts"], context["tid"], context["cpu"]) == (1609428568699757100, 2484, 3)
    (file,) = rows(trace, "file_event")
    assert (file["file_name"], file["io_size"]) == ("C:\\Windows\\é.dll", 4096)


NUMBERS = [
    (3, "b", -2, -2),
    (4, "B", 200, 200),
    (5, "h", -300, -300),
    (6, "H", 65535, 65535),
    (7, "i", -70000, -70000),
    (8, "I", 4294967295, 4294967295),
    (9, "q", -1, -1),
    (10, "Q", (1 << 64) - 1, (1 << 64) - 1),
    (11, "d", 1.5, 1.5),
    (12, "f", 2.5, 2.5),
    (13, "B", 1, True),
    (18, "I", 1204, 1204),
    (19, "I", 7, 7),
    (21, "B", 10, "a"),
    (22, "H", 0xABC, "abc"),
    (23, "I", 0, "0"),
    (24, "Q", 0xFFFFC307810D6000, "ffffc307810d6000"),
    (25, "H", 443, 443),
    (31, "B", 3, 3),
]


@pytest.mark.parametrize(("kind", "code", "value", "expected"), NUMBERS)
@pytest.mark.parametrize("order", "<>")
def test_numbers_of_every_type(tmp_path, kind, code, value, expected, order):
    capture = Capture(order=order).handles()
    capture.event("X", (kind, "x", capture.number(code, value)), category="mem")
    assert parameters(kcap(tmp_path, capture)) == {"x": expected}


def test_other_types(tmp_path):
    capture = Capture().handles()
    moment = "2021-01-03T19:24:21.0986701+01:00"
    capture.event(
        "X",
        (2, "ansi", capture.text("a\tb")),
        (17, "sid", capture.text("NT AUTHORITY\\SYSTEM")),
        (20, "wbem", capture.text("")),
        (27, "v4", bytes([10, 0, 0, 1])),
        (28, "v6", bytes(15) + b"\1"),
        (29, "time", capture.text(moment)),
        (30, "slice", b"s" + capture.texts(["a", "b"])),
        (0, "null", b""),
        (15, "guid", b""),
        (31, "operation", b"\1"),
        (31, "share_mask", b"\7"),
        (31, "l4_proto", b"\1"),
        category="mem",
    )
    assert parameters(kcap(tmp_path, capture)) == {
        "ansi": "a\tb", "sid": "NT AUTHORITY\\SYSTEM", "wbem": "", "v4": "10.0.0.1", "v6": "::1", "time": moment,
        "slice": ["a", "b"], "null": None, "guid": None, "operation": "open", "share_mask": "rwd", "l4_proto": "tcp",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "codes", "words"),
    [
        ("operation", range(8), "supersede open create openif overwrite overwriteif <na> <na>"),
        ("share_mask", range(8), "--- r-- -w- rw- --d r-d -wd rwd"),
        ("l4_proto", range(3), "unknown tcp udp"),
    ],
)
def test_codes_are_words(tmp_path, name, codes, words):
    capture = Capture().handles()
    for code in codes:
        capture.event("X", (31, name, bytes([code])), category="mem")
    found = [json.loads(row["params"])[name] for row in rows(kcap(tmp_path, capture), "kevent")]
    assert " ".join(found) == words


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("with_pe", [False, True])
def test_the_state_of_a_process(tmp_path, version, with_pe):
    capture = Capture(1 if version > 1 else 0, process_version=version).handles()
    after = START_TIME if version > 1 else b""
    after += capture.text("me") + capture.text("HOST") if version > 2 else b""
    pe = capture.pe() if with_pe else b""
    state = capture.state(7, "cmd.exe", pe=pe, after=after)
    pid = (18, "pid", struct.pack("<I", 7))
    capture.event("CreateProcess", pid, category="process", state=state, provider=PROCESS_PROVIDER, opcode=1)
    (process,) = rows(kcap(tmp_path, capture), "kevent_process")
    assert (process["pid"], process["name"], process["comm"], process["sessionid"]) == (
        7,
        "cmd.exe",
        "C:\\cmd.exe -a",
        4,
    )
    assert json.loads(process["envs"]) == {"OS": "Windows_NT"}
    assert json.loads(process["handles"]) == [
        {"name": "C:\\Users", "type": "File", "id": 16, "object": "ab", "pid": 7, "is_directory": True},
        {
            "name": "m",
            "type": "Mutant",
            "id": 17,
            "object": "ab",
            "pid": 7,
            "count": -1,
            "is_abandoned": True,
        },
    ]
    extra = json.loads(process["extra"] or "{}")
    assert extra.get("uuid") == (77 if version > 1 else None)
    assert extra.get("domain") == ("HOST" if version > 2 else None)
    if with_pe:
        assert json.loads(process["pe"]) == {
            "nsections": 1, "nsymbols": 10, "image_base": "140000000", "entrypoint": "20110",
            "link_time": "2021-01-03T19:24:21Z", "sections": [{"name": ".text", "size": 132608, "entropy": 6.5, "md5": "db23"}],
            "symbols": ["SelectObject"], "imports": ["GDI32.dll"], "resources": {"FileDescription": "x"},
        }  # fmt: skip


def test_events_get_the_state_of_their_process(tmp_path):
    capture = Capture().handles()
    pid = (18, "pid", struct.pack("<I", 7))
    start = {"category": "process", "provider": PROCESS_PROVIDER}
    capture.event("", pid, state=capture.state(7, "a.exe"), opcode=3, **start)
    capture.event("CreateFile", pid=7)
    capture.event("CreateFile", pid=8)
    capture.event("CreateProcess", pid, state=capture.state(7, "b.exe"), opcode=1, **start)
    capture.event("CreateFile", pid=7)
    trace = kcap(tmp_path, capture)
    first, second, third, fourth, fifth = rows(trace, "kevent")
    assert (first["name"], first["category"]) == ("EnumProcess", "process")
    assert second["process"] == first["process"]
    assert third["process"] is None
    assert fifth["process"] == fourth["process"] != first["process"]
    assert [row["type"] for row in rows(trace, "event")][:2] == ["proc_start", "file_event"]
    assert [row["procname"] for row in rows(trace, "event")][-1] == "b.exe"


def test_handles_at_the_start_are_kept(tmp_path, capsys):
    capture = Capture()
    port = b"\1" + struct.pack("<IIQ", 1, 2, 0xFF)
    capture.handles(capture.handle(4, "File", "C:\\a"), capture.handle((1 << 64) - 1, "ALPC Port", "p", port))
    trace = kcap(tmp_path, capture.event())
    first, second = rows(trace, "kevent_handle")
    assert (first["handle_id"], first["type"], first["name"], first["object"], first["pid"]) == (
        4,
        "File",
        "C:\\a",
        "ab",
        7,
    )
    assert json.loads(second["extra"]) == {"flags": 1, "seqno": 2, "context": "ff", "id": (1 << 64) - 1}
    assert "handles that were open at the start, in table kevent_handle: 2" in capsys.readouterr().err


def test_frames_and_plain_files(tmp_path):
    capture = Capture().handles().event(seq=1).event(seq=2)
    parts = [capture.data[start : start + 40] for start in range(0, len(capture.data), 40)]
    frames = b"".join(map(zstandard.ZstdCompressor().compress, parts))
    assert detect(frames)
    assert detect(capture.data)
    for content in (frames, capture.data):
        assert len(rows(imported(tmp_path, content, f"{len(content)}.kcap"), "kevent")) == 2


def test_codes_of_later_sections_are_wider(tmp_path):
    capture = (
        Capture(1).handles().event("X", (31, "operation", struct.pack("<I", 1)), category="mem", version=2)
    )
    assert parameters(kcap(tmp_path, capture)) == {"operation": "open"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a capture at all", "invalid kcap file magic number"),
        (b"", "invalid kcap file magic number"),
        (Capture(major=0).data, "incompatible kcap file: its major version is 0"),
        (Capture().data[:12], "the capture ends in its header"),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path, capsys, content, said):
    imported(tmp_path, zstandard.ZstdCompressor().compress(content), "x.kcap", code=3)
    assert said in capsys.readouterr().err


def test_a_newer_format_is_tried(tmp_path, capsys):
    trace = kcap(tmp_path, Capture(major=2).handles().event())
    assert len(rows(trace, "kevent")) == 1
    assert "format 2.0, newer than what is known here" in capsys.readouterr().err


def test_a_short_event_is_counted(tmp_path, capsys):
    capture = Capture().handles().event()
    capture.data += capture.section(3, bytes(20))
    trace = kcap(tmp_path, capture.event(seq=2))
    assert [row["seq"] for row in rows(trace, "kevent")] == [1, 2]
    assert "event 2: expected at least 34 bytes but got 20 bytes" in capsys.readouterr().err
    with pytest.raises(ValueError, match="expected at least 34 bytes but got 20 bytes"):
        read_event(Cursor(bytes(20), "little"), 1)


def test_a_capture_cut_off_anywhere(tmp_path, capsys):
    capture = Capture().handles(Capture().handle(1, "File", "x"))
    first = len(capture.event(seq=1).data)
    whole = len(capture.event(seq=2).data)
    for end in range(first, whole):
        trace = imported(tmp_path, capture.data[:end], f"{end}.kcap")
        assert [row["seq"] for row in rows(trace, "kevent")] == [1]
        said = capsys.readouterr().err
        assert ("damaged or cut off after event 1" in said) == (end > first)


def test_a_cut_or_broken_compression(tmp_path, capsys):
    capture = Capture().handles()
    for seq in range(50):
        capture.event(
            seq=seq, timestamp=f"2020-12-31T16:29:{seq:02d}Z", meta={"x": bytes([seq, 200 - seq]).hex() * seq}
        )
    content = compressed(capture)
    whole = zstandard.ZstdCompressor().compress(Capture().handles().event().data)
    broken = content[:300] + b"\xff" * 40 + content[340:]
    for damaged in (whole + content[: len(content) // 2], whole + broken):
        imported(tmp_path, damaged, f"{len(damaged)}.kcap")
        assert "Traceback" not in capsys.readouterr().err


def test_random_bytes_never_raise(tmp_path, capsys):
    import random

    rng = random.Random(5)
    capture = Capture().handles()
    capture.event("CreateProcess", category="process", state=capture.state(7, pe=capture.pe()))
    for n in range(60):
        data = bytearray(capture.data)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(18, len(data))] = rng.randrange(256)
        (tmp_path / f"{n}.kcap").write_bytes(data)
        assert main(["import", str(tmp_path / f"{n}.kcap"), "-o", str(tmp_path / f"{n}.db")]) in (0, 3)
        assert "Traceback" not in capsys.readouterr().err


def test_without_the_library_the_message_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    monkeypatch.setitem(__import__("sys").modules, "compression.zstd", None)
    (tmp_path / "x.kcap").write_bytes(compressed(Capture().handles().event()))
    assert main(["import", str(tmp_path / "x.kcap"), "-o", str(tmp_path / "t.db")]) == 3
    said = capsys.readouterr().err
    assert "reading a capture needs the package zstandard" in said
    assert "pip install 'tracetui[zstd]'" in said
