"""Programs that record themselves: ``tracetui.audit.start``."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tracetui.sources.audit import Options, watch

DEADLINE = 60.0


def run(source: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE)


def rows(trace: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{trace}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def wait_for(trace: Path, sql: str, count: int = 1) -> list[Any]:
    """The rows, as soon as there are so many."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            found = rows(trace, sql)
        except sqlite3.OperationalError:
            found = []
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not found in time: {sql}")


def test_a_program_records_itself_and_its_children(tmp_path):
    trace = tmp_path / "t.db"
    done = run(
        """
        import os, subprocess, sys
        import tracetui.audit
        fds = os.listdir('/proc/self/fd')
        tracetui.audit.start(sys.argv[1])
        assert os.listdir('/proc/self/fd') == fds
        sys.audit('test.me', 1)
        subprocess.run([sys.executable, '-c', 'import sys; sys.audit("test.child")'], check=True)
        try:
            os.wait()
        except ChildProcessError:
            print('no children', [name for name in sys.modules if name.startswith('tracetui_audit')], flush=True)
        os._exit(5)
        """,
        trace,
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "no children []\n", "")
    wait_for(trace, "SELECT * FROM proc_exit", 2)
    found = rows(trace, "SELECT name, arg0 FROM syscall WHERE name LIKE 'test.%'")
    assert found == [("test.me", 1), ("test.child", 0)]
    ((parent, _), (child, ppid)) = rows(trace, "SELECT pid, ppid FROM proc_start ORDER BY id")
    assert ppid == parent != child


def test_it_is_live(tmp_path):
    trace = tmp_path / "t.db"
    source = "import tracetui.audit, sys; tracetui.audit.start(sys.argv[1]); sys.audit('test.me'); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", source, str(trace)], stdin=subprocess.PIPE) as running:
        try:
            wait_for(trace, "SELECT * FROM syscall WHERE name = 'test.me'")
            assert running.poll() is None
        finally:
            running.kill()
    wait_for(trace, "SELECT * FROM proc_exit")


def test_a_hook_that_allows_no_other_is_told(tmp_path):
    done = run(
        """
        import sys, tracetui.audit
        def jealous(event, args):
            if event == 'sys.addaudithook':
                raise RuntimeError
        sys.addaudithook(jealous)
        try:
            tracetui.audit.start(sys.argv[1])
        except tracetui.audit.Refused as error:
            print(error)
        """,
        tmp_path / "t.db",
    )
    assert "does not allow another" in done.stdout, done.stderr


def test_where_it_cannot_write(tmp_path):
    other = tmp_path / "other"
    other.write_text("some text")
    done = run(
        """
        import sys, tracetui.audit
        for path in sys.argv[1:]:
            try:
                tracetui.audit.start(path)
            except (OSError, ValueError) as error:
                print(type(error).__name__)
        """,
        tmp_path / "no" / "t.db",
        tmp_path,
        other,
    )
    assert done.stdout.split() == ["FileNotFoundError", "IsADirectoryError", "ValueError"]
    assert other.read_text() == "some text"


def test_only_once(tmp_path):
    done = run(
        """
        import sys, tracetui.audit
        tracetui.audit.start(sys.argv[1])
        try:
            tracetui.audit.start(sys.argv[1])
        except RuntimeError as error:
            print(error)
        """,
        tmp_path / "t.db",
    )
    assert "being recorded" in done.stdout


def test_one_pattern_or_several(tmp_path):
    trace = tmp_path / "t.db"
    done = run(
        """
        import sys, tracetui.audit
        tracetui.audit.start(sys.argv[1], include="test.*", exclude=["test.no", "test.never"])
        for name in "test.yes", "test.no", "other.yes":
            sys.audit(name)
        """,
        trace,
    )
    assert done.returncode == 0, done.stderr
    wait_for(trace, "SELECT * FROM proc_exit")
    assert rows(trace, "SELECT name FROM syscall") == [("test.yes",)]


def test_its_code_is_found_also_where_its_path_is_relative(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(watch.subprocess, "run", lambda command, **options: given.update(options["env"]))
    monkeypatch.setattr(sys, "path", ["", "lib", "/abs"])
    monkeypatch.chdir(tmp_path)
    watch.start_watching(tmp_path, tmp_path / "t.db", Options())
    assert given["PYTHONPATH"] == f"{tmp_path}:{tmp_path}/lib:/abs"
