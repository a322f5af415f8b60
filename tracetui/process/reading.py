"""What a trace says of processes, read in the short chunks of :class:`tracetui.trace.Trace`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, false, func, or_, select, true

from tracetui.events import Era
from tracetui.events.ends import UNTOLD_ENDS
from tracetui.events.eras import MAX_PID
from tracetui.events.errnos import MAX_ERRNO
from tracetui.events.record import NO_RESULT
from tracetui.events.text import text_of
from tracetui.process.model import Exit
from tracetui.process.population import ExitRow, StartRow, StateRow
from tracetui.trace import Trace

Cancelled = Callable[[], bool] | None

_LONGEST_ARGV = 1 << 16
_MOST_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class ExecRow:
    """A row of ``exec``; the pid is 0 where its logger did not know it."""

    event_id: int
    pid: int
    argv: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Events of one pid (0 for none) and process name among some."""

    pid: int
    name: str
    count: int
    last_id: int


def starts(trace: Trace, start: int, stop: int, cancelled: Cancelled) -> Iterator[StartRow | None]:
    """Process starts in order of id; ``None`` for a row that makes no sense."""
    if not _is_known(trace, "proc_start"):
        return
    event, table = trace.schema.tables["event"], trace.schema.tables["proc_start"]
    columns = (
        *(table.c.id, table.c.pid, table.c.ppid, table.c.create_time, event.c.procname, table.c.comm),
        *(table.c.uid, table.c.gid, table.c.euid, table.c.egid),
    )
    source = table.outerjoin(event, event.c.id == table.c.id)
    for row in _rows(trace, "proc_start", source, columns, start, stop, cancelled):
        event_id, pid, ppid, create_time, name, comm, *ids = row
        if _is_pid(pid):
            parent = ppid if _is_pid(ppid) else 0
            known = tuple(map(_user_id, ids))
            yield StartRow(event_id, pid, parent, _time(create_time), text_of(name), text_of(comm), known)
        else:
            yield None


def exits(trace: Trace, start: int, stop: int, cancelled: Cancelled) -> Iterator[ExitRow | None]:
    """Process exits in order of id; ``None`` for a row that makes no sense."""
    if not _is_known(trace, "proc_exit"):
        return
    table = trace.schema.tables["proc_exit"]
    columns = (table.c.id, table.c.pid, table.c.create_time, table.c.code, table.c.reason)
    for event_id, pid, create_time, code, reason in _rows(
        trace, "proc_exit", table, columns, start, stop, cancelled
    ):
        if _is_pid(pid):
            told = None if reason in UNTOLD_ENDS else _integer(code)
            end = Exit(event_id, told, text_of(reason))
            yield ExitRow(event_id, pid, _time(create_time), end)
        else:
            yield None


def execs(trace: Trace, start: int, stop: int, cancelled: Cancelled) -> Iterator[ExecRow]:
    """Program starts in order of id."""
    if not _is_known(trace, "exec"):
        return
    event, table = trace.schema.tables["event"], trace.schema.tables["exec"]
    columns = (table.c.id, event.c.proc_id, func.substr(table.c.argv, 1, _LONGEST_ARGV))
    source = table.outerjoin(event, event.c.id == table.c.id)
    for event_id, pid, argv in _rows(trace, "exec", source, columns, start, stop, cancelled):
        yield ExecRow(event_id, event_pid(trace.era, pid), text_of(argv))


def states(trace: Trace, cancelled: Cancelled) -> Iterator[StateRow]:
    """Processes that the trace describes beside its events, as SysFlow and Fibratus do."""
    columns = ("pid", "create_time", "parent_pid", "parent_create_time", "exe", "args")
    for pid, create_time, ppid, parent_create_time, exe, args in trace.entities(
        "process", columns, cancelled
    ):
        if _is_pid(pid):
            parent = ppid if _is_pid(ppid) else 0
            name = _program(text_of(exe), text_of(args))
            yield StateRow(pid, _time(create_time), parent, _time(parent_create_time), name)
    for pid, ppid, told in trace.told_processes(cancelled):
        if _is_pid(pid):
            yield StateRow(pid, None, ppid if _is_pid(ppid) else 0, None, text_of(told))


def _program(exe: str, args: str) -> str:
    """Last part of the program's path; where the recorder has none, that of the first argument."""
    words = [exe, *args.split(maxsplit=1)[:1]]
    path = next((word for word in words if word not in ("", "<NA>")), "")
    return path.rpartition("/")[2] or path


class Counts:
    """Counts events, or failures alone, by pid and process name."""

    def __init__(self, trace: Trace, failures: bool) -> None:
        self._trace = trace
        self._event = event = trace.schema.tables["event"]
        self._table = "event"
        self._source: FromClause = event
        self._where: ColumnElement[bool] | None = None
        self._id: ColumnElement[int] = event.c.id
        if failures:
            syscall = trace.schema.tables["syscall"]
            self._table = "syscall"
            # From the calls that failed to their events: ten times less work than a join of all events.
            self._source = syscall.join(event, event.c.id == syscall.c.id)
            self._id = syscall.c.id
            self._where = _failed(trace)

    def chunks(self, start: int, stop: int, cancelled: Cancelled) -> Iterator[tuple[int, int, list[Tally]]]:
        """(low, high, tallies) of each chunk."""
        pid, name = self._event.c.proc_id, self._event.c.procname
        statement = self._select(pid, name, func.count(), func.max(self._id)).group_by(pid, name)
        for low, high, rows in self._trace.rows(
            statement, self._table, start=start, stop=stop, cancelled=cancelled
        ):
            yield (
                low,
                high,
                [Tally(event_pid(self._trace.era, row[0]), text_of(row[1]), row[2], row[3]) for row in rows],
            )

    def singly(self, pids: Collection[int], start: int, stop: int) -> Iterator[Tally]:
        """One tally an event, of some pids (0: those without): where one changes hands or appears."""
        pid, name = self._event.c.proc_id, self._event.c.procname
        statement = self._select(pid, name, self._id)
        if 0 not in pids and len(pids) <= _MOST_PARAMETERS:
            statement = statement.where(pid.in_(pids))
        for _, _, rows in self._trace.rows(statement.order_by(self._id), self._table, start=start, stop=stop):
            for proc_id, procname, event_id in rows:
                found = event_pid(self._trace.era, proc_id)
                if found in pids:
                    yield Tally(found, text_of(procname), 1, event_id)

    def _select(self, *columns: Any) -> Any:
        statement = (
            select(*columns)
            .select_from(self._source)
            .where(self._id >= bindparam("low"), self._id <= bindparam("high"))
        )
        return statement if self._where is None else statement.where(self._where)


def processes_of(trace: Trace, ids: Sequence[int]) -> Iterator[tuple[int, int, str, bool]]:
    """(id, pid, process name, whether it failed) of the events ``ids``, which are in ascending order."""
    event = trace.schema.tables["event"]
    source: FromClause = event
    failure: ColumnElement[bool] = false()
    if has_results(trace):
        syscall = trace.schema.tables["syscall"]
        source, failure = event.outerjoin(syscall, syscall.c.id == event.c.id), _failed(trace)
    columns = (event.c.id, event.c.proc_id, event.c.procname, failure)
    few = event.c.id.in_(ids) if len(ids) <= _MOST_PARAMETERS else None
    wanted = set(ids)
    for event_id, pid, name, failed in _rows(trace, "event", source, columns, ids[0], ids[-1], None, few):
        if event_id in wanted:
            yield event_id, event_pid(trace.era, pid), text_of(name), bool(failed)


def has_results(trace: Trace) -> bool:
    """Whether the trace has system calls, which alone can be told to have failed."""
    return _is_known(trace, "syscall")


def event_pid(era: Era, proc_id: object) -> int:
    """Process id of ``event.proc_id``, 0 for none: era v1 keeps create times there."""
    return proc_id if era is not Era.V1 and _is_pid(proc_id) else 0


def _failed(trace: Trace) -> ColumnElement[bool]:
    """System calls whose result is an error; by the rule of :attr:`tracetui.events.Record.failed`."""
    syscall = trace.schema.tables["syscall"]
    failed = syscall.c.retno.between(-MAX_ERRNO, -1)
    if not trace.era.is_penguin:
        return failed
    return and_(failed, or_(syscall.c.name.is_(None), syscall.c.name.not_in(sorted(NO_RESULT))))


def _rows(
    trace: Trace,
    table: str,
    source: FromClause,
    columns: tuple[Any, ...],
    start: int,
    stop: int,
    cancelled: Cancelled,
    where: ColumnElement[bool] | None = None,
) -> Iterator[Any]:
    """Rows of ``columns`` in order of id."""
    key = trace.schema.tables[table].c.id
    statement = (
        select(*columns)
        .select_from(source)
        .where(key >= bindparam("low"), key <= bindparam("high"), true() if where is None else where)
        .order_by(key)
    )
    for _, _, rows in trace.rows(statement, table, start=start, stop=stop, cancelled=cancelled):
        yield from rows


def _is_known(trace: Trace, table: str) -> bool:
    """Whether the trace has this table with all the columns that are read."""
    return trace.schema.has(table) and table not in trace.schema.reflected


def _is_pid(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 < value < MAX_PID


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _user_id(value: object) -> int | None:
    """A user or group id; -1 is written where it is not known."""
    return value if isinstance(value, int) and value >= 0 else None


def _time(value: object) -> int | None:
    """A create time; 0 is what old drivers give for an unknown one."""
    return _integer(value) or None
