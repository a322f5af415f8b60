"""Readers for programs: the events of any trace one after the other, alone or with all they refer to.

Who knows SysFlow's Python API finds its two readers here. They read every trace, not only an imported one:
what a trace does not know is ``None``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Boolean, bindparam, select
from sqlalchemy.dialects.sqlite import dialect
from typing_extensions import Self

from tracetui.events import Record
from tracetui.events.sysflow import (
    SysflowBase,
    SysflowContainer,
    SysflowFile,
    SysflowHeader,
    SysflowPod,
    SysflowProcess,
)
from tracetui.process import Forest, Process, build_forest
from tracetui.trace import Trace
from tracetui.trace.connection import connect
from tracetui.trace.faults import reading

FLOWS = frozenset({"file_flow", "network_flow", "process_flow"})
"""Event types that sum up what happened over a time."""

_LINKS = "sysflow"
_REMEMBERED = 10_000

Item = TypeVar("Item")
Entity = TypeVar("Entity", bound=SysflowBase)
Files = tuple[SysflowFile | None, SysflowFile | None]


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
    """The file, and the new name of a link, symlink or rename."""
    evt: Record | None
    flow: Record | None
    """In place of :attr:`evt` for a summary of what happened between two times."""


class _Reader(Generic[Item]):
    """Opening, closing and iterating; the trace may be read again and again."""

    def __init__(self, path: str | Path) -> None:
        """Open a trace. Raises :class:`tracetui.trace.TraceError`."""
        self.trace = Trace.open(path)
        """What is read; it is closed with the reader."""

    def __iter__(self) -> Iterator[Item]:
        return map(self._item, self.trace.records())

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
        self._linked = LinkedEntities(self.trace.path)
        self._told = _ToldEntities(self.trace)

    def getProcess(self, pid: int, create_time: int | None = None) -> SysflowProcess | None:  # noqa: N802
        """The last known state of a process; of the last one of that pid where no create time is given.

        The name is SysFlow's. ``create_time`` is in ns, as in :attr:`SysflowProcess.create_time`.
        """
        return self._linked.process(pid, create_time) or self._told.process(pid, create_time)

    def _item(self, record: Record) -> Flattened:
        return self.flatten(record)

    def close(self) -> None:
        self._linked.close()
        super().close()

    def flatten(self, record: Record) -> Flattened:
        """A record of this trace with all that it refers to."""
        entities = self._linked if _LINKS in record.extras else self._told
        return entities.flatten(record)


class LinkedEntities:
    """Entities of an import from SysFlow, by the numbers that its events refer to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path)
        with reading(path):
            named = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self._tables = {name for (name,) in named}
        self._known: OrderedDict[tuple[type[SysflowBase], int, int], Any] = OrderedDict()

    def flatten(self, record: Record) -> Flattened:
        links = record.extras[_LINKS]
        file = self._get(SysflowFile, links, "file")
        newfile = self._get(SysflowFile, links, "newfile")
        is_flow = record.type in FLOWS
        return Flattened(
            str(links.get("kind", record.type)),
            self._get(SysflowHeader, links, "header"),
            self._get(SysflowPod, links, "pod"),
            self._get(SysflowContainer, links, "container"),
            self._get(SysflowProcess, links, "parent"),
            self._get(SysflowProcess, links, "process"),
            (file, newfile) if file is not None else None,
            None if is_flow else record,
            record if is_flow else None,
        )

    def process(self, pid: int, create_time: int | None) -> SysflowProcess | None:
        """The last state that was written of a process."""
        table = SysflowProcess.__table__
        condition = table.c.pid == pid
        if create_time is not None:
            condition &= table.c.create_time == create_time
        latest = select(table).where(condition).order_by(table.c.source.desc(), table.c.number.desc())
        compiled = latest.compile(dialect=dialect())
        parameters = [compiled.params[name] for name in compiled.positiontup or ()]
        return self._first(SysflowProcess, str(compiled), parameters)

    def close(self) -> None:
        self._connection.close()

    def _get(self, cls: type[Entity], links: Any, name: str) -> Entity | None:
        source, number = links.get("source"), links.get(name)
        if not isinstance(source, int) or not isinstance(number, int):
            return None
        key = cls, source, number
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = self._first(cls, _by_number(cls), [source, number])
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        found: Entity | None = self._known[key]
        return found

    def _first(self, cls: type[Entity], statement: str, parameters: list[int]) -> Entity | None:
        """The first row that a statement finds; None where there is none, or no such table."""
        if cls.__tablename__ not in self._tables:
            return None
        with reading(self._path), closing(self._connection.cursor()) as cursor:
            row = cursor.execute(statement, parameters).fetchone()
        return None if row is None else cls(**_typed(cls, row))


def _typed(cls: type[SysflowBase], row: Sequence[Any]) -> dict[str, Any]:
    """The columns of a stored row; SQLite keeps true and false as numbers."""
    return {
        column.name: bool(value) if value is not None and isinstance(column.type, Boolean) else value
        for column, value in zip(cls.__table__.c, row, strict=True)
    }


@lru_cache
def _by_number(cls: type[SysflowBase]) -> str:
    """The statement that finds an entity by source and number."""
    columns = cls.__table__.c
    statement = select(*columns).where(
        columns.source == bindparam("source"), columns.number == bindparam("number")
    )
    return str(statement.compile(dialect=dialect()))


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
            None if process is None else self._state(process, record.id),
            _files(record),
            None if is_flow else record,
            record if is_flow else None,
        )

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
