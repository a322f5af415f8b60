"""Readers for programs: the events of any trace one after the other, alone or with all they refer to.

:func:`condition` gives the events that a filter finds.

Who knows SysFlow's Python API finds its two readers here. They read every trace, not only an imported one:
what a trace does not know is ``None``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, TypeVar

from typing_extensions import Self

from tracetui.annotations import Notebook
from tracetui.events import Record
from tracetui.events.flows import RECORDS
from tracetui.events.sysflow import (
    SysflowBase,
    SysflowContainer,
    SysflowFile,
    SysflowHeader,
    SysflowPod,
    SysflowProcess,
)
from tracetui.filter import Surroundings, compile_filter, parse, told
from tracetui.process import Forest, Process, build_forest
from tracetui.trace import Condition, Trace

FLOWS = frozenset({"file_flow", "network_flow", "process_flow"})
"""Event types that sum up what happened over a time."""

_OF_FILES = frozenset({"FF", "FE"})
"""SysFlow's short names of records that refer to files."""

_REMEMBERED = 10_000

Item = TypeVar("Item")
Entity = TypeVar("Entity", bound=SysflowBase)
Files = tuple[SysflowFile | None, SysflowFile | None]


def condition(trace: Trace, expression: str | None) -> Condition | None:
    """What :meth:`Trace.records` and :meth:`Trace.count` need to find the events that match ``expression``.

    ``None``, for all events, where there is none. Where it asks about processes, or about what is written on
    events, these are read now. Raises :class:`tracetui.filter.FilterError`,
    :class:`tracetui.annotations.AnnotationError` and :class:`tracetui.trace.TraceError`.
    """
    if not expression or not expression.strip():
        return None
    schema = trace.schema
    parsed = parse(expression, tables={name: schema.columns(name) for name in schema.tables})
    genealogy = build_forest(trace) if parsed.needs_processes else None
    annotations = Notebook(trace).read() if parsed.needs_annotations else None
    return compile_filter(parsed, schema, Surroundings(genealogy=genealogy, annotations=annotations))


class Flattened(NamedTuple):
    """An event and what it refers to; members and their order are those of SysFlow's flattened reader."""

    objtype: str
    """SysFlow's short name (``FF``) in a trace from SysFlow, else the event's type."""
    header: SysflowHeader | None
    pod: SysflowPod | None
    cont: SysflowContainer | None
    pproc: SysflowProcess | None
    """The process that made :attr:`proc`."""
    proc: SysflowProcess | None
    files: Files | None
    """The file, and the new name of a link, symlink or rename; ``None`` in place of one that is unknown."""
    evt: Record | None
    flow: Record | None
    """In place of :attr:`evt` for a summary of what happened between two times."""


class _Reader(Generic[Item]):
    """Opening, closing and iterating; the trace may be read again and again, by a loop each time."""

    def __init__(self, path: str | Path) -> None:
        """Open a trace. Raises :class:`tracetui.trace.TraceError`."""
        self.trace = Trace.open(path)
        """What is read; it is closed with the reader."""
        self._single: Iterator[Item] | None = None

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, self.trace.records())

    def __next__(self) -> Item:
        """The event after the one that was got like this before, whatever loops do meanwhile."""
        if self._single is None:
            self._single = iter(self)
        return next(self._single)

    def _item(self, record: Record) -> Item:
        raise NotImplementedError

    def close(self) -> None:
        """Close the trace."""
        self.trace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


class EventReader(_Reader[tuple[str, Record]]):
    """Iterates over (type, event), in order of id and in constant memory."""

    def _item(self, record: Record) -> tuple[str, Record]:
        return record.type, record


class FlattenedReader(_Reader[Flattened]):
    """Iterates over events with process, parent, container and files, in order of id.

    In a trace from SysFlow these are as they were when the record was written; elsewhere as process starts,
    execs and the arguments of calls tell.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._linked = LinkedEntities()
        self._told = _ToldEntities(self.trace)

    def getProcess(self, pid: int, create_time: int | None = None) -> SysflowProcess | None:  # noqa: N802
        """The last known state of a process; of the last one of that pid where no create time is given.

        The name is SysFlow's. ``create_time`` is in ns, as in :attr:`SysflowProcess.create_time`.
        """
        wanted = {"pid": pid} if create_time is None else {"pid": pid, "create_time": create_time}
        state = self.trace.last_entity("process", wanted)
        return self._told.process(pid, create_time) if state is None else SysflowProcess(**state)

    def _item(self, record: Record) -> Flattened:
        return self.flatten(record)

    def flatten(self, record: Record) -> Flattened:
        """A record of this trace with all that it refers to."""
        entities = self._linked if RECORDS in record.extras else self._told
        return entities.flatten(record)


class LinkedEntities:
    """Makes objects of the entities that events from SysFlow refer to; the same object for all its events."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[type[SysflowBase], object, object], Any] = OrderedDict()

    def flatten(self, record: Record) -> Flattened:
        """A record with all that it refers to."""
        file, newfile = self._get(SysflowFile, record, "file"), self._get(SysflowFile, record, "newfile")
        kind = str(record.extras[RECORDS].get("kind", record.type))
        is_flow = record.type in FLOWS
        return Flattened(
            kind,
            self._get(SysflowHeader, record, "header"),
            self._get(SysflowPod, record, "pod"),
            self._get(SysflowContainer, record, "container"),
            self._get(SysflowProcess, record, "parent"),
            self._get(SysflowProcess, record, "process"),
            (file, newfile) if kind in _OF_FILES else None,
            None if is_flow else record,
            record if is_flow else None,
        )

    def _get(self, cls: type[Entity], record: Record, member: str) -> Entity | None:
        row = record.entities.get(member)
        if row is None:
            return None
        key = cls, row["source"], row["number"]
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = cls(**row)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        found: Entity = self._known[key]
        return found


class _ToldEntities:
    """Entities of any other trace, as far as its own events tell of them."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._forest: Forest | None = None
        self._states: dict[tuple[Process, int], SysflowProcess] = {}
        """By process and number of programs that it had become."""

    def flatten(self, record: Record) -> Flattened:
        process = self._processes().of_event(record.pid, record.procname, record.id)
        parent = None if process is None else process.parent
        is_flow = record.type in FLOWS
        return Flattened(
            record.type,
            None if record.host is None else SysflowHeader(exporter=record.host),
            None,
            None if record.container is None else SysflowContainer(uid=record.container),
            None if parent is None else self._state(parent, record.id),
            self._own_state(process, record),
            _files(record),
            None if is_flow else record,
            record if is_flow else None,
        )

    def _own_state(self, process: Process | None, record: Record) -> SysflowProcess | None:
        if record.linked:
            return _told(record.linked)
        return None if process is None else self._state(process, record.id)

    def process(self, pid: int, create_time: int | None) -> SysflowProcess | None:
        """The last of the processes with this pid, after its last exec."""
        for process in reversed(self._processes().instances(pid)):
            if create_time is None or process.identity.create_time == create_time:
                return _state(process, None)
        return None

    def _state(self, process: Process, event_id: int) -> SysflowProcess:
        """A process at an event; the same object for all events between two programs."""
        key = process, sum(step.event_id <= event_id for step in process.execs)
        known = self._states.get(key)
        if known is None:
            if len(self._states) >= _REMEMBERED:
                self._states.clear()
            known = self._states[key] = _state(process, event_id)
        return known

    def _processes(self) -> Forest:
        if self._forest is None:
            self._forest = build_forest(self._trace)
        return self._forest


def _told(state: Mapping[str, object]) -> SysflowProcess:
    """The state of a process that Fibratus tells, in SysFlow's terms."""
    columns = {"pid": "pid", "parent_pid": "ppid", "exe": "exe", "user": "sid", "cwd": "cwd"}
    args = " ".join(told.members(state.get("args")))
    return SysflowProcess(args=args, **{column: state.get(name) for column, name in columns.items()})


def _state(process: Process, event_id: int | None) -> SysflowProcess:
    """A process at an event, or in the end, in SysFlow's terms."""
    steps = [step for step in process.execs if event_id is None or step.event_id <= event_id]
    argv = steps[-1].argv if steps else ()
    return SysflowProcess(
        pid=process.identity.pid,
        create_time=process.identity.create_time,
        parent_pid=process.ppid,
        parent_create_time=None if process.parent is None else process.parent.identity.create_time,
        exe=argv[0] if argv else process.name,
        args=" ".join(argv[1:]),
        uid=process.uid,
        gid=process.gid,
    )


def _files(record: Record) -> Files | None:
    paths = record.paths or ((record.fname,) if record.fname else ())
    if not paths:
        return None
    first, second = (*paths, None)[:2]
    return SysflowFile(path=first), None if second is None else SysflowFile(path=second)
