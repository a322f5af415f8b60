"""What can be wrong with a trace, said so that the user knows what to do."""

from __future__ import annotations

from pathlib import Path

from tracetui.events.complaint import Complaint


class TraceError(Complaint):
    """A trace cannot be found or read. The command line answers with exit code 3."""


class NotYetThere(TraceError):
    """The file does not exist, or holds no schema yet: a logger may still make it."""


class NotNow(TraceError):
    """A writer is in the way, or what it left behind: the next one may clear it away."""


class Locked(NotNow):
    """A writer has held its lock for longer than we waited; nothing is wrong, and later it may go."""


class NotADatabase(TraceError):
    """The file is something else; perhaps a database inside."""


class HotJournal(NotNow):
    """A writer died before its work was all in the file; only a recovered copy can be read."""

    def __init__(self, path: Path, log: bool = False) -> None:
        """``log``: what it left is a write-ahead log, not the journal of a transaction."""
        left = "before it had moved its write-ahead log into it" if log else "in the middle of a flush"
        work = "That log must be applied" if log else "Its last transaction must be undone"
        super().__init__(
            f"{path}: the program that wrote it was killed {left}",
            f"{work}, which is done in a copy and never in place.",
        )
        self.path = path
