"""Quick readers of the records that SysFlow files mostly consist of: events that are numbers only.

A regular expression cuts such a record into its fields, and what the bytes of a field mean is looked up: most
have been met before. What it does not match, as a time in 1970, is left to the reader of all records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tracetui.logger.null import NULL
from tracetui.sources.sysflow.avro import Read
from tracetui.sources.sysflow.container import Quick
from tracetui.sources.sysflow.fields import EventFields, ProcessKey

_MOST = 1 << 16
"""Meanings that a table keeps."""

_LONG = rb"[\x80-\xff]{0,8}[\x00-\x7f]"
_PATTERNS = {
    "n": _LONG,
    "nn": _LONG + _LONG,
    "<20>": rb"[\x00-\xff]{20}",
    "(|<20>)": rb"(?:\x00|\x02([\x00-\xff]{20}))",
    "[t]": rb"\x00",  # an empty list
}
"""What fields look like, by the shape of their type; long integers are left out."""

_TIMES = frozenset({"ts", "endTs"})
_TIME = rb"([%b][\x80-\xff]{3})([\x80-\xff]{0,4}[\x00-\x7f])" % re.escape(bytes(range(0x80, 0x100, 2)))
"""A positive number in two parts: 27 bits, which are all but random, and the rest, which hardly changes."""

_UNGROUPED = frozenset({"(|<20>)", "[t]"})

Groups = tuple["dict[str, str]", ...]
"""Fields of a record and their shapes; those of a group are looked up together."""

_OID, _FILE = {"procOID": "nn"}, {"fileOID": "<20>"}
_TS, _END = {"ts": "n"}, {"endTs": "n"}
_FD, _RET = {"fd": "n"}, {"ret": "n"}
_TRAFFIC = ({"numRRecvOps": "n", "numWSendOps": "n"}, {"numRRecvBytes": "n", "numWSendBytes": "n"})
_ENDS = ({"sip": "n"}, {"sport": "n"}, {"dip": "n", "dport": "n", "proto": "n"})
_CALL = {"tid": "n", "opFlags": "n"}
_FILE_FLOW = (_OID, _TS, {**_CALL, "openFlags": "n"}, _END, _FILE, _FD, *_TRAFFIC)
_NETWORK_FLOW = (_OID, _TS, _CALL, _END, *_ENDS, _FD, *_TRAFFIC)
_FILE_EVENT = (_OID, _TS, _CALL, _FILE, _RET, {"newFileOID": "(|<20>)"})
_PROCESS_EVENT = (_OID, _TS, _CALL, {"args": "[t]"}, _RET)

Match = Callable[[bytes, int], "re.Match[bytes] | None"]


class QuickReaders:
    """Makes them; they share what they have learned."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._upper = _Upper()
        self._keys = _Keys()
        self._flows = _Flows()

    def makers(self) -> dict[str, Quick]:
        """What makes a reader, by the record that it reads."""
        return {
            "FileFlow": partial(self._apt, _FILE_FLOW, self._file_flow),
            "NetworkFlow": partial(self._apt, _NETWORK_FLOW, self._network_flow),
            "FileEvent": partial(self._apt, _FILE_EVENT, self._file_event),
            "ProcessEvent": partial(self._apt, _PROCESS_EVENT, self._process_event),
        }

    def _apt(
        self, groups: Groups, make: Callable[[Match, Read], Read], shapes: dict[str, str], read: Read
    ) -> Read:
        """A quick reader, if the fields are what it expects, and in that order."""
        expected = [(name, shape) for group in groups for name, shape in group.items()]
        if list(shapes.items()) != expected:
            return read
        return make(re.compile(b"".join(map(_pattern, groups))).match, read)

    def _file_flow(self, match: Match, read_any: Read) -> Read:
        numbers, upper, keys, flows = self._numbers, self._upper, self._keys, self._flows

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, call, end, end_high, file, fd, operations, amounts = found.groups()
            flow, opened = flows[call]
            (descriptor,), (reads, writes) = numbers[fd], numbers[operations]
            own = file, descriptor, opened, reads, writes, *numbers[amounts]
            times = _lower(low) + upper[high], _lower(end) + upper[end_high]
            return (keys[oid], *times, flow, own, NULL), found.end()

        return read

    def _network_flow(self, match: Match, read_any: Read) -> Read:
        numbers, upper, keys, flows = self._numbers, self._upper, self._keys, self._flows

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, call, end, end_high, sip, sport, there, fd, operations, amounts = found.groups()
            ends = *numbers[sip], *numbers[sport], *numbers[there]
            own = *ends, *numbers[fd], *numbers[operations], *numbers[amounts]
            times = _lower(low) + upper[high], _lower(end) + upper[end_high]
            return (keys[oid], *times, flows[call][0], own, NULL), found.end()

        return read

    def _file_event(self, match: Match, read_any: Read) -> Read:
        numbers, upper, keys = self._numbers, self._upper, self._keys

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, call, file, ret, newfile = found.groups()
            ts, called = _lower(low) + upper[high], (*numbers[call], *numbers[ret])
            return (keys[oid], ts, NULL, called, (file, newfile), NULL), found.end()

        return read

    def _process_event(self, match: Match, read_any: Read) -> Read:
        numbers, upper, keys = self._numbers, self._upper, self._keys

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, call, ret = found.groups()
            ts, called = _lower(low) + upper[high], (*numbers[call], *numbers[ret])
            return (keys[oid], ts, NULL, called, ([],), NULL), found.end()

        return read


def _pattern(group: dict[str, str]) -> bytes:
    """What fields look like that are looked up together."""
    if group.keys() <= _TIMES:
        return _TIME
    together = b"".join(_PATTERNS[shape] for shape in group.values())
    return together if _UNGROUPED.issuperset(group.values()) else b"(%b)" % together


class _Numbers(dict[bytes, "tuple[int, ...]"]):
    """What encoded integers mean, one or several together."""

    def __missing__(self, octets: bytes) -> tuple[int, ...]:
        if len(self) >= _MOST:
            self.clear()
        found = self[octets] = _integers(octets)
        return found


class _Keys(dict[bytes, ProcessKey]):
    """Which processes object ids mean."""

    def __missing__(self, octets: bytes) -> ProcessKey:
        if len(self) >= _MOST:
            self.clear()
        create_time, pid = _integers(octets)
        found = self[octets] = pid, create_time
        return found


class _Flows(dict[bytes, "tuple[Any, ...]"]):
    """What the thread and the flags of a flow mean: a call without a result, and what else is there."""

    def __missing__(self, octets: bytes) -> tuple[Any, ...]:
        if len(self) >= _MOST:
            self.clear()
        tid, operations, *more = _integers(octets)
        found = self[octets] = (tid, operations, NULL), *more
        return found


class _Upper(dict[bytes, int]):
    """What the upper parts of times add to the lower ones."""

    def __missing__(self, octets: bytes) -> int:
        if len(self) >= _MOST:
            self.clear()
        # The lowest bit of an integer is its sign; it is in the lower part.
        (number,) = _integers(b"\x80" + octets)
        found = self[octets] = (number << 21) - _CONTINUED
        return found


def _integers(octets: bytes) -> tuple[int, ...]:
    """Encoded integers, as :func:`~tracetui.sources.sysflow.avro.read_long` reads one."""
    values, value, shift = [], 0, 0
    for octet in octets:
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            values.append(value >> 1 ^ -(value & 1))
            value = shift = 0
        else:
            shift += 7
    return tuple(values)


def _lower(octets: bytes) -> int:
    """What the lower part of a time means, and :data:`_CONTINUED`."""
    first, second, third, fourth = octets
    return (first >> 1) + (second << 6) + (third << 13) + (fourth << 20)


_CONTINUED = _lower(b"\x80\x80\x80\x80")
"""What the bits add up to that say that more bytes follow."""
