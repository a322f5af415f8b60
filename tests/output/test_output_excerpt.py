"""Part of a trace as a trace of its own."""

from __future__ import annotations

import sqlite3

import pytest

from support import boot, write_trace
from tracetui.events import Era
from tracetui.output import Excerpt, ExcerptError
from tracetui.trace import Trace

ODD_SCHEMA = (
    'CREATE TABLE "odd ""name" (id INTEGER REFERENCES event(id), [a b] ANY)',
    "INSERT INTO \"odd \"\"name\" VALUES (2, x'00ff'), (2, 1.5), (4, 'text')",
    "CREATE TABLE settings (name TEXT, value)",
    "INSERT INTO settings VALUES ('arch', 'mipsel')",
    "CREATE INDEX by_type ON event (type)",
    "CREATE TRIGGER no_more BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END",
    "UPDATE event SET procname = CAST(x'ff41' AS TEXT) WHERE id = 2",
    "UPDATE event SET proc_id = 'a text' WHERE id = 4",
    "PRAGMA user_version = 7",
)


def rows(path, table, where=""):
    """Every value with its type, as SQLite has it."""
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    typed = ", ".join(f"typeof({name.decode()!r}), {quoted(name)}" for name in names)
    return connection.execute(f"SELECT {typed} FROM {table} {where}").fetchall()


def quoted(name):
    return '"' + name.decode().replace('"', '""') + '"'


def schema(path):
    return sqlite3.connect(path).execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.fixture
def source(tmp_path):
    return write_trace(tmp_path / "source.db", boot(rounds=3), ODD_SCHEMA)


def test_a_part_without_times_is_still_known_to_be_recorded(tmp_path):
    source = write_trace(
        tmp_path / "source.db",
        boot(),
        ("CREATE TABLE context (id INTEGER PRIMARY KEY, ts)", "INSERT INTO context VALUES (1, 5)"),
    )
    target, again = tmp_path / "part.db", tmp_path / "again.db"
    for old, new in ((source, target), (target, again)):
        with Trace(old) as trace, Excerpt(old, new) as excerpt:
            assert trace.schema.era is Era.RECORDED
            excerpt.add([2, 3])
    assert rows(again, "context") == []
    with Trace(again) as trace:
        assert trace.schema.era is Era.RECORDED


def test_everything_is_the_same_bit_for_bit(source, tmp_path):
    target = tmp_path / "part.db"
    with Trace(source) as trace, Excerpt(source, target) as excerpt:
        for chunk in trace.scan():
            excerpt.add(chunk.ids)
    assert schema(target) == schema(source)
    tables = [
        "event",
        "syscall",
        "read",
        "write",
        "exec",
        "proc_start",
        "proc_exit",
        '"odd ""name"',
        "settings",
    ]
    for table in tables:
        assert rows(target, table) == rows(source, table)
    assert excerpt.events == len(rows(source, "event"))
    assert sqlite3.connect(target).execute("PRAGMA user_version").fetchone() == (7,)


def test_only_the_chosen_events_with_all_their_rows(source, tmp_path):
    target = tmp_path / "part.db"
    with Excerpt(source, target) as excerpt:
        excerpt.add([2, 4])
    assert excerpt.events == 2
    assert rows(target, "event") == rows(source, "event", "WHERE id IN (2, 4)")
    assert len(rows(target, '"odd ""name"')) == 3
    assert rows(target, "read") == []


def test_an_existing_file_is_never_overwritten(source, tmp_path):
    other = tmp_path / "precious.txt"
    other.write_text("precious")
    for target in (other, source):
        with pytest.raises(ExcerptError, match="exists"):
            Excerpt(source, target)
    assert other.read_text() == "precious"
    with Trace(source) as trace:
        assert trace.bounds() is not None


def test_an_empty_file_may_be_filled(source, tmp_path):
    target = tmp_path / "part.db"
    target.touch()
    with Excerpt(source, target) as excerpt:
        excerpt.add([1])
    assert rows(target, "event") == rows(source, "event", "WHERE id = 1")


def test_a_failure_leaves_nothing_behind(source, tmp_path):
    target = tmp_path / "part.db"
    excerpt = Excerpt(source, target)
    excerpt.add([1])
    excerpt.__exit__(RuntimeError, RuntimeError(), None)
    assert sorted(tmp_path.iterdir()) == [source]


def test_a_place_that_cannot_be_written(source, tmp_path):
    with pytest.raises(ExcerptError, match="cannot be written"):
        Excerpt(source, tmp_path / "no" / "such" / "folder.db")


def test_utf16_traces(tmp_path):
    source = tmp_path / "utf16.db"
    sqlite3.connect(source).execute("PRAGMA encoding = 'UTF-16le'")
    connection = sqlite3.connect(source)
    connection.execute("PRAGMA encoding = 'UTF-16le'")
    connection.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, type TEXT, procname TEXT, proc_id INTEGER)"
    )
    connection.execute("INSERT INTO event VALUES (1, 'x', 'caf\u00e9', 0)")
    connection.commit()
    target = tmp_path / "part.db"
    with Excerpt(source, target) as excerpt:
        excerpt.add([1])
    assert sqlite3.connect(target).execute("SELECT procname FROM event").fetchone() == ("caf\u00e9",)
