"""Run a program with the audit hook in it and in its Python children, and tell what they do, live."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tracetui.events.audit_events import noise_names
from tracetui.sources.audit.prepare import injected, make_spool

if TYPE_CHECKING:
    from tracetui.sources.audit.reader import Reader
    from tracetui.sources.audit.story import Story
    from tracetui.sources.report import Report, Target

_LOOK_AROUND = 0.25
"""Seconds between two looks at whether processes that tell nothing are still there."""
_GRACE = 5.0
"""Seconds that a program asked to end may take."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that this interpreter ignores and a shell does not."""


class Options(NamedTuple):
    """What is recorded."""

    everything: bool = False
    """Also the events that are noise to most."""
    include: tuple[str, ...] = ()
    """Patterns of event names as in file names; nothing else is recorded."""
    exclude: tuple[str, ...] = ()
    keep_secrets: bool = False
    """Write down what looks like a password, token or key, too."""

    @property
    def skipped(self) -> tuple[str, ...]:
        """Events that are noise to most, and were not asked for by their names."""
        return () if self.everything else tuple(name for name in noise_names() if name not in self.include)


class Recording(NamedTuple):
    """How a recorded program ended, and what was recorded."""

    status: int
    """Exit status as a shell gives it: 128 and the signal's number for a death by signal."""
    report: Report
    recorded: int
    """Processes in which the hook ran."""
    abandoned: bool
    """Was recording stopped while processes of the program were still running?"""


def record(command: Sequence[str], target: Target, options: Options | None = None) -> Recording:
    """Run ``command`` until it and all that it started have ended.

    Its standard streams are the caller's. An interrupt from the terminal reaches it as it would otherwise;
    one sent to this process alone is passed on, and so are SIGTERM and SIGHUP. Must be called in the main
    thread. Raises OSError where the command cannot be started.
    """
    with start(command, options) as running:
        return running.tell(target)


@contextlib.contextmanager
def start(command: Sequence[str], options: Options | None = None) -> Iterator[Running]:
    """Start ``command`` as :func:`record` does, before there is anything to write its events to.

    The program need not wait for what its recording imports and opens.
    """
    options = options or Options()
    with (
        tempfile.TemporaryDirectory(prefix="tracetui-", ignore_cleanup_errors=True) as name,
        _held_back() as mask,
    ):
        folder = Path(name).resolve()
        inject = make_spool(folder, options.skipped)
        environment = injected(dict(os.environ), inject)
        began = time.monotonic_ns()
        pid = os.posix_spawnp(
            command[0], list(command), environment, setsigmask=mask, setsigdef=_PYTHON_IGNORES
        )
        yield Running(list(command), pid, began, folder, inject, options)


@contextlib.contextmanager
def _held_back() -> Iterator[set[int]]:
    """Hold back what would end or wake this process, to be asked for; gives the mask before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*_STOPPING, signal.SIGCHLD))
    try:
        yield {int(number) for number in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Running:
    """A command that has been started and not yet told of."""

    def __init__(
        self, command: list[str], pid: int, began: int, folder: Path, inject: Path, options: Options
    ) -> None:
        self._command = command
        self._pid = pid
        self._began = began
        self._folder = folder
        self._inject = inject
        self._options = options
        self._status: int | None = None
        self._stop_by: float | None = None
        self._looked = 0.0

    def tell(self, target: Target) -> Recording:
        """Tell what it does until all have ended, or whoever asks to stop has waited long enough."""
        from tracetui.sources.audit.facts import tell_facts
        from tracetui.sources.audit.process import process_name
        from tracetui.sources.audit.reader import Reader
        from tracetui.sources.audit.report import report

        reader = Reader(self._folder, self._inject, make_story(target, self._options))
        name = process_name(self._command)
        reader.add_command(self._pid, self._began, self._command, name)
        abandoned = self._follow(reader)
        reader.drain()
        tell_facts(target, reader, self._options)
        told = report(reader, self._options.skipped)
        return Recording(self._status or 0, told, reader.recorded, abandoned)

    def _follow(self, reader: Reader) -> bool:
        """Poll the reader while something runs; true where that was given up."""
        while not self._is_over(reader):
            info = signal.sigtimedwait((*_STOPPING, signal.SIGCHLD), reader.tick)
            if info is not None and info.si_signo in _STOPPING:
                self._asked_to_stop(info)
            if self._stop_by is not None and time.monotonic() > self._stop_by:
                return True
            self._reap(reader)
            reader.poll()
        return False

    def _reap(self, reader: Reader) -> None:
        if self._status is not None:
            return
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            self._status = reader.codes[pid] = code if code >= 0 else 128 - code

    def _is_over(self, reader: Reader) -> bool:
        """Have all processes ended that tell something or may start one that does?"""
        if self._status is None or any(pid != self._pid for pid in reader.processes):
            return False
        now = time.monotonic()
        if now - self._looked < _LOOK_AROUND:
            return False
        self._looked = now
        from tracetui.sources.audit.process import others_with

        return not others_with(self._inject, os.getpid())

    def _asked_to_stop(self, info: signal.struct_siginfo) -> None:
        """Pass a signal on, and wait only a while for its effect."""
        if self._status is not None:
            self._stop_by = time.monotonic()
            return
        from_terminal = info.si_code > 0  # the kernel has sent it to the whole foreground
        if not from_terminal or info.si_signo != signal.SIGINT:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, info.si_signo)
        if info.si_signo != signal.SIGINT:
            self._stop_by = time.monotonic() + _GRACE


def make_story(target: Target, options: Options) -> Story:
    """A story that takes the monotonic clock of now for the time of day of now."""
    from tracetui.sources.audit.story import Story

    return Story(
        target,
        epoch_offset=time.time_ns() - time.monotonic_ns(),
        include=options.include,
        exclude=options.exclude,
        keep_secrets=options.keep_secrets,
    )
