"""What can be wrong with a trace, said so that the user knows what to do."""

from __future__ import annotations

from pathlib import Path


class TraceError(Exception):
    """A trace cannot be found or read. The command line answers with exit code 3."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class NotYetThere(TraceError):
    """The file does not exist, or holds no schema yet: a logger may still make it."""


class NotADatabase(TraceError):
    """The file is something else; perhaps a database inside."""


class HotJournal(TraceError):
    """A writer died inside a transaction; only a recovered copy can be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: the program that wrote it was killed in the middle of a flush",
            "Its last transaction must be undone, which is done in a copy and never in place.",
        )
        self.path = path
