"""The fields of an event, whichever version of the schema its record has: always in the same places."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from tracetui.events import flows
from tracetui.logger.null import NULL
from tracetui.sources.compact_json import to_json
from tracetui.sources.sysflow.container import Values

Number = int | float
"""An integer; :data:`~tracetui.logger.NULL` where there is none."""

ProcessKey = tuple[int, int]
"""(pid, create time)"""

Call = tuple[Any, ...]
"""Thread, operations and result: integers, but in files that are not as they should be."""

EventFields = tuple["ProcessKey | None", int, Number, Call, "tuple[Any, ...]", "str | float"]
"""What a record of an event says. What it does not have is NULL.

The key of its process (only what happens in a cluster has none), beginning and end, the call, what only this
kind of record has (see :data:`OWN`), and JSON of what has no other place.
"""

_TRAFFIC = ("numRRecvOps", "numWSendOps", "numRRecvBytes", "numWSendBytes")
_ENDS = ("sip", "sport", "dip", "dport", "proto")
OWN: dict[str, tuple[str, ...]] = {
    "FileFlow": ("fileOID", "fd", "openFlags", *_TRAFFIC),
    "NetworkFlow": (*_ENDS, "fd", *_TRAFFIC),
    "NetworkEvent": _ENDS,
    "ProcessFlow": ("numThreadsCloned", "numThreadsExited", "numCloneErrors"),
    "ProcessEvent": ("args",),
    "FileEvent": ("fileOID", "newFileOID"),
    "K8sEvent": ("kind", "action", "message"),
}
"""Fields that only this kind of record has, in the order in which they are handed on."""

_COMMON = ("procOID", "ts", "endTs", "tid", "opFlags", "ret")
_DEFAULTS = dict.fromkeys(_COMMON, NULL)
_REQUIRED = {
    "FileFlow": {"procOID", *OWN["FileFlow"]},
    "NetworkFlow": {"procOID", *OWN["NetworkFlow"]},
    "NetworkEvent": {"procOID", *OWN["NetworkEvent"]},
    "ProcessFlow": {"procOID", *OWN["ProcessFlow"]},
    "ProcessEvent": {"procOID", "tid", "ret"},
    "FileEvent": {"procOID", "opFlags", "ret", "fileOID"},
    "K8sEvent": {*OWN["K8sEvent"]},
}
"""Fields that no event can be made without, beside the time."""

_WITHOUT_COLUMN = frozenset({"args"})
_TYPE = "type"
_OPERATIONS = {"CLONE": flows.CLONE, "EXEC": flows.EXEC, "EXIT": flows.EXIT}
"""``type`` of a process event of 2018 as the flags it has since."""


def arranger(kind: str, present: frozenset[str]) -> Callable[[Values], EventFields]:
    """What arranges the fields of a record of this kind that has these fields.

    It raises KeyError for a record that lacks a field, and TypeError for one whose time is no number.
    """
    lacking = sorted(({"ts"} | _REQUIRED[kind]) - present)
    of_2018 = kind == "ProcessEvent" and "opFlags" not in present
    more = sorted(present - {*_COMMON, *OWN[kind], _TYPE} | present & _WITHOUT_COLUMN)
    common, own = itemgetter(*_COMMON), OWN[kind]

    def arrange(values: Values) -> EventFields:
        if lacking:
            raise KeyError(lacking[0])
        oid, ts, end, tid, operations, ret = common(_DEFAULTS | values)
        if of_2018:
            operations = _OPERATIONS[values[_TYPE]]
        if ts.__class__ is not int:
            raise TypeError(f"ts is {ts!r}")
        key = None if oid is NULL else process_key(oid)
        extra = {name: values[name] for name in more if values[name]}
        rest = tuple([values.get(name) for name in own])
        return key, ts, end, (tid, operations, ret), rest, to_json(extra) if extra else NULL

    return arrange


def process_key(oid: Values) -> ProcessKey:
    """Identity of a process by SysFlow's object id."""
    return oid["hpid"], oid["createTS"]
