"""Databases made to harm or to confuse: everything that is a row of an event is shown, nothing is run."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import sys
import time

import pytest

from support import boot, openat, run_sql, write_trace
from tracetui.cli import main
from tracetui.filter import compile_filter, parse
from tracetui.filter.lookup import BY_NAME
from tracetui.trace import Flushes, IdList, IdRuns, Trace, TraceError, type_changes
from tracetui.trace import connection as connections
from tracetui.trace.tables import MAX_TABLES

FOREVER = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id"


def everything(path):
    """Ask a trace for all that it can be asked; returns its records by id."""
    with Trace.open(path) as trace:
        trace.table_counts()
        ids = [event_id for chunk in trace.scan() for event_id in chunk.ids]
        records = {record.id: record for record in trace.records()}
        assert list(records) == ids
        assert trace.count() == len(ids)
        assert [record.id for record in trace.fetch(ids, whole=False)] == ids
        flushes = Flushes()
        for change in type_changes(trace):
            flushes.feed(*change)
        for record in records.values():
            show(record)
        return records


def show(record):
    """Every property of a record, each of which must cope with whatever is stored."""
    shown = [repr(record)]
    for name in dir(type(record)):
        if not name.startswith("_"):
            shown.append(repr(getattr(record, name)))
    return shown


IGNORED = {
    "view": (
        ["DROP TABLE read", f"CREATE VIEW read AS {FOREVER}, 1 AS fd, '' AS fname, x'' AS buffer FROM n"],
        {"read": "a view"},
    ),
    "virtual table": (
        ["DROP TABLE read", "CREATE VIRTUAL TABLE read USING fts5(fd, fname, buffer)"],
        {"read": "a virtual table"},
    ),
    "view as context": ([f"CREATE VIEW context AS {FOREVER}, id AS ts FROM n"], {"context": "a view"}),
    "no ids": (["DROP TABLE read", "CREATE TABLE read (fd, fname, buffer)"], {"read": "a table without ids"}),
    "an id twice": (
        [
            "CREATE TABLE other (id INTEGER REFERENCES event(id), x)",
            "INSERT INTO other VALUES (3, 'a'), (3, 'b')",
        ],
        {"other": "a table whose ids are not unique integers"},
    ),
    "ids of text": (
        ["CREATE TABLE other (id TEXT PRIMARY KEY REFERENCES event(id))", "INSERT INTO other VALUES ('x')"],
        {"other": "a table whose ids are not unique integers"},
    ),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_table_of_events_is_not_read_and_said(tmp_path, capsys, name):
    statements, ignored = IGNORED[name]
    path = write_trace(tmp_path / "t.db", boot(), statements)
    with Trace.open(path) as trace:
        assert trace.schema.ignored == ignored
    assert list(everything(path)) == list(range(1, 11))
    assert main(["info", str(path)]) == 0
    ((table, kind),) = ignored.items()
    assert f"ignored  {table} ({kind})" in capsys.readouterr().out


REFUSED = {
    "event is a view": (["ALTER TABLE event RENAME TO e", "CREATE VIEW event AS SELECT * FROM e"], "is a view"),
    "event is endless": (
        ["DROP TABLE event", f"CREATE VIEW event AS {FOREVER}, 'read' AS type, '' AS procname, 0 AS proc_id FROM n"],
        "is a view",
    ),
    "event is virtual": (
        ["DROP TABLE event", "CREATE VIRTUAL TABLE event USING fts5(id, type, procname, proc_id)"],
        "is a virtual table",
    ),
    "event has an id twice": (
        ["CREATE TABLE e AS SELECT * FROM event UNION ALL SELECT * FROM event", "DROP TABLE event",
         "ALTER TABLE e RENAME TO event"],
        "not unique integers",
    ),
    "event has no id": (["DROP TABLE event", "CREATE TABLE event (type, procname, proc_id)"], "without ids"),
    "a generated id": (
        ["DROP TABLE event", "CREATE TABLE event (type, procname, proc_id, id AS (length(type)))"],
        "without ids",
    ),
    "names that command terminals": (
        ["DROP TABLE event", 'CREATE TABLE "\x1b]0;x\x07\n[b]" (a)'], "no table 'event'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_trace_without_events_is_refused(tmp_path, capsys, name):
    statements, said = REFUSED[name]
    path = tmp_path / "t.db"
    write_trace(path, boot(), ["PRAGMA legacy_alter_table = 1", *statements])
    with pytest.raises(TraceError, match=said):
        Trace.open(path)
    assert main(["query", str(path)]) == 3
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1
    assert "\x1b" not in shown


def test_a_copied_table_without_its_key_is_read(tmp_path):
    """``CREATE TABLE ... AS SELECT``, as people copy tables, keeps no key."""
    statements = [
        "CREATE TABLE e AS SELECT * FROM event", "DROP TABLE event", "ALTER TABLE e RENAME TO event",
        "CREATE TABLE s AS SELECT * FROM syscall", "DROP TABLE syscall", "ALTER TABLE s RENAME TO syscall",
    ]  # fmt: skip
    path = write_trace(tmp_path / "t.db", boot(20), ["PRAGMA legacy_alter_table = 1", *statements])
    records = everything(path)
    assert len(records) == 124
    assert records[5].name == "sys_openat"


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_text_that_is_stored_in_16_bits(tmp_path, encoding):
    made, path = write_trace(tmp_path / "made.db", boot(3)), tmp_path / "t.db"
    with contextlib.closing(sqlite3.connect(made)) as old, contextlib.closing(sqlite3.connect(path)) as new:
        new.execute(f"PRAGMA encoding = '{encoding}'")
        new.executescript("\n".join(old.iterdump()))
    assert [str(record.event) for record in everything(path).values()] == [
        str(record.event) for record in everything(made).values()
    ]
    data = path.read_bytes()
    lone = "\ud800".encode(encoding, "surrogatepass")
    path.write_bytes(data.replace("nvram".encode(encoding), lone * 5))
    assert len(everything(path)) == len(everything(made))


def test_triggers_are_never_run(tmp_path):
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        ["CREATE TRIGGER syscall_t AFTER INSERT ON event BEGIN DELETE FROM event; END"],
    )
    assert len(everything(path)) == 10


def test_generated_columns_are_not_computed(tmp_path):
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        [
            "CREATE TABLE other (id INTEGER PRIMARY KEY REFERENCES event(id), x)",
            "INSERT INTO other VALUES (3, 'a')",
            "ALTER TABLE other ADD COLUMN y AS (abs(x - 9223372036854775808))",
        ],
    )
    assert everything(path)[3].extras == {"other": {"id": 3, "x": "a"}}


@pytest.mark.parametrize("columns", [500, 2000])
def test_wide_tables(tmp_path, columns):
    rest = ", ".join(f"c{n}" for n in range(columns - 1))
    statements = []
    for table in ("wide", "wider"):
        statements.append(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY REFERENCES event(id), {rest})")
        statements.append(f"INSERT INTO {table} (id, c0, c{columns - 2}) VALUES (2, 'first', 'last')")
    records = everything(write_trace(tmp_path / "t.db", boot(), statements))
    for table in ("wide", "wider"):
        assert len(records[2].extras[table]) == columns
        assert records[2].extras[table][f"c{columns - 2}"] == "last"


NAMES = ["a\"b", "a'b", "a\nb", "\x1b[2J", "a b", "%s", "%(x)s", ":id", "?", "[x]", "*", "a.b", "é\u202e", "c_1",
         "metadata", "__table__", "x" * 3000, " ", "1", "class", "select", "event_id", "id ", "a;--"]  # fmt: skip


def test_more_tables_than_anybody_needs(tmp_path, capsys):
    """Those of the logger are found, wherever they stand; the others cost a query a page each."""
    many = [
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY REFERENCES event(id), v)" for n in range(MAX_TABLES + 7)
    ]
    made, path = write_trace(tmp_path / "made.db", boot()), tmp_path / "t.db"
    with contextlib.closing(sqlite3.connect(made)) as old, contextlib.closing(sqlite3.connect(path)) as new:
        new.executescript(";".join([*many, *old.iterdump()]))
    with Trace.open(path) as trace:
        assert trace.count() == 10
        assert len(trace.schema.reflected) == MAX_TABLES
    assert main(["info", str(path)]) == 0
    assert "ignored  7 others (beyond the first 200 unknown tables)" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["syscall", "read", "write", "exec", "proc_start", "proc_exit"])
def test_every_field_where_a_table_has_other_columns(tmp_path, kind):
    """Such a table has its name alone in common with the logger's."""
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        [f"DROP TABLE {kind}", f"CREATE TABLE {kind} (id INTEGER PRIMARY KEY, x)",
         f"INSERT INTO {kind} SELECT id, 'a' FROM event WHERE type = '{kind}'"],
    )  # fmt: skip
    with Trace.open(path) as trace:
        assert kind in trace.schema.reflected
        for name in BY_NAME:
            trace.count(compile_filter(parse(f"{name} exists"), trace.schema))
        assert trace.count(compile_filter(parse("failed or a"), trace.schema))


def test_odd_names_of_tables_and_columns(tmp_path):
    statements = []
    for name in NAMES:
        quoted = '"' + name.replace('"', '""') + '"'
        statements.append(
            f"CREATE TABLE {quoted} (id INTEGER PRIMARY KEY REFERENCES event(id), {quoted} TEXT)"
        )
        statements.append(f"INSERT INTO {quoted} VALUES (7, 'value')")
    path = write_trace(tmp_path / "t.db", boot(), statements)
    assert everything(path)[7].extras == {name: {"id": 7, name: "value"} for name in NAMES}


@pytest.mark.parametrize("name", ["", "named"])
def test_a_column_without_a_name(tmp_path, name):
    statement = f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY REFERENCES event(id), "" TEXT)'
    path = write_trace(tmp_path / "t.db", boot(), [statement])
    with Trace.open(path) as trace:
        assert trace.schema.ignored == {name: "a table with nothing for a name"}
    assert len(everything(path)) == 10


VALUES = ["NULL", "''", "'text'", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "9e999", "x''",
          "x'00ff1b5b'", "CAST(x'ff00fe' AS TEXT)", "CAST(x'eda080' AS TEXT)", "char(0, 27, 10, 8238)",
          "printf('%.*c', 100000, '[')", "'{' || printf('%.*c', 9999, '(')"]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_any_value_in_any_column(tmp_path, value):
    """The types that columns declare say nothing of what they hold."""
    path = write_trace(tmp_path / "t.db", boot(), CONTEXT)
    connection = sqlite3.connect(path)
    for table in ("event", "read", "write", "syscall", "exec", "proc_start", "proc_exit", "context"):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        kept = connection.execute(f"SELECT id, {', '.join(columns)} FROM {table}").fetchall()
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(columns)})")
        for row in kept:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        for column in columns:
            if column != "type":
                connection.execute(f"UPDATE {table} SET {column} = {value}")
    connection.commit()
    connection.close()
    records = everything(path)
    assert len(records) == 10
    assert {record.type for record in records.values()} == {
        "exec", "proc_start", "syscall", "read", "write", "proc_exit",
    }  # fmt: skip


CONTEXT = [
    "CREATE TABLE context (id INTEGER PRIMARY KEY REFERENCES event(id), ts BIGINT, end_ts BIGINT, tid INTEGER,"
    " cpu INTEGER, host VARCHAR, container VARCHAR)",
    "INSERT INTO context SELECT id, id, id, 1, 1, 'h', 'c' FROM event",
]


@pytest.mark.parametrize("value", VALUES)
def test_any_type_of_event(tmp_path, value):
    path = write_trace(tmp_path / "t.db", boot(), [
        "CREATE TABLE e (id INTEGER PRIMARY KEY, type, procname, proc_id)",
        f"INSERT INTO e SELECT id, {value}, procname, proc_id FROM event",
        "DROP TABLE event", "ALTER TABLE e RENAME TO event",
    ])  # fmt: skip
    assert len(everything(path)) == 10


def test_ids_at_the_ends_of_what_an_integer_holds(tmp_path):
    wanted = [-(2**63), -(2**63) + 1, -5, -1, 0, 1, 2, 2**31, 2**32, 2**32 + 1, 2**63 - 2, 2**63 - 1]
    statements = [f"INSERT INTO event VALUES ({event_id}, 'x', 'y', 0)" for event_id in wanted]
    path = write_trace(tmp_path / "t.db", [], statements)
    assert list(everything(path)) == wanted
    runs, listed = IdRuns(), IdList()
    for event_id in wanted:
        runs.append_range(event_id, event_id)
    listed.extend(IdList(wanted))
    for positions in (runs, listed):
        assert list(positions.ids(0, len(wanted))) == wanted
        assert [positions.position(event_id) for event_id in wanted] == list(range(len(wanted)))
    with Trace.open(path) as trace:
        assert [record.id for record in trace.records(descending=True)] == wanted[::-1]
        assert trace.nearest(-4) == -1
        assert trace.nearest(-4, descending=True) == -5


@pytest.mark.parametrize("event_id", [2**63, 2**64, -(2**63) - 1, 10**30])
def test_ids_that_no_integer_holds(tmp_path, event_id):
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        assert trace.fetch([event_id, 3])[0].id == 3
        assert trace.nearest(event_id) == (1 if event_id < 0 else None)
        assert trace.nearest(event_id, descending=True) == (None if event_id < 0 else 10)
        assert trace.count(start=min(event_id, 2), stop=max(event_id, 2)) in (2, 9)


def test_ten_megabytes_in_a_buffer(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), ["UPDATE read SET buffer = randomblob(10000000)"])
    records = everything(path)
    assert max(record.buflen or 0 for record in records.values()) == 10_000_000


def test_a_hacked_schema_is_damage(tmp_path, capsys):
    for number, hack in enumerate(
        (
            "sql = 'CREATE TABLE event ('",
            "rootpage = 99999",
            "sql = NULL",
            "name = 5",
            "rootpage = 1",
            "type = 'index'",
        )
    ):
        path = write_trace(tmp_path / f"{number}.db", boot())
        run_sql(path, "PRAGMA writable_schema = 1", f"UPDATE sqlite_master SET {hack} WHERE name = 'event'")
        assert main(["info", str(path)]) == 3, hack
        assert capsys.readouterr().err.count("\n") <= 2


def test_a_statement_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", boot())
    monkeypatch.setattr(connections, "STATEMENT_SECONDS", 0.05)
    connection = connections.connect(path)
    started = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute(f"SELECT max(id) FROM ({FOREVER} FROM n)").fetchall()
    assert time.monotonic() - started < 60, "however busy the machine: it would never end by itself"
    assert connection.expired
    assert connection.execute("SELECT count(*) FROM event").fetchone() == (10,)
    assert not connection.expired
    connection.close()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="limits since Python 3.11")
def test_values_are_limited(tmp_path):
    connection = connections.connect(write_trace(tmp_path / "t.db", boot()))
    assert connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == connections.LONGEST_VALUE
    with pytest.raises(sqlite3.OperationalError, match="too many attached"):
        connection.execute("ATTACH ':memory:' AS other")
    connection.close()


def test_events_without_rows_and_rows_without_events(tmp_path):
    lone = openat("/lone")
    lone.id = 70
    path = write_trace(
        tmp_path / "t.db",
        [*boot(), lone],
        [
            "DELETE FROM event WHERE id = 70",
            "INSERT INTO event VALUES (80, 'syscall', 'x', 0)",
        ],
    )
    records = everything(path)
    assert [*records] == [*range(1, 11), 80]
    assert records[80].name is None


def rewrite(path, old, new):
    """Change bytes of the file, of which SQLite would not take these."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


@pytest.mark.parametrize(("old", "ignored"), [(b"strange", ["str\\xffnge"]), (b"column", ["strange"])])
def test_names_that_are_no_text(tmp_path, old, ignored):
    statement = "CREATE TABLE strange (id INTEGER PRIMARY KEY REFERENCES event(id), column TEXT)"
    path = write_trace(tmp_path / "t.db", boot(), [statement.replace("column", '"column"')])
    rewrite(path, old, old.replace(b"a", b"\xff").replace(b"u", b"\xff"))
    with Trace.open(path) as trace:
        assert trace.schema.ignored == dict.fromkeys(ignored, "a table with names that are no text")
    assert len(everything(path)) == 10


def test_an_error_whose_words_are_no_text(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    rewrite(path, b"CREATE TABLE event", b"CREATE TABEL \xff\xfe\xffnt")
    with pytest.raises(TraceError, match="damaged: malformed database schema"):
        Trace.open(path)


@pytest.mark.parametrize("kind", ["anywhere", "heads of pages", "first page", "swapped pages"])
def test_random_damage_raises_nothing_but_what_is_meant_for_it(tmp_path, kind):
    path = write_trace(tmp_path / "t.db", boot(30))
    whole = path.read_bytes()
    pages = len(whole) // 4096
    places = {
        "anywhere": lambda chance: chance.randrange(len(whole)),
        "heads of pages": lambda chance: chance.randrange(1, pages) * 4096 + chance.randrange(40),
        "first page": lambda chance: chance.randrange(4096),
    }
    for seed in range(8):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10, 100))):
            if kind in places:
                data[places[kind](chance)] = chance.randrange(256)
            else:
                source, target = (chance.randrange(1, pages) * 4096 for _ in range(2))
                data[target : target + 4096] = data[source : source + 4096]
        path.write_bytes(data)
        with contextlib.suppress(TraceError), Trace.open(path) as trace:
            ids = [event_id for chunk in trace.scan() for event_id in chunk.ids]
            for record in (*trace.records(), *trace.fetch(ids, whole=False)):
                show(record)
            trace.table_counts()
            list(type_changes(trace))
            assert trace.damage.sentence is None or trace.damage.sentence.startswith("damaged: ")
