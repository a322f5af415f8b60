"""Canonical events behave as Fibratus' own where they say the same: template, texts, JSON, getters, transformers.

What is different on purpose is said at each test.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re

import pytest

from tracetui.canonical import (
    CanonicalEvent,
    NameStyle,
    Parameters,
    ParameterType,
    ProcessState,
    SequenceError,
    Sequencer,
    Template,
    TemplateError,
    batch_json,
    compatible_json,
    event_text,
)
from tracetui.canonical.transformers import remove, rename, replace_text, tags, transform, trim

T = ParameterType
NAME = 'C:\\a "q"\n<é>.dll'
STATE = ProcessState(
    2436, 6304, "firefox.exe", "C:\\ff\\firefox.exe", ("C:\\ff\\firefox.exe", "-a", "b c"), cwd="C:\\ff\\",
    command='C:\\ff\\firefox.exe -a "b c"', facts={"sid": "archrabbit\\SYSTEM", "sessionid": 4},
)  # fmt: skip


def parameters(*items):
    made = Parameters()
    for item in items:
        made.append(*item)
    return made


def event(process=None, *items, seq=2):
    known = items or (("file_name", T.PATH, NAME), ("io_size", T.UINT32, 4096))
    return CanonicalEvent(
        seq, "CreateFile", "file", "Creates or opens a file or I/O device", 859, 2484, 1, "archrabbit",
        1609698261098670100, 3600, parameters(*known), {"env": "prod"}, process,
    )  # fmt: skip


HEAD = (
    '{"seq": 2,"pid": 859,"tid": 2484,"cpu": 1,"name": "CreateFile","category": "file","description": "Creates or opens '
    'a file or I/O device","host": "archrabbit","timestamp": "2021-01-03T19:24:21.0986701+01:00",'
)
BODY = '"kparams": {"file_name": "C:\\\\a \\"q\\"\\n<é>.dll","io_size": 4096},"meta": {"env": "prod"}'
PS = (
    '"ps": {"pid": 2436,"ppid": 6304,"name": "firefox.exe","comm": "C:\\\\ff\\\\firefox.exe -a \\"b c\\"",'
    '"exe": "C:\\\\ff\\\\firefox.exe","cwd": "C:\\\\ff\\\\","sid": "archrabbit\\\\SYSTEM","args": ["-a","b c"],"sessionid": 4'
)


def test_the_default_template():
    """Control characters are shown as pictures, and times are in UTC with nine digits."""
    text = (
        "{{ .Seq }} {{ .Timestamp }} - {{ .CPU }} {{ .Process }} ({{ .Pid }}) - {{ .Type }} ({{ .Kparams }})"
    )
    assert Template(text).fill(event(STATE)) == (
        "2 2021-01-03T18:24:21.098670100Z - 1 firefox.exe (859) - CreateFile "
        '(file_name➜ C:\\a "q"␊<é>.dll, io_size➜ 4096)'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{.Seq}}", "2"),
        ("{{   .Seq }}", "2"),
        ("{{ .Pid }} {{ .Ppid }} {{ .Tid }} {{ .Cwd }} {{ .Exe }} {{ .Comm }} {{ .Sid }} {{ .Process }}",
         "859 6304 2484 C:\\ff\\ C:\\ff\\firefox.exe C:\\ff\\firefox.exe -a \"b c\" archrabbit\\SYSTEM firefox.exe"),
        ("{{ .Description }} {{ .Host }} {{ .Meta }}", "Creates or opens a file or I/O device archrabbit env:prod"),
        ("{{ .Kparams.Io_size }} {{.Kparams.Io_size}}", "4096 4096"),  # 1.2 prints only the second
        ("{{ .Kparams.File_name}}{{.Kparams.Nope}}|", 'C:\\a "q"␊<é>.dll|'),
        ("x{{ .Seq }} {{ .Category }}y", "x2 filey"),  # 1.2 prints nothing at all
        ("{{ .Meta.env }}", "prod"),  # unknown to 1.2
        ("é{{ .Seq }}➜", "é2➜"),
    ],
)  # fmt: skip
def test_templates(text, expected):
    assert Template(text).fill(event(STATE)) == expected


def test_the_header_of_an_executable():
    """In one line, where Fibratus takes ten; the time is that of the header."""
    header = {
        "nsections": 2, "nsymbols": 10, "image_base": "140000000", "entrypoint": "20110", "link_time": "2021-01-03T19:24:21Z",
        "sections": [{"name": ".text", "size": 132608, "entropy": 6.368381, "md5": "db23"}],
        "symbols": ["SelectObject"], "imports": ["GDI32.dll"], "resources": {"FileDescription": "Notepad"},
    }  # fmt: skip
    state = dataclasses.replace(STATE, facts={"pe": header})
    assert Template("{{ .PE }}").fill(event(state)) == (
        "Number of sections: 2, Number of symbols: 10, Image base: 140000000, Entrypoint: 20110, Link time: 2021-01-03T19:24:21Z, "
        "Sections: [Name: .text, Size: 132608, Entropy: 6.368381, Md5: db23], Symbols: [SelectObject], Imports: [GDI32.dll], "
        "Version resources: map[FileDescription:Notepad]"
    )  # fmt: skip


@pytest.mark.parametrize("name", "Ppid Cwd Exe Comm Sid Process PE Cmd Pname".split())
def test_without_a_process_its_fields_print_nothing(name):
    assert Template(f"<{{{{ .{name} }}}}>").fill(event()) == "<>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no fields", 'invalid template format: "no fields"'),
        ("", 'invalid template format: ""'),
        ("{{ .Seq }", 'invalid template format: "{{ .Seq }"'),
        ("{.Seq}", 'template syntax error near field #1: "{.Seq}"'),
        ("{{ .Seq }} {.CPU}} {{.Type}}", 'template syntax error near field #2: "{{ .Seq }} {.CPU}} {{.Type}}"'),
        ("{{ .Seq }} {{.CPU}} {.Type}}", 'template syntax error near field #3: "{{ .Seq }} {{.CPU}} {.Type}}"'),
        ("{{ .Seq }} {{.CPU} {{.Type}}", 'template syntax error near field #2: "{{ .Seq }} {{.CPU} {{.Type}}"'),
        ("{{{ .Seq }}}", 'template syntax error near field #1: "{{{ .Seq }}}"'),
        ("{{ .Seq }} {{}} {{.Type}}", "empty field found at position 2"),
        ("{{ .Seq }} {{.CPU}} {{ }}", "empty field found at position 3"),
        ("{{ .Seq }} {{NUllField1}} {{.Type}}", "NUllField1 is not a known field name. Maybe you meant one of the following fields: .A"),
        ("{{ .Handles }}", ".Handles is not a known field name. Maybe you meant one of the following fields: .A"),
        ("{{ .Seq | printf }}", ".Seq | printf is not a known field name."),
    ],
)  # fmt: skip
def test_wrong_templates(text, said):
    with pytest.raises(TemplateError) as error:
        Template(text)
    assert str(error.value).startswith(said)


def test_the_fields_that_are_offered_are_sorted():
    with pytest.raises(TemplateError) as error:
        Template("{{ .Nope }}")
    names = str(error.value).partition("fields: ")[2].split()
    assert names == sorted(names)
    assert {
        ".Seq",
        ".Timestamp",
        ".Pid",
        ".Ppid",
        ".Cwd",
        ".Exe",
        ".Tid",
        ".Sid",
        ".Process",
        ".Category",
        ".PE",
    } <= {*names}


@pytest.mark.parametrize(
    ("style", "delimiter", "expected"),
    [
        (NameStyle.SNAKE, "➜ ", "file_name➜ x, io_size➜ 4096"),
        (NameStyle.DOT, "➜ ", "file.name➜ x, io.size➜ 4096"),
        (NameStyle.PASCAL, "➜ ", "FileName➜ x, IoSize➜ 4096"),
        (NameStyle.CAMEL, "➜ ", "fileName➜ x, ioSize➜ 4096"),  # prints only commas in 1.2
        (NameStyle.SNAKE, "=", "file_name=x, io_size=4096"),
    ],
)
def test_parameters_as_text(style, delimiter, expected):
    made = parameters(("io_size", T.UINT32, 4096), ("file_name", T.PATH, "x"))
    assert made.text(style, delimiter) == expected


def test_json():
    assert compatible_json(event()) == HEAD + BODY + "}"
    assert compatible_json(event(STATE)) == HEAD + BODY + "," + PS + "}}"


TYPES = [
    (T.STRING, "héllo", '"héllo"', "héllo"),
    (T.STRING, "a\tb\x01\\", '"a\\tb\\u0001\\\\"', "a\tb\x01\\"),
    (T.INT8, -2, "-2", "-2"),
    (T.UINT8, 200, "200", "200"),
    (T.INT16, -300, "-300", "-300"),
    (T.UINT16, 65535, "65535", "65535"),
    (T.PORT, 443, "443", "443"),
    (T.INT32, -70000, "-70000", "-70000"),
    (T.UINT32, 4294967295, "4294967295", "4294967295"),
    (T.INT64, -1, "-1", "-1"),
    (T.UINT64, 18446744073709551615, "18446744073709551615", "18446744073709551615"),
    (T.FLOAT, 1.5, "1.5", "1.5"),  # as text, 1.2 prints six digits
    (T.FLOAT, 6.368381, "6.368381", "6.368381"),
    (T.BOOL, True, '"true"', "true"),
    (T.PID, 1204, "1204", "1204"),
    (T.TID, 7, "7", "7"),
    (T.HEX, 0xFFFFC307810D6000, '"ffffc307810d6000"', "0xffffc307810d6000"),  # as text, without 0x in 1.2
    (T.HEX, 10, '"a"', "0xa"),
    (T.IPV4, "172.17.0.2", '"172.17.0.2"', "172.17.0.2"),
    (T.IPV6, "2001:db8::1", '"2001:db8::1"', "2001:db8::1"),
    (T.TIME, 1609698261098670100, '"2021-01-03 19:24:21.0986701 +0100 +0100"', "2021-01-03T18:24:21.098670100Z"),
    (T.SLICE, ["dns.google.", "github.com."], '["dns.google.","github.com."]', "[dns.google. github.com.]"),
    (T.SLICE, [], "[]", "[]"),
    (T.ENUM, "rw-", '"rw-"', "rw-"),
    (T.ENUM, "open", '"open"', "open"),
    (T.ENUM, "tcp", '"tcp"', "tcp"),
    (T.ENUM, 3, "3", "3"),
    (T.STRING, "NT AUTHORITY\\SYSTEM", '"NT AUTHORITY\\\\SYSTEM"', "NT AUTHORITY\\SYSTEM"),
    (T.BYTES, b"\x00a", '"\\u0000a"', "\x00a"),  # no valid JSON in 1.2
    (T.FLOAT, float("nan"), '"nan"', "nan"),
]  # fmt: skip
"""Type, value, JSON and text of a parameter."""


@pytest.mark.parametrize(("kind", "value", "expected", "text"), TYPES)
def test_values_of_each_type(kind, value, expected, text):
    made = event(None, ("x", kind, value))
    line = compatible_json(made)
    assert f'"kparams": {{"x": {expected}}},"meta"' in line
    json.loads(line)
    assert made.parameters.text() == f"x➜ {text}"


def test_json_is_one_printable_line():
    line = compatible_json(event(None, ("x", T.STRING, "é\x7f\x85\x9b\u2028\u202e\U0001f600")))
    assert '"é\\u007f\\u0085\\u009b\\u2028\\u202e\U0001f600"' in line
    assert line.isprintable()
    assert json.loads(line)["kparams"]["x"] == "é\x7f\x85\x9b\u2028\u202e\U0001f600"


LISTS = {
    "threads": [{"tid": 3453, "ioprio": 2}],
    "modules": [{"name": "kernel32.dll", "size": 12354}],
    "handles": [{"name": "C:\\Users\\bunny", "type": "File", "id": 16, "object": "4f60e3ed44301f8"}],
    "pe": {"nsections": 0, "sections": []},
}


@pytest.mark.parametrize("chosen", list(itertools.product([False, True], repeat=4)))
def test_json_is_valid_whatever_of_a_process_is_told(chosen):
    facts = {name: value for (name, value), wanted in zip(LISTS.items(), chosen, strict=True) if wanted}
    state = ProcessState(1, 0, "a", "a", facts=facts, env={"OS": "x"})
    found = json.loads(compatible_json(event(state)))["ps"]
    assert {name: found[name] for name in facts} == facts
    assert found["envs"] == {"OS": "x"}
    assert [name for name in found if name in LISTS] == list(facts)


def test_batches():
    one, two = event(), event(seq=3)
    first, second = compatible_json(one), compatible_json(two)
    assert "".join(batch_json([], compatible_json)) == "[]"
    assert "".join(batch_json([one], compatible_json)) == f"[{first}\n]"
    assert "".join(batch_json([one, two], compatible_json)) == f"[{first}\n,{second}\n]"


BLOCK = (
    "\n\t\tSeq: 2\n\t\tPid: 859\n\t\tTid: 2484\n\t\tType: CreateFile\n\t\tCPU: 1\n\t\tName: CreateFile\n\t\tCategory: file"
    "\n\t\tDescription: Creates or opens a file or I/O device\n\t\tHost: archrabbit,"
    "\n\t\tTimestamp: 2021-01-03 19:24:21.0986701 +0100 +0100,"
    '\n\t\tKparams: file_name➜ C:\\a "q"\n<é>.dll, io_size➜ 4096,\n\t\tMetadata: env:prod'
)
BLOCK_OF_PROCESS = (
    ',\n\t    \n\t\tPid:  2436\n\t\tPpid: 6304\n\t\tName: firefox.exe\n\t\tComm: C:\\ff\\firefox.exe -a "b c"'
    "\n\t\tExe:  C:\\ff\\firefox.exe\n\t\tCwd:  C:\\ff\\\n\t\tSID:  archrabbit\\SYSTEM\n\t\tArgs: [-a b c]"
    "\n\t\tSession ID: 4\n\t\tEnvs: map[OS:Windows_NT]\n\t\t"
)


def test_a_block_of_lines():
    assert event_text(event()) == f"{BLOCK}\n\t"
    state = dataclasses.replace(STATE, env={"OS": "Windows_NT"})
    assert event_text(event(state)) == f"{BLOCK}{BLOCK_OF_PROCESS}\n\t"
    utc = dataclasses.replace(event(), utc_offset=None)
    assert "\tTimestamp: 2021-01-03 18:24:21.0986701 +0000 UTC,\n" in event_text(utc)
    assert "\tTimestamp: ,\n" in event_text(CanonicalEvent(1, "x"))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda p: p.get_string("io_size"), 'unable to type cast "io_size" parameter to string value'),
        (lambda p: p.get_string("nope"), "couldn't find nope in event parameters"),
        (lambda p: p.get_pid("pid"), "couldn't find pid in event parameters"),
        (lambda p: p.set("nope", 1), 'setting the value on a missing "nope" parameter is not allowed'),
        (lambda p: p.get_pid("io_size"), '"io_size" parameter is not a PID'),
        (lambda p: p.get_ipv4("io_size"), '"io_size" parameter is not an IPv4 address'),
        (lambda p: p.get_ip("io_size"), '"io_size" parameter is not an IP address'),
        (lambda p: p.get_slice("io_size"), '"io_size" parameter is not a slice'),
    ],
)
def test_getters(call, said):
    made = parameters(("io_size", T.UINT32, 4096))
    with pytest.raises(ValueError, match=re.escape(said)):
        call(made)
    assert made.find("nope") is None
    made.remove("nope")


def test_the_sequencer(tmp_path):
    path = tmp_path / "sequence"
    first = Sequencer(path)
    assert (first.current, first.increment(), first.increment()) == (0, 1, 2)
    first.store()
    second = Sequencer(path)
    assert second.increment() == 3
    second.store()
    with pytest.raises(SequenceError, match="current sequence number 2 is lower than registry value 3"):
        first.store()
    second.reset()
    assert (second.current, Sequencer(path).current) == (0, 0)


def test_a_sequencer_without_a_number_to_go_on_from(tmp_path):
    (tmp_path / "odd").write_text("many")
    assert Sequencer(tmp_path / "odd").increment() == 1
    alone = Sequencer()
    alone.increment()
    alone.store()
    assert alone.current == 1


def test_transformers():
    made = event(
        None,
        ("file_name", T.PATH, "C:\\Core\\a.dll"),
        ("io_size", T.UINT32, 1),
        ("key", T.STRING, "HKLM\\x"),
    )
    changed = transform(
        made,
        [
            tags(
                {"env": "test", "os": "%OS%", "none": "%NONE%", "both": "%OS%-%NONE%"}, {"OS": "Windows_NT"}
            ),
            remove(["io_size"]),
            rename({"key": "key_name"}),
            replace_text("key_name", "HKLM", "HKEY_LOCAL_MACHINE"),
            replace_text("nope", "a", "b"),
            trim("file_name", prefix="C:\\", suffix=".dll"),
            trim("key_name", prefix="other"),
        ],
    )
    assert changed.metadata == {"env": "test", "os": "Windows_NT", "both": "Windows_NT-"}
    assert changed.parameters.text(delimiter="=") == "file_name=Core\\a, key_name=HKEY_LOCAL_MACHINE\\x"
    assert made.metadata == {"env": "prod"}
    assert made.parameters.contains("io_size")


def test_transformers_leave_other_types_alone():
    made = event(None, ("n", T.UINT32, 11))
    assert transform(made, [replace_text("n", "1", "2"), trim("n", prefix="1")]).parameters.get_int("n") == 11


def test_tags_from_the_environment(monkeypatch):
    monkeypatch.setenv("TRACETUI_SITE", "lab")
    assert transform(event(), [tags({"site": "%TRACETUI_SITE%"})]).metadata["site"] == "lab"
