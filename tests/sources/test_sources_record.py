"""``tracetui record``, with a real strace."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tracetui.cli import main


def strace_works() -> bool:
    if shutil.which("strace") is None:
        return False
    return (
        subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )


needs_strace = pytest.mark.skipif(not strace_works(), reason="needs strace, and permission to trace")

DEADLINE = 60.0


def command(trace: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tracetui", "record", "-o", str(trace), "--", *words]


def record(trace: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(trace, *words), capture_output=True, timeout=DEADLINE, check=False, **options
    )


Recorder = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def record_here(capfdbinary: pytest.CaptureFixture[bytes]) -> Recorder:
    """Records without starting Python anew: for what needs no process of its own."""

    def record(trace: Path, *words: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[bytes]:
        status = main(["record", "-o", str(trace), *options, "--", *words])
        out, err = capfdbinary.readouterr()
        return subprocess.CompletedProcess(words, status, out, err)

    return record


def rows(trace: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(trace)) as connection:
        return connection.execute(query).fetchall()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def has_row(trace: Path, query: str) -> Callable[[], bool]:
    def check() -> bool:
        try:
            return bool(rows(trace, query))
        except sqlite3.Error:
            return False  # the file or its tables are not there yet

    return check


@needs_strace
def test_shell_with_a_failing_and_a_working_child(tmp_path: Path, record_here: Recorder) -> None:
    trace = tmp_path / "t.db"
    program = f'ls /nonexistent; "{sys.executable}" -S -E -c "print(1)"'
    done = record_here(trace, "sh", "-c", program)
    assert done.returncode == 0
    assert done.stdout == b"1\n"
    assert b"events of 3 processes" in done.stderr
    assert rows(
        trace,
        "SELECT 1 FROM syscall JOIN event USING (id) WHERE procname = 'ls' AND retno = -2"
        " AND retno_repr = 'ENOENT(No such file or directory)' AND arg0_repr || arg1_repr LIKE '%\"/nonexistent\"%'",
    )
    ((shell, shell_parent),) = rows(trace, "SELECT DISTINCT pid, ppid FROM proc_start WHERE comm = '[none]'")
    children = rows(trace, f"SELECT DISTINCT pid, ppid FROM proc_start WHERE pid <> {shell}")
    assert len(children) == 2
    assert {parent for _, parent in children} == {shell}
    assert shell_parent > 0
    names = dict(rows(trace, "SELECT pid, procname FROM proc_start JOIN event USING (id) ORDER BY id"))
    assert names[shell] == "sh"
    assert {names[pid] for pid, _ in children} == {"ls", Path(sys.executable).name}
    codes = dict(rows(trace, "SELECT pid, code FROM proc_exit"))
    assert codes[shell] == 0
    assert sorted(codes[pid] for pid, _ in children) == [0, 2]


@needs_strace
def test_rows_are_complete_and_in_order(tmp_path: Path, record_here: Recorder) -> None:
    trace = tmp_path / "t.db"
    record_here(trace, "sh", "-c", "echo hello | cat")
    ids = [number for (number,) in rows(trace, "SELECT id FROM event ORDER BY id")]
    assert ids == list(range(1, len(ids) + 1))
    assert rows(trace, "SELECT count(*) FROM context WHERE ts > 1e18 AND tid > 0 AND host <> ''") == [
        (len(ids),)
    ]
    ends = [end for (end,) in rows(trace, "SELECT end_ts FROM context WHERE end_ts IS NOT NULL ORDER BY id")]
    late = sum(after < before for before, after in pairwise(ends))
    assert late < len(ends) / 20, "calls of two processes may end within strace's own delay"
    by_shell = "SELECT buffer FROM write JOIN event USING (id) WHERE fname LIKE 'pipe:%' AND procname = 'sh'"
    assert rows(trace, by_shell) == [(b"hello\n",)]
    assert rows(trace, "SELECT buffer FROM read WHERE fname LIKE 'pipe:%'") == [(b"hello\n",)]
    assert rows(trace, "SELECT count(*) FROM exec") == rows(
        trace, "SELECT count(*) FROM syscall WHERE name = 'sys_execve'"
    )
    ((environment,),) = rows(trace, "SELECT envp FROM exec ORDER BY id LIMIT 1")
    assert "'PATH': " in environment
    ids_of_user = (os.getuid(), os.getgid(), os.geteuid(), os.getegid())
    assert set(rows(trace, "SELECT uid, gid, euid, egid FROM proc_start")) == {ids_of_user}


@needs_strace
def test_standard_streams_pass_untouched(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    done = record(tmp_path / "t.db", "sh", "-c", "cat; echo oops >&2", input=data)
    assert done.stdout == data
    assert done.stderr.startswith(b"oops\n")


@needs_strace
def test_the_program_gets_no_descriptors_of_ours(tmp_path: Path) -> None:
    words = ["sh", "-c", "ls /proc/$$/fd"]
    plain = subprocess.run(words, capture_output=True, check=True, stdin=subprocess.DEVNULL).stdout
    assert record(tmp_path / "t.db", *words, stdin=subprocess.DEVNULL).stdout == plain


@needs_strace
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["true"], 0),
        (["false"], 1),
        (["sh", "-c", "exit 77"], 77),
        (["sh", "-c", "kill -SEGV $$"], 139),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["env", "no-such-command-anywhere"], 127),
    ],
)
def test_exit_status_is_the_programs(
    tmp_path: Path, record_here: Recorder, words: list[str], status: int
) -> None:
    trace = tmp_path / "t.db"
    assert record_here(trace, *words).returncode == status
    assert rows(trace, "SELECT code FROM proc_exit") == [(status,)]


@needs_strace
def test_it_waits_for_children_in_the_background(tmp_path: Path, record_here: Recorder) -> None:
    trace = tmp_path / "t.db"
    assert record_here(trace, "sh", "-c", "(sleep 0.3; exit 9) & exit 5").returncode == 5
    assert {code for (code,) in rows(trace, "SELECT code FROM proc_exit")} == {5, 9, 0}


@needs_strace
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_the_program_and_nothing_is_lost(tmp_path: Path, number: signal.Signals) -> None:
    trace = tmp_path / "t.db"
    running = subprocess.Popen(
        command(
            trace, sys.executable, "-S", "-E", "-c", "import time; open('/dev/null').close(); time.sleep(60)"
        ),
        stderr=subprocess.PIPE,
    )
    seen = has_row(trace, "SELECT 1 FROM syscall WHERE arg1_repr LIKE '%\"/dev/null\"%'")
    wait_for(seen)  # live: the program is still running
    running.send_signal(number)
    _, said = running.communicate(timeout=DEADLINE)
    assert running.returncode == 128 + number
    assert b"Traceback" not in said.split(b"tracetui:")[-1]
    assert rows(trace, "SELECT code, reason FROM proc_exit") == [(128 + number, f"signal:{number.name}")] or (
        number == signal.SIGINT  # Python turns it into an exception and then dies of it
        and rows(trace, "SELECT code FROM proc_exit") in ([(130,)], [(1,)])
    )
    nap = "SELECT retno_repr FROM syscall WHERE name IN ('sys_clock_nanosleep', 'sys_select', 'sys_pselect6')"
    assert rows(trace, nap), "the call that was under way is told"


@needs_strace
def test_ctrl_c_on_a_terminal_reaches_the_program_once(tmp_path: Path) -> None:
    trace, log = tmp_path / "t.db", tmp_path / "log"
    script = f"trap 'echo got >>{log}' INT; echo ready >>{log}; sleep 60; sleep 0.5; exit 3"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, command(trace, "sh", "-c", script))
    try:
        wait_for(lambda: log.exists() and has_row(trace, "SELECT 1 FROM exec WHERE argv LIKE '%sleep%60%'")())
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 3
    assert log.read_text() == "ready\ngot\n"
    codes = [code for (code,) in rows(trace, "SELECT code FROM proc_exit")]
    assert sorted(codes) == [0, 3, 130]


@needs_strace
def test_long_strings_are_cut_where_asked(tmp_path: Path, record_here: Recorder) -> None:
    trace = tmp_path / "t.db"
    words = ["sh", "-c", "echo 12345678901234567890"]
    done = record_here(trace, *words, options=["--string-limit", "10"])
    assert rows(trace, "SELECT buffer FROM write") == [(b"1234567890",)]
    assert b"reads or writes are not complete" in done.stderr


@needs_strace
def test_an_existing_trace_is_kept_replaced_or_continued(tmp_path: Path, record_here: Recorder) -> None:
    trace = tmp_path / "t.db"
    record_here(trace, "true")
    before = trace.read_bytes()
    refused = record_here(trace, "false")
    assert (refused.returncode, trace.read_bytes()) == (2, before)
    assert b"--append" in refused.stderr
    ((count,),) = rows(trace, "SELECT count(*) FROM event")
    record_here(trace, "false", options=["--append"])
    assert rows(trace, "SELECT code FROM proc_exit") == [(0,), (1,)]
    ((more,),) = rows(trace, "SELECT max(id) FROM event")
    assert more > count
    record_here(trace, "false", options=["--force"])
    assert rows(trace, "SELECT code FROM proc_exit") == [(1,)]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "no command"),
        (["no-such-command-anywhere"], 127, "command not found"),
        (["/no/such/command"], 127, "command not found"),
        (["/etc/passwd"], 126, "permission denied"),
        (["/tmp"], 126, "not a program"),
    ],
)
def test_what_cannot_be_run(tmp_path: Path, words: list[str], status: int, said: str) -> None:
    trace = tmp_path / "t.db"
    done = record(trace, *words)
    assert done.returncode == status
    assert said in done.stderr.decode()
    assert not trace.exists()


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    done = record(tmp_path / "no" / "t.db", "true")
    assert done.returncode == 2
    assert b"does not exist" in done.stderr
    done = record(tmp_path, "true")
    assert done.returncode == 2
    assert b"is a folder" in done.stderr


def test_without_strace_it_says_how_to_get_it(tmp_path: Path) -> None:
    true = shutil.which("true")
    assert true is not None
    done = record(tmp_path / "t.db", true, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert b"strace is not installed" in done.stderr
    assert b"apt install strace" in done.stderr


def test_where_tracing_is_forbidden(tmp_path: Path) -> None:
    fake = tmp_path / "strace"
    fake.write_text("#!/bin/sh\necho 'strace: ptrace(PTRACE_TRACEME): Operation not permitted' >&2; exit 1\n")
    fake.chmod(0o755)
    trace = tmp_path / "t.db"
    done = record(trace, "true", env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert b"Operation not permitted" in done.stderr
    assert b"SYS_PTRACE" in done.stderr
    assert not trace.exists()
