"""Connections: what was sent and received over each, put together from its network flows.

SysFlow writes a flow when it ends and else every half minute, per thread, so that one connection has many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import bindparam, null, select

from tracetui.events.flows import ACCEPT, CLOSE, CONNECT, PROTOCOLS, RECORDS, SHUTDOWN, TRUNCATE
from tracetui.filter.rewrite import quoted
from tracetui.trace import Condition, Trace

Cancelled = Callable[[], bool]


class Ends(NamedTuple):
    """What tells connections apart: the process that has it, its descriptor and both ends."""

    host: str | None
    pid: int
    fd: int | None
    proto: int | None
    sip: str | None
    sport: int | None
    dip: str | None
    dport: int | None


class Fragment(NamedTuple):
    """One flow of a connection."""

    id: int
    procname: str
    ts: int | None
    """ns since the epoch."""
    end_ts: int | None
    flags: int
    rbytes: int
    rops: int
    wbytes: int
    wops: int


class State(Enum):
    """What is known of a connection's end."""

    CLOSED = "closed"
    CUT = "cut"
    """The process or the recording ended first."""
    OPEN = "open"


@dataclass(slots=True)
class Connection:
    """Totals over all flows of a connection; bytes and operations as its process saw them."""

    ends: Ends
    procname: str
    """As the last flow names it."""
    first_id: int
    last_id: int
    first: int | None = None
    """When the first flow began, ns since the epoch; None where no flow has a time."""
    last: int | None = None
    """When the last flow ended."""
    flags: int = 0
    """Operations of all flows; see :func:`tracetui.events.flows.operations`."""
    rbytes: int = 0
    rops: int = 0
    wbytes: int = 0
    wops: int = 0
    fragments: list[Fragment] = field(default_factory=list)

    def add(self, fragment: Fragment) -> None:
        """Take in one more flow, in any order."""
        self.fragments.append(fragment)
        if fragment.id >= self.last_id:
            self.procname = fragment.procname
        self.first_id = min(self.first_id, fragment.id)
        self.last_id = max(self.last_id, fragment.id)
        for ts in (fragment.ts, fragment.end_ts):
            if ts is not None:
                self.first = ts if self.first is None else min(self.first, ts)
                self.last = ts if self.last is None else max(self.last, ts)
        self.flags |= fragment.flags
        self.rbytes += fragment.rbytes
        self.rops += fragment.rops
        self.wbytes += fragment.wbytes
        self.wops += fragment.wops

    @property
    def bytes(self) -> int:
        """In both directions."""
        return self.rbytes + self.wbytes

    @property
    def duration(self) -> int | None:
        """ns from the begin of the first flow to the end of the last."""
        return None if self.first is None or self.last is None else self.last - self.first

    @property
    def direction(self) -> str | None:
        """``out`` for one that the process made, ``in`` for one that it took; None where no flow says so."""
        if self.flags & CONNECT:
            return "out"
        return "in" if self.flags & ACCEPT else None

    @property
    def state(self) -> State:
        if self.flags & (CLOSE | SHUTDOWN):
            return State.CLOSED
        return State.CUT if self.flags & TRUNCATE else State.OPEN

    @property
    def protocol(self) -> str:
        """``tcp``; a number where it has no name."""
        proto = self.ends.proto
        return "unknown" if proto is None else PROTOCOLS.get(proto, str(proto))

    @property
    def expression(self) -> str:
        """The filter that matches the flows of this connection."""
        ends = self.ends
        asked = {
            "pid": ends.pid,
            "fd": ends.fd,
            "net.proto": ends.proto,
            "net.sip": ends.sip,
            "net.sport": ends.sport,
            "net.dip": ends.dip,
            "net.dport": ends.dport,
            "host": ends.host,
        }
        terms = (f"{name} = {quoted(value)}" for name, value in asked.items() if value is not None)
        return " and ".join(["type = network_flow", *terms])


class Sort(Enum):
    """Orders of connections: what is largest, or first, comes first."""

    BYTES = "bytes"
    TIME = "time"
    DURATION = "duration"
    FLOWS = "flows"
    PROCESS = "process"


_KEYS: dict[Sort, Callable[[Connection], Any]] = {
    Sort.BYTES: lambda found: (-found.bytes, found.first_id),
    Sort.TIME: lambda found: (found.first is None, found.first or 0, found.first_id),
    Sort.DURATION: lambda found: (-(found.duration or 0), found.first_id),
    Sort.FLOWS: lambda found: (-len(found.fragments), found.first_id),
    Sort.PROCESS: lambda found: (found.procname, found.ends.pid, found.first_id),
}


def in_order(connections: Iterable[Connection], by: Sort) -> list[Connection]:
    """Connections, sorted."""
    return sorted(connections, key=_KEYS[by])


class Connections:
    """The connections of a trace, growing step by step."""

    def __init__(self, trace: Trace, condition: Condition | None = None) -> None:
        """Of the network flows that match ``condition``, or of all."""
        self._trace = trace
        self._condition = condition
        self._found: dict[Ends, Connection] = {}

    def __len__(self) -> int:
        return len(self._found)

    def sorted(self, by: Sort = Sort.BYTES) -> list[Connection]:
        """All that have been found so far."""
        return in_order(self._found.values(), by)

    def steps(self, cancelled: Cancelled = lambda: False) -> Iterator[int]:
        """Go through the trace; yields after each short step the id it has come to."""
        if _TABLE not in self._trace.schema.tables:
            return
        chunks = self._trace.rows(self._statement(), _TABLE, cancelled=cancelled, plain=True)
        for _, high, rows in chunks:
            for row in rows:
                self._take(_ends(row[:_ENDS]), _fragment(row[_ENDS:]))
            yield high

    def _take(self, ends: Ends, fragment: Fragment) -> None:
        found = self._found.get(ends)
        if found is None:
            found = self._found[ends] = Connection(ends, fragment.procname, fragment.id, fragment.id)
        found.add(fragment)

    def _statement(self) -> Any:
        """Columns of :class:`Ends` and :class:`Fragment` of the flows between ``low`` and ``high``."""
        tables = self._trace.schema.tables
        flow, event = tables[_TABLE], tables["event"]
        context, record = tables.get("context"), tables.get(RECORDS)
        source = flow.join(event, event.c.id == flow.c.id)
        for beside in (context, record):
            if beside is not None:
                source = source.outerjoin(beside, beside.c.id == flow.c.id)

        def column(table: Any, name: str) -> Any:
            return null() if table is None or name not in table.c else table.c[name]

        wanted = (
            *(column(context, "host"), event.c.proc_id),
            *(column(flow, name) for name in ("fd", "proto", "sip", "sport", "dip", "dport")),
            *(flow.c.id, event.c.procname, column(context, "ts"), column(context, "end_ts")),
            *(column(record, "opflags"), *(column(flow, name) for name in _COUNTS)),
        )
        statement = select(*wanted).select_from(source)
        statement = statement.where(flow.c.id.between(bindparam("low"), bindparam("high")))
        if self._condition is not None:
            statement = statement.where(flow.c.id.in_(self._trace.matching(self._condition)))
        return statement.order_by(flow.c.id)


_TABLE = "network_flow"
_ENDS = len(Ends._fields)
_COUNTS = ("rbytes", "rops", "wbytes", "wops")


def _ends(values: Sequence[Any]) -> Ends:
    host, pid, fd, proto, sip, sport, dip, dport = values
    return Ends(
        host, _number(pid) or 0, _number(fd), _number(proto), sip, _number(sport), dip, _number(dport)
    )


def _fragment(values: Sequence[Any]) -> Fragment:
    event_id, procname, ts, end_ts, *counts = values
    flags, rbytes, rops, wbytes, wops = (_number(value) or 0 for value in counts)
    return Fragment(event_id, str(procname), _number(ts), _number(end_ts), flags, rbytes, rops, wbytes, wops)


def _number(value: Any) -> int | None:
    """A column may hold anything, whatever its type says."""
    return value if value.__class__ is int else None
