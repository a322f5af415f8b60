"""Whole files of Fibratus: every record to its tables, in the order of time.

Numbers of events are those of the trace: Fibratus' own repeat in real captures, and times go backwards. The
order is that of time, then that of the file; a record without a time stays behind the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from io import BufferedReader
from typing import Any, BinaryIO, cast

from tracetui.logger import Block
from tracetui.sources.fibratus.json_records import JsonRecords, Values
from tracetui.sources.fibratus.kcap import KcapRecords
from tracetui.sources.fibratus.processes import States
from tracetui.sources.fibratus.recognition import KCAP_MAGICS, ZSTD_MAGIC, looks_like_events
from tracetui.sources.fibratus.rows import make
from tracetui.sources.merging import MergedImport, import_alone
from tracetui.sources.report import Progress, Report, SourceError, Target
from tracetui.sources.timeline import Entry
from tracetui.trace import TraceError
from tracetui.trace.compressed import COMPRESSIONS

_RECORDS_PER_PROGRESS = 5_000
_RUN = 20_000
"""Events that wait in memory; each has some forty values."""

_HEAD = 65_536


def import_file(
    stream: BinaryIO, target: Target, *, written: float | None = None, progress: Progress | None = None
) -> Report:
    """Write a file to ``target``; see :class:`FibratusImport`."""
    return import_alone(FibratusImport(target), stream, written, progress)


class FibratusImport(MergedImport):
    """An import of files of Fibratus; the rows that belong to no event are states of processes."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, _RUN)
        self._columns: dict[str, tuple[str, ...]] = {}
        self._source = time.time_ns()
        self._states = States(self._source, self._add_state)
        self._taken = 0
        self._pids: set[int] = set()

    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Take all records of a file.

        Raises :class:`~tracetui.sources.report.SourceError` for a capture that cannot be read.
        """
        records = _records(_plain(cast(BufferedReader, stream)), self._states)
        known, latest = len(self._pids), 0
        for values in records:
            position = records.records - 1
            try:
                latest = self._take(values, position, latest)
            except (ValueError, RecursionError) as error:
                records.reject(values, str(error))
            if progress is not None and position % _RECORDS_PER_PROGRESS == 0:
                progress()
        self._taken += records.records
        self._source += 1
        return Report(
            records=records.records,
            processes=len(self._pids) - known,
            bad=records.bad,
            examples=records.examples,
            notes=records.notes,
            unit="record",
        )

    def _take(self, values: Values, position: int, latest: int) -> int:
        """Put a record in its place in time; the time of that place."""
        made = make(values)
        state = values.get("ps")
        made.kevent["process"] = self._states.number(state) if isinstance(state, dict) else None
        made.kevent["source"], made.kevent["record"] = self._source, position
        if made.pid is not None:
            self._pids.add(made.pid)
        when = latest if made.ts is None else made.ts
        # Tuples, since they wait: dictionaries would take twice as much.
        tables = [(table, self._values(table, row)) for table, row in made.tables.items()]
        event = (made.type, made.procname, made.pid or 0)
        self._timeline.add((when, self._taken + position, (event, tables)))
        return when

    def _values(self, table: str, row: Values) -> tuple[Any, ...]:
        """A row without the names of its columns, which are the same in all rows of a table."""
        if table not in self._columns:
            self._columns[table] = ("id", *row)
        return tuple(row.values())

    def _fill(self, block: Block, entries: Iterable[Entry]) -> None:
        """Put events from the timeline into a block, with their positions in all of their rows."""
        rows = {table: block.rows_of(table, columns) for table, columns in self._columns.items()}
        for position, (_, _, (event, tables)) in enumerate(entries):
            block.events.append(event)
            for table, values in tables:
                rows[table].append((position, *values))

    def _add_state(self, table: str, row: Values) -> None:
        self._add_row(table, tuple(row), tuple(row.values()))


def _plain(stream: BufferedReader) -> BufferedReader:
    """The stream without its compression by zstd."""
    if not stream.peek(len(ZSTD_MAGIC)).startswith(ZSTD_MAGIC):
        return stream
    zstd = next(known for known in COMPRESSIONS if known.magic == ZSTD_MAGIC)
    try:
        return BufferedReader(zstd.reader(stream), _HEAD)
    except TraceError as error:
        raise SourceError(
            "reading a capture needs the package zstandard", "Install it: pip install 'tracetui[zstd]'."
        ) from error


def _records(stream: BufferedReader, states: States) -> JsonRecords | KcapRecords:
    """The records of a stream in either form; what is neither is taken for a capture."""
    try:
        head = stream.peek(_HEAD)
    except Exception as error:  # decompressors have errors of their own, and no common base
        raise SourceError(f"it cannot be decompressed: {error}") from error
    is_text = looks_like_events(head) or head.lstrip()[:1] in (b"{", b"[")
    return (
        JsonRecords(stream)
        if is_text and head[:8] not in KCAP_MAGICS
        else KcapRecords(stream, states.take_handle)
    )
