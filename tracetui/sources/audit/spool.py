"""The recorder's side of the spool: the lines of each process, while it writes them and after its death.

What the files look like is told in ``inject/tracetui_audit_spool.py``.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tracetui.events.audit_events import noise_names

HEAD = 64
FULL, EMPTY = b"F", b"E"
SKIPPED = "skipped"
INJECT = "inject"
_CHUNK = 1 << 20
_REST = 1.0
"""Seconds that a full file is kept: a thread may be about to write to it."""


def make_spool(folder: Path, *, skipped: Sequence[str] | None = None) -> Path:
    """Prepare an empty folder; returns the folder to be put first on PYTHONPATH of what is to be recorded."""
    names = noise_names() if skipped is None else skipped
    folder.joinpath(SKIPPED).write_text("\n".join(names), "utf-8")
    inject = folder / INJECT
    inject.mkdir()
    for file in files(__package__).joinpath(INJECT).iterdir():
        if file.name.endswith(".py") and file.name != "__init__.py":
            (inject / file.name).write_bytes(file.read_bytes())
    return inject


def injected(environment: dict[str, str], inject: Path) -> dict[str, str]:
    """``environment`` for a program that is to be recorded."""
    before = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{inject}{os.pathsep}{before}" if before else str(inject)}


def as_without(pythonpath: str, inject: Path) -> str:
    """PYTHONPATH as it was before :func:`injected`; empty where there was none."""
    return os.pathsep.join(entry for entry in pythonpath.split(os.pathsep) if entry != str(inject))


@dataclass(slots=True, eq=False)
class SpoolFile:
    """One file of a process."""

    path: Path
    offset: int = HEAD
    full_since: float | None = None
    lost: int = 0

    def lines(self) -> Iterator[bytes]:
        """The whole lines written since the last call; gives the file back where it is full and read."""
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
            written = chunk.find(b"\0")
            whole = chunk.rfind(b"\n", 0, written if written >= 0 else len(chunk)) + 1
            if not whole:
                return
            self.offset += whole
            yield from chunk[: whole - 1].split(b"\n")

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


class Spool:
    """The files of all processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[int, list[SpoolFile]] = {}
        """By process id, oldest first."""
        self._names: set[str] = set()

    def look(self) -> None:
        """Find the files that are new."""
        try:
            names = [entry.name for entry in os.scandir(self.folder) if entry.name[0].isdigit()]
        except OSError:
            return
        new = [name for name in names if name not in self._names]
        for name in sorted(new, key=lambda name: int(name.partition(".")[2])):
            self._names.add(name)
            self.files.setdefault(int(name.partition(".")[0]), []).append(SpoolFile(self.folder / name))

    def forget(self, pid: int) -> None:
        """The process is dead and all of its lines have been read."""
        for file in self.files.pop(pid, ()):
            file.remove()
            self._names.discard(file.path.name)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)
