"""However the program is ended, but for SIGKILL, it leaves no copy of a trace behind."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from e2e_helpers import assert_restored, shows, tracetui

from support import boot, write_trace

READY = shows("openat", "f Filter", "filter ›")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    trace = write_trace(tmp_path / "plugins.db", boot(5))
    packed = tmp_path / "plugins.db.gz"
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    return packed


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of every process that the test starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_explorer_that_a_signal_ends(packed: Path, temporary: Path, number: signal.Signals) -> None:
    with tracetui(packed) as terminal:
        terminal.wait(READY)
        assert len(list(temporary.iterdir())) == 1
        os.kill(terminal.pid, number)
        assert terminal.exit_code() == 128 + number
        assert_restored(bytes(terminal.received))
    assert list(temporary.iterdir()) == []


def test_an_explorer_whose_terminal_is_closed(packed: Path, temporary: Path) -> None:
    with tracetui(packed) as terminal:
        terminal.wait(READY)
        os.close(terminal.fd)
        terminal.fd = os.open(os.devnull, os.O_RDONLY)
        deadline = time.monotonic() + 60
        while not (ended := os.waitpid(terminal.pid, os.WNOHANG)[0]) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert ended
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_command_that_a_signal_ends(packed: Path, temporary: Path, number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "tracetui", "query", str(packed), "--follow", "--format", "{id}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "1\n"
        assert len(list(temporary.iterdir())) == 1
        command.send_signal(number)
        _, said = command.communicate(timeout=60)
    assert command.returncode == 128 + number
    assert "Traceback" not in said
    assert list(temporary.iterdir()) == []


def test_a_signal_that_is_ignored_stays_so(packed: Path, temporary: Path) -> None:
    """As under nohup: closing the terminal ends nothing."""
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    ignoring += "import sys; from tracetui.cli import main; sys.exit(main())"
    argv = [sys.executable, "-c", ignoring, "query", str(packed), "--follow", "--format", "{id}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "1\n"
        command.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(0.3)
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=60)
    assert command.returncode == 128 + signal.SIGTERM
