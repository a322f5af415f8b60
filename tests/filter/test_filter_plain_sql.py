"""What SQLite decides by itself: exactly, on odd texts too, and with no function of ours for each row."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from filter_helpers import matching

from support import boot, openat, write_trace
from tracetui.filter import compile_filter, parse
from tracetui.trace import Trace

SHOWN = (
    "ENOENT(No such file or directory)",
    "-0x2",
    None,
    "",
    "ENOENT",
    "E(x",
    "EX(",
    "E2BIG(",
    "Enoent(",
    "ENO ENT(",
    "ENO\0ENT(",
    "E\0(",
    "xENOENT(",
    "É(",
    b"ENO\xffENT(",
    b"ENOENT(\xff",
)
"""How loggers, or nobody, may have written the name of an error."""

NAMES = ("sys_openat", "openat", "sys_", "sys_open\0at", "SYS_openat", b"sys_\xff", b"\xffff", "")

PLAIN = (
    "errno = ENOENT",
    "errno != ENOENT",
    "errno in (2, EACCES)",
    "errno exists",
    "failed",
    "ret = EINVAL",
    "res = SUCCESS",
    "res != ENOENT",
    "evt.type = openat",
    "name in (open, stat)",
    "procname endswith httpd",
    "procname iendswith HTTPD",
    "arg1 = 0x5401",
    "args in (1, 2)",
    "fd = 3",
    "pid = 1",
    "arg contains nvram",
    "arg1 icontains NVRAM",
    "arg contains (led, nvram)",
)


ERAS = {
    "v3b": (),
    "v2b": ("DROP TABLE proc_start", "DROP TABLE proc_exit", "UPDATE syscall SET arg5_repr = NULL"),
    "recorded": (
        "CREATE TABLE context (id INTEGER PRIMARY KEY, ts INTEGER)",
        "INSERT INTO context VALUES (1, 1)",
    ),
}
"""Statements that make a trace one of its era."""


@pytest.fixture(scope="module", params=ERAS)
def odd(request, tmp_path_factory):
    """A trace with every combination of result and text that a test needs."""
    events = [openat("/x") for _ in range(400)] + boot()
    path = write_trace(tmp_path_factory.mktemp("odd") / "t.db", events, ERAS[request.param])
    results = (-2, -13, -95, -200, -4095, -4096, 0, 3, None, "-2")
    rows = [(result, shown) for result in results for shown in SHOWN]
    with closing(sqlite3.connect(path)) as connection, connection:
        for event_id, (result, shown) in enumerate(rows, start=1):
            connection.execute(
                "UPDATE syscall SET retno = ?, retno_repr = CAST(? AS TEXT) WHERE id = ?",
                (result, shown, event_id),
            )
        for event_id, name in enumerate(NAMES, start=300):
            connection.execute("UPDATE syscall SET name = CAST(? AS TEXT) WHERE id = ?", (name, event_id))
            connection.execute("UPDATE event SET procname = CAST(? AS TEXT) WHERE id = ?", (name, event_id))
    with Trace(path) as trace:
        assert trace.era.value == request.param
        yield trace


@pytest.mark.parametrize(
    "text",
    [
        *(f"{field} = {name}" for field in ("errno", "res") for name in ("ENOENT", "EACCES", "EOPNOTSUPP")),
        "errno = E2BIG",
        "errno contains NO",
        "errno icontains enoent",
        "errno endswith T",
        "errno exists",
        "not errno exists",
        "errno != ENOENT",
        "errno ~ '^E.$'",
        "errno in (2, EACCES)",
        "res exists",
        "res = SUCCESS",
        "res startswith E",
        "res startswith EX",
    ],
)
def test_names_of_errors(odd, text):
    matching(odd, text)


@pytest.mark.parametrize(
    "text",
    [
        f"{field} {operator} {name}"
        for field in ("evt.type", "name", "procname")
        for operator in ("=", "!=", "endswith", "iendswith", "contains", "startswith")
        for name in ("openat", "sys_openat", "x", "ff", "fff", "at", '""', "é")
    ]
    + ["evt.type exists", "evt.type in (execve, read)"],
)
def test_names_of_calls(odd, text):
    matching(odd, text)


def test_an_error_is_found_by_the_name_that_the_logger_wrote(odd):
    assert matching(odd, "ret = -200 and errno = ENOENT")
    assert not matching(odd, "ret = -200 and errno = EACCES")


@pytest.mark.parametrize("text", PLAIN)
def test_common_filters_call_no_function(odd, text):
    assert not compile_filter(parse(text), odd.schema).functions


@pytest.mark.parametrize(
    "text",
    [
        f"{field} {operator} {word}"
        for field in ("arg", "arg0", "arg1")
        for operator in ("contains", "icontains")
        for word in ("dfd", "3", '""', "(x, y)", "e")
    ],
)
def test_what_arguments_contain(odd, text):
    matching(odd, text)


@pytest.fixture(scope="module")
def bytes_for_text(tmp_path_factory):
    """Texts and blobs where text belongs, with bytes that are UTF-8 and others."""
    path = write_trace(
        tmp_path_factory.mktemp("bytes") / "t.db", [openat("/x") for _ in range(2 * len(STORED))]
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE odd (id INTEGER PRIMARY KEY REFERENCES event (id), what VARCHAR)")
        for place, stored in enumerate(STORED):
            for event_id, kind in ((2 * place + 1, "TEXT"), (2 * place + 2, "BLOB")):
                quoted = b'filename=0x1("' + stored + b'")'
                values = (stored, stored, quoted, event_id)
                of_event = f"UPDATE event SET procname = CAST(? AS {kind}) WHERE id = ?"
                connection.execute(of_event, (stored, event_id))
                of_call = f"UPDATE syscall SET {', '.join(f'{c} = CAST(? AS {kind})' for c in COLUMNS)} WHERE id = ?"
                connection.execute(of_call, values)
                connection.execute(f"INSERT INTO odd VALUES (?, CAST(? AS {kind}))", (event_id, stored))
    with Trace(path) as trace:
        yield trace


STORED = (b"\xff", b"/t/\xffx", b"a\xfe\xedb", b"\xc3\xa9\xa9", b"/t/\xc3", b"\\xff", b"/d\xff/e", b"E\xff(", b"fe",
          "/é/日本".encode(), b"ENOENT(x", b"fd=0x3(/a)")  # fmt: skip
COLUMNS = ("name", "retno_repr", "arg1_repr")
NEEDLES = (
    "x",
    "xf",
    "xff",
    "xffx",
    "f",
    "ff",
    "fe",
    "ffx",
    "f/e",
    "9",
    "a9",
    "edb",
    "d",
    "é",
    "FFX",
    "EDB",
    "fd=",
    "/t",
    "zz",
)


FIELDS = ("procname", "name", "evt.type", "arg1", "path", "text", "odd.what", "res")
OPERATORS = ("=", "contains", "icontains", "startswith", "endswith", "<", "~", "pmatch")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("field", FIELDS)
def test_bytes_that_are_not_utf8_read_in_escapes(bytes_for_text, field, operator, pytestconfig):
    """All needles of all in the long run; else each field and each operator meets every needle somewhere."""
    share = 1 if pytestconfig.getoption("--long") else 4
    for needle in NEEDLES[(FIELDS.index(field) + OPERATORS.index(operator)) % share :: share]:
        matching(bytes_for_text, f'{field} {operator} "{needle}"')


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("procname contains ff", [b"\xff", b"/t/\xffx", b"\\xff", b"/d\xff/e", b"E\xff("]),
        ("procname contains f/e", [b"/d\xff/e"]),
        ("procname contains xfe", [b"a\xfe\xedb"]),
        ("procname contains edb", [b"a\xfe\xedb"]),
        (r"procname = '\\xff'", [b"\xff", b"\\xff"]),
        ("procname startswith é", ["é".encode() + b"\xa9"]),
        ("procname = fe", [b"fe"]),
    ],
)
def test_an_escape_is_four_characters(bytes_for_text, text, stored):
    places = [STORED.index(value) for value in stored]
    assert matching(bytes_for_text, text) == [n for place in places for n in (2 * place + 1, 2 * place + 2)]


def test_no_function_is_asked_of_what_cannot_begin_in_an_escape(bytes_for_text):
    assert not compile_filter(parse("procname contains nvram"), bytes_for_text.schema).functions
    assert compile_filter(parse("procname contains conf"), bytes_for_text.schema).functions
