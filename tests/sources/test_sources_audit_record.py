"""``tracetui record --python``: the command line, the trace, signals and what is said."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui.cli import main

DEADLINE = 300.0
"""Seconds for programs that end within one, on a machine that has dozens of others to run."""


def command(trace: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tracetui", "record", "--python", "-o", str(trace), *words]


def record(trace: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(trace, *words), capture_output=True, text=True, check=False, **options)


Recorder = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def record_here(capfd: pytest.CaptureFixture[str]) -> Recorder:
    """Records without starting Python anew: for what needs no process of its own."""

    def record(trace: Path, *words: str) -> subprocess.CompletedProcess[str]:
        status = main(["record", "--python", "-o", str(trace), *words])
        return subprocess.CompletedProcess(words, status, *capfd.readouterr())

    return record


def rows(trace: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{trace}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.02)
    raise AssertionError("not in time")


def test_a_program_is_recorded_with_times_threads_and_processes(tmp_path, record_here):
    trace = tmp_path / "t.db"
    before = time.time_ns()
    done = record_here(
        trace,
        "--",
        sys.executable,
        "-c",
        "open('/etc/hostname').close(); print('hello'); raise SystemExit(3)",
    )
    after = time.time_ns()
    assert (done.returncode, done.stdout) == (3, "hello\n")
    assert "events of 1 process" in done.stderr
    found = rows(
        trace,
        "SELECT type, procname, proc_id, ts, tid, retno FROM event JOIN syscall USING (id) JOIN context USING (id)"
        " WHERE name = 'open' AND arg0_repr LIKE '%/etc/hostname%'",
    )
    ((kind, name, pid, ts, tid, result),) = found
    assert (kind, name, tid, result) == ("syscall", f"{Path(sys.executable).name} -c", pid, None)
    assert before < ts < after
    ((first, first_pid),) = rows(trace, "SELECT min(id), pid FROM proc_start")
    assert (first, first_pid) == (1, pid)
    assert rows(trace, "SELECT pid, code, reason FROM proc_exit") == [(pid, 3, "exit_group")]
    assert len(rows(trace, "SELECT 1 FROM exec")) == 1


@pytest.mark.parametrize(
    "words",
    [
        [sys.executable, "-m", "json.tool", "--help"],
        ["sh", "-c", f"{sys.executable} -c 'import json'; exit 0"],
        ["env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", sys.executable, "-m", "pytest", "--version"],
    ],
    ids=["module", "shell", "env"],
)
def test_any_way_to_start_python(tmp_path, record_here, words):
    trace = tmp_path / "t.db"
    done = record_here(trace, "--", *words)
    assert done.returncode == 0, done.stderr
    assert rows(trace, "SELECT 1 FROM syscall WHERE name = 'import' LIMIT 1")


def test_a_script_by_its_own_name(tmp_path, record_here):
    script, trace = tmp_path / "tool", tmp_path / "t.db"
    script.write_text(f"#!{sys.executable}\nimport sys; sys.audit('test.tool', sys.argv[1])\n")
    script.chmod(0o755)
    assert record_here(trace, "--", str(script), "x y").returncode == 0
    assert rows(trace, "SELECT arg0_repr FROM syscall WHERE name = 'test.tool'") == [('arg0=("x y")',)]
    assert len(rows(trace, "SELECT 1 FROM exec")) == 1, "the command and its Python are one exec"


def test_options_choose_what_is_recorded(tmp_path, record_here):
    trace = tmp_path / "t.db"
    program = [sys.executable, "-c", "import sys; id(1); sys.audit('a.b', 'password=x'); sys.audit('a.c')"]
    done = record_here(
        trace,
        "-q",
        "--all",
        "--include",
        "builtins.id",
        "--include",
        "a.*",
        "--exclude",
        "a.c",
        "--",
        *program,
    )
    assert done.stderr == ""
    assert set(rows(trace, "SELECT name, arg0_repr FROM syscall")) >= {
        ("a.b", 'arg0=("password=<redacted>")')
    }
    assert {name for (name,) in rows(trace, "SELECT name FROM syscall")} == {"builtins.id", "a.b"}
    record_here(trace, "-q", "--force", "--no-redact", "--", *program)
    assert rows(trace, "SELECT arg0_repr FROM syscall WHERE name = 'a.b'") == [('arg0=("password=x")',)]


@pytest.mark.parametrize("words", [["true"], [sys.executable, "-I", "-c", "pass"]])
def test_it_says_that_no_python_was_followed(tmp_path, record_here, words):
    done = record_here(tmp_path / "t.db", "--", *words)
    assert done.returncode == 0
    assert "no Python that can be followed" in done.stderr


def test_both_ways_at_once_are_refused(tmp_path, record_here):
    done = record_here(tmp_path / "t.db", "--strace", "--", "true")
    assert done.returncode == 2
    assert "not allowed with" in done.stderr


def test_a_trace_is_continued(tmp_path, record_here):
    trace = tmp_path / "t.db"
    program = [sys.executable, "-c", "import sys; sys.audit('a.b')"]
    record_here(trace, "-q", "--", *program)
    assert record_here(trace, "-q", "--", *program).returncode == 2
    record_here(trace, "-q", "--append", "--", *program)
    assert len(rows(trace, "SELECT 1 FROM syscall WHERE name = 'a.b'")) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_passed_on_and_nothing_is_lost(tmp_path, number):
    trace = tmp_path / "t.db"
    program = "import signal, sys; signal.signal(2, signal.SIG_DFL); sys.audit('a.b'); signal.pause()"
    running = subprocess.Popen(command(trace, "--", sys.executable, "-c", program), stderr=subprocess.PIPE)
    wait_for(lambda: rows(trace, "SELECT 1 FROM syscall WHERE name = 'a.b'"))
    running.send_signal(number)
    _, said = running.communicate(timeout=DEADLINE)
    assert running.returncode == 128 + number, said
    assert rows(trace, "SELECT code, reason FROM proc_exit") == [(128 + number, f"signal:{number.name}")]


LEFT_ALONE = """
import os, signal, sys
from tracetui.sources import audit
from tracetui.sources.audit import recorder

recorder._GRACE = 0.2
pids = []

class Target:
    def add_event(self, *row):
        pass

    def add_block(self, block):
        for _, row, *_ in block.calls():
            if row.get("name") == "a.b":
                pids.append(row["proc_id"])
                os.kill(os.getpid(), signal.SIGTERM)

program = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); sys.audit('a.b'); time.sleep(600)"
recording = audit.record([sys.executable, "-c", program], Target())
try:
    assert recording.abandoned
    os.kill(pids[0], 0)
finally:
    os.kill(pids[0], signal.SIGKILL)
    os.waitpid(pids[0], 0)
print("left alone")
"""


def test_a_program_that_does_not_end_is_left_alone():
    # In a process of its own: the recorder is told to end by a signal to its process.
    done = subprocess.run(
        [sys.executable, "-c", LEFT_ALONE], check=False, capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.stdout == "left alone\n", done.stderr


def test_ctrl_c_on_a_terminal_reaches_the_program_once(tmp_path):
    trace, log = tmp_path / "t.db", tmp_path / "log"
    program = tmp_path / "program.py"
    program.write_text(
        f"import signal, sys, time\ndef got(*_): open({str(log)!r}, 'a').write('got\\n')\nsignal.signal(2, got)\n"
        "sys.audit('a.b')\nsignal.pause()\ntime.sleep(0.3)\nsys.exit(3)\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, command(trace, "-q", "--", sys.executable, str(program)))
    try:
        wait_for(lambda: rows(trace, "SELECT 1 FROM syscall WHERE name = 'a.b'"))
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 3
    assert log.read_text() == "got\n"


def test_nothing_is_left_behind(tmp_path):
    spools = tmp_path / "tmp"
    spools.mkdir()
    environment = {**os.environ, "TMPDIR": str(spools)}
    record(tmp_path / "t.db", "--", sys.executable, "-c", "import os; os.fork()", env=environment)
    assert list(spools.iterdir()) == []
    assert rows(tmp_path / "t.db", "SELECT count(*) FROM proc_start") == [(2,)]


def test_a_recorder_that_is_killed_does_not_disturb_the_program(tmp_path):
    trace, log = tmp_path / "t.db", tmp_path / "log"
    program = (
        "import os, select, sys; parent = os.getppid(); sys.audit('a.b')\n"
        "while os.getppid() == parent: select.select([], [], [], 0.01)\n"
        "for i in range(30_000): sys.audit('a.c', 'x' * 500)\n"
        f"open({str(log)!r}, 'w').write('done')"
    )
    running = subprocess.Popen(command(trace, "--", sys.executable, "-c", program), stderr=subprocess.PIPE)
    wait_for(lambda: rows(trace, "SELECT 1 FROM syscall WHERE name = 'a.b'"))
    running.kill()
    running.communicate(timeout=DEADLINE)
    wait_for(lambda: log.exists() and log.read_text() == "done")
