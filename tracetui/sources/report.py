"""What every source takes and gives: where events go, and what became of the input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


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


Progress = Callable[[], object]
"""Called now and then while a file is read."""


class SourceError(Exception):
    """An input that cannot be read at all: what is wrong, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class Report:
    """What became of the records of one input."""

    records: int = 0
    """Lines, or whatever the format consists of."""
    events: int = 0
    processes: int = 0
    bad: int = 0
    """Records that could not be understood, and are not in the trace."""
    examples: list[str] = field(default_factory=list)
    """The first few of them."""
    notes: list[str] = field(default_factory=list)
    """What else is not in the trace, in words."""
    unit: str = "line"
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
