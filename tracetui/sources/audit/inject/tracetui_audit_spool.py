"""Lines that outlive the process: an append-only ring of files mapped into memory.

A mapping needs no system call per line, no descriptor and no flush: what was written is in the file even
when the process is killed in the next moment. A file begins with a head of 64 bytes: its state, how many
lines of this process are lost, and its owner: process id and when its spool began. Lines of JSON and records
of 16 bytes follow, then zeros. The recorder reads them, and gives a full file back by clearing it. Files are
named after their owner and their number in its spool.

Other hooks of the program would see files being opened. So some are at hand from the start: for more lines
and, named ``fork.`` first, for forks: those are of whoever their heads name.
"""

from __future__ import annotations

import builtins
import mmap as mapping
import posix
import sys
from _struct import Struct
from _thread import _local, allocate_lock, get_native_id
from mmap import mmap
from time import monotonic_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[bytes], object]

__builtins__ = dict(vars(builtins))  # type: ignore[assignment]  # a copy: programs patch them, exits clear them

HEAD = 64
FILLING, FULL, EMPTY = b"A", b"F", b"E"
KEPT, GIVEN = b"K", b"G"
"""A file that is kept for a fork, and one of a fork that is about to be."""
LOST = slice(8, 16)
OWNER = Struct("<QQ")
OWNER_AT = 16
SIZES = (1 << 18, 1 << 20, 1 << 21, 1 << 22)
"""Bytes of the first files of a process and of every further one."""
AT_HAND = 3
"""Files that are opened at the start."""
FORK_SIZE = 1 << 17
FORKS = 16
"""Files kept for forks."""
MOST_FILES = 128
RETRY = 256
"""Lost lines after which room is looked for again."""
_FLAGS = posix.O_RDWR | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC
_NO_DESCRIPTOR = {"trackfd": False} if sys.version_info >= (3, 13) else {}
_WHEN_USED = mapping.MAP_SHARED
_AT_ONCE = mapping.MAP_SHARED | getattr(mapping, "MAP_POPULATE", 0)
"""Have all pages at once: to fault each of them in would cost more than all that is written to it."""


class Thread(_local):
    """What is known of the running thread."""

    native = 0
    """Native id; 0 before the first event."""
    tid: str | None = None
    """The same as text; ``None`` before the first event, empty while the thread works for the recording."""
    ready = 0
    """The same; 0 where ``tid`` is nothing."""
    given: tuple[mmap, ...] = ()
    """What its last fork was given."""

    def greet(self) -> str:
        """Learn who runs, at the first event of a thread and after its work for the recording."""
        self.native = self.ready = get_native_id()
        self.tid = tid = f"{self.native}"
        return tid

    def mute(self) -> None:
        """From here on the thread works for the recording."""
        self.native = get_native_id()
        self.ready = 0
        self.tid = ""


class Spool:
    """The files of this process."""

    __slots__ = (
        "_files",
        "_folder",
        "_kept",
        "_lock",
        "_mapped",
        "_number",
        "_opening",
        "_owner",
        "late",
        "lost",
        "numbers",
        "thread",
        "write",
    )

    def __init__(self, folder: str) -> None:
        """Open the first file. Raises OSError."""
        self.thread = Thread()
        self.numbers: dict[tuple[object, ...], int] = {}
        """Of arguments that these files have told already."""
        self._folder = folder
        self._mapped: list[mmap] = []
        """All mappings, those of parents too: none is ever closed, see _map."""
        self._files: list[mmap] = []
        self._kept: list[mmap] = []
        self.write: Write = self._lose
        self._restart()
        self._open()
        self._prepare()

    def _prepare(self) -> None:
        """Have files at hand."""
        try:
            for number in range(1, AT_HAND):
                spare = self._new(self._next_name(), SIZES[number], EMPTY)
                self._files.insert(number - 1, spare)
            for number in range(FORKS):
                name = f"fork.{self._owner[0]}.{self._owner[1]}.{number}"
                self._kept.append(self._new(name, FORK_SIZE, KEPT))
        except OSError:
            return

    def _restart(self) -> None:
        self._files = []
        self._kept = []
        self._lock = allocate_lock()
        self.lost = 0
        self.numbers.clear()
        self._owner = (posix.getpid(), monotonic_ns())
        self._number = 0
        self._opening = ""
        self.late: list[bytes] = []
        """Lines of events that came while their thread was busy here."""
        self.write = self._lose

    def share(self) -> None:
        """This thread is about to fork: give a file away, while there are many also one for the next fork."""
        count = 1 if len(self._kept) <= FORKS // 2 else 2
        self.thread.given = given = tuple(self._kept[:count])
        del self._kept[:count]
        for mapped in given:
            mapped[0:1] = GIVEN

    def forked(self) -> None:
        """Begin anew in a forked child, where the files are its parent's. Raises OSError."""
        given, self.thread.given = self.thread.given, ()
        self._restart()
        for mapped in given:
            OWNER.pack_into(mapped, OWNER_AT, *self._owner)
            mapped[0:1] = KEPT
        self._kept += given[1:]
        if given:
            self._number = 1
            self._files.append(given[0])
            given[0].seek(HEAD)
            self._begin(given[0])
        else:
            self._open()

    def position(self) -> int:
        """Where the next line goes to."""
        return self._files[-1].tell()

    def is_own(self, event: str, args: tuple[object, ...]) -> bool:
        """Was this event raised by the recording itself? Asked only of threads that work for it."""
        return event == "mmap.__new__" or (event == "open" and args[0] is self._opening)

    def put(self, line: bytes) -> None:
        """Write a line or record."""
        try:
            self.write(line)
        except ValueError:
            self.full(line)

    def full(self, line: bytes) -> None:
        """Write a line for which the current file has no room."""
        self.thread.mute()
        try:
            with self._lock:
                self._append(line)
                while self.late:
                    self._append(self.late.pop(0))
        finally:
            self.thread.greet()

    def _append(self, line: bytes) -> None:
        try:
            self.write(line)
        except ValueError:  # no other thread has made room in the meantime
            self._next()
            self.write(line)

    def _next(self) -> None:
        """Go on in a file that the recorder has given back, or in a new one."""
        if self._files:
            self._files[-1][0:1] = FULL
        try:
            if not self._reuse():
                self._open()
        except OSError:
            self.write = self._lose

    def _reuse(self) -> bool:
        for mapped in self._files:
            if mapped[0:1] == EMPTY:
                self._files.remove(mapped)
                self._files.append(mapped)
                mapped.seek(HEAD)
                self._begin(mapped)
                return True
        return False

    def _begin(self, mapped: mmap) -> None:
        mapped[LOST] = self.lost.to_bytes(8, "little")
        mapped[0:1] = FILLING
        self.write = mapped.write

    def _open(self) -> None:
        """Go on in a new file. Raises OSError."""
        if len(self._files) >= MOST_FILES:
            raise OSError
        size = SIZES[min(self._number, len(SIZES) - 1)]
        self._files.append(self._new(self._next_name(), size, EMPTY))
        self._begin(self._files[-1])

    def _next_name(self) -> str:
        """Name of the next file of this process."""
        name = f"{self._owner[0]}.{self._owner[1]}.{self._number}"
        self._number += 1
        return name

    def _new(self, name: str, size: int, state: bytes) -> mmap:
        """Make a file and map it. Raises OSError."""
        self._opening = f"{self._folder}/{name}"
        descriptor = posix.open(self._opening, _FLAGS, 0o600)
        try:
            posix.posix_fallocate(descriptor, 0, size)  # a hole in a full disk would kill: SIGBUS
            mapped = _map(descriptor, size, _WHEN_USED if state == KEPT else _AT_ONCE)
        finally:
            posix.close(descriptor)
        self._mapped.append(mapped)
        OWNER.pack_into(mapped, OWNER_AT, *self._owner)
        mapped[0:1] = state
        mapped.seek(HEAD)
        return mapped

    def _lose(self, line: bytes) -> None:
        """Stands for ``write`` where there is no room; counts, and looks for room again."""
        self.lost += 1
        if self._files:
            self._files[-1][LOST] = self.lost.to_bytes(8, "little")
        if self.lost % RETRY == 0 and self._lock.acquire(False):
            self.thread.mute()
            try:
                if not self._reuse():
                    self._open()
            except OSError:
                return
            finally:
                self._lock.release()
                self.thread.greet()


def _map(descriptor: int, size: int, flags: int) -> mmap:
    """Map a file so that no descriptor stays open, which the program would see in the numbers of its own.

    Before 3.13 a mapping keeps a copy of the descriptor: the lowest free one. It is closed here; so the
    mapping must never be closed, or it would close whatever has that number by then.
    """
    if _NO_DESCRIPTOR:
        return mmap(descriptor, size, flags=flags, **_NO_DESCRIPTOR)
    expected = posix.dup(descriptor)
    posix.close(expected)
    mapped = mmap(descriptor, size, flags=flags)
    ours, found = posix.fstat(descriptor), posix.fstat(expected)
    if (ours.st_dev, ours.st_ino) == (found.st_dev, found.st_ino):
        posix.close(expected)
    return mapped
