"""What the program does to a trace and to its writer, seen from outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks.terminal import Terminal
from e2e_helpers import shows, tracetui

from support import append, boot, openat, write_trace

READY = shows("openat", "f Filter", "filter ›")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return write_trace(folder / "plugins.db", boot(5))


def whole_calls(log: Path) -> Iterator[str]:
    """The lines of strace's log, where a call that was interrupted by another thread's is put together."""
    begun: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        pid = line.split(None, 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix("<unfinished ...>")
        elif "resumed>" in line:
            yield begun.pop(pid) + line.partition("resumed>")[2]
        else:
            yield line
    yield from begun.values()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_trace_is_never_opened_for_writing_nor_anything_made_beside_it(
    trace: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    calls = "trace=open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,truncate,ftruncate,pwrite64"
    argv = ["strace", "-f", "-y", "-s", "4096", "-e", calls, "-e", "signal=none", "-o", str(log)]
    terminal = Terminal([*argv, sys.executable, "-m", "tracetui", str(trace), "--follow"], 100, 30)
    try:
        terminal.wait(READY, 40)
        terminal.send("f")
        terminal.wait(shows("Complete"))
        terminal.send("errno = ENOENT\r")
        terminal.wait(shows("5 of 34 shown"))
        append(trace, [openat("/tmp/new", -2)])
        terminal.wait(shows("6 of 35 shown"))
        terminal.send("\x11")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    of_trace = [line for line in whole_calls(log) if str(trace.parent) in line]
    opened = [line for line in of_trace if re.search(r"\bopen(at)?\(", line)]
    assert opened
    assert [line for line in opened if "O_RDONLY" not in line or "O_CREAT" in line] == []
    assert [line for line in of_trace if line not in opened] == []
    assert [path.name for path in trace.parent.iterdir()] == [trace.name]


def test_two_explorers_follow_one_trace_and_hold_up_no_writer(trace: Path) -> None:
    with tracetui(trace, "--follow") as one, tracetui(trace, "--follow", "--filter", "failed") as other:
        one.wait(READY)
        other.wait(shows("10 of 34 shown"))
        # As long as Penguin's logger waits for the file.
        with closing(sqlite3.connect(trace, timeout=5)) as writer:
            for event_id in range(35, 60):
                writer.execute("INSERT INTO event VALUES (?, 'syscall', 'sh', 0)", (event_id,))
                writer.execute(
                    "INSERT INTO syscall (id, name, retno) VALUES (?, 'sys_open', -2)", (event_id,)
                )
                writer.commit()
        one.wait(shows(" 59 events"))
        other.wait(shows("35 of 59 shown"))


def test_a_disk_on_which_nothing_can_be_written(trace: Path) -> None:
    """History, saved filters and marks are lost; what was opened is shown all the same."""
    full = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "-m", "tracetui", str(trace)]
    terminal = Terminal([*full, "--no-follow"], 100, 30)
    try:
        terminal.wait(READY)
        terminal.send("f")
        terminal.wait(shows("Complete"))
        terminal.send("failed\r")
        terminal.wait(shows("10 of 34 shown"))
        terminal.send("m")
        terminal.wait(shows("with a letter"))
        terminal.send("a")
        terminal.wait(shows("cannot be written"))
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert b"Traceback" not in terminal.received
    finally:
        terminal.close()


def test_a_screen_that_shrinks_to_nearly_nothing_and_grows_again(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.resize(20, 5)
        terminal.wait(lambda screen: len(screen.splitlines()) == 5 and "plugin" in screen)
        terminal.resize(100, 30)
        terminal.wait(READY)
        terminal.send("q")
        assert terminal.exit_code() == 0


def test_a_screen_that_shrinks_and_grows_before_it_is_looked_at_is_painted_anew(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.settle()
        before = terminal.text()
        columns, lines = terminal.screen.columns, terminal.screen.lines
        os.kill(terminal.pid, signal.SIGSTOP)
        terminal.resize(20, 5)
        terminal.resize(columns, lines)
        assert terminal.text() != before
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait(lambda screen: screen == before)
