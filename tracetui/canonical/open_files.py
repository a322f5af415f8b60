"""Which files a process has open, as far as the calls seen so far tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tracetui.canonical.arguments import FILE_NAME, RESULT
from tracetui.canonical.conversion import canonical_event
from tracetui.canonical.parameters import Parameters
from tracetui.canonical.types import ParameterType
from tracetui.events import Exec, ProcExit, ProcStart, Record, Syscall

FOLLOWED = frozenset(
    "open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 socket accept accept4 fork "
    "vfork clone clone3 exit_group".split()
)
"""Calls that open, copy and close files, by the kernel's name."""

_CLONE_FILES = 0x400
_F_DUPFD, _F_DUPFD_CLOEXEC = 0, 1030
_MOST = 4096
"""File descriptors of one process that are remembered at most."""


@dataclass(slots=True)
class _Files:
    """The file descriptors of one process."""

    names: dict[int, str] = field(default_factory=dict)
    closed_on_exec: set[int] = field(default_factory=set)

    def open(self, fd: int, name: str, closes_on_exec: bool) -> None:
        if len(self.names) >= _MOST and fd not in self.names:
            return
        self.names[fd] = name
        (self.closed_on_exec.add if closes_on_exec else self.closed_on_exec.discard)(fd)

    def close(self, fd: int) -> None:
        self.names.pop(fd, None)
        self.closed_on_exec.discard(fd)

    def copy(self) -> _Files:
        return replace(self, names=dict(self.names), closed_on_exec=set(self.closed_on_exec))


class OpenFiles:
    """Follows the calls of all processes; events must come in order of id.

    Files that were open before the trace began are known only where an event names them. A record without a
    pid tells nothing.
    """

    def __init__(self) -> None:
        self._files: dict[int, _Files] = {}

    def of(self, record: Record) -> Mapping[int, str] | None:
        """Name by file descriptor after what was observed; ``None`` where the record has no pid."""
        if record.pid is None:
            return None
        files = self._files.get(record.pid)
        return dict(sorted(files.names.items())) if files is not None else {}

    def observe(self, record: Record) -> None:
        """Take in one event."""
        if record.pid is None:
            return
        event = record.event
        if isinstance(event, ProcExit):
            self._files.pop(record.pid, None)
        elif isinstance(event, Exec) or (isinstance(event, ProcStart) and record.era.is_penguin):
            self._run_program(record.pid)  # Penguin logs starts where programs begin, others where they fork
        elif isinstance(event, Syscall):
            self._call(record, record.pid)
        elif record.fd is not None and record.fname is not None:
            self._name(self._of(record.pid), record.fd, record.fname)

    def _of(self, pid: int) -> _Files:
        return self._files.setdefault(pid, _Files())

    def _run_program(self, pid: int) -> None:
        files = self._files.get(pid)
        for fd in list(files.closed_on_exec) if files is not None else ():
            self._of(pid).close(fd)

    def _call(self, record: Record, pid: int) -> None:
        name = record.short_name or ""
        if name == "exit_group":
            self._files.pop(pid, None)
            return
        if name not in FOLLOWED:
            if record.fd is not None and record.fname is not None and not record.failed:
                self._name(self._of(pid), record.fd, record.fname)
            return
        if record.retno is None or record.retno < 0:
            return
        parameters = canonical_event(record).parameters
        if name in _FORKS:
            self._fork(pid, parameters)
        else:
            _CHANGES[name](self._of(pid), parameters)

    def _fork(self, pid: int, parameters: Parameters) -> None:
        child = _number(parameters, RESULT)
        if child:
            flags = _number(parameters, "clone_flags") or 0
            own = self._of(pid)
            self._files[child] = own if flags & _CLONE_FILES else own.copy()

    @staticmethod
    def _name(files: _Files, fd: int, name: str) -> None:
        """An event names what is behind a descriptor whose opening may not have been seen."""
        files.open(fd, name, fd in files.closed_on_exec)


_FORKS = frozenset({"fork", "vfork", "clone", "clone3"})

Change = Callable[[_Files, Parameters], None]


def _open(files: _Files, parameters: Parameters) -> None:
    fd = _number(parameters, RESULT)
    path = next((p.value for p in parameters if p.type is ParameterType.PATH and p.name != FILE_NAME), None)
    flags = parameters.find("flags")
    if fd is None:
        return
    if path is None:
        files.close(fd)  # what it was before, it is no more
    else:
        files.open(fd, path, flags is not None and "O_CLOEXEC" in flags.text)


def _opener_of(name: str) -> Change:
    """A change by a call whose descriptor has no path: the call's name stands for it."""

    def change(files: _Files, parameters: Parameters) -> None:
        fd = _number(parameters, RESULT)
        if fd is not None:
            files.open(fd, name, "CLOEXEC" in parameters.text())

    return change


def _close(files: _Files, parameters: Parameters) -> None:
    fd = _number(parameters, "fd")
    if fd is not None:
        files.close(fd)


def _close_range(files: _Files, parameters: Parameters) -> None:
    first, last = _number(parameters, "fd"), _number(parameters, "max_fd")
    if first is None or last is None or _number(parameters, "flags"):
        return
    last = last if last >= 0 else max(files.names, default=0)
    for fd in [fd for fd in files.names if first <= fd <= last]:
        files.close(fd)


def _copy(files: _Files, old: int | None, new: int | None, closes_on_exec: bool) -> None:
    if old is None or new is None or old == new:
        return
    name = files.names.get(old)
    if name is None:
        files.close(new)
    else:
        files.open(new, name, closes_on_exec)


def _dup(files: _Files, parameters: Parameters) -> None:
    old = _number(parameters, "fildes")
    if old is None:
        old = _number(parameters, "oldfd")
    _copy(files, old, _number(parameters, RESULT), "O_CLOEXEC" in parameters.text())


def _fcntl(files: _Files, parameters: Parameters) -> None:
    command = _number(parameters, "cmd")
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        old, new = _number(parameters, "fd"), _number(parameters, RESULT)
        _copy(files, old, new, command == _F_DUPFD_CLOEXEC)


def _number(parameters: Parameters, name: str) -> int | None:
    found = parameters.find(name)
    return found.value if found is not None and isinstance(found.value, int) else None


_CHANGES: Mapping[str, Change] = {
    **dict.fromkeys(("open", "openat", "openat2", "creat"), _open),
    **{name: _opener_of("socket") for name in ("socket", "accept", "accept4")},
    **dict.fromkeys(("dup", "dup2", "dup3"), _dup),
    **dict.fromkeys(("fcntl", "fcntl64"), _fcntl),
    "close": _close,
    "close_range": _close_range,
}


class FilesAlong:
    """The open files at each record of a selection, from a second walk over what opens and closes files.

    ``walk(first, last)`` gives the records of a range of ids that matter to :class:`OpenFiles`, in order;
    ``newest()`` is the last id of the trace, which may grow meanwhile.
    """

    def __init__(self, walk: Callable[[int, int], Iterable[Record]], newest: Callable[[], int]) -> None:
        self._walk = walk
        self._newest = newest
        self._walked: Iterator[Record] = iter(())
        self._walked_to = 0
        self._next: Record | None = None
        self._files = OpenFiles()

    def __call__(self, record: Record) -> Mapping[int, str] | None:
        """Open files after ``record``, which must not come before one that was asked for earlier."""
        while (waiting := self._take(record.id)) is not None:
            if waiting.id > record.id:
                self._next = waiting
                break
            self._files.observe(waiting)
        return self._files.of(record)

    def _take(self, wanted: int) -> Record | None:
        """The next record of the walk; ``None`` where there is none up to the wanted id."""
        waiting = self._next or next(self._walked, None)
        self._next = None
        if waiting is None and wanted > self._walked_to:
            first, self._walked_to = self._walked_to + 1, max(self._newest(), wanted)
            self._walked = iter(self._walk(first, self._walked_to))
            waiting = next(self._walked, None)
        return waiting
