"""Files that are no traces, or traces in a bad state: one clear message and exit code 3, and never a hang."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support import boot, kill_writer, run_sql, write_trace
from tracetui.cli import main
from tracetui.trace import HotJournal, NotYetThere, Trace, TraceError, faults, locate, source


def killed_writer(path: Path) -> None:
    kill_writer(write_trace(path, boot(50)))


def truncated(path: Path) -> None:
    write_trace(path, boot(40))
    os.truncate(path, 4096 + 100)


def half_of_the_first_page(path: Path) -> None:
    write_trace(path, boot())
    os.truncate(path, 2000)


def scribbled(path: Path) -> None:
    """A schema page overwritten behind its header."""
    write_trace(path, boot())
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 3900)


def link_loop(path: Path) -> None:
    path.symlink_to("other")
    path.with_name("other").symlink_to(path.name)


def bound_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's name may not be as long as a temporary folder's
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


BAD = {
    "missing": (lambda path: None, NotYetThere, "does not exist"),
    "dangling link": (
        lambda path: path.symlink_to("gone.db"),
        NotYetThere,
        "link to gone.db, which does not",
    ),
    "link loop": (link_loop, TraceError, "symbolic links"),
    "folder without a trace": (
        lambda path: path.parent.joinpath("t.db").mkdir(),
        NotYetThere,
        "no plugins.db",
    ),
    "empty": (lambda path: path.touch(), NotYetThere, "is empty"),
    "empty database": (
        lambda path: run_sql(path, "CREATE TABLE t (a)", "DROP TABLE t"),
        NotYetThere,
        "no tables",
    ),
    "one byte": (lambda path: path.write_bytes(b"x"), TraceError, "not a SQLite database"),
    "text": (
        lambda path: path.write_text("openat(AT_FDCWD, 1)\n" * 999),
        TraceError,
        "not a SQLite database",
    ),
    "zeros": (lambda path: path.write_bytes(bytes(9000)), TraceError, "begins with zeros"),
    "header only": (lambda path: path.write_bytes(b"SQLite format 3\0"), TraceError, "first page is broken"),
    "half a page": (half_of_the_first_page, TraceError, "damaged"),
    "foreign schema": (lambda path: run_sql(path, "CREATE TABLE songs (a)"), TraceError, "no table 'event'"),
    "foreign event": (
        lambda path: run_sql(path, "CREATE TABLE event (id INTEGER)"),
        TraceError,
        "lacks proc",
    ),
    "truncated": (truncated, TraceError, "damaged"),
    "scribbled": (scribbled, TraceError, "damaged"),
    "hot journal": (killed_writer, HotJournal, "killed in the middle of a flush"),
    "named pipe": (os.mkfifo, TraceError, "neither a file nor a folder|named pipe"),
    "socket": (bound_socket, TraceError, "neither a file nor a folder|socket"),
    "device": (lambda path: path.symlink_to("/dev/zero"), TraceError, "neither a file nor a folder|device"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_library_says_what_is_wrong(tmp_path, name):
    make, kind, said = BAD[name]
    path = tmp_path / "t.db"
    make(path)
    with pytest.raises(kind, match=said), Trace(locate(path)) as trace:
        list(trace.records())


@pytest.mark.parametrize("verb", ["info", "query"])
@pytest.mark.parametrize("name", [name for name in BAD if name != "hot journal"])
def test_the_commands_end_with_3_and_one_message(tmp_path, capsys, monkeypatch, name, verb):
    monkeypatch.setattr(source, "WRITER_SECONDS", 0.05)
    make, _, said = BAD[name]
    path = tmp_path / "t.db"
    make(path)
    assert main([verb, str(path)]) == 3
    shown = capsys.readouterr().err
    assert shown.startswith("tracetui: ")
    assert "Traceback" not in shown
    assert len(shown.splitlines()) <= 2
    assert any(words in shown for words in said.split("|"))


@pytest.mark.parametrize("name", ["named pipe", "device", "socket"])
def test_what_is_no_file_does_not_hang(tmp_path, name):
    path = tmp_path / "t.db"
    BAD[name][0](path)
    code = f"from pathlib import Path; from tracetui.trace import Trace; Trace(Path({str(path)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.splitlines()[-1].startswith("tracetui.trace.errors.TraceError")


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(TraceError, match="is a folder"):
        Trace.open(tmp_path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "~nobody-of-this-name/t.db", "t.db/below"])
def test_impossible_names(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.db").touch()
    with pytest.raises(TraceError, match="cannot be opened|does not exist"):
        locate(name)


def test_the_current_folder_may_be_gone(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("PENGUIN_PROJECT_DIR", raising=False)
    (tmp_path / "here").rmdir()
    with pytest.raises(NotYetThere, match="no plugins.db"):
        locate()


def test_names_that_are_no_text(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe \n?#%.db"))
    write_trace(tmp_path / "t.db", boot()).rename(path)
    with Trace(locate(path)) as trace:
        assert trace.count() == 10


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", boot())
    refused = sqlite3.OperationalError("unable to open database file")
    monkeypatch.setattr(faults.os, "access", lambda *args: False)
    assert "Permission denied" in faults.explain(path, refused).message


@pytest.mark.parametrize("said", ["locking protocol", "disk I/O error"])
def test_file_systems_without_locks(tmp_path, said):
    """What SQLite says on network file systems that refuse locks or lose their server."""
    error = faults.explain(tmp_path / "t.db", sqlite3.OperationalError(said))
    assert said in error.message
    assert "network file system" in error.hint


def test_a_writer_that_does_not_let_go(tmp_path, monkeypatch, capsys):
    path = write_trace(tmp_path / "t.db", boot())
    monkeypatch.setattr(faults, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert main(["info", str(path)]) == 3
        assert "is locked by another program" in capsys.readouterr().err
        writer.execute("ROLLBACK")
    assert main(["info", str(path)]) == 0


def test_a_writer_that_lets_go_in_time_is_waited_for(tmp_path):
    import threading

    path = write_trace(tmp_path / "t.db", boot())
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.1, lambda: writer.execute("COMMIT"))
    release.start()
    with Trace.open(path) as trace:
        assert trace.count() == 10
    release.join()
    writer.close()


def test_opening_again_keeps_the_locks_of_a_logger_in_this_process(tmp_path):
    """Closing any descriptor of a file drops all POSIX locks of the process: opening must not do that."""
    path = write_trace(tmp_path / "t.db", boot())
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM event WHERE id = 1")
        with Trace.open(path) as trace:
            trace.again().close()
        intrude = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0); c.execute('BEGIN IMMEDIATE')"
        )
        other = subprocess.run(
            [sys.executable, "-c", intrude, path], capture_output=True, text=True, check=False
        )
        assert "locked" in other.stderr


def test_a_deleted_file_can_be_read_to_the_end(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(200))
    with Trace.open(path) as trace:
        path.unlink()
        assert trace.count() == len(list(trace.records())) == 1204
        with pytest.raises(NotYetThere):
            trace.again()


def test_a_replaced_file_is_said_to_be(tmp_path):
    """The journal of the new file is no journal of the old one, though it has its name."""
    path = write_trace(tmp_path / "t.db", boot(50))
    with Trace.open(path) as trace:
        path.unlink()
        killed_writer(path)
        with pytest.raises(TraceError, match="has been replaced"):
            list(trace.records())


def test_a_file_cut_while_it_is_open_is_said_to_be_damaged(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(80))
    with Trace.open(path) as trace:
        os.truncate(path, 4096 * 3)
        with pytest.raises(TraceError, match="damaged"):
            list(trace.records())
