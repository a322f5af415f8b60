"""Whole files of SysFlow: every record to its table, events in the order of time."""

from __future__ import annotations

import time
from typing import BinaryIO

from tracetui.events import Event, flows
from tracetui.events.sysflow import SysflowRecord
from tracetui.sources.report import Emit, Progress, Report
from tracetui.sources.sysflow import rows
from tracetui.sources.sysflow.container import RecordFile, Values
from tracetui.sources.sysflow.entities import Entities, to_json
from tracetui.sources.sysflow.timeline import Entry, Timeline

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

_CONTEXT = ("ts", "end_ts", "tid", "host", "container")
_LINKS = (
    *("source", "record", "kind", "opflags", "ret", "header", "pod", "container"),
    *("process", "parent", "file", "newfile", "extra"),
)
"""Columns of ``context`` and ``sysflow``, in the order of the tuples that wait to be written."""

_OPERATIONS = {"CLONE": flows.CLONE, "EXEC": flows.EXEC, "EXIT": flows.EXIT}
"""``type`` of a process event of 2018 as the flags it has since."""


def import_file(
    stream: BinaryIO, emit: Emit, *, written: float | None = None, progress: Progress | None = None
) -> Report:
    """Give ``emit`` the entities of a file as they come, and its events in the order of time.

    What a damaged file has before the damage is imported, and a note says so. Raises
    :class:`~tracetui.sources.report.SourceError` for a file that is not SysFlow's.
    """
    importer = _Importer(RecordFile(stream), emit)
    try:
        importer.read(progress)
        importer.write(progress)
    finally:
        importer.close()
    return importer.report()


class _Importer:
    def __init__(self, file: RecordFile, emit: Emit) -> None:
        self._file = file
        self._emit = emit
        self._entities = Entities(time.time_ns(), emit, file.fields)
        self._timeline = Timeline()
        self._columns: dict[type[Event], tuple[str, ...]] = {}
        self._events = 0
        self._bad = 0
        self._examples: list[str] = []
        self._more = {kind: sorted(file.fields.get(kind, frozenset()) - _PLACED) for kind in _EVENTS}

    def read(self, progress: Progress | None) -> None:
        """Take all records: entities are written at once, events wait for their turn."""
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

    def write(self, progress: Progress | None) -> None:
        """Give away the events."""
        emit = self._emit
        for _, _, (cls, row, context, links) in self._timeline:
            emit(
                cls,
                dict(zip(self._columns[cls], row, strict=True)),
                dict(zip(_CONTEXT, context, strict=True)),
                {SysflowRecord: dict(zip(_LINKS, links, strict=True))},
            )
            self._events += 1
            if progress is not None and self._events % _RECORDS_PER_PROGRESS == 0:
                progress()

    def close(self) -> None:
        self._timeline.close()

    def report(self) -> Report:
        """What became of the records."""
        notes = [] if self._file.damage is None else [self._file.damage]
        unknown = self._file.unknown.items()
        notes += [f"records of unknown type {name}, not imported: {count:,}" for name, count in unknown]
        return Report(
            records=self._file.records,
            events=self._events,
            processes=len(self._entities.identities),
            bad=self._bad,
            examples=self._examples,
            notes=notes,
            unit="record",
        )

    def _reject(self, kind: str, error: Exception) -> None:
        self._bad += 1
        if len(self._examples) < _EXAMPLES:
            self._examples.append(f"{kind} {self._file.records:,}: {type(error).__name__}: {error}"[:200])

    def _event(self, kind: str, values: Values) -> Entry:
        if "opFlags" not in values and kind == "ProcessEvent":
            values["opFlags"] = _OPERATIONS[values["type"]]
        record, ts = self._file.records - 1, values["ts"]
        if ts.__class__ is not int:
            raise TypeError(f"ts is {ts!r}")
        entities = self._entities
        known = entities.known(values)
        cls, row = rows.make(kind, values, known, entities)
        if cls not in self._columns:
            self._columns[cls] = tuple(row)
        _, process, parent, container, pod, file, newfile = known
        container_uid = None if process is None else process.container
        context = ts, values.get("endTs"), values.get("tid"), entities.host, container_uid
        links = (
            entities.source,
            record,
            _EVENTS[kind],
            values.get("opFlags"),
            values.get("ret"),
            entities.header,
            pod,
            container and container.number,
            process and process.number,
            parent and parent.number,
            file and file.number,
            newfile and newfile.number,
            self._extra(kind, values) if self._more[kind] else None,
        )
        # Tuples, since they wait in memory: dictionaries would take twice as much.
        return ts, record, (cls, tuple(row.values()), context, links)

    def _extra(self, kind: str, values: Values) -> str | None:
        """Fields without a column, where they hold something."""
        more = {name: values[name] for name in self._more[kind] if values[name]}
        return to_json(more) if more else None
