"""``tracetui info``: what a trace is, what it holds, and who writes it."""

from __future__ import annotations

import json
import os

from support import boot, openat, write_trace
from tracetui.cli import main


def info(path, capsys):
    assert main(["info", str(path), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_facts_as_json(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", boot(), first_id=10)
    facts = info(path, capsys)
    assert facts["path"] == str(path)
    assert facts["size"] == path.stat().st_size
    assert facts["era"] == "v3b"
    assert (facts["events"], facts["first_id"], facts["last_id"]) == (10, 10, 19)
    assert facts["tables"] == {
        "event": 10,
        "read": 1,
        "write": 1,
        "syscall": 4,
        "exec": 1,
        "proc_start": 2,
        "proc_exit": 1,
    }
    assert facts["columns"]["read"] == ["id", "fd", "fname", "buffer"]
    assert facts["loggers"] == dict.fromkeys(
        ("syscalls_logger", "rw_logger", "exec_logger", "processes"), True
    )
    assert facts["time"] is None


def test_an_era_without_process_tables(tmp_path, capsys):
    path = write_trace(
        tmp_path / "t.db",
        [openat("/x")],
        ["DROP TABLE proc_start", "DROP TABLE proc_exit", "DROP TABLE exec"],
    )
    facts = info(path, capsys)
    assert facts["era"] == "v3a"
    assert facts["loggers"] == {
        "syscalls_logger": True,
        "rw_logger": False,
        "exec_logger": None,
        "processes": None,
    }


def test_flushes_are_counted_where_ids_are_given_by_type(tmp_path, capsys):
    events = [event for _ in range(3) for event in sorted(boot(), key=lambda event: event.type)]
    assert info(write_trace(tmp_path / "t.db", events), capsys)["flushes"] == 3


def test_unknown_tables_and_times(tmp_path, capsys):
    path = write_trace(
        tmp_path / "t.db",
        boot(),
        [
            "CREATE TABLE hyp (id INTEGER REFERENCES event(id), number INTEGER)",
            "INSERT INTO hyp VALUES (1, 5)",
            "CREATE TABLE context (id INTEGER PRIMARY KEY, ts INTEGER, end_ts INTEGER, tid INTEGER, cpu INTEGER, "
            "host TEXT, container TEXT)",
            "INSERT INTO context VALUES (1, 1700000000000000001, NULL, 1, 0, '', ''), (2, 1700000001000000000, "
            "1700000002500000000, 1, 0, '', '')",
        ],
    )
    facts = info(path, capsys)
    assert facts["era"] == "recorded"
    assert facts["unknown_tables"] == ["hyp"]
    assert facts["tables"]["hyp"] == 1
    assert facts["time"]["first_ns"] == 1700000000000000001
    assert facts["time"]["first"] == "2023-11-14T22:13:20.000000001Z"
    assert facts["time"]["last"] == "2023-11-14T22:13:22.500000000Z"


def test_an_empty_trace_has_no_ids(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", [])
    facts = info(path, capsys)
    assert (facts["events"], facts["first_id"], facts["last_id"]) == (0, None, None)
    assert main(["info", str(path)]) == 0
    assert "none yet" in capsys.readouterr().out


def test_the_state_of_the_writer(tmp_path, capsys):
    path = write_trace(tmp_path / "t.db", boot())
    assert info(path, capsys)["writer"]["state"] == "active"
    os.utime(path, (1, 1))
    assert info(path, capsys)["writer"]["state"] == "quiet"
    (tmp_path / "t.db-journal").touch()
    writer = info(path, capsys)["writer"]
    assert (writer["state"], writer["journal"]) == ("flushing", True)


def test_facts_for_people(tmp_path, capsys):
    path = write_trace(
        tmp_path / "t.db", boot(), ["CREATE TABLE 'evil\x1b[31m' (id INTEGER REFERENCES event(id), 'a\nb')"]
    )
    assert main(["info", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Penguin v3.1.4 or later" in shown
    assert "events   10, ids 1 to 10" in shown
    assert "\x1b" not in shown
    assert "evil␛[31m" in shown


def test_folders_are_looked_into(tmp_path, capsys):
    run = tmp_path / "results" / "0"
    run.mkdir(parents=True)
    write_trace(run / "plugins.db", boot())
    (tmp_path / "results" / "latest").symlink_to("0")
    assert info(tmp_path, capsys)["events"] == 10
