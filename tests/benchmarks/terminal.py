"""Driving a program in a pseudo-terminal, seeing and timing what it paints."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence

import pyte

UNSET = ("COLUMNS", "LINES", "NO_COLOR")
"""Variables of the environment that would change what a child paints."""


class Terminal:
    """A child in a pseudo-terminal whose screen is kept by a terminal emulator."""

    def __init__(self, argv: Sequence[str], columns: int = 120, lines: int = 40) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = bytearray()
        """All output so far, as it came."""
        self.closed = False
        """Whether nobody has the other end of the terminal open any more."""
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            # Passed on as a whole: readline sets COLUMNS and LINES behind the back of ``os.environ``.
            given = {name: value for name, value in os.environ.items() if name not in UNSET}
            os.execvpe(argv[0], list(argv), {**given, "TERM": "xterm-256color", "COLORTERM": "truecolor"})

    def send(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size, as a terminal does."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait(self, wanted: Callable[[str], bool], seconds: float = 60.0) -> float:
        """Seconds until the screen satisfies ``wanted``. Raises TimeoutError, at once where the child ended."""
        began = time.perf_counter()
        while not wanted(self.text()):
            if not self.pump(0.5) and (self.closed or time.perf_counter() - began > seconds):
                raise TimeoutError(self.text())
        return time.perf_counter() - began

    def pump(self, seconds: float, keep: bool = True) -> bool:
        """Take in one piece of output; false where there was none for ``seconds``.

        ``keep=False`` leaves the emulated screen alone, which takes longer than what is measured.
        """
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            self.closed = True
            return False
        self.received += data
        if keep:
            self.feed(data)
        return bool(data)

    def feed(self, data: bytes) -> None:
        """Bring the emulated screen up to date with output."""
        self._stream.feed(data)

    def exit_code(self, seconds: float = 60.0) -> int:
        """Take in output until the child has ended; the negated signal where one ended it."""
        deadline = time.perf_counter() + seconds
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.settle(0.05)
                return os.waitstatus_to_exitcode(status)
            if time.perf_counter() > deadline:
                raise TimeoutError(self.text())
            self.pump(0.05)

    def settle(self, quiet: float = 0.3, most: float = 10.0) -> None:
        """Take in output until there is none for a while; a blinking cursor never leaves off."""
        until = time.perf_counter() + most
        while self.pump(quiet) and time.perf_counter() < until:
            pass

    def memory(self) -> tuple[int, int]:
        """(resident, peak resident) of the child in bytes."""
        facts = {}
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                name, _, value = line.partition(":")
                if name in ("VmRSS", "VmHWM"):
                    facts[name] = int(value.split()[0]) * 1024
        return facts["VmRSS"], facts["VmHWM"]

    def close(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)
