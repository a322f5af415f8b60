"""Events of Fibratus as canonical events: they tell their category, description and parameters themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from tracetui.canonical.catalogue import kind_of
from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.parameters import Parameter, ParameterMistyped, Parameters
from tracetui.canonical.state import ProcessState
from tracetui.canonical.types import ParameterType
from tracetui.events import Record
from tracetui.events.kevent_tables import KEVENT, PARAMETERS, Kept, table_of

_T = ParameterType
_TYPES = {
    "pid": _T.PID,
    "ppid": _T.PID,
    "real_ppid": _T.PID,
    "tid": _T.TID,
    "sport": _T.PORT,
    "dport": _T.PORT,
    **dict.fromkeys(("sip", "dip"), _T.IPV4),
    **dict.fromkeys(("file_name", "file_path", "exe", "cwd"), _T.PATH),
    **dict.fromkeys(("operation", "create_disposition", "share_mask", "l4_proto"), _T.ENUM),
    **dict.fromkeys(("status", "type", "class", "value_type"), _T.STRING),
}
"""Types of parameters by name; all others have the type of their value."""


_DAY = 86_400
"""Seconds; no clock is further from Greenwich."""


def is_kevent(record: Record) -> bool:
    """Whether an event comes from Fibratus."""
    return isinstance(record.extras.get(KEVENT, {}).get("name"), str)


def kevent_event(
    record: Record, process: ProcessState | None, metadata: Mapping[str, str] | None
) -> CanonicalEvent:
    """The canonical event of one from Fibratus; its number is the one that Fibratus gave it."""
    row = record.extras[KEVENT]
    seq, offset = row.get("seq"), row.get("utc_offset")
    pid, kind = row.get("pid"), kind_of(record)
    return CanonicalEvent(
        sequence=seq if isinstance(seq, int) else record.id,
        name=kind.name,
        category=kind.category,
        description=kind.description,
        pid=pid if isinstance(pid, int) else record.pid,
        tid=record.tid,
        cpu=record.cpu,
        host=record.host,
        timestamp=record.ts,
        utc_offset=offset if isinstance(offset, int) and abs(offset) < _DAY else None,
        parameters=Parameters(_parameters(record, row)),
        metadata={**_texts(row.get("meta")), **(metadata or {})},
        process=process,
    )


def loaded(stored: object) -> object:
    """What a column of JSON holds; ``None`` where that is not to be read."""
    try:
        return json.loads(stored, parse_constant=str) if isinstance(stored, str) else None
    except (ValueError, RecursionError):
        return None


def _texts(stored: object) -> dict[str, str]:
    found = loaded(stored)
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _parameters(record: Record, row: Mapping[str, object]) -> Iterator[Parameter]:
    category = str(row.get("category"))
    columns = record.extras.get(table_of(category), {})
    for name, kept in PARAMETERS.get(category, {}).items():
        value = columns.get(name)
        if value is None:
            continue
        if kept is Kept.LIST:
            value = loaded(value)
        elif kept is Kept.UNSIGNED and isinstance(value, int) and value < 0:
            value += 1 << 64
        yield _parameter(name, value)
    rest = loaded(row.get("params"))
    for name, value in rest.items() if isinstance(rest, dict) else ():
        yield _parameter(name, value)


def _parameter(name: str, value: object) -> Parameter:
    """A parameter of the type that its name promises, else of that of its value."""
    expected = _TYPES.get(name)
    if expected is _T.IPV4 and isinstance(value, str):
        expected = _version(value)
    if expected is not None and not isinstance(value, bool):
        try:
            return Parameter(name, expected, value)
        except ParameterMistyped:
            pass
    return _by_value(name, value)


def _version(address: str) -> ParameterType:
    try:
        return _T.IPV4 if ip_address(address).version == 4 else _T.IPV6
    except ValueError:
        return _T.STRING


def _by_value(name: str, value: object) -> Parameter:
    if isinstance(value, bool):
        return Parameter(name, _T.BOOL, value)
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
        return Parameter(name, _T.INT64 if value < 1 << 63 else _T.UINT64, value)
    if isinstance(value, float):
        return Parameter(name, _T.FLOAT, value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return Parameter(name, _T.SLICE, value)
    if isinstance(value, bytes):
        return Parameter(name, _T.BYTES, value)
    return Parameter(name, _T.STRING, value if isinstance(value, str) else json.dumps(value, default=str))
