"""What every source takes and gives: where events go, and what became of the input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from tracetui.logger import Block


class Emit(Protocol):
    """``tracetui.logger.DB.add_event``: takes an event's class, its columns, its context and rows beside."""

    def __call__(
        self,
        cls: type[Any],
        row: dict[str, Any],
        context: dict[str, Any] | None = None,
        beside: Mapping[type[Any], dict[str, Any]] | None = None,
        /,
    ) -> object: ...


class Target(Protocol):
    """What an import writes to: ``tracetui.logger.DB``."""

    @property
    def add_event(self) -> Emit: ...

    def add_block(self, block: Block, /) -> object: ...


Progress = Callable[[], object]
"""Called now and then while a file is read."""


class SourceError(Exception):
    """An input that cannot be read at all: what is wrong, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Report:
    """What became of the records of one input."""

    def __init__(
        self,
        records: int = 0,
        events: int = 0,
        processes: int = 0,
        bad: int = 0,
        examples: Sequence[str] = (),
        notes: Sequence[str] = (),
        unit: str = "line",
    ) -> None:
        self.records = records
        """Lines, or whatever the format consists of."""
        self.events = events
        self.processes = processes
        self.bad = bad
        """Records that could not be understood, and are not in the trace."""
        self.examples = list(examples)
        """The first few of them."""
        self.notes = list(notes)
        """What else is not in the trace, in words."""
        self.unit = unit
        """What a record of the format is called."""

    def __add__(self, other: Report) -> Report:
        return Report(
            self.records + other.records,
            self.events + other.events,
            self.processes + other.processes,
            self.bad + other.bad,
            self.examples + other.examples,
            self.notes + other.notes,
            self.unit if self.unit == other.unit else "record",
        )

    def summary(self) -> str:
        """The counts in one line."""
        text = f"{self.events:,} events of {_count(self.processes, 'process', 'processes')}"
        return f"{text} from {_count(self.records, self.unit, self.unit + 's')}, {self.bad:,} not understood"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


class Import(Protocol):
    """Files of one format on their way into a trace."""

    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Take a file; what is told is what is known of it by now.

        ``written`` is when the file was last written (seconds since the epoch), for formats whose times
        have no date. Bad records are counted in the report, never raised; a :class:`SourceError` is, for a
        file that cannot be read at all.
        """

    def finish(self, progress: Progress | None = None) -> Report:
        """Write what has waited for the files after it; what is told adds to what reading told."""

    def close(self) -> None:
        """Let go of what waits, after an error too."""


class ImportFile(Protocol):
    """How formats are read whose events are given away while they are read."""

    def __call__(
        self, stream: BinaryIO, emit: Emit, *, written: float | None = None, progress: Progress | None = None
    ) -> Report: ...


class OneAfterTheOther:
    """An import of files that follow each other in the trace."""

    def __init__(self, import_file: ImportFile, target: Target) -> None:
        self._import_file = import_file
        self._target = target

    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Give away all events of a file."""
        return self._import_file(stream, self._target.add_event, written=written, progress=progress)

    def finish(self, progress: Progress | None = None) -> Report:
        """Nothing waits."""
        return Report()

    def close(self) -> None:
        """Nothing waits."""
