"""What can be opened, what cannot, and what is said then."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import boot, kill_writer, openat, run_sql, write_trace
from tracetui.events import Era
from tracetui.trace import HotJournal, NotYetThere, Trace, TraceError, locate, places


def test_opens_penguins_current_era(tmp_path):
    with Trace.open(write_trace(tmp_path / "plugins.db", boot())) as trace:
        assert trace.era is Era.V3B
        assert trace.bounds() == (1, 10)
        assert trace.table_counts() == {
            "event": 10, "read": 1, "write": 1, "syscall": 4, "exec": 1, "proc_start": 2, "proc_exit": 1,
        }  # fmt: skip
        assert [record.id for record in trace.records()] == list(range(1, 11))


ERAS = {
    Era.V1: """
        ALTER TABLE read DROP COLUMN buffer; ALTER TABLE read ADD COLUMN buffer VARCHAR;
        DROP TABLE proc_start; DROP TABLE proc_exit;
        DELETE FROM event WHERE type LIKE 'proc%'; UPDATE event SET proc_id = 8000000000 + id;
        UPDATE syscall SET arg5 = NULL, arg5_repr = NULL, arg0_repr = 'FD:3(None)'""",
    Era.V2A: """
        ALTER TABLE read DROP COLUMN buffer; ALTER TABLE read ADD COLUMN buffer VARCHAR;
        DROP TABLE proc_start; DROP TABLE proc_exit;
        DELETE FROM event WHERE type LIKE 'proc%'; UPDATE event SET proc_id = 0;
        UPDATE syscall SET arg5 = NULL, arg5_repr = NULL, retno = NULL WHERE retno = 0""",
    Era.V2B: """
        DROP TABLE proc_start; DROP TABLE proc_exit;
        DELETE FROM event WHERE type LIKE 'proc%'; UPDATE event SET proc_id = 0;
        UPDATE syscall SET arg5 = NULL, arg5_repr = NULL""",
    Era.V3A: """
        DROP TABLE proc_start; DROP TABLE proc_exit;
        DELETE FROM event WHERE type LIKE 'proc%'; UPDATE event SET proc_id = 0""",
}


@pytest.mark.parametrize("era", ERAS)
def test_opens_every_era_with_every_row(tmp_path, era):
    path = write_trace(tmp_path / "plugins.db", boot(3), [*ERAS[era].split(";")])
    with Trace.open(path) as trace:
        assert trace.era is era
        ids = [row[0] for row in sqlite3.connect(path).execute("SELECT id FROM event ORDER BY id")]
        assert [record.id for record in trace.records()] == ids
        assert not trace.schema.has("proc_start")
        assert all(record.pid is None for record in trace.records())


def test_a_recording_of_ours_is_told_by_its_context(tmp_path):
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        [
            "CREATE TABLE context (id INTEGER PRIMARY KEY REFERENCES event(id), ts BIGINT, end_ts BIGINT, tid INTEGER,"
            " cpu INTEGER, host VARCHAR, container VARCHAR)",
            "INSERT INTO context VALUES (4, 1700000000000000001, 1700000000000000005, 7, 1, 'box', NULL)",
        ],
    )
    with Trace.open(path) as trace:
        assert trace.era is Era.RECORDED
        (record,) = trace.fetch([4])
        assert (record.ts, record.duration, record.tid, record.host) == (1700000000000000001, 4, 7, "box")
        assert trace.fetch([5])[0].ts is None


def test_tables_that_nobody_knew_of_are_shown_with_their_columns(tmp_path):
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        [
            'CREATE TABLE netbind (id INTEGER PRIMARY KEY REFERENCES event(id), "guest port" INTEGER, class TEXT, x BLOB)',
            "INSERT INTO event VALUES (50, 'bind', 'httpd', 12)",
            "INSERT INTO netbind VALUES (50, 80, 'tcp', x'00ff')",
            "CREATE TABLE unrelated (id INTEGER PRIMARY KEY, y)",
        ],
    )
    with Trace.open(path) as trace:
        assert trace.schema.reflected == ("netbind",)
        (record,) = trace.fetch([50])
        assert record.type == "bind"
        assert record.extras == {"netbind": {"id": 50, "guest port": 80, "class": "tcp", "x": b"\x00\xff"}}


def test_many_unknown_tables(tmp_path):
    statements = ["INSERT INTO event VALUES (50, 'odd', 'x', 0)"]
    for number in range(70):
        statements.append(f"CREATE TABLE odd{number} (id INTEGER PRIMARY KEY REFERENCES event(id), v)")
        statements.append(f"INSERT INTO odd{number} VALUES (50, {number})")
    with Trace.open(write_trace(tmp_path / "t.db", boot(), statements)) as trace:
        (record,) = trace.fetch([50])
        assert {name: row["v"] for name, row in record.extras.items()} == {f"odd{n}": n for n in range(70)}


def test_a_known_table_with_other_columns_is_shown_as_it_is(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), ["ALTER TABLE syscall DROP COLUMN arg5_repr"])
    with Trace.open(path) as trace:
        assert trace.schema.reflected == ("syscall",)
        record = next(record for record in trace.records() if record.type == "syscall")
        assert record.extras["syscall"]["name"] == "sys_openat"


def test_a_row_whose_table_has_no_row_for_it(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), ["INSERT INTO event VALUES (50, 'syscall', 'x', 0)"])
    with Trace.open(path) as trace:
        assert trace.fetch([50])[0].name is None


def test_invalid_utf8_and_wrong_types(tmp_path):
    path = write_trace(
        tmp_path / "t.db",
        [openat("/x")],
        [
            "UPDATE event SET procname = CAST(x'2f62ff00696e' AS TEXT)",
            "UPDATE syscall SET retno = 'many', arg0 = 'text', arg1_repr = 5, arg2_repr = x'ff'",
        ],
    )
    with Trace.open(path) as trace:
        (record,) = trace.records()
        assert record.procname == "/b\\xff\x00in"
        assert record.retno is None


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda path: None, NotYetThere, "does not exist"),
        (lambda path: path.write_bytes(b""), NotYetThere, "empty"),
        (lambda path: path.mkdir(), TraceError, "folder"),
        (lambda path: path.write_bytes(b"GIF89a" + bytes(4000)), TraceError, "not a SQLite database"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08" + bytes(4000)), TraceError, "gzip"),
        (lambda path: run_sql(path, "CREATE TABLE songs (a)"), TraceError, "no table 'event' (it has songs)"),
        (lambda path: run_sql(path, "CREATE TABLE event (id INTEGER)"), TraceError, "lacks proc"),
        (lambda path: run_sql(path, "CREATE VIEW event AS SELECT 1 AS id"), TraceError, "'event' is a view"),
        (
            lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(5000)),
            TraceError,
            "damaged|cannot be|not a",
        ),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path, make, kind, said):
    path = tmp_path / "plugins.db"
    make(path)
    with pytest.raises(kind, match=said.replace("(", r"\(").replace(")", r"\)")):
        Trace.open(path)


def test_a_truncated_file_says_so_when_it_is_read(tmp_path):
    path = write_trace(tmp_path / "plugins.db", boot(120))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3 // 4096 * 4096)
    with Trace.open(path) as trace:
        assert 0 < len(list(trace.records())) < 724
        assert "the file is cut off" in trace.damage.sentence


@contextmanager
def without_privileges():
    """Root may read anything, so be somebody else."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_may_not_be_read(tmp_path):
    path = write_trace(tmp_path / "plugins.db", boot())
    path.chmod(0)
    with without_privileges(), pytest.raises(TraceError, match="cannot be opened"):
        Trace.open(path)


def test_a_hot_journal_is_explained_and_left_alone(tmp_path):
    killed = kill_writer(write_trace(tmp_path / "plugins.db", boot(50)))
    before = killed.read_bytes(), Path(f"{killed}-journal").read_bytes()
    with pytest.raises(HotJournal, match="killed in the middle of a flush"):
        Trace.open(killed)
    assert (killed.read_bytes(), Path(f"{killed}-journal").read_bytes()) == before


def test_a_trace_cannot_be_written_through_the_reader(tmp_path):
    path = write_trace(tmp_path / "plugins.db", boot())
    with Trace.open(path) as trace, pytest.raises(sqlite3.OperationalError, match="readonly"):
        trace._driver.execute("DELETE FROM event")


def test_odd_paths(tmp_path):
    path = write_trace(tmp_path / "a ?mode=rwc#%41 b.db", boot())
    with Trace.open(path) as trace:
        assert trace.count() == 10


def test_locate(tmp_path, monkeypatch):
    monkeypatch.delenv("PENGUIN_PROJECT_DIR", raising=False)
    run = tmp_path / "project" / "results" / "3"
    run.mkdir(parents=True)
    database = write_trace(run / "plugins.db", boot())
    (run.parent / "latest").symlink_to("./3")
    latest = run.parent / "latest" / "plugins.db"
    assert locate(database) == database
    assert locate(run) == database
    assert locate(run.parent) == latest
    assert locate(tmp_path / "project") == latest
    assert locate(None, cwd=tmp_path / "project") == latest
    monkeypatch.setenv("PENGUIN_PROJECT_DIR", str(tmp_path / "project"))
    assert locate(None, cwd=tmp_path) == latest


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(places.os, "access", lambda *args: False)
    with pytest.raises(TraceError, match="Permission denied"):
        locate(tmp_path)


def test_locate_says_what_it_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("PENGUIN_PROJECT_DIR", raising=False)
    with pytest.raises(NotYetThere, match="no plugins.db"):
        locate(None, cwd=tmp_path)
    with pytest.raises(NotYetThere, match="does not exist"):
        locate(tmp_path / "x.db")
    with pytest.raises(NotYetThere, match="no plugins.db"):
        locate(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run_sql(tmp_path / name / "plugins.db", "CREATE TABLE x (y)")
    with pytest.raises(TraceError, match="several runs: a, b"):
        locate(tmp_path)
    with pytest.raises(TraceError, match="neither"):
        locate("/dev/null")
