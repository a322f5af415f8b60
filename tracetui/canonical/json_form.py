"""Canonical events as JSON (RFC 8259), ASCII only: one object, or a batch of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.parameters import Parameter
from tracetui.canonical.state import ProcessState
from tracetui.canonical.types import IN_HEXADECIMAL, WORDS, ParameterType
from tracetui.events.times import iso_time

_encode = json.JSONEncoder(separators=(",", ": "), allow_nan=False).encode


def event_json(event: CanonicalEvent) -> str:
    """One event as one line; see :func:`event_object`."""
    return _encode(event_object(event))


def batch_json(
    events: Iterable[CanonicalEvent], to_json: Callable[[CanonicalEvent], str] | None = None
) -> Iterator[str]:
    """The pieces of one array of events, each on a line of its own; ``[]`` where there are none."""
    written = event_json if to_json is None else to_json
    before = "["
    for event in events:
        yield f"{before}{written(event)}\n"
        before = ","
    yield "]" if before == "," else "[]"


def event_object(event: CanonicalEvent) -> dict[str, object]:
    """The members of an event's object, in order; what is not known is left out.

    Times are in ISO 8601, codes are words, addresses are hexadecimal text, bytes a text of one character
    (U+0000 to U+00FF) each. 64-bit integers are numbers in full, whatever a reader makes of them.
    """
    members = {
        **head(event),
        "timestamp": None if event.timestamp is None else iso_time(event.timestamp),
        "params": {p.name: parameter_value(p) for p in sorted(event.parameters, key=lambda p: p.name)},
        "meta": dict(event.metadata),
        "ps": None if event.process is None else _process(event.process),
    }
    return {name: valid(value) for name, value in members.items() if value is not None}


def head(event: CanonicalEvent) -> dict[str, object]:
    """The members that an event begins with in every form."""
    return {
        "seq": event.sequence,
        "pid": event.pid,
        "tid": event.tid,
        "cpu": event.cpu,
        "name": event.name,
        "category": event.category,
        "description": event.description,
        "host": event.host,
    }


def parameter_value(parameter: Parameter) -> object:
    """A parameter's value in a type that JSON has."""
    value = parameter.value
    if parameter.type in WORDS:
        return value if parameter.meaning is None else parameter.meaning
    if parameter.type in IN_HEXADECIMAL or parameter.type in _WRITTEN:
        return parameter.text
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


_WRITTEN = frozenset({ParameterType.TIME, ParameterType.IPV4, ParameterType.IPV6, ParameterType.BYTES})


def _process(state: ProcessState) -> dict[str, object]:
    parent = state.parent
    members = {
        **_identity(state),
        "uid": state.uid,
        "gid": state.gid,
        "create_time": state.create_time,
        "cwd": state.cwd,
        **state.facts,
        "args": list(state.argv),
        "envs": None if state.env is None else dict(state.env),
        "files": None
        if state.open_files is None
        else {str(fd): name for fd, name in state.open_files.items()},
        "parent": None if parent is None else _known(_identity(parent)),
        "ancestors": [_known({"pid": each.pid, "name": each.name}) for each in state.ancestors],
    }
    return _known(members)


def _identity(state: ProcessState) -> dict[str, object]:
    return {
        "pid": state.pid,
        "ppid": state.ppid,
        "name": state.name,
        "exe": state.exe or None,
        "cmdline": state.command_line or None,
    }


def _known(members: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def valid(value: object) -> object:
    """A value without halves of surrogate pairs, which are no characters: they are spelt out."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [valid(item) for item in value]
    if isinstance(value, dict):
        return {valid(name): valid(item) for name, item in value.items()}
    return value
