"""The explorer inside tmux, on a server of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import boot, write_trace
from tracetui.annotations import Notebook
from tracetui.trace import Trace

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Tmux:
    """One window of 80x24."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._folder = folder
        self.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", *command)

    def run(self, *arguments: str) -> str:
        # Named from where it is: a socket's name may not be as long as a temporary folder's.
        argv = ["tmux", "-S", "socket", *arguments]
        # The window has the size that tmux gives it, whatever size the test run believes in.
        env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX")}
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=60, env=env, cwd=self._folder
        )
        return done.stdout

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    def wait(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> str:
        deadline = time.monotonic() + seconds
        while not wanted(screen := self.screen()):
            assert time.monotonic() < deadline, screen
            time.sleep(0.02)
        return screen


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Tmux]:
    trace = write_trace(tmp_path / "plugins.db", boot(5))
    explorer = f"{sys.executable} -m tracetui --no-follow {trace}; echo exit code $?; cat"
    tmux = Tmux(tmp_path, ["sh", "-c", explorer])
    yield tmux
    tmux.run("kill-server")


def test_open_filter_resize_and_quit(window: Tmux) -> None:
    window.wait(lambda screen: "openat" in screen and "f Filter" in screen)
    window.run("send-keys", "f")
    window.wait(lambda screen: "Complete" in screen)
    window.run("send-keys", "-l", "failed")
    window.run("send-keys", "Enter")
    screen = window.wait(lambda screen: "10 of 34 shown" in screen)
    assert screen.count("ENOENT") == screen.count("ENOTTY") == 5
    window.run("resize-window", "-x", "50", "-y", "12")
    window.wait(lambda screen: len(screen.splitlines()) == 12 and "f Filter" in screen.splitlines()[11])
    window.run("send-keys", "q")
    screen = window.wait(lambda screen: "exit code 0" in screen)
    assert "openat" not in screen


def test_a_letter_is_taken_however_fast_it_follows(window: Tmux, tmp_path: Path) -> None:
    window.wait(lambda screen: "openat" in screen and "f Filter" in screen)
    window.run("send-keys", "Down", "m", "a")
    window.wait(lambda screen: "\na" in screen)
    window.run("send-keys", "T")
    window.wait(lambda screen: "Tags of event 2" in screen)
    window.run("send-keys", "-l", "odd env=prod")
    window.run("send-keys", "Enter")
    window.wait(lambda screen: "Tags of event 2" not in screen)
    window.run("send-keys", "Down", "m", "b")
    window.wait(lambda screen: "\nb" in screen)
    window.run("send-keys", "q")
    window.wait(lambda screen: "exit code 0" in screen)
    with Trace(tmp_path / "plugins.db") as trace:
        book = Notebook(trace).read()
    assert book.marks == {"a": 2, "b": 3}
    assert book[2].tags == ("env=prod", "odd")
