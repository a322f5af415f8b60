"""The recorder's side of the spool: the lines of each process, while it writes them and after its death.

What the files look like is told in ``inject/tracetui_audit_spool.py``.
"""

from __future__ import annotations

import mmap
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Any

HEAD = 64
FULL, EMPTY = b"F", b"E"
KEPT, GIVEN = b"K", b"G"
OWNER = Struct("<QQ")
OWNER_AT = 16
LOST_AT = 8
PAGE = mmap.ALLOCATIONGRANULARITY
SLOTS_AT = PAGE // 2
ARENA = "arena."
_SLOT = Struct("<Q")
RECORD = Struct("<IIQ")
"""An event as before: its number above :data:`RECORD_MARK`, thread and time."""
RECORD_MARK = ord("@")
_CHUNK = 1 << 16
_REST = 1.0
"""Seconds that a full file is kept: a thread may be about to write to it."""


@dataclass(slots=True, eq=False)
class SpoolFile:
    """One region of a process: a file, or part of one."""

    path: Path
    spool: str = ""
    """Process id and beginning of the spool that it belongs to."""
    numbered: dict[int, Any] = field(default_factory=dict)
    """What the numbers in records stand for, to whoever reads them; the regions of a spool share it."""
    begin: int = 0
    """Where the region begins in the file."""
    size: int | None = None
    """``None``: the whole file."""
    arena: Arena | None = None
    """What it is part of."""
    offset: int = HEAD
    full_since: float | None = None
    lost: int = 0

    def lines(self) -> Iterator[bytes]:
        """The whole lines and records written since the last call; gives a full region back that is read."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)  # nothing is to be read ahead
            head = os.pread(descriptor, HEAD, self.begin)
            self.lost = int.from_bytes(head[LOST_AT : LOST_AT + 8], "little")
            if head[:1] == EMPTY and self.offset == HEAD:
                return
            yield from self._whole_lines(descriptor)
            if head[:1] == FULL:
                self._give_back(descriptor)
        finally:
            os.close(descriptor)

    def _whole_lines(self, descriptor: int) -> Iterator[bytes]:
        size = _CHUNK
        while chunk := self._chunk(descriptor, size):
            at, lines = _split(chunk)
            if at:
                self.offset += at
                yield from lines
            elif len(chunk) < size or chunk.endswith(b"\0"):
                return
            else:
                size *= 2  # a line that is longer

    def _chunk(self, descriptor: int, size: int) -> bytes:
        rest = size if self.size is None else min(size, self.size - self.offset)
        return os.pread(descriptor, rest, self.begin + self.offset)

    def _give_back(self, descriptor: int) -> None:
        """Clear a full region, so that its process can use it again."""
        now = time.monotonic()
        if self.full_since is None:
            self.full_since = now
        elif now - self.full_since > _REST:
            self._empty(descriptor)
            os.pwrite(descriptor, EMPTY, self.begin)
            self.offset, self.full_since = HEAD, None

    def _empty(self, descriptor: int) -> None:
        size = os.fstat(descriptor).st_size if self.size is None else self.size
        os.pwrite(descriptor, bytes(size - HEAD), self.begin + HEAD)

    def has_torn_line(self) -> bool:
        """Is there something after the last whole line? In a dead process's region, it is cut off."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return self._chunk(descriptor, 1) not in (b"", b"\0")
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """The process is dead and all has been read."""
        with suppress(OSError):
            if self.arena is None:
                self.path.unlink()
            else:
                self.arena.take_back(self)

    def keep_for(self, owner: tuple[int, int]) -> None:
        """Clear the region of a dead fork, for forks to come. Raises OSError."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._empty(descriptor)
            os.pwrite(descriptor, bytes(8) + OWNER.pack(*owner), self.begin + LOST_AT)
            os.pwrite(descriptor, KEPT, self.begin)
        finally:
            os.close(descriptor)


class Arena:
    """The file that a process has begun with: regions for its lines, and for those of its forks."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError while the file is being made, OSError where it cannot be read."""
        self.path = path
        _, pid, began = path.name.split(".")
        self.owner = (int(pid), int(began))
        self.ended = False
        """Is the owner dead? No region goes back to it."""
        self.free: list[SpoolFile] = []
        """Regions that are kept for forks, or on their way."""
        self.used: set[int] = set()
        """Where those begin that somebody writes to."""
        with path.open("rb", buffering=0) as file:
            line = file.read(PAGE)[:SLOTS_AT].partition(b"\n")
        if not line[1]:
            raise ValueError(path)
        begin = PAGE
        for word in line[0].split():
            self.free.append(SpoolFile(path, begin=begin, size=int(word), arena=self))
            begin += int(word)
        self._few = len(self.free) // 2

    def is_scarce(self) -> bool:
        """Are most regions given away? Those that come back soon save forks from opening files."""
        return not self.ended and len(self.free) < self._few

    def claimed(self) -> Iterator[tuple[SpoolFile, int, int]]:
        """Regions that somebody writes to by now: process id, and when its spool began."""
        heads = self._heads()
        for region in self.free:
            state, pid, began = heads[region.begin]
            if state not in (KEPT, GIVEN):
                self.used.add(region.begin)
                yield region, pid, began
        self.free = [region for region in self.free if region.begin not in self.used]

    def is_needed(self) -> bool:
        """Is there a region that somebody writes to, or is about to?"""
        return bool(self.used) or any(state == GIVEN for state, *_ in self._heads().values())

    def _heads(self) -> dict[int, tuple[bytes, int, int]]:
        """State and owner of the regions that are free, by where they begin."""
        try:
            with self.path.open("rb", buffering=0) as file:
                found = {}
                for region in self.free:
                    head = os.pread(file.fileno(), HEAD, region.begin)
                    found[region.begin] = (head[:1], *OWNER.unpack_from(head, OWNER_AT))
                return found
        except (OSError, StructError):
            return {region.begin: (KEPT, 0, 0) for region in self.free}

    def kept_by(self, pid: int) -> list[SpoolFile]:
        """Regions that a process keeps for its forks."""
        heads = self._heads()
        return [region for region in self.free if heads[region.begin][:2] == (KEPT, pid)]

    def take_back(self, region: SpoolFile) -> None:
        """Nobody uses a region any more: its owner may. Raises OSError."""
        self.used.discard(region.begin)
        if self.ended:
            return
        region.keep_for(self.owner)
        if region not in self.free:
            self.free.append(SpoolFile(self.path, begin=region.begin, size=region.size, arena=self))

    def lost(self) -> list[int]:
        """How many lines each fork has lost that got no region."""
        try:
            with self.path.open("rb", buffering=0) as file:
                slots = os.pread(file.fileno(), PAGE - SLOTS_AT, SLOTS_AT)
        except OSError:
            return []
        return [count for (count,) in _SLOT.iter_unpack(slots) if count]


def _split(chunk: bytes) -> tuple[int, list[bytes]]:
    """The whole lines and records at the beginning of ``chunk``, and where they end."""
    found = []
    at, length = 0, len(chunk)
    while at < length and (mark := chunk[at]):
        if mark == RECORD_MARK:
            end = behind = at + RECORD.size
            if not any(chunk[end - 8 : end]):  # its time, which is written last
                break
        else:
            end = chunk.find(b"\n", at)
            behind = end + 1
            if not behind:
                break
        if behind > length:
            break
        found.append(chunk[at:end])
        at = behind
    return at, found


class Spool:
    """The regions of all processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, list[SpoolFile]] = {}
        """By process id, oldest first."""
        self.lost_by_forks: list[int] = []
        """Lines that forks have lost that got no region, of each; of processes that have been forgotten."""
        self._names: set[str] = set()
        self._arenas: dict[str, Arena] = {}
        self._numbered: dict[str, dict[int, Any]] = {}

    def look(self) -> None:
        """Find the regions that are new."""
        try:
            new = {entry.name for entry in os.scandir(self.folder)} - self._names - self._arenas.keys()
        except OSError:
            return
        for name in new:
            if name.startswith(ARENA):
                with suppress(OSError, ValueError):  # a later look will find it
                    self._arenas[name] = Arena(self.folder / name)
        for arena in self._arenas.values():
            for region, pid, began in arena.claimed():
                self._add(region, pid, f"{pid}.{began}")
        for name in sorted((name for name in new if name[0].isdigit()), key=_age):
            self._names.add(name)
            self._add(SpoolFile(self.folder / name), int(name.partition(".")[0]), name.rpartition(".")[0])

    def _add(self, file: SpoolFile, pid: int, spool: str) -> None:
        file.spool = spool
        file.numbered = self._numbered.setdefault(spool, {})
        self.files.setdefault(pid, []).append(file)

    def forget(self, pid: int) -> None:
        """The process is dead and all of its lines have been read."""
        arenas = list(self._arenas.values())
        for arena in arenas:
            arena.ended = arena.ended or arena.owner[0] == pid
        for file in self.files.pop(pid, ()):
            file.remove()
            self._names.discard(file.path.name)
            self._numbered.pop(file.spool, None)
        for arena in arenas:
            for region in arena.kept_by(pid):
                with suppress(OSError):
                    arena.take_back(region)
            if arena.ended and not arena.is_needed():
                self.lost_by_forks += arena.lost()
                del self._arenas[arena.path.name]
                arena.path.unlink(missing_ok=True)

    def all_lost_by_forks(self) -> list[int]:
        """Lines that forks have lost that got no region, of each."""
        return [*self.lost_by_forks, *(count for one in self._arenas.values() for count in one.lost())]

    def is_scarce(self) -> bool:
        """Does a process have few regions left for its forks?"""
        return any(arena.is_scarce() for arena in self._arenas.values())

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _age(name: str) -> list[int]:
    """Process id, beginning of the spool, number of the file."""
    return [int(part) for part in name.split(".")]
