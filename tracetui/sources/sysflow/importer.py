"""Whole files of SysFlow: every record to its table, events in the order of time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import BinaryIO

from tracetui.events import Context, flows
from tracetui.events.sysflow import SysflowRecord
from tracetui.logger import NULL, Block
from tracetui.sources.compact_json import to_json
from tracetui.sources.merging import MergedImport, import_alone
from tracetui.sources.report import Progress, Report, Target
from tracetui.sources.sysflow.container import RecordFile, Values
from tracetui.sources.sysflow.entities import Entities, ProcessIdentity, Standing
from tracetui.sources.sysflow.rows import CLUSTER, COLUMNS, MAKERS, TYPES
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

_PLACED = frozenset(
    "procOID ts endTs tid opFlags openFlags fd fileOID newFileOID ret type sip sport dip dport proto "
    "numRRecvOps numRRecvBytes numWSendOps numWSendBytes numThreadsCloned numThreadsExited numCloneErrors "
    "kind action message".split()
)
"""Fields of events that have a column."""

_CONTEXT = ("id", "ts", "end_ts", "tid", "host", "container")
_LINKS = (
    *("id", "source", "record", "kind", "opflags", "ret", "header", "pod", "container"),
    *("process", "parent", "file", "newfile", "extra"),
)
"""Columns of ``context`` and ``sysflow``, in the order of the rows that wait to be written."""

_OPERATIONS = {"CLONE": flows.CLONE, "EXEC": flows.EXEC, "EXIT": flows.EXIT}
"""``type`` of a process event of 2018 as the flags it has since."""


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

    def read(
        self, stream: BinaryIO, *, written: float | None = None, progress: Progress | None = None
    ) -> Report:
        """Take all records of a file: entities are written at once, events wait for their turn.

        Raises :class:`~tracetui.sources.report.SourceError` for a file that is not SysFlow's.
        """
        file = RecordFile(stream)
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

    def _block(self, entries: Iterable[Entry]) -> Block:
        """Events from the timeline, with their positions in all of their rows."""
        block = Block()
        events, contexts = block.events, block.rows_of(Context, _CONTEXT)
        records = block.rows_of(SysflowRecord, _LINKS)
        own = {cls: block.rows_of(cls, columns) for cls, columns in COLUMNS.items()}
        for position, (_, _, (cls, event, row, context, links)) in enumerate(entries):
            event[0] = row[0] = context[0] = links[0] = position
            events.append(event)
            own[cls].append(row)
            contexts.append(context)
            records.append(links)
        return block


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
        self._ways = {
            kind: (short, MAKERS[kind], sorted(file.fields.get(kind, frozenset()) - _PLACED))
            for kind, short in _EVENTS.items()
        }

    def run(self, progress: Progress | None) -> None:
        """Take all records."""
        file, takers, add = self._file, self._entities.takers(), self._timeline.add
        for kind, values in file:
            try:
                taker = takers.get(kind)
                if taker is None:
                    add(self._event(kind, values))
                else:
                    taker(values)
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

    def _event(self, kind: str, values: Values) -> Entry:
        short, make, more = self._ways[kind]
        get = values.get
        operations = get("opFlags", NULL)
        if operations is NULL and kind == "ProcessEvent":
            operations = values["opFlags"] = _OPERATIONS[values["type"]]
        record, ts = self._file.records - 1, values["ts"]
        if ts.__class__ is not int:
            raise TypeError(f"ts is {ts!r}")
        entities = self._entities
        standing = entities.standing(values["procOID"]) if "procOID" in values else self._nobody()
        name, key, _, container, numbers = standing
        cls, row, file, newfile = make(values, standing, entities)
        extra = _extra(more, values) if more else NULL
        ret = get("ret", NULL)
        links = [None, entities.source, record, short, operations, ret, *numbers, file, newfile, extra]
        context = [None, ts, get("endTs", NULL), get("tid", NULL), entities.host, container]
        return ts, self._first + record, (cls, [None, TYPES[cls], name, key[0]], row, context, links)

    def _nobody(self) -> Standing:
        """In place of a process, for events of the cluster."""
        return Standing(CLUSTER, (0, 0), None, NULL, (self._entities.header, NULL, NULL, NULL, NULL))


def _extra(names: list[str], values: Values) -> str | float:
    """Fields without a column as JSON, where they hold something."""
    more = {name: values[name] for name in names if values[name]}
    return to_json(more) if more else NULL
