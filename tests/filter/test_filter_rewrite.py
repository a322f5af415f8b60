"""Filters made of filters: quoting, joining, widening, resolving; and what completion offers."""

from __future__ import annotations

import pytest
from filter_helpers import matching, tables_of
from filter_random import trace as random_trace

from support import boot, syscall, write_trace
from tracetui.filter import (
    FIELDS,
    Surroundings,
    complete,
    evaluate,
    field_equals,
    including_missing,
    joined,
    missing_fields,
    parse,
    quoted,
)
from tracetui.filter.rewrite import resolved
from tracetui.trace import Trace

AWKWARD = (
    "", " ", "a b", "and", "not", "exists", "in", "contains", "a'b", 'a"b', "a\\b", "\\", "\n", "\t\r", "\x00", "\x1b[31m", "é",
    "日本", "1..5", "..", "(", ")", "a(b)", "a,b", "=", "!", "~", "@x", "${fd}", "$", "{", "[x]", "hex:00", "47:45", "0x10", "1k",
    "-1", "007", "r'x'", "%41", "&&", "a||b", "?", "*", "\u202e", "\u2028", "\ufeff",
)  # fmt: skip


@pytest.fixture
def trace(tmp_path):
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        yield trace


@pytest.mark.parametrize("field", ["procname", "fd.name", "arg1", "errno", "buffer", "odd.what"])
@pytest.mark.parametrize("text", AWKWARD)
def test_whatever_text_is_quoted_comes_back(field, text):
    if field == "errno":
        return
    written = field_equals(field, text)
    (leaf,) = parse(written, tables={"odd": ("what",)}).leaves
    passes = leaf.predicate.matcher()
    assert passes(text.encode() if field == "buffer" else text), written
    assert not passes(text + "x" if field != "buffer" else text.encode() + b"x")


def test_the_name_of_an_error_that_only_the_logger_knows_comes_back(tmp_path):
    events = [syscall("foo", retno=-150), syscall("foo", retno=-2), syscall("foo", retno=-89)]
    renamed = (
        "UPDATE syscall SET retno_repr = 'EODD(what)' WHERE id = 1",
        "UPDATE syscall SET retno_repr = 'ENOSYS(Function not implemented)' WHERE id = 3",
    )
    with Trace.open(write_trace(tmp_path / "t.db", events, renamed)) as trace:
        for record in trace.records():
            assert matching(trace, field_equals("errno", record.errno_name)) == [record.id]
        assert matching(trace, 'errno in (ENOENT, "EODD")') == [1, 2]
        assert matching(trace, 'errno != "EODD"') == [2, 3]
        offered = complete("errno = E", 9, lambda field, prefix: [("EODD", 1), ("ENOENT", 1)])
    assert [item.text for item in offered.items] == ['"EODD"', "ENOENT"]
    assert parse('errno = "EODD"').warnings
    assert not parse('errno in ("ENOENT", "2", "EINIT", "EWOULDBLOCK")').warnings


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"GET", bytes(range(256))])
def test_bytes_come_back(data):
    (leaf,) = (
        parse(f"buffer bcontains {quoted(data).removeprefix('hex:')}").leaves
        if data
        else parse("buffer = ''").leaves
    )
    assert leaf.predicate.matcher()(data)
    if data:
        (leaf,) = parse(field_equals("buffer", data)).leaves
        assert leaf.predicate.matcher()(data)


@pytest.mark.parametrize("number", [0, 3, -1, -2, 1 << 40, -(1 << 63)])
@pytest.mark.parametrize("field", ["fd", "arg0", "ret", "id"])
def test_numbers_come_back(field, number):
    (leaf,) = parse(field_equals(field, number)).leaves
    assert leaf.predicate.matcher()(number)


def test_conditions_made_by_pointing(trace):
    assert matching(trace, field_equals("procname", "/bin/sh")) == [6]
    assert matching(trace, field_equals("fd", 4, negated=True)) == [8]
    assert matching(trace, field_equals("arg1", "cmd=0x5401")) == [6]
    assert field_equals("procname", "/bin/sh") == "procname = /bin/sh"


@pytest.mark.parametrize(
    ("former", "word", "expected"),
    [
        ("", "and", "id = 1"),
        ("  ", "or", "id = 1"),
        ("failed", "and", "failed and id = 1"),
        ("failed or passwd", "and", "(failed or passwd) and id = 1"),
        ("failed and passwd", "and", "failed and passwd and id = 1"),
        ("failed or passwd", "or", "failed or passwd or id = 1"),
        ("failed and passwd", "or", "failed and passwd or id = 1"),
        ("(failed or passwd)", "and", "((failed or passwd)) and id = 1"),
        ("odd.what = 1", "and", "(odd.what = 1) and id = 1"),
    ],
)
def test_joining_keeps_the_meaning(former, word, expected):
    assert joined(former, "id = 1", word) == expected


@pytest.mark.parametrize(
    ("text", "fields", "widened"),
    [
        ("fd = 4", (), None),
        ("fd ?!= 4", (), None),
        ("fd != 4", ("fd",), "fd ?!= 4"),
        ("fd!=4", ("fd",), "fd?!=4"),
        ("fd <> 4", ("fd",), "fd ?!= 4"),
        ("fd !== 4", ("fd",), "fd ?!= 4"),
        ("fd ne 4", ("fd",), "fd ?!= 4"),
        ("fd NE 4", ("fd",), "fd ?!= 4"),
        ("fd not in (4)", ("fd",), "(not fd exists or fd not in (4))"),
        ("path not contains x", ("path",), "(not path exists or path not contains x)"),
        ("proc.cmdline not contains x", ("argv",), "(not argv exists or proc.cmdline not contains x)"),
        ("path !~ x", ("path",), "(not path exists or path !~ x)"),
        ("len( path ) != 3", ("len(path)",), "(not len(path) exists or len( path ) != 3)"),
        (
            "cidr_contains(net.ip, 10.0.0.0/8) != true",
            ("cidr_contains(net.ip, 10.0.0.0/8)",),
            "(not cidr_contains(net.ip, 10.0.0.0/8) exists or cidr_contains(net.ip, 10.0.0.0/8) != true)",
        ),
        ("fd != val(id)", ("fd",), "fd ?!= val(id)"),
        ("fd != 4 and (uid != 0 or failed)", ("fd", "uid"), "fd ?!= 4 and (uid ?!= 0 or failed)"),
        ("procname = 'x != 1' and fd != 4", ("fd",), "procname = 'x != 1' and fd ?!= 4"),
    ],
)
def test_events_that_lack_a_field_can_be_included(text, fields, widened, trace):
    expression = parse(text)
    assert missing_fields(expression) == fields
    assert including_missing(expression) == widened
    if widened is not None:
        assert missing_fields(parse(widened)) == () or "exists" in widened
        assert set(matching(trace, text)) <= set(matching(trace, widened))


def test_including_what_is_missing_adds_just_that(trace):
    text = "fd != 4"
    added = set(matching(trace, including_missing(parse(text)))) - set(matching(trace, text))
    assert sorted(added) == matching(trace, "not fd exists")


def test_references_are_resolved(trace):
    selected = next(record for record in trace.records() if record.id == 6)
    expression = parse("fd = ${fd} and id in (${id}..9) and procname = ${procname}", selected=selected)
    assert resolved(expression) == "fd = 4 and id in (6..9) and procname = /bin/sh"


# Completion.


def offers(text, cursor=None, values=None, **surroundings):
    found = complete(text, len(text) if cursor is None else cursor, values, Surroundings(**surroundings))
    return found, [item.text for item in found.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "id"),
        ("proc", "procname"),
        ("fd.na", "fd.name"),
        ("failed and err", "errno"),
        ("(sysc", "syscall.name"),
        ("not pat", "path"),
        ("path sta", "startswith"),
        ("path ", "="),
        ("path not co", "contains"),
        ("path startswith x ", "and"),
        ("path startswith x o", "or"),
        ("failed = ", "true"),
        ("type = re", "read"),
        ("errno = ENO", "ENOENT"),
        ("errno in (ENOENT, EAC", "EACCES"),
        ("kevt.na", "kevt.name"),
    ],
)
def test_what_is_offered_first(text, first):
    assert offers(text)[1][0] == first


def test_an_empty_line_offers_every_field():
    _, texts = offers("")
    assert {field.name for field in FIELDS} <= set(texts)


def test_columns_and_saved_filters_are_offered():
    assert "odd.what" in offers("od", tables={"odd": ("what",)})[1]
    assert offers("@no", saved={"noise": "x", "other": "y"})[1] == ["@noise"]


def test_values_of_the_trace_are_offered_with_their_counts():
    asked = []

    def values(field, prefix):
        asked.append((field, prefix))
        return [("/bin/sh", 7), ("a b", 2), ("/bin/cat", 1)]

    found, texts = offers("procname = /bin", values=values)
    assert asked == [("procname", "/bin")]
    assert texts == ["/bin/sh", "/bin/cat"]
    assert [item.count for item in found.items] == [7, 1]
    assert (found.start, found.end, found.field, found.prefix) == (11, 15, "procname", "/bin")
    assert offers("procname = a", values=values)[1] == ['"a b"', "/bin/cat"]


def test_an_offer_replaces_the_word_at_the_cursor():
    text = "failed and err and id = 1"
    found, texts = offers(text, cursor=len("failed and err"))
    assert text[: found.start] + texts[0] + text[found.end :] == "failed and errno and id = 1"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_offered_operator_is_one(field):
    *operators, last, other = offers(f"{field.name} ")[1]
    assert (last, other) == ("and", "or")
    assert operators[0] == "="
    assert operators[-1] == "exists"
    for operator in operators:
        assert offers(f"{field.name} {operator}")[1][0] == operator


@pytest.mark.parametrize("seed", [3, 4])
def test_whatever_an_event_has_can_be_pointed_at(tmp_path, seed):
    with Trace.open(random_trace(tmp_path / "t.db", seed, 40, fibratus=True)) as trace:
        surroundings = Surroundings(tables=tables_of(trace))
        for record in trace.records():
            for field in FIELDS:
                for value in field.values(record):
                    if field.name == "errno" and value == "EX":
                        continue  # made up by the generator: no error has this name
                    only = parse(field_equals(field.name, value), surroundings)
                    without = parse(field_equals(field.name, value, negated=True), surroundings)
                    assert evaluate(only, record, surroundings), only.text
                    assert not evaluate(without, record, surroundings), without.text


@pytest.mark.parametrize(
    "field",
    ["arg[[exe]", "evt.arg['a b']", "arg[\"it's\"]", "meta[x-y]", "arg.flags", "ps.envs['a b']", "ps.envs[PATH]",
     "ps.modules['a b.dll'].size", "pe.sections[.text].size", "pe.resources['a)']", "arg['3']"],
)  # fmt: skip
def test_fields_with_an_index_can_be_written_again(field):
    (leaf,) = parse(f"{field} not startswith x").leaves
    (again,) = parse(f"{leaf.field.name} exists").leaves
    assert again.field.name == leaf.field.name
    assert parse(including_missing(parse(f"{field} not startswith x")))
