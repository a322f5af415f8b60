"""What users of other tools write out of habit: it works, or the message says what to write instead."""

from __future__ import annotations

import pytest
from filter_helpers import matching

from support import boot, write_trace
from tracetui.events import Event, Exec, ProcExit, Syscall
from tracetui.filter import FilterError, parse
from tracetui.filter.fields import KINDS
from tracetui.filter.habits import FIELDS, LOGIC, MIRRORED, OPERATORS
from tracetui.filter.lookup import find
from tracetui.filter.operators import SIGNS, WORDS
from tracetui.trace import Trace


def error_of(text):
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(("foreign", "meant"), FIELDS.items())
def test_fields_of_other_tools_are_told_by_the_name_that_is_meant(foreign, meant):
    assert find(foreign, {}) is None
    assert find(meant, {}) is not None
    error = error_of(f"{foreign} = 1")
    assert error.suggestion == meant
    assert (error.position, error.length) == (0, len(foreign))


@pytest.mark.parametrize(("foreign", "meant"), OPERATORS.items())
def test_operators_of_other_tools_are_told_by_the_one_that_is_meant(foreign, meant):
    assert foreign not in WORDS
    assert meant.split()[-1] in {**WORDS, **SIGNS}
    error = error_of(f"path {foreign} x")
    assert error.suggestion == meant
    assert (error.position, error.length) == (5, len(foreign))


@pytest.mark.parametrize(("written", "meant"), MIRRORED.items())
def test_operators_with_their_signs_the_wrong_way_round(written, meant):
    error = error_of(f"id {written} 5")
    assert error.suggestion == meant
    assert (error.position, error.length) == (3, 2)


@pytest.mark.parametrize(("sign", "word"), LOGIC.items())
def test_conditions_joined_by_one_sign(sign, word):
    assert error_of(f"id = 1 {sign} id = 2").suggestion == word


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("evt.dir = x", "leave the direction out"),
        ("evt.dir=< and evt.type=open", "leave the direction out"),
        ("user.name = root", "users are known by number"),
        ("proc.duration > 1s", "duration is that of a call"),
        ("arg7 = 1", "arguments are arg0 to arg5"),
        ("buffer[0:4] = 7f45", "there are no slices"),
        ("fd.name[-3:] = .so", "there are no slices"),
        ("3 = fd", "the field stands first"),
        ('"httpd" = procname', "the field stands first"),
        ("fd is not 3", "its opposite is written !="),
        ("uid = null", "whether there is a value asks uid exists"),
        ("uid is null", "whether there is a value asks exists"),
        ("fd = 3; fd = 4", "one filter has one line"),
        ("duration > 10 ms", "one word: 10ms"),
        ("duration > 1.5 s", "one word: 1.5s"),
        ("exists proc.nmae", "proc.name"),
        ("res = FAILED", "a call with any error: failed"),
        ("evt.arg[9] = 1", "arguments are arg0 to arg5"),
        ("path like '/etc/%'", "glob takes * for any text"),
        ("id between 1 and 5", "a range is written in 1..5"),
        ("id in 1-5", "a range is written 1..5"),
        ("id in (1-5)", "a range is written 1..5"),
        ("id in 1,5", "in (1, 5)"),
        ("id in (1;5)", "in (1, 5)"),
        ("procname in httpd, wget", "a list stands in parentheses"),
        ("procname = 'httpd', wget", "a list stands in parentheses"),
        ("id = 1 xor id = 2", "(a and not b) or (b and not a)"),
        ("id = 5 # the fifth", "no comments"),
        ("id = 5 // the fifth", "no comments"),
        ("duration > 5 s", "one word: 5s"),
        ("buflen > 4 kb", "one word: 4kb"),
        ("pid = httpd", "there is procname"),
        ("fd = /etc/passwd", "there is fd.name"),
        ("tree = httpd", "there is proc.aname"),
        ("ret = SUCCESS", "there is res"),
        ("code = SIGSEGV", "there is reason"),
        ("${fd}", "it stands after an operator: fd = ${fd}"),
        ("failed and ${ fd } ", "fd = ${fd}"),
        ("${fd", "${field}"),
        ("httpd exists", "unknown field 'httpd'"),
        ("errno = SUCCESS", "write res = SUCCESS"),
        ("args[0] = 3", "arguments are arg0 to arg5"),
        ("failed > 0", "failed is true or false"),
        ("failed httpd", "expected an operator (= != < contains in ~ exists …), 'and' or 'or'"),
    ],
)
def test_what_to_write_instead(text, said):
    assert said in error_of(text).render()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path ~ a*.so", "glob takes wildcards"),
        ("path = /dev/*", "after = a * is only itself; glob takes wildcards"),
        ("path contains /dev/*", "after contains a * is only itself"),
        ("procname in (web*, httpd)", "after in a * is only itself"),
        ("type = sycall", "perhaps syscall is meant"),
        ("kind in (read, wirte)", "perhaps write is meant"),
        ("errno = 0", "res = SUCCESS"),
        ("name = open,openat", "in (a, b)"),
        ("syscall = open|openat", "in (a, b)"),
        ("procname != httpd,sh", "in (a, b)"),
        ("host = null", "whether there is a value asks host exists"),
        ("ip.addr == 10.0.0.0/8", "cidr_contains(net.ip, '10.0.0.0/8')"),
        ("net.dip in (fe80::/10, 1.1.1.1)", "cidr_contains(net.dip, 'fe80::/10')"),
        ("id in 5..1", "no number is in 5..1"),
        ("signal = SIGKLL", "perhaps SIGKILL is meant"),
        ("signal = segw", "perhaps SIGSEGV is meant"),
        ("signal = 11", "SIGSEGV"),
    ],
)
def test_what_is_allowed_and_perhaps_not_meant(text, said):
    warnings = parse(text).warnings
    assert len(warnings) == 1
    assert said in warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        *(f"type = {kind}" for kind in KINDS),
        "type = odd",
        "type ieq EXEC",
        "type = xyzzyx",
        "name ~ open|close",
        "name contains a,b",
        "signal in (SEGV, sigkill, SIGRT_2)",
        "id in 5..",
        "id in 0x10..20",
        "host = 'null'",
        "net.dip contains 10.0.0.0/8",
        "path = '/dev/*'",
        "path glob /dev/*",
        "id = 5",
        "errno = 2",
        "buffer contains *",
    ],
)
def test_no_doubt(text):
    assert parse(text, tables={"odd": ()}).warnings == ()


def events() -> list[Event]:
    """New ones for each trace: once written, rows belong to the session that wrote them."""
    return [
        *boot(),
        Exec(
            procname="[?]",
            proc_id=0,
            calltree="",
            argc="1",
            argv="['sh']",
            envp="{'LOOPS': '20', 'HOME': '/root'}",
            euid=0,
            egid=0,
        ),
        Syscall(procname="x", proc_id=0, name="sys_accept", retno=-4000, retno_repr="-0xfa0"),
        ProcExit(procname="", proc_id=0, pid=9, create_time=0, code=143, reason="signal:SIGTERM"),
        Syscall(procname="python", proc_id=0, name="exec"),
    ]


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    with Trace.open(write_trace(tmp_path_factory.mktemp("habits") / "t.db", events())) as trace:
        yield trace


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("proc.envs[LOOPS] = 20", "id = 11"),
        ("ps.envs[LOOPS] = '20'", "id = 11"),
        ("PS.ENVS[LOOPS] = 20", "id = 11"),
        ("ps.envs[loops] exists", "id < 0"),
        ("ARG.filename exists", "arg.filename exists"),
        ("args.filename = /dev/nvram", "arg.filename = /dev/nvram"),
        ("SYSCALL.RETNO = -2", "syscall.retno = -2"),
        ("Event.ProcName = httpd", "event.procname = httpd"),
        ("errno = '2'", "errno = 2"),
        ("errno in ('2', ENOTTY)", "errno in (2, 25)"),
        ("res = -4000", "id = 12"),
        ("res != SUCCESS", "failed"),
        ("res = success", "res = SUCCESS"),
        ("res in (enoent, success)", "res in (ENOENT, SUCCESS)"),
        ("signal = SEGV", "signal = SIGSEGV"),
        ("signal = sigterm", "id = 13"),
        ("signal in (TERM, SEGV)", "signal exists"),
        ("reason = SIGTERM", "id = 13"),
        ("path not exists", "not path exists"),
        ("path NOT EXISTS and failed", "failed and not exists path"),
        ("path !contains etc", "path not contains etc"),
        ("path !in (a, b)", "path not in (a, b)"),
        ("id ! = 5", "id != 5"),
        ("fd not = 4", "fd != 4"),
        ("name = exec", "id = 14"),
        ("evt.type = exec", "type = exec or id = 14"),
        ("evt.type = execve", "type = exec"),
    ],
)
def test_other_ways_to_say_the_same(trace, text, same):
    assert matching(trace, text) == matching(trace, same)


def test_the_ways_are_told_apart_by_the_trace(trace):
    assert matching(trace, "res != SUCCESS") == [4, 6, 12]
    assert matching(trace, "signal = SEGV") == [10]


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("name = open or close", "name in (…)"),
        ("path pmatch /etc or /dev or fd = 3", "path pmatch (…)"),
        ("failed or passwd", None),
        ("path contains a or text contains b", None),
        ("passwd or name = open", None),
    ],
)
def test_a_word_after_or_is_perhaps_meant_as_another_value(text, several):
    warnings = parse(text).warnings
    assert [several in warning for warning in warnings] == ([True] if several else [])
    assert not parse("@s", saved={"s": text}).warnings


def test_a_word_that_is_no_field_is_not_taken_for_one():
    error = error_of("fd = three")
    assert "selected" not in str(error)
