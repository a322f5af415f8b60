"""``tracetui import``: files in every wrapping, and what is said of them."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui.cli import main
from tracetui.sources import FORMATS

LOG = """\
10 1795243027.000001 execve("/bin/ls", ["ls"], 0x7ffc /* 3 vars */) = 0 <0.000100>
10 1795243027.000200 write(1</dev/pts/0>, "a\\n", 2) = 2 <0.000010>
10 1795243027.000300 exit_group(0) = ?
10 1795243027.000400 +++ exited with 0 +++
"""


def events(trace: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(trace)) as connection:
        return connection.execute("SELECT type, procname, proc_id FROM event ORDER BY id").fetchall()


EXPECTED = [
    ("syscall", "[none]", 10),
    ("exec", "ls", 10),
    ("proc_start", "ls", 10),
    ("syscall", "ls", 10),
    ("write", "ls", 10),
    ("syscall", "ls", 10),
    ("proc_exit", "ls", 10),
]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize("form", ["auto", "strace"])
def test_plain_and_compressed(
    tmp_path: Path, pack: Any, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_bytes(pack(LOG.encode()))
    assert main(["import", str(log), "-o", str(trace), "--from", form]) == 0
    assert events(trace) == EXPECTED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "7 events of 1 process from 4 lines, 0 not understood" in captured.err


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "t.db"
    readable, writable = os.pipe()
    os.write(writable, LOG.encode())
    os.close(writable)
    with os.fdopen(readable) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["import", "-", "-o", str(trace)]) == 0
    assert events(trace) == EXPECTED


def test_several_files_follow_each_other(tmp_path: Path) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_text(LOG)
    assert main(["import", str(log), str(log), "-o", str(trace)]) == 0
    assert events(trace) == EXPECTED * 2
    assert main(["import", str(log), "-o", str(trace), "--append"]) == 0
    assert events(trace) == EXPECTED * 3


def test_times_thread_and_duration_go_to_context(tmp_path: Path) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_text(LOG)
    main(["import", str(log), "-o", str(trace)])
    with closing(sqlite3.connect(trace)) as connection:
        contexts = connection.execute("SELECT ts, end_ts, tid, cpu, host, container FROM context").fetchall()
    start = 1_795_243_027_000_000_000
    assert contexts[0] == (start + 1_000, start + 101_000, 10, None, None, None)
    assert contexts[-1] == (start + 400_000, None, 10, None, None, None)


def test_bad_lines_are_counted_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_text(LOG + "".join(f"nonsense \x1b[31m{i}\n" for i in range(5)))
    assert main(["import", str(log), "-o", str(trace), "--from", "strace"]) == 0
    said = capsys.readouterr().err
    assert "5 not understood" in said
    assert "not understood: nonsense ␛[31m0" in said, "shown, but not obeyed by the terminal"
    assert said.count("nonsense") == 3


def test_a_damaged_archive_gives_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, trace = tmp_path / "log.gz", tmp_path / "t.db"
    whole = gzip.compress((LOG * 2000).encode(), mtime=0)
    log.write_bytes(whole[: len(whole) // 2])
    assert main(["import", str(log), "-o", str(trace)]) == 0
    assert 0 < len(events(trace)) < 7 * 2000
    assert "cannot be read any further" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x1f\x8bnot really gzip", b"\xfd7zXZ\0broken"])
def test_what_is_no_log(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_bytes(content)
    assert main(["import", str(log), "-o", str(trace)]) == 3
    assert str(log) in capsys.readouterr().err
    assert not trace.exists()


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = str(tmp_path / "t.db")
    log = tmp_path / "log"
    log.write_text(LOG)
    assert main(["import", str(log), "-o", trace, "--from", "nope"]) == 2
    assert "strace" in capsys.readouterr().err


def test_a_log_without_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text("nothing of strace's\n")
    assert main(["import", str(log), "-o", str(tmp_path / "t.db"), "--from", "strace"]) == 3
    assert "no event could be imported" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing", "folder"])
def test_nothing_is_replaced_for_what_cannot_be_read(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, trace = tmp_path / "log", tmp_path / "t.db"
    log.write_text(LOG)
    (tmp_path / "folder").mkdir()
    trace.write_bytes(b"what is there")
    assert main(["import", str(log), str(tmp_path / name), "-o", str(trace), "--force"]) == 3
    assert name in capsys.readouterr().err
    assert trace.read_bytes() == b"what is there"


def test_a_log_is_not_replaced_by_its_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    assert main(["import", str(log), "-o", str(log), "--force"]) == 2
    assert "is what is to be read" in capsys.readouterr().err
    assert log.read_text() == LOG


def test_closed_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["import", "-", "-o", str(tmp_path / "t.db")]) == 3
    assert "cannot be read: it is closed" in capsys.readouterr().err


def test_appending_to_what_is_no_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, other = tmp_path / "log", tmp_path / "notes.txt"
    log.write_text(LOG)
    other.write_text("important")
    assert main(["import", str(log), "-o", str(other), "--append"]) == 2
    assert other.read_text() == "important"
    assert "not a trace" in capsys.readouterr().err


def test_progress_only_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    log.write_text(LOG * 2500)
    assert main(["import", str(log), "-o", str(tmp_path / "t.db")]) == 0
    assert "\r" not in capsys.readouterr().err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("tracetui.cli.import_._PROGRESS_SECONDS", 0.0)
    assert main(["import", str(log), "-o", str(tmp_path / "t.db"), "--force"]) == 0
    assert "importing" in terminal.getvalue()
    assert "%" in terminal.getvalue()


def test_every_format_keeps_the_contract() -> None:
    for form in FORMATS:
        assert callable(form.source.detect)
        assert callable(form.source.begin)
        assert form.source.detect(b"") is False
        assert form.source.detect(b"\0\xff" * 1000) is False
