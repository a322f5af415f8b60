"""Driving a program in a pseudo-terminal and timing what it paints."""

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


class Terminal:
    """A child in a pseudo-terminal whose screen is kept by a terminal emulator."""

    def __init__(self, argv: Sequence[str], columns: int = 120, lines: int = 40) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execvp(argv[0], list(argv))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def send(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait(self, wanted: Callable[[str], bool], seconds: float = 20.0) -> float:
        """Seconds until the screen satisfies ``wanted``. Raises TimeoutError."""
        began = time.perf_counter()
        while not wanted(self.text()):
            if not self.pump(0.5) and time.perf_counter() - began > seconds:
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
            return False
        if keep:
            self._stream.feed(data)
        return bool(data)

    def settle(self, quiet: float = 0.3) -> None:
        """Take in output until there is none for a while."""
        while self.pump(quiet):
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
