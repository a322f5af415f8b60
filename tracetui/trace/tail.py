"""Following a trace that a logger is still writing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tracetui.trace.faults import beside
from tracetui.trace.trace import Trace


class FileState(Enum):
    """What has become of the file since the last look."""

    SAME = "same"
    CHANGED = "changed"
    REPLACED = "replaced"
    GONE = "gone"
    SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class Signature:
    """What tells one state of a file from another without opening it."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    wal_size: int = 0
    wal_mtime_ns: int = 0

    @classmethod
    def of(cls, path: Path) -> Signature | None:
        """The signature of ``path`` now; ``None`` where there is no such file."""
        try:
            stat = os.stat(path)
        except OSError:
            return None
        try:
            wal = os.stat(f"{path}-wal")
        except OSError:
            return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, wal.st_size, wal.st_mtime_ns)

    def compare(self, now: Signature | None) -> FileState:
        if now is None:
            return FileState.GONE
        if (now.device, now.inode) != (self.device, self.inode):
            return FileState.REPLACED
        if now.size < self.size:
            return FileState.SHRUNK
        return FileState.SAME if now == self else FileState.CHANGED


@dataclass(frozen=True, slots=True)
class Growth:
    """New committed events: ids above ``after`` up to ``last``."""

    after: int
    last: int
    new_schema: bool = False
    """Whether the schema has grown; other connections learn of it when they are opened anew."""


class Tail:
    """Looks for new events of one trace. A look costs a ``stat`` where nothing has changed.

    Beside a write-ahead log it also asks SQLite, which hinders no writer there.
    """

    def __init__(self, trace: Trace, last: int | None) -> None:
        """``last`` is the highest id already known, or ``None`` for an empty trace."""
        self._trace = trace
        self._signature = Signature.of(trace.path)
        self._version = -1
        self.last = last
        self._mark = self._mark_of(last)
        self.state = FileState.SAME

    def look(self) -> Growth | None:
        """The events committed since the last look, if any; :attr:`state` says what the file did.

        A file that was overwritten in place, by another run whose ids start again, counts as replaced.
        Raises :class:`TraceError`.
        """
        now = Signature.of(self._trace.path)
        self.state = self._signature.compare(now) if self._signature else FileState.GONE
        if self.state in (FileState.GONE, FileState.REPLACED):
            return None
        if self.state is FileState.SAME and self._version >= 0 and not self._may_be_committing(now):
            return None
        if self._trace.still and self.state is not FileState.SAME:
            self._trace.reopen()
            self._version = -1
        version = self._trace.data_version()
        if version == self._version:
            if not self._was_overwritten(now):
                self._signature = now
                return None
            self._trace.reopen()
            version = self._trace.data_version()
        new_schema = self._trace.refresh_schema()
        bounds = self._trace.bounds()
        if self._starts_again(bounds):
            self.state = FileState.REPLACED
            return None
        if bounds is None or bounds[1] == self.last:
            self._version, self._signature = version, now
            return None
        # All that can fail comes before the look counts: what was not told is told by the next one.
        mark = self._mark_of(bounds[1])
        growth = Growth(self.last if self.last is not None else bounds[0] - 1, bounds[1], new_schema)
        self._version, self._signature = version, now
        self.last, self._mark = bounds[1], mark
        return growth

    def _may_be_committing(self, now: Signature | None) -> bool:
        """Whether a commit may come to count without changing a file: its log is written before."""
        return now is not None and now.wal_size > 0

    def _was_overwritten(self, now: Signature | None) -> bool:
        """Whether the file changed without a commit: by a copy over it, of which SQLite need not know."""
        flushing = beside(self._trace.path, "-journal").exists()
        return self.state is not FileState.SAME and not flushing and now is not None and not now.wal_size

    def _starts_again(self, bounds: tuple[int, int] | None) -> bool:
        """Whether the event that was the last is no longer there, or another one."""
        if self.last is None:
            return False
        return bounds is None or bounds[1] < self.last or self._mark_of(self.last) != self._mark

    def _mark_of(self, event_id: int | None) -> str | None:
        """What tells an event from another one of the same id."""
        found = [] if event_id is None else self._trace.fetch([event_id], whole=False)
        return str(found[0].event) if found else None
