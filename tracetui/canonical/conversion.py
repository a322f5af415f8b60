"""From a record of any source to its canonical event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address

from tracetui.canonical.arguments import call_parameters, file_name, fitted
from tracetui.canonical.catalogue import EventKind, kind_of
from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.kevents import is_kevent, kevent_event
from tracetui.canonical.parameters import Parameter, Parameters
from tracetui.canonical.state import ProcessState
from tracetui.canonical.types import RANGES, ParameterType
from tracetui.events import Exec, ProcExit, ProcStart, Read, Record, Syscall, Write
from tracetui.events.flows import PROTOCOLS, RECORDS, open_flags, operations

_BESIDE = frozenset({"context", RECORDS})
"""Tables that tell when and where, and of which record; they hold no parameters."""


def canonical_event(
    record: Record,
    process: ProcessState | None = None,
    metadata: Mapping[str, str] | None = None,
) -> CanonicalEvent:
    """The canonical event of a record, whatever its type; never raises for what a trace may hold.

    ``process`` is the state of its process (see :class:`States`), ``metadata`` goes beside what the trace
    itself knows.
    """
    if is_kevent(record):
        return kevent_event(record, process, metadata)
    kind = kind_of(record)
    return CanonicalEvent(
        sequence=record.id,
        name=kind.name,
        category=kind.category,
        description=kind.description,
        pid=record.pid,
        tid=record.tid,
        cpu=record.cpu,
        host=record.host,
        timestamp=record.ts,
        parameters=Parameters(_parameters(record, kind)),
        metadata={**_metadata(record), **(metadata or {})},
        process=process,
    )


def _metadata(record: Record) -> dict[str, str]:
    """What the trace knows beside: the type, who wrote it, architecture, container."""
    known = {
        "type": record.type,
        "source": record.era.value,
        "arch": record.arch,
        "container": record.container,
    }
    return {name: value for name, value in known.items() if value}


def _parameters(record: Record, kind: EventKind) -> Iterator[Parameter]:
    event = record.event
    if isinstance(event, Syscall):
        yield from call_parameters(record, kind)
    elif isinstance(event, Read | Write):
        yield from _transfer(record)
    elif isinstance(event, Exec):
        yield from _program(record)
    elif isinstance(event, ProcStart | ProcExit):
        yield from _told(record, _START if isinstance(event, ProcStart) else _EXIT)
    yield from _tables(record)


def _transfer(record: Record) -> Iterator[Parameter]:
    """Bytes read or written."""
    if record.fd is not None:
        yield Parameter("fd", ParameterType.FD, record.fd)
    if record.fname is not None:
        yield file_name(record.fname)
    if record.buflen is not None:
        yield Parameter("io_size", ParameterType.UINT64, record.buflen)
    if record.buffer is not None:
        yield Parameter("data", ParameterType.BYTES, record.buffer)


def _program(record: Record) -> Iterator[Parameter]:
    """A program with its command line and environment."""
    if record.argv:
        yield Parameter("exe", ParameterType.PATH, record.argv[0])
        yield Parameter("argv", ParameterType.SLICE, record.argv)
    if record.env:
        yield Parameter("env", ParameterType.MAP, dict(record.env))
    stored = record.event.__dict__.get("calltree")
    if isinstance(stored, str) and stored:
        yield Parameter("calltree", ParameterType.STRING, stored)
    yield from _told(record, _IDS)


Told = Mapping[str, tuple[ParameterType, Callable[[Record], object]]]

_USERS = frozenset({"uid", "gid", "euid", "egid"})
_IDS: Told = {
    "euid": (ParameterType.UINT32, lambda record: record.euid),
    "egid": (ParameterType.UINT32, lambda record: record.egid),
}
_START: Told = {
    "pid": (ParameterType.PID, lambda record: record.pid),
    "ppid": (ParameterType.PID, lambda record: record.ppid),
    "create_time": (ParameterType.INT64, lambda record: record.create_time),
    "comm": (ParameterType.STRING, lambda record: record.comm),
    "uid": (ParameterType.UINT32, lambda record: record.uid),
    "gid": (ParameterType.UINT32, lambda record: record.gid),
    **_IDS,
}
_EXIT: Told = {
    "pid": (ParameterType.PID, lambda record: record.pid),
    "create_time": (ParameterType.INT64, lambda record: record.create_time),
    "code": (ParameterType.INT32, lambda record: record.code),
    "reason": (ParameterType.STRING, lambda record: record.reason),
    "signal": (ParameterType.ENUM, lambda record: record.signal),
}


def _told(record: Record, told: Told) -> Iterator[Parameter]:
    """What a record says of itself, where it says something."""
    for name, (expected, value) in told.items():
        known = value(record)
        if known == -1 and name in _USERS:
            continue  # what the kernel and recorders write for no user
        if isinstance(known, int):
            kind = expected if _is_as_wide(expected, known) else ParameterType.INT64
            yield Parameter(name, kind, fitted(kind, known))
        elif known is not None:
            yield Parameter(name, expected, known)


def _is_as_wide(expected: ParameterType, value: int) -> bool:
    """Whether a number has no more bits than its type, whichever of the two knows of a sign."""
    low, high = RANGES[expected]
    numbers = high - low + 1
    return -numbers // 2 <= value < numbers


def _tables(record: Record) -> Iterator[Parameter]:
    """Columns of tables without a model: flows, and what nobody knew of."""
    for table, row in record.extras.items():
        if table in _BESIDE:
            continue
        for column, value in row.items():
            if column != "id" and value is not None:
                yield _column(column, value)
    flags = record.extras.get(RECORDS, {}).get("opflags")
    if isinstance(flags, int):
        yield Parameter("opflags", ParameterType.FLAGS, flags, "|".join(operations(flags)) or None)


def _column(name: str, value: object) -> Parameter:
    """A column by its name where that is one of SysFlow's and its value fits, else by its value."""
    if name in _ADDRESSES and isinstance(value, str):
        return _address(name, value)
    if isinstance(value, bool):
        return Parameter(name, ParameterType.BOOL, value)
    if isinstance(value, int):
        expected = _COLUMNS.get(name, ParameterType.INT64)
        if not _fits(expected, value):
            expected = ParameterType.INT64
        return Parameter(name, expected, fitted(expected, value), _meaning(name, value))
    if isinstance(value, float):
        return Parameter(name, ParameterType.FLOAT, value)
    if isinstance(value, bytes):
        return Parameter(name, ParameterType.BYTES, value)
    return Parameter(name, ParameterType.PATH if name == "path" else ParameterType.STRING, str(value))


_ADDRESSES = frozenset({"sip", "dip"})
_COLUMNS = {
    "sport": ParameterType.PORT,
    "dport": ParameterType.PORT,
    "proto": ParameterType.ENUM,
    "fd": ParameterType.FD,
    "openflags": ParameterType.FLAGS,
    "rbytes": ParameterType.UINT64,
    "rops": ParameterType.UINT64,
    "wbytes": ParameterType.UINT64,
    "wops": ParameterType.UINT64,
}


def _fits(expected: ParameterType, value: int) -> bool:
    """Whether a number can be of a type: a table that nobody knew may call something else ``sport``."""
    if expected not in RANGES or expected is ParameterType.UINT64:
        return True  # a database keeps the upper half of the latter as negative numbers
    low, high = RANGES[expected]
    return low <= value <= high


def _address(name: str, value: str) -> Parameter:
    try:
        version = ip_address(value).version
    except ValueError:
        return Parameter(name, ParameterType.STRING, value)
    return Parameter(name, ParameterType.IPV4 if version == 4 else ParameterType.IPV6, value)


def _meaning(name: str, value: int) -> str | None:
    if name == "proto":
        return PROTOCOLS.get(value)
    return "|".join(open_flags(value)) or None if name == "openflags" else None
