"""Run a program under strace and turn what strace says into events while it says it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracetui.sources.report import Emit, Report
from tracetui.sources.strace.converter import Converter
from tracetui.sources.strace.logfile import report

STRING_LIMIT = 65_536
"""Bytes kept of each read or write unless asked otherwise."""

_PIPE_BYTES = 1 << 20
_CHUNK = 1 << 16
_TICK = 0.2
"""Seconds between looks at whether strace has ended or a signal has come."""
_QUIET = 1.0
"""Seconds without a line after which no answer to an open question is expected soon."""
_GRACE = 5.0
"""Seconds that a program asked to end may take."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Options that make logs more exact, each with what `strace --help` says where it is supported.
_EXACT_OPTIONS = (
    ("--absolute-timestamps", ("--absolute-timestamps=unix,ns",), ("-ttt",)),
    ("--syscall-times", ("--syscall-times=ns",), ("-T",)),
    ("-X FORMAT", ("-X", "verbose"), ()),
    ("--decode-pids", ("--decode-pids=pidns",), ()),
)


class StraceMissing(Exception):
    """There is no strace on this machine."""


@dataclass(frozen=True, slots=True)
class Recording:
    """How a recorded program ended, and what was recorded."""

    status: int
    """Exit status as a shell gives it: 128 and the signal's number for a death by signal."""
    report: Report
    abandoned: bool
    """Was strace stopped while processes of the program were still running?"""


def strace_options(string_limit: int) -> list[str]:
    """What to ask of the installed strace. Raises StraceMissing."""
    try:
        answer = subprocess.run(["strace", "--help"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise StraceMissing from error
    options = ["-f", "-y", "-s", str(string_limit), "-e", "abbrev=!execve,execveat"]
    for mark, exact, plain in _EXACT_OPTIONS:
        options += exact if mark in answer.stdout else plain
    return options


def record(command: Sequence[str], emit: Emit, *, string_limit: int = STRING_LIMIT) -> Recording:
    """Run ``command`` under strace until it and all that it started have ended.

    Its standard streams are the caller's. An interrupt from the terminal reaches it as it would without
    strace; one sent to this process alone is passed on, and so are SIGTERM and SIGHUP. Must be called in
    the main thread. Raises StraceMissing.
    """
    options = strace_options(string_limit)
    with tempfile.TemporaryDirectory(prefix="tracetui-") as folder, _deferred_signals() as normal_mask:
        fifo = Path(folder, "strace")
        os.mkfifo(fifo, 0o600)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(fifo, os.O_WRONLY)  # so that there is no end of file before strace opens it
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        pid = os.posix_spawnp(
            "strace",
            ["strace", *options, "-o", str(fifo), "--", *command],
            os.environ,
            setsigmask=normal_mask,
        )
        try:
            return _Run(pid, reader, writer, emit).finish()
        finally:
            os.close(reader)


@contextlib.contextmanager
def _deferred_signals() -> Iterator[set[int]]:
    """Hold back what would end this process, to be asked for with sigtimedwait; gives the mask before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield {int(number) for number in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Run:
    """One run of strace, from its start to the last line read."""

    def __init__(self, pid: int, reader: int, writer: int, emit: Emit) -> None:
        self._pid = pid
        self._reader = reader
        self._writer: int | None = writer
        self._status: int | None = None
        self._stop_by: float | None = None
        self._abandoned = False
        self._rest = b""
        self._root: int | None = None
        ids = {"uid": os.getuid(), "gid": os.getgid(), "euid": os.geteuid(), "egid": os.getegid()}
        self._converter = Converter(emit, host=socket.gethostname(), root_ppid=pid, root_ids=ids)

    def finish(self) -> Recording:
        """Read until strace has ended and has nothing more to say."""
        last = time.monotonic()
        while True:
            ready, _, _ = select.select([self._reader], [], [], _TICK)
            chunk = os.read(self._reader, _CHUNK) if ready else None
            if chunk:
                self._feed(chunk)
                last = time.monotonic()
            elif chunk == b"":
                break
            elif time.monotonic() - last > _QUIET:
                self._converter.settle()
            self._reap()
            self._heed_signals()
        if self._rest:
            self._converter.feed(self._rest.decode("latin-1"))
        self._converter.close()
        assert self._status is not None, "the pipe ends only after strace has been reaped"
        return Recording(self._status, report(self._converter.counts), self._abandoned)

    def _feed(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for raw in whole:
            self._converter.feed(raw.decode("latin-1"))

    def _reap(self) -> None:
        """Note how strace ended, and let the pipe end."""
        if self._writer is None:
            return
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            self._status = code if code >= 0 else 128 - code
            os.close(self._writer)
            self._writer = None

    def _heed_signals(self) -> None:
        """Pass on what asks to end; give up on a program that does not."""
        info = signal.sigtimedwait(_STOPPING, 0)
        if info is not None and self._status is None:
            from_terminal = info.si_code > 0  # the kernel has sent it to the whole foreground
            if not from_terminal or info.si_signo != signal.SIGINT:
                self._pass_on(info.si_signo)
            if info.si_signo != signal.SIGINT:
                self._stop_by = time.monotonic() + _GRACE
        if self._stop_by is not None and time.monotonic() > self._stop_by and self._status is None:
            self._abandoned = True
            self._stop_by = None
            os.kill(self._pid, signal.SIGKILL)

    def _pass_on(self, number: int) -> None:
        """Send a signal to the recorded program; strace itself is deaf to it while a program runs."""
        for child in _children(self._pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)


def _children(pid: int) -> list[int]:
    """The processes that ``pid`` has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
