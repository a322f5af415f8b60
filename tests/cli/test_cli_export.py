"""``tracetui export``: the events that match, as a trace of their own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from support import boot, write_trace
from tracetui.cli import main


@pytest.fixture
def trace(tmp_path):
    return write_trace(tmp_path / "t.db", boot(rounds=3))


def ids(path):
    return [number for (number,) in sqlite3.connect(path).execute("SELECT id FROM event ORDER BY id")]


def test_the_whole_trace(trace, tmp_path, capsys):
    part = tmp_path / "part.db"
    assert main(["export", str(trace), "-o", str(part)]) == 0
    assert ids(part) == ids(trace)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "22 events" in captured.err


def test_what_matches_keeps_its_ids(trace, tmp_path):
    part = tmp_path / "part.db"
    assert main(["export", str(trace), "type = read", "-o", str(part)]) == 0
    expected = sqlite3.connect(trace).execute("SELECT id FROM event WHERE type = 'read' ORDER BY id")
    assert ids(part) == [number for (number,) in expected]


def test_an_export_is_never_written_over_a_file(trace, capsys):
    assert main(["export", str(trace), "-o", str(trace)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_file_is_replaced_where_that_is_asked_for(trace, tmp_path, capsys):
    part = tmp_path / "part.db"
    assert main(["export", str(trace), "-o", str(part)]) == 0
    assert main(["export", str(trace), "id = 2", "-o", str(part)]) == 2
    assert capsys.readouterr().err.endswith("part.db exists already\nReplace it with --force.\n")
    part.with_name("part.db-journal").write_bytes(b"left by a writer that was killed")
    assert main(["export", str(trace), "id = 2", "-o", str(part), "--force"]) == 0
    assert capsys.readouterr().err.endswith("part.db: 1 event\n")
    assert ids(part) == [2]
    assert not part.with_name("part.db-journal").exists()
    before = trace.read_bytes()
    assert main(["export", str(trace), "-o", str(trace), "--force"]) == 2
    assert "is the trace itself" in capsys.readouterr().err
    assert trace.read_bytes() == before


def test_an_export_needs_a_name(trace):
    assert main(["export", str(trace)]) == 2


def test_what_is_left_of_a_damaged_trace(tmp_path, capsys):
    trace, part = write_trace(tmp_path / "t.db", boot(60)), tmp_path / "part.db"
    roots = dict(sqlite3.connect(trace).execute("SELECT name, rootpage FROM sqlite_master"))
    data = bytearray(trace.read_bytes())
    for table in ("read", "proc_exit"):
        data[(roots[table] - 1) * 4096 : roots[table] * 4096] = b"\xa5" * 4096
    trace.write_bytes(data)
    assert main(["export", str(trace), "-o", str(part)]) == 0
    assert "cannot be read, or not whole" in capsys.readouterr().err
    assert ids(part) == list(range(1, 365))
    connection = sqlite3.connect(part)
    assert connection.execute("SELECT count(*) FROM syscall").fetchone() == (240,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


ENDLESS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"


def test_a_hostile_schema_is_copied_as_far_as_sqlite_makes_it(tmp_path, capsys):
    trace, part = write_trace(tmp_path / "t.db", boot()), tmp_path / "part.db"
    with closing(sqlite3.connect(trace)) as connection:
        connection.execute("CREATE INDEX plain ON event (lower(type))")
        connection.execute("PRAGMA writable_schema = 1")
        for statement in (
            f"INSERT INTO sqlite_master VALUES ('table', 'endless', 'endless', 2, 'CREATE TABLE endless AS {ENDLESS}')",
            "UPDATE sqlite_master SET sql = 'CREATE INDEX plain ON event (load_extension(type))' WHERE name = 'plain'",
            "UPDATE sqlite_master SET sql = CAST('CREATE ' || x'ff' AS TEXT) WHERE name = 'exec'",
        ):
            connection.execute(statement)
        connection.commit()
    assert main(["export", str(trace), "-o", str(part)]) == 0
    shown = capsys.readouterr().err
    assert "10 events" in shown
    assert "left out, as SQLite does not make them: plain" in shown
    assert "its schema cannot be read as a whole" in shown
    assert ids(part) == list(range(1, 11))


def test_nothing_is_left_beside_a_trace_with_an_unused_log(trace, tmp_path):
    with closing(sqlite3.connect(trace)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert main(["export", str(trace), "-o", str(tmp_path / "part.db")]) == 0
    assert [path.name for path in tmp_path.glob("t.db*")] == ["t.db"]


@pytest.mark.parametrize("target", ["-", "named"])
def test_a_trace_goes_through_a_pipe(target, trace, tmp_path):
    part, pipe = tmp_path / "part.db", tmp_path / "pipe"
    os.mkfifo(pipe)
    output = "-" if target == "-" else str(pipe)
    command = [sys.executable, "-m", "tracetui", "export", str(trace), "type = read", "-o", output]
    with part.open("wb") as file, subprocess.Popen(command, stdout=file, cwd=tmp_path) as export:
        if output != "-":
            file.write(pipe.read_bytes())
    assert export.returncode == 0
    assert ids(part) == [7, 13, 19]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part.db", "pipe", "t.db"]


def test_what_takes_no_trace(trace, tmp_path, capsys):
    assert main(["export", str(trace), "-o", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert main(["export", str(trace), "-o", "/dev/full"]) == 2
    assert capsys.readouterr().err == "tracetui: /dev/full: No space left on device\n"


@pytest.mark.parametrize("verb", ["replay", "import"])
@pytest.mark.parametrize("target", ["-", "/dev/null"])
def test_a_trace_that_grows_goes_to_a_file(verb, target, trace, capsys):
    assert main([verb, str(trace), "-o", target]) == 2
    assert f"{target} is no file" in capsys.readouterr().err


def test_a_report_goes_to_standard_output_by_its_usual_name(trace, capsys):
    assert main(["export", str(trace), "--format", "md", "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("# t.db")
