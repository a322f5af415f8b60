"""The explorer in a pseudo-terminal: what it does to the terminal and what signals do to it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from e2e_helpers import ENTERED, LEFT, assert_restored, shows, tracetui

from support import boot, write_trace
from tracetui.events import Write
from tracetui.logger import DB

READY = shows("openat", "f Filter", "filter ›")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(5))


def ended(pid: int, seconds: float = 30.0) -> int:
    """Wait status of a child that ends by itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.01)
    raise TimeoutError(f"process {pid} is still there")


def test_open_and_quit_leave_the_terminal_as_it_was(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        assert terminal.received.count(ENTERED) == 1
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert_restored(bytes(terminal.received))


def test_a_filter_is_typed_and_only_what_matches_is_shown(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.send("f")
        terminal.wait(shows("Complete"))
        terminal.send("errno = ENOENT\r")
        in_all = 5 + len(["errno = ENOENT"])
        terminal.wait(lambda screen: "5 of 34 shown" in screen and screen.count("ENOENT") == in_all)
        terminal.wait(lambda screen: screen.count(" call ") == 5)
        terminal.send("\x11")
        assert terminal.exit_code() == 0


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    row = {"procname": "sh", "proc_id": 0, "fd": 1, "fname": "/dev/console"}
    with DB(tmp_path) as logger, tracetui(tmp_path / "plugins.db", "--wait", "--follow") as terminal:
        terminal.wait(shows("WAITING"))
        for number in range(1, 4):
            for _ in range(50):
                logger.add_event(Write, row | {"buffer": b"line %d" % number})
            logger.flush()
            terminal.wait(shows(f'"line {number}"', f" {number * 50} events", "FOLLOW"))
        terminal.send("q")
        assert terminal.exit_code() == 0
        assert (logger.rejected_count, logger.last_error) == (0, None)


def test_a_closed_terminal_ends_the_process(trace: Path) -> None:
    with tracetui(trace) as terminal:
        terminal.wait(READY)
        os.close(terminal.fd)
        status = ended(terminal.pid)
        terminal.fd = os.open(os.devnull, os.O_RDONLY)
        assert os.WIFSIGNALED(status) or os.WIFEXITED(status)


def test_ctrl_z_gives_the_terminal_back_and_resuming_takes_it_again(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.send("j")
        terminal.send("\x1a")
        deadline = time.monotonic() + 60
        stopped = 0
        while not stopped and time.monotonic() < deadline:
            terminal.pump(0.05)
            stopped, _ = os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED)
        assert stopped == terminal.pid
        terminal.settle(0.1)
        assert_restored(bytes(terminal.received))
        os.kill(terminal.pid, signal.SIGCONT)
        began = len(terminal.received)
        while ENTERED not in terminal.received[began:]:
            assert terminal.pump(5.0), "nothing was painted again"
        terminal.wait(READY)
        terminal.send("q")
        assert terminal.exit_code() == 0


def test_the_window_is_resized(trace: Path) -> None:
    import fcntl
    import struct
    import termios

    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.screen.resize(12, 50)
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
        os.kill(terminal.pid, signal.SIGWINCH)
        terminal.wait(lambda screen: "f Filter" in screen.splitlines()[11])
        terminal.send("q")
        assert terminal.exit_code() == 0


def test_a_wrong_filter_is_refused_before_anything_is_drawn(trace: Path) -> None:
    with tracetui(trace, "--filter", "errno = = 3") as terminal:
        assert terminal.exit_code() == 2
        assert ENTERED not in terminal.received
        assert "errno" in terminal.text()


@pytest.mark.parametrize(
    ("content", "reason"), [(None, b"does not exist"), (b"this is no database " * 100, b"not a SQLite")]
)
def test_what_is_no_trace_ends_with_code_3_on_a_clean_terminal(
    tmp_path: Path, content: bytes | None, reason: bytes
) -> None:
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    with tracetui(path) as terminal:
        assert terminal.exit_code() == 3
        output = bytes(terminal.received)
        if ENTERED in output:
            assert_restored(output)
        after = output[output.rfind(LEFT) + len(LEFT) :] if LEFT in output else output
        assert b"other.db" in after.replace(b"\r\n", b"")
        assert reason in b" ".join(after.split()), "wrapped wherever the length of the path wants it"
        assert b"Traceback" not in output


def test_keys_that_come_in_one_piece_have_their_effect_in_their_order(trace: Path) -> None:
    with tracetui(trace, "--no-follow") as terminal:
        terminal.wait(READY)
        terminal.send("Gggjferrno = ENOENT\rjj")
        terminal.wait(shows("filter › errno = ENOENT", "5 of 34 shown"))
        terminal.send("f\x15failed\rq")
        assert terminal.exit_code() == 0
