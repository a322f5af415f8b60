"""Imports of several files whose events are merged by time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO

from tracetui.logger import Block
from tracetui.sources.report import Import, Progress, Report, Target
from tracetui.sources.timeline import RUN, Entry, Timeline

BLOCK = 20_000
"""Events, or rows that belong to no event, that are written together."""


class MergedImport(ABC):
    """An import of files whose events are merged: ids follow time, whichever file an event comes from.

    Events wait in a timeline for their turn; rows that belong to none are written as they come. What a
    damaged file has before the damage is imported, and a note says so.
    """

    def __init__(self, target: Target, run: int = RUN) -> None:
        """``run`` is how many events wait in memory."""
        self._target = target
        self._timeline = Timeline(run)
        self._rows = Block()
        self._waiting = 0

    @abstractmethod
    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Take all records of a file.

        Raises :class:`~tracetui.sources.report.SourceError` for one that cannot be read.
        """

    @abstractmethod
    def _fill(self, block: Block, entries: Iterable[Entry]) -> None:
        """Put events from the timeline into a block, with their positions in all of their rows."""

    def finish(self, progress: Progress | None = None) -> Report:
        """Write the events, the first of them together with the rows that wait."""
        entries, events = iter(self._timeline), 0
        while True:
            self._fill(self._rows, islice(entries, BLOCK))
            found = len(self._rows.events)
            if not found and not self._waiting:
                return Report(events=events, unit="record")
            self._write_rows()
            events += found
            if progress is not None:
                progress()

    def close(self) -> None:
        """Let go of temporary files."""
        self._timeline.close()

    def _add_row(self, table: str, columns: tuple[str, ...], row: Sequence[Any]) -> None:
        """Take a row that belongs to no event."""
        self._rows.rows_of(table, columns).append(row)
        self._waiting += 1
        if self._waiting >= BLOCK:
            self._write_rows()

    def _write_rows(self) -> None:
        self._target.add_block(self._rows)
        self._rows, self._waiting = Block(), 0


def import_alone(
    importing: Import, stream: BinaryIO, written: float | None = None, progress: Progress | None = None
) -> Report:
    """An import of one file, from its beginning to its end."""
    try:
        return importing.read(stream, written=written, progress=progress) + importing.finish(progress)
    finally:
        importing.close()
