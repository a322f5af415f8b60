"""Following while a writer holds the trace for longer than a reader waits."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support import append, boot, kill_writer, openat, write_trace
from tracetui.cli import following
from tracetui.events import Record
from tracetui.trace import Locked, Trace, faults


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    with Trace(write_trace(tmp_path / "plugins.db", boot())) as opened:
        yield opened


def test_a_writer_that_holds_the_trace_is_waited_for(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "BUSY_SECONDS", 0.05)
    said: list[str] = []
    with closing(sqlite3.connect(trace.path, isolation_level=None)) as writer:

        def complain(text: str) -> None:
            said.append(text)
            writer.execute("COMMIT")

        monkeypatch.setattr(following, "complain", complain)
        writer.execute("BEGIN EXCLUSIVE")
        records = following.follow(trace, "failed")
        assert [next(records).id for _ in range(2)] == [4, 6]
        append(trace.path, [openat("/ok"), openat("/missing", -2)])
        writer.execute("BEGIN EXCLUSIVE")
        assert next(records).id == 12
    assert len(said) == 2
    assert all("locked by another program" in text and "Waiting" in text for text in said)


def test_what_a_killed_writer_left_is_waited_for(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def complain(text: str) -> None:
        said.append(text)
        append(trace.path, [openat("/missing", -2)])

    monkeypatch.setattr(following, "complain", complain)
    records = following.follow(trace, "failed")
    assert [next(records).id for _ in range(2)] == [4, 6]
    kill_writer(trace.path)
    assert next(records).id == 11
    assert "killed in the middle of a flush" in said[0]


def test_what_was_read_before_a_writer_came_is_not_read_again(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Trace.records

    def interrupted(self: Trace, *arguments: Any, **options: Any) -> Iterator[Record]:
        for count, record in enumerate(read(self, *arguments, **options)):
            if count == 3:
                raise Locked("locked")
            yield record

    monkeypatch.setattr(Trace, "records", interrupted)
    monkeypatch.setattr(following, "complain", lambda _: None)
    records = following.follow(trace, None)
    assert [next(records).id for _ in range(10)] == list(range(1, 11))


@pytest.mark.parametrize("form", ["json", "batch"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_followed_until_a_signal_is_whole(form: str, number: int, trace: Trace) -> None:
    command = [sys.executable, "-m", "tracetui", "query", str(trace.path), "--follow", "--format", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as query:
        assert query.stdout is not None
        lines = [query.stdout.readline() for _ in range(9)]  # of the tenth, the end is not written yet
        query.send_signal(number)
        events = json.loads("".join([*lines, query.stdout.read()]))
    assert len(events) in (9, 10), "the signal may come before the last one is written"
    assert query.returncode == 128 + number
