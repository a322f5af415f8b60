"""``tracetui export``: the events that match, as a trace of their own."""

from __future__ import annotations

import sqlite3

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
