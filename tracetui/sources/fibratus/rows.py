"""What each record is in a trace: which type of event, and what is in the rows of its tables."""

from __future__ import annotations

from typing import NamedTuple

from tracetui.events.kevent_tables import KEVENT, PARAMETERS, Kept, table_of
from tracetui.sources.compact_json import to_json
from tracetui.sources.fibratus.json_records import Values
from tracetui.sources.fibratus.moments import Moment, moment
from tracetui.sources.fibratus.processes import STARTS, fits

NAMELESS = "[?]"
"""Name of a process whose program the recorder did not know, as Penguin writes it."""

_END = "TerminateProcess"
_UNKNOWN_USER = -1
_PARAMETERS = ("kparams", "params")
_META = ("meta", "metadata")
_MEMBERS = {
    "seq": int,
    "pid": int,
    "tid": int,
    "cpu": int,
    "name": str,
    "category": str,
    "description": str,
    "host": str,
    "ktype": str,
}
"""Members that have a column, and the type that they must be of."""

_OWN = ("seq", "pid", "name", "category", "description", "ktype")
"""Those of them that are columns of ``kevent``."""

_TYPES = {Kept.TEXT: (str,), Kept.NUMBER: (int,), Kept.LIST: (list,), Kept.EITHER: (int, str)}
_TYPES[Kept.UNSIGNED] = _TYPES[Kept.EITHER]
_COLUMNS = {
    category: {name: _TYPES[kept] for name, kept in columns.items()}
    for category, columns in PARAMETERS.items()
}
"""Types of the values that the columns of each category take."""

_SUCCESS = frozenset({"success", "0", "0x0"})


class Made(NamedTuple):
    """An event in a trace."""

    type: str
    procname: str
    """Name of the process that the event is of: the one that starts or ends, else the one that acts."""
    pid: int | None
    """Its pid; that of the one that acts is in the row of ``kevent``."""
    ts: int | None
    """Time in ns since the Unix epoch."""
    tables: dict[str, Values]
    """Rows by table, without ids."""

    @property
    def kevent(self) -> Values:
        """The row of what all events have."""
        return self.tables[KEVENT]


def make(values: Values) -> Made:
    """The event of a record. Raises ValueError for an object that is no event."""
    known, extra = _sorted_out(values)
    if known["name"] is None or not any(name in values for name in ("seq", "timestamp", *_PARAMETERS)):
        raise ValueError("it has no name, or nothing else that events have")
    when = _time(values, extra)
    category = known["category"] or ""
    parameters = _mapping(values, _PARAMETERS, extra)
    own, rest = _placed(category, parameters)
    meta = _mapping(values, _META, extra)
    ts, utc_offset = (None, None) if when is None else when
    tables = {
        "context": {"ts": ts, "tid": known["tid"], "cpu": known["cpu"], "host": known["host"]},
        KEVENT: {
            "source": None,
            "record": None,
            **{name: known[name] for name in _OWN},
            "utc_offset": utc_offset,
            "process": None,
            "nparams": len(parameters),
            "params": to_json(rest) if rest else None,
            "meta": to_json(meta) if meta else None,
            "extra": to_json(extra) if extra else None,
        },
    }
    kind = KEVENT
    if category in PARAMETERS:
        kind = table_of(category)
        tables[kind] = own
    kind, procname, row = _process_event(known["name"], own) if category == "process" else (kind, None, None)
    pid = known["pid"]
    if row is not None:
        tables[kind], pid = row, row["pid"]
    return Made(kind, procname or _process_name(values), pid, ts, tables)


def _sorted_out(values: Values) -> tuple[Values, Values]:
    """Members that have a column, ``None`` where they are missing, and those that have no place."""
    known: Values = dict.fromkeys(_MEMBERS)
    extra: Values = {}
    placed = {"timestamp", "ps", *_PARAMETERS, *_META}
    for name, value in values.items():
        kind = _MEMBERS.get(name)
        if kind is not None and fits(value, kind):
            known[name] = value
        elif name not in placed or (name == "ps" and not isinstance(value, dict)):
            extra[name] = value
    return known, extra


def _mapping(values: Values, names: tuple[str, str], extra: Values) -> Values:
    """The object that a member is, by either name; what is none, or comes twice, is left over."""
    found: Values | None = None
    for name in names:
        value = values.get(name)
        if isinstance(value, dict) and found is None:
            found = value
        elif name in values:
            extra[name] = value
    return found or {}


def _time(values: Values, extra: Values) -> Moment | None:
    written = values.get("timestamp")
    when = moment(written) if isinstance(written, str) else None
    if when is None and "timestamp" in values:
        extra["timestamp"] = written
    return when


def _placed(category: str, parameters: Values) -> tuple[Values, Values]:
    """Parameters by the columns of their category, and those that have none or do not fit."""
    columns = _COLUMNS.get(category, {})
    own: Values = dict.fromkeys(columns)
    rest: Values = {}
    for name, value in parameters.items():
        kind = value.__class__
        if kind not in columns.get(name, ()):
            rest[name] = value
        elif kind is list:
            own[name] = to_json(value)
        elif kind is str or fits(value, int):
            own[name] = value
        elif PARAMETERS[category][name] is Kept.UNSIGNED and _is_upper_half(value):
            own[name] = value - (1 << 64)
        else:
            rest[name] = value
    return own, rest


def _is_upper_half(value: object) -> bool:
    """Whether a number of 64 bits is one that SQLite has no room for."""
    return isinstance(value, int) and 1 << 63 <= value < 1 << 64


def _process_event(name: str, own: Values) -> tuple[str, str | None, Values | None]:
    """Type of an event of a process, name of the process and row of the type, where that has a table."""
    if own["pid"] is not None and name in STARTS:
        process = own["name"] or (own["exe"] or "").rpartition("\\")[2] or NAMELESS
        return "proc_start", process, _start(own)
    code = _exit_code(own["exit_status"]) if name == _END else None
    if own["pid"] is not None and code is not None:
        row = {"pid": own["pid"], "create_time": _born(own), "code": code, "reason": "exit_group"}
        return "proc_exit", own["name"], row
    return table_of("process"), None, None


def _start(own: Values) -> Values:
    """A row of ``proc_start``; ``comm`` would be a name from before the start, which there is none of."""
    return {
        "pid": own["pid"],
        "ppid": own["ppid"] or 0,
        "create_time": _born(own),
        "comm": NAMELESS,
        **dict.fromkeys(("uid", "gid", "euid", "egid"), _UNKNOWN_USER),
    }


def _born(own: Values) -> int:
    """When a process was made, in ns since the Unix epoch; 0 where that is not told."""
    when = moment(own["start_time"] or "")
    return 0 if when is None else when.ns


def _exit_code(status: object) -> int | None:
    """The number of an exit status, which captures have in hexadecimal; ``None`` for any other word."""
    if isinstance(status, int):
        return status
    if not isinstance(status, str):
        return None
    if status.lower() in _SUCCESS:
        return 0
    try:
        return int(status, 16)
    except ValueError:
        return None


def _process_name(values: Values) -> str:
    state = values.get("ps")
    name = state.get("name") if isinstance(state, dict) else None
    return name if isinstance(name, str) and name else NAMELESS
