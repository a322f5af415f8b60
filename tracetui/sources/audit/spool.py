"""The recorder's side of the spool: the lines of each process, while it writes them and after its death.

What the files look like is told in ``inject/tracetui_audit_spool.py``.
"""

from __future__ import annotations

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
FOR_FORKS = "fork."
RECORD = Struct("<IIQ")
"""An event as before: its number above :data:`RECORD_MARK`, thread and time."""
RECORD_MARK = ord("@")
_CHUNK = 1 << 20
_REST = 1.0
"""Seconds that a full file is kept: a thread may be about to write to it."""


@dataclass(slots=True, eq=False)
class SpoolFile:
    """One file of a process."""

    path: Path
    spool: str = ""
    """Process id and beginning of the spool that it belongs to."""
    numbered: dict[int, Any] = field(default_factory=dict)
    """What the numbers in records stand for, to whoever reads them; the files of a spool share it."""
    offset: int = HEAD
    full_since: float | None = None
    lost: int = 0

    def lines(self) -> Iterator[bytes]:
        """The whole lines and records written since the last call; gives a full file back that is read."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        try:
            head = os.pread(descriptor, HEAD, 0)
            self.lost = int.from_bytes(head[8:16], "little")
            yield from self._whole_lines(descriptor)
            if head[:1] == FULL:
                self._give_back(descriptor)
        finally:
            os.close(descriptor)

    def _whole_lines(self, descriptor: int) -> Iterator[bytes]:
        while chunk := os.pread(descriptor, _CHUNK, self.offset):
            at, lines = _split(chunk)
            if not at:
                return
            self.offset += at
            yield from lines

    def _give_back(self, descriptor: int) -> None:
        """Clear a full file, so that its process can use it again."""
        now = time.monotonic()
        if self.full_since is None:
            self.full_since = now
        elif now - self.full_since > _REST:
            size = os.fstat(descriptor).st_size
            os.pwrite(descriptor, bytes(size - HEAD), HEAD)
            os.pwrite(descriptor, EMPTY, 0)
            self.offset, self.full_since = HEAD, None

    def has_torn_line(self) -> bool:
        """Is there something after the last whole line? In a dead process's file, it is cut off."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                return file.read(1) not in (b"", b"\0")
        except OSError:
            return False

    def remove(self) -> None:
        """The process is dead and all has been read."""
        with suppress(OSError):
            self.path.unlink()


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
    """The files of all processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, list[SpoolFile]] = {}
        """By process id, oldest first."""
        self._names: set[str] = set()
        self._kept: dict[str, int] = {}
        """Names of files that no fork has begun to use, and whose they are."""
        self._numbered: dict[str, dict[int, Any]] = {}

    def look(self) -> None:
        """Find the files that are new."""
        try:
            new = {entry.name for entry in os.scandir(self.folder)} - self._names - self._kept.keys()
        except OSError:
            return
        self._kept |= {name: 0 for name in new if name.startswith(FOR_FORKS)}
        self._look_at_kept()
        for name in sorted((name for name in new if name[0].isdigit()), key=_age):
            self._add(name, name.rpartition(".")[0])

    def _look_at_kept(self) -> None:
        for name in list(self._kept):
            state, pid, began = self._state(name)
            self._kept[name] = pid if state == KEPT else 0
            if state not in (KEPT, GIVEN):
                del self._kept[name]
                self._add(name, f"{pid}.{began}")

    def _state(self, name: str) -> tuple[bytes, int, int]:
        """State and owner of a file for a fork."""
        try:
            with open(self.folder / name, "rb", buffering=0) as file:
                head = file.read(HEAD)
            return (head[:1], *OWNER.unpack_from(head, OWNER_AT))
        except (OSError, StructError):
            return GIVEN, 0, 0

    def _add(self, name: str, spool: str) -> None:
        self._names.add(name)
        file = SpoolFile(self.folder / name, spool, self._numbered.setdefault(spool, {}))
        self.files.setdefault(int(spool.partition(".")[0]), []).append(file)

    def forget(self, pid: int) -> None:
        """The process is dead and all of its lines have been read."""
        for file in self.files.pop(pid, ()):
            file.remove()
            self._names.discard(file.path.name)
            self._numbered.pop(file.spool, None)
        for name in [name for name, owner in self._kept.items() if owner == pid]:
            if self._state(name)[:2] == (KEPT, pid):  # and not given away since it was looked at
                del self._kept[name]
                self.folder.joinpath(name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _age(name: str) -> list[int]:
    """Process id, beginning of the spool, number of the file."""
    return [int(part) for part in name.split(".")]
