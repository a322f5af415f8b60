"""Templates over canonical events: fields in both spellings, padding, and what is wrong with the others."""

from __future__ import annotations

import pytest
from canonical_helpers import record

from support import openat
from tracetui.canonical import (
    DEFAULT_TEMPLATE,
    FIELDS,
    CanonicalEvent,
    NameStyle,
    Needs,
    Parameters,
    ParameterType,
    ProcessState,
    Template,
    TemplateError,
    canonical_event,
)

INIT = ProcessState(1, 0, "init", "/sbin/init", ("/sbin/init", "-s"))
SHELL = ProcessState(
    5, 1, "sh", "/bin/sh", ("/bin/sh", "-c", "x"), 100, 101, 9, "/tmp", {"HOME": "/"}, {3: "/a"}, parent=INIT,
    facts={"sid": "HOST\\SYSTEM", "sessionid": 1, "pe": {"nsections": 2}},
)  # fmt: skip


@pytest.fixture
def event():
    parameters = Parameters()
    parameters.append("io_size", ParameterType.UINT32, 4096)
    parameters.append("file_name", ParameterType.PATH, "/etc/a\nb")
    return CanonicalEvent(
        2,
        "openat",
        "file",
        "opens a file",
        pid=5,
        tid=6,
        cpu=1,
        host="router",
        timestamp=1_500_000_000,
        parameters=parameters,
        metadata={"env": "prod", "type": "syscall"},
        process=SHELL,
    )


def test_the_default(event):
    assert Template().fill(event) == (
        "2 1970-01-01T00:00:01.500000000Z - 1 sh (5) - openat (file_name➜ /etc/a␊b, io_size➜ 4096)"
    )
    assert Template(DEFAULT_TEMPLATE).needs == Needs.PROCESS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ .Seq }}/{{.Pid}}/{{   .Tid   }}/{{ .CPU }}/{{ .Host }}", "2/5/6/1/router"),
        ("{{ .seq }} {{ .TYPE }} {{ .Name }} {{ .Category }}", "2 openat openat file"),
        ("{{ .Description }}", "opens a file"),
        ("{{ .Kparams }}", "file_name➜ /etc/a␊b, io_size➜ 4096"),
        ("{{ .Kparams.File_name }} {{ .Params.io_size }}", "/etc/a␊b 4096"),
        ("{{ .Params.FileName }} {{ .Params.ioSize }} {{ .Params.io.size }}", "/etc/a␊b 4096 4096"),
        ("[{{ .Params.Nope }}]", "[]"),
        ("{{ .Meta }}", "env:prod, type:syscall"),
        ("{{ .Meta.env }}[{{ .Meta.nope }}]", "prod[]"),
        ("{{ .Process }} {{ .Ppid }} {{ .Exe }} {{ .Cmd }} {{ .Comm }}", "sh 1 /bin/sh /bin/sh -c x /bin/sh -c x"),
        ("{{ .Args }} {{ .Uid }} {{ .Gid }}", "-c x 100 101"),
        ("{{ .Envs }} {{ .Envs.HOME }} [{{ .Envs.NO }}]", "HOME=/ / []"),
        ("{{ .Files }}", "3=/a"),
        ("{{ .Sid }} {{ .Session }} {{ .PE }}", "HOST\\SYSTEM 1 Number of sections: 2"),
        ("{{ .Pname }} {{ .Pexe }} {{ .Pcmd }} {{ .Ancestors }}", "init /sbin/init /sbin/init -s init"),
        ("{seq} {event} {category} {params.file_name} {meta.env}", "2 openat file /etc/a␊b prod"),
        ("{ps.name} {ps.exe} {ps.parent.name} {ps.envs.HOME} {ps.files}", "sh /bin/sh init / 3=/a"),
        ("{{ .Seq }}:{seq}", "2:2"),
        ("[{seq:>4}] [{{ .Type:<8 }}]", "[   2] [openat  ]"),
        ("{{x}} {seq} a\\tb\\n", "{x} 2 a\tb\n"),
        ("{{{seq}}}", "{2}"),
    ],
)  # fmt: skip
def test_fields(event, text, expected):
    assert Template(text).fill(event) == expected


def test_every_field_prints_something(event):
    for field in FIELDS:
        dotted, plain = Template(f"{{{{ .{field.dotted} }}}}"), Template(f"{{{field.plain}}}")
        assert dotted.fill(event)
        assert dotted.fill(event) == plain.fill(event)
        assert dotted.needs == plain.needs == field.needs


def test_what_is_not_known_prints_nothing():
    event = canonical_event(record(openat("/x")))
    for field in FIELDS:
        if Needs.PROCESS in field.needs or field.dotted in ("Timestamp", "Pid", "Tid", "CPU", "Host"):
            assert Template(f"<{{{{ .{field.dotted} }}}}>").fill(event) == "<>"
    assert Template("{{ .Params }}").fill(CanonicalEvent(1, "x")) == ""


def test_style_and_delimiter(event):
    template = Template("{{ .Params }}", style=NameStyle.CAMEL, delimiter="=")
    assert template.fill(event) == "fileName=/etc/a␊b, ioSize=4096"


def test_an_unknown_field_is_named_with_the_known_ones():
    with pytest.raises(TemplateError) as error:
        Template("{{ .Seq }} {{ .NullField1 }}")
    assert str(error.value).startswith(
        ".NullField1 is not a known field name. Maybe you meant one of the following fields: .Ancestors .Args .CPU"
    )
    assert ".Params.<name>" in str(error.value)
    with pytest.raises(TemplateError, match=r"unknown field 'nope' in template .*Known: seq, timestamp"):
        Template("{nope}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no fields"),
        ("no fields", "no fields"),
        ("{{ x }}", "no fields"),
        ("{seq", "single '{' at position 1"),
        ("{{ .Seq }", "single '}' at position 9"),
        ("{seq} }", "single '}' at position 7"),
        ("{{ . }}", "empty field at position 1"),
        ("{seq} {}", "empty field at position 7"),
        ("{seq!r}", "conversion '!r' is not supported"),
        ("{seq:zz}", "template '{seq:zz}': "),
        ("{seq:10000}", "more than 9999 columns"),
        ("{seq:99999999999999999999}", "more than 9999 columns"),
        ("{{ .Params. }}", ".Params. is not a known field name"),
    ],
)
def test_a_bad_template_is_explained(text, said):
    with pytest.raises(TemplateError) as error:
        Template(text)
    assert said in str(error.value)
