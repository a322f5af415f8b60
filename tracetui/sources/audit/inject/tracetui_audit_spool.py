"""Lines that outlive the process: an append-only ring of regions of files, mapped into memory.

A mapping needs no system call per line, no descriptor and no flush: what was written is in the file even
when the process is killed in the next moment. A region begins with a head of 64 bytes: its state, how many
lines of its process are lost, and its owner: process id and when its spool began. Lines of JSON and records
of 16 bytes follow, then zeros. The recorder reads them, and gives a full region back by clearing it.

Other hooks of the program would see files being opened. So a process that is not forked begins with a file
of many regions, ``arena.`` and its owner: some for its own lines, others for its forks and theirs, which the
recorder gives back when these have ended. A page of it says how large they are, and counts what forks lose
that have got none. Only when all are full or given away, a file is opened: a region, named after its owner.
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
    from collections.abc import Callable, Sequence

    Write = Callable[[bytes], object]

__builtins__ = dict(vars(builtins))  # type: ignore[assignment]  # a copy: programs patch them, exits clear them

HEAD = 64
FILLING, FULL, EMPTY = b"A", b"F", b"E"
KEPT, GIVEN = b"K", b"G"
"""A region that is kept for a fork, and one of a fork that is about to be."""
LOST = slice(8, 16)
OWNER = Struct("<QQ")
OWNER_AT = 16
PAGE = mapping.ALLOCATIONGRANULARITY
SLOTS_AT, SLOTS = PAGE // 2, PAGE // 16
"""Where the first page counts what is lost by forks without a region, by process id, in 8 bytes each."""
SIZES = (1 << 18, 1 << 20, 1 << 21, 1 << 22)
"""Bytes of the first regions of a process and of every further one."""
AT_HAND = 3
"""Regions for its own lines at the start."""
FORK_SIZE = 1 << 17
FORKS = 64
"""Regions kept for forks."""
ARENA = SIZES[:AT_HAND] + (FORK_SIZE,) * FORKS
MOST_FILES = 128
PATIENCE = 1.0
"""Seconds to wait for another thread, which the exit of the interpreter may have ended there: a daemon."""
RETRY = 256
"""Lost lines after which room is looked for again."""
_FLAGS = posix.O_RDWR | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC
_NO_DESCRIPTOR = {"trackfd": False} if sys.version_info >= (3, 13) else {}


class Thread(_local):
    """What is known of the running thread."""

    native = 0
    """Native id; 0 before the first event."""
    tid: str | None = None
    """The same as text; ``None`` before the first event, empty while the thread works for the recording."""
    ready = 0
    """The same; 0 where ``tid`` is nothing."""
    given: Sequence[mmap] = ()
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
        "_lent",
        "_lock",
        "_mapped",
        "_number",
        "_opening",
        "_owner",
        "_page",
        "_slot",
        "late",
        "lost",
        "numbers",
        "thread",
        "write",
    )

    def __init__(self, folder: str) -> None:
        """Make the first regions. Raises OSError."""
        self.thread = Thread()
        self.numbers: dict[tuple[object, ...], int] = {}
        """Of arguments that these regions have told already."""
        self._folder = folder
        self._mapped: list[object] = [] if _NO_DESCRIPTOR else _unending()
        """All mappings, those of parents too: none is ever closed, see _map."""
        self._page: mmap | None = None
        """The first page of the file that this process or its ancestor began with."""
        self._files: list[mmap] = []
        self._kept: list[mmap] = []
        self._lent: list[mmap] = []
        """Regions of this process that forks have got; those that are kept again have come back."""
        self.write: Write = self._lose
        self._restart()
        try:
            self._prepare()
        except OSError:
            self._open()

    def _prepare(self) -> None:
        """Have room at hand. Raises OSError where there is not so much."""
        first, *regions = self._new(f"arena.{self._owner[0]}.{self._owner[1]}", (PAGE, *ARENA))
        for mapped in regions[AT_HAND:]:
            self._claim(mapped, KEPT)
        for mapped in regions[:AT_HAND]:
            self._claim(mapped, EMPTY)
        self._kept = regions[AT_HAND:]
        self._files = regions[:AT_HAND]
        self._number = AT_HAND
        self._reuse()
        first.write(f"{' '.join(map(str, ARENA))}\n".encode())
        self._page = first

    def _restart(self) -> None:
        self._files = []
        self._kept = []
        self._lent = []
        self._lock = allocate_lock()
        self.lost = 0
        self.numbers.clear()
        self._owner = (posix.getpid(), monotonic_ns())
        slot = SLOTS_AT + 8 * (self._owner[0] % SLOTS)
        self._slot = slice(slot, slot + 8)
        self._number = 0
        self._opening = ""
        self.late: list[bytes] = []
        """Lines of events that came while their thread was busy here."""
        self.write = self._lose

    def share(self) -> None:
        """This thread is about to fork: give regions away; while there are many, also for its own forks."""
        if len(self._kept) <= FORKS // 2:
            self._take_back()
        given: list[mmap] = []
        try:
            for _ in range(1 if len(self._kept) <= FORKS // 2 else 3):
                given.append(self._kept.pop())
        except IndexError:
            pass
        for mapped in given:
            mapped[0:1] = GIVEN
        self._lent += given
        self.thread.given = given

    def _take_back(self) -> None:
        """What the recorder has returned: to the owner of the file, whoever had it from whom."""
        for mapped in self._lent[:]:
            if mapped[0:1] == KEPT and OWNER.unpack_from(mapped, OWNER_AT) == self._owner:
                try:
                    self._lent.remove(mapped)
                except ValueError:  # another thread that forks has done it
                    continue
                self._kept.append(mapped)

    def forked(self) -> None:
        """Begin anew in a forked child, where the regions are its parent's."""
        given, self.thread.given = self.thread.given, ()
        self._restart()
        self._kept += given[2:]
        for mapped in self._kept:
            self._claim(mapped, KEPT)
        self._files += given[:2]
        self._number = len(self._files)
        for mapped in self._files:
            self._claim(mapped, EMPTY)
        if not self._reuse():
            try:
                self._open()
            except OSError:  # lines are lost and counted as long as there is no room
                return

    def _claim(self, mapped: mmap, state: bytes) -> None:
        OWNER.pack_into(mapped, OWNER_AT, *self._owner)
        mapped[0:1] = state

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
            if not self._lock.acquire(True, PATIENCE):
                self.write = self._lose
                self._lose(line)
                return
            try:
                self._append(line)
                while self.late:
                    self._append(self.late.pop(0))
            finally:
                self._lock.release()
        finally:
            self.thread.greet()

    def _append(self, line: bytes) -> None:
        try:
            self.write(line)
        except ValueError:  # no other thread has made room in the meantime
            self._next()
            self.write(line)

    def _next(self) -> None:
        """Go on in a region that the recorder has given back, or in a new one."""
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
        (mapped,) = self._new(f"{self._owner[0]}.{self._owner[1]}.{self._number}", (size,))
        self._number += 1
        self._claim(mapped, EMPTY)
        mapped.seek(HEAD)
        if not self._files and self._page is not None:
            self._page[self._slot] = bytes(8)  # from here on they are counted there
        self._files.append(mapped)
        self._begin(mapped)

    def _new(self, name: str, sizes: tuple[int, ...]) -> list[mmap]:
        """Make a file and map its parts. Raises OSError."""
        self._opening = f"{self._folder}/{name}"
        descriptor = posix.open(self._opening, _FLAGS, 0o600)
        found: list[mmap] = []
        try:
            posix.posix_fallocate(descriptor, 0, sum(sizes))  # a hole in a full disk would kill: SIGBUS
            _map(descriptor, sizes, found)
        except OSError:
            posix.ftruncate(descriptor, 0)
            raise
        finally:
            posix.close(descriptor)
            self._mapped += found
        return found

    def _lose(self, line: bytes) -> None:
        """Stands for ``write`` where there is no room; counts, and looks for room again."""
        self.lost += 1
        if self._files:
            self._files[-1][LOST] = self.lost.to_bytes(8, "little")
        elif self._page is not None:
            self._page[self._slot] = self.lost.to_bytes(8, "little")
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


def _map(descriptor: int, sizes: tuple[int, ...], found: list[mmap]) -> None:
    """Map the parts of a file so that no descriptor stays open: the program would see it in its own numbers.

    Before 3.13 a mapping keeps a copy of the descriptor: the lowest free one. It is closed here; so the
    mapping must never be closed, or it would close whatever has that number by then: not even when a
    subinterpreter ends in a program that goes on. Raises OSError.
    """
    copy = posix.dup(descriptor)
    posix.close(copy)
    ours = posix.fstat(descriptor)
    offset = 0
    for size in sizes:
        mapped = mmap(descriptor, size, offset=offset, **_NO_DESCRIPTOR)
        found.append(mapped)
        if not _NO_DESCRIPTOR:
            seen = posix.fstat(copy)
            if (ours.st_ino, ours.st_dev) == (seen.st_ino, seen.st_dev):
                posix.close(copy)
        mapped.madvise(mapping.MADV_RANDOM)  # or the first byte written has megabytes read ahead
        offset += size


def _unending() -> list[object]:
    """A list that outlives its interpreter: no collector sees that it is held by code that it holds."""
    kept: list[object] = []
    kept.append(_unending.__code__.replace(co_consts=(kept,)))
    return kept
