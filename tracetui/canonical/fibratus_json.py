"""Canonical events as the JSON that Fibratus 1 writes, but always valid."""

from __future__ import annotations

import json

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.json_form import head, parameter_value, valid
from tracetui.canonical.parameters import Parameter
from tracetui.canonical.state import ProcessState
from tracetui.canonical.types import IN_HEXADECIMAL, ParameterType
from tracetui.events.times import go_text, go_time

_encode = json.JSONEncoder(separators=(",", ": "), ensure_ascii=False, allow_nan=False).encode
_STATE = ("threads", "modules", "handles", "pe")


def compatible_json(event: CanonicalEvent) -> str:
    """One event as one line: parameters as ``kparams`` sorted by name, addresses without ``0x``.

    What is not known is left out, where Fibratus would write 0 or an empty text.
    """
    offset = event.utc_offset or 0
    members = {
        **head(event),
        "timestamp": None if event.timestamp is None else go_time(event.timestamp, offset),
        "kparams": {p.name: _value(p, offset) for p in sorted(event.parameters, key=lambda p: p.name)},
        "meta": dict(event.metadata),
        "ps": None if event.process is None else _process(event.process),
    }
    line = _encode({name: valid(value) for name, value in members.items() if value is not None})
    if line.isprintable():
        return line
    # Terminals, and some readers of lines, take controls beyond those of ASCII for more than text.
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def _value(parameter: Parameter, utc_offset: int) -> object:
    if parameter.type is ParameterType.TIME:
        return go_text(parameter.value, utc_offset)
    if parameter.type is ParameterType.BOOL:
        return str(parameter.value).lower()
    if parameter.type in IN_HEXADECIMAL and isinstance(parameter.value, int):
        return f"{parameter.value:x}"
    return parameter_value(parameter)


def _process(state: ProcessState) -> dict[str, object]:
    members: dict[str, object] = {
        "pid": state.pid,
        "ppid": state.ppid,
        "name": state.name,
        "comm": state.command_line,
        "exe": state.exe,
        "cwd": state.cwd,
        "sid": state.facts.get("sid"),
        "args": list(state.argv[1:]),
        "sessionid": state.facts.get("sessionid"),
        "envs": None if state.env is None else dict(state.env),
        **{name: state.facts.get(name) for name in _STATE},
    }
    return {name: value for name, value in members.items() if value is not None}
