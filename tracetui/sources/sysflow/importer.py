"""Whole files of SysFlow: every record to its table, events in the order of time."""

from __future__ import annotations

import time
from typing import Any, BinaryIO

from tracetui.events.sysflow import SysflowRecord
from tracetui.sources.report import Emit, Progress, Report
from tracetui.sources.sysflow import rows
from tracetui.sources.sysflow.container import RecordFile, Values
from tracetui.sources.sysflow.entities import NAMELESS, Entities, File, Process, process_key, to_json
from tracetui.sources.sysflow.timeline import Entry, Timeline

_BAD = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)
"""What records with other fields, or fields of other types, than SysFlow's make of a conversion."""

_EXAMPLES = 3
_RECORDS_PER_PROGRESS = 5_000
_CLUSTER = "[k8s]"
"""In place of a process, for what the cluster does."""

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

_OPERATIONS = {"CLONE": 1, "EXEC": 2, "EXIT": 4}
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
        for _, _, (cls, row, context, link) in self._timeline:
            emit(cls, row, context, {SysflowRecord: link})
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
        entities = self._entities
        key = process_key(values["procOID"]) if "procOID" in values else None
        process = None if key is None else entities.processes.get(key)
        file = self._known_file(values.get("fileOID"))
        newfile = self._known_file(values.get("newFileOID"))
        cls, row = self._made(kind, values, process, file, newfile)
        row["procname"] = _procname(kind, process)
        row["proc_id"] = 0 if key is None else key[0]
        record, ts = self._file.records - 1, values["ts"]
        if ts.__class__ is not int:
            raise TypeError(f"ts is {ts!r}")
        context = {
            "ts": ts,
            "end_ts": values.get("endTs"),
            "tid": values.get("tid"),
            "cpu": None,
            "host": entities.host,
            "container": None if process is None else process.container,
        }
        link = {
            "source": entities.source,
            "record": record,
            "kind": _EVENTS[kind],
            "opflags": values.get("opFlags"),
            "ret": values.get("ret"),
            "header": entities.header,
            "file": None if file is None else file.number,
            "newfile": None if newfile is None else newfile.number,
            "extra": self._extra(kind, values),
            **self._process_links(process),
        }
        return ts, record, (cls, row, context, link)

    def _made(
        self, kind: str, values: Values, process: Process | None, file: File | None, newfile: File | None
    ) -> rows.Made:
        match kind:
            case "FileFlow":
                return rows.file_flow(values, file)
            case "NetworkFlow":
                return rows.network_flow(values)
            case "ProcessEvent":
                return rows.process_event(values, process, self._entities)
            case "FileEvent":
                return rows.file_event(values, file, newfile)
            case "ProcessFlow":
                return rows.process_flow(values)
            case "NetworkEvent":
                return rows.network_event(values)
            case _:
                return rows.k8s_event(values)

    def _known_file(self, oid: bytes | None) -> File | None:
        return None if oid is None else self._entities.files.get(oid)

    def _process_links(self, process: Process | None) -> dict[str, int | None]:
        """Numbers of a process, its parent, its container and its pod, as far as they are known."""
        if process is None:
            return dict.fromkeys(("process", "parent", "container", "pod"))
        entities = self._entities
        parent = None if process.parent is None else entities.processes.get(process.parent)
        container = None if process.container is None else entities.containers.get(process.container)
        pod = None if container is None or container.pod is None else entities.pods.get(container.pod)
        return {
            "process": process.number,
            "parent": None if parent is None else parent.number,
            "container": None if container is None else container.number,
            "pod": pod,
        }

    def _extra(self, kind: str, values: Values) -> str | None:
        more = {name: value for name in self._more[kind] if (value := values[name])}
        return to_json(more) if more else None


def _procname(kind: str, process: Process | None) -> Any:
    if process is not None:
        return process.name
    return _CLUSTER if kind == "K8sEvent" else NAMELESS
