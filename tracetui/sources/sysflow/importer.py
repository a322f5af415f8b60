"""Whole files of SysFlow: every record to its table, events in the order of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from tracetui.logger import Block
from tracetui.sources.merging import MergedImport, import_alone
from tracetui.sources.report import Progress, Report, Target
from tracetui.sources.sysflow.container import RecordFile, Values
from tracetui.sources.sysflow.entities import Entities, ProcessIdentity
from tracetui.sources.sysflow.fields import EventFields, arranger
from tracetui.sources.sysflow.quick import QuickReaders
from tracetui.sources.sysflow.rows import COLUMNS, MAKERS
from tracetui.sources.timeline import Entry, Timeline

_BAD = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)
"""What records with other fields, or fields of other types, than SysFlow's make of a conversion."""

_EXAMPLES = 3
_RECORDS_PER_PROGRESS = 5_000

_EVENTS = {
    "ProcessEvent": "PE",
    "FileEvent": "FE",
    "NetworkEvent": "NE",
    "FileFlow": "FF",
    "NetworkFlow": "NF",
    "ProcessFlow": "PF",
    "K8sEvent": "KE",
}
"""Record type to SysFlow's short name."""

_CONTEXT = ("ts", "end_ts", "tid", "host", "container")
_LINKS = (
    *("source", "record", "kind", "opflags", "ret", "header", "pod", "container"),
    *("process", "parent", "file", "newfile", "extra"),
)
"""Columns of ``context`` and ``sysflow``, in the order of the rows that wait to be written."""


def import_file(
    stream: BinaryIO, target: Target, *, written: float | None = None, progress: Progress | None = None
) -> Report:
    """Write a file to ``target``; see :class:`SysflowImport`."""
    return import_alone(SysflowImport(target), stream, written, progress)


class SysflowImport(MergedImport):
    """An import of files of SysFlow; the rows that belong to no event are entities.

    An object id means something in its own file only.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._records = 0
        self._first_source = time.time_ns()
        self._files = 0
        self._identities: set[ProcessIdentity] = set()
        self._quick = QuickReaders().makers()

    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Take all records of a file: entities are written at once, events wait for their turn.

        Raises :class:`~tracetui.sources.report.SourceError` for a file that is not SysFlow's.
        """
        file = RecordFile(stream, self._quick)
        entities = Entities(self._first_source + self._files, self._add_row, file.fields)
        conversion = _Conversion(file, entities, self._timeline, self._records)
        conversion.run(progress)
        self._files += 1
        self._records += file.records
        known = len(self._identities)
        self._identities |= entities.identities
        report = conversion.report()
        report.processes = len(self._identities) - known
        return report

    def _fill(self, block: Block, entries: Iterable[Entry]) -> None:
        """Put events from the timeline into a block."""
        events, contexts = block.events, block.rows_of_all("context", _CONTEXT)
        records = block.rows_of_all("sysflow", _LINKS)
        own = {table: block.rows_of(table, columns) for table, columns in COLUMNS.items()}
        for position, (_, _, event, context, record, row) in enumerate(entries):
            events.append(event)
            contexts.append(context)
            records.append(record)
            row[0] = position
            own[event[0]].append(row)


begin = SysflowImport


class _Conversion:
    """One file on its way to the timeline. Its records have positions from ``first`` on."""

    def __init__(self, file: RecordFile, entities: Entities, timeline: Timeline, first: int) -> None:
        self._file = file
        self._entities = entities
        self._timeline = timeline
        self._first = first
        self._bad = 0
        self._examples: list[str] = []
        self._takers = {**entities.takers(), **{kind: self._event_taker(kind) for kind in _EVENTS}}

    def run(self, progress: Progress | None) -> None:
        """Take all records."""
        file, takers = self._file, self._takers
        for kind, values in file:
            try:
                takers[kind](values)
            except _BAD as error:
                self._reject(kind, error)
            if progress is not None and file.records % _RECORDS_PER_PROGRESS == 0:
                progress()

    def report(self) -> Report:
        """What became of the records, but for the events, which are not written yet."""
        notes = [] if self._file.damage is None else [self._file.damage]
        unknown = self._file.unknown.items()
        notes += [f"records of unknown type {name}, not imported: {count:,}" for name, count in unknown]
        return Report(
            records=self._file.records, bad=self._bad, examples=self._examples, notes=notes, unit="record"
        )

    def _reject(self, kind: str, error: Exception) -> None:
        self._bad += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append(f"{kind} {self._file.records:,}: {type(error).__name__}: {error}"[:200])

    def _event_taker(self, kind: str) -> Callable[[Any], None]:
        """What takes the records of a type of event: their fields by name, or arranged already."""
        short, make, arrange = (
            _EVENTS[kind],
            MAKERS[kind],
            arranger(kind, self._file.fields.get(kind, frozenset())),
        )
        file, entities, first, add = self._file, self._entities, self._first, self._timeline.add
        standings = entities.standings

        def take(values: Values | EventFields) -> None:
            fields = arrange(values) if isinstance(values, dict) else values
            key, ts, end_ts, call, own, extra = fields
            standing = standings[key]
            table, row, file_number, newfile = make(own, call, standing, entities)
            name, pid, host, container_uid, source, header, pod, container, process, parent = standing.links
            tid, operations, ret = call
            record = file.records - 1
            add((
                ts,
                first + record,
                (table, name, pid),
                (ts, end_ts, tid, host, container_uid),
                (source, record, short, operations, ret, header, pod, container, process, parent,
                 file_number, newfile, extra),
                row,
            ))  # fmt: skip

        return take
