"""Quick readers of the records that SysFlow files mostly consist of: events that are numbers only.

A regular expression cuts such a record into its fields, and what the bytes of a field mean is looked up: most
have been met before. What it does not match, as a time in 1970, is left to the reader of all records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from tracetui.logger.null import NULL
from tracetui.sources.sysflow.avro import Read, read_long
from tracetui.sources.sysflow.container import Quick
from tracetui.sources.sysflow.fields import EventFields

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

_OID = {"procOID": "nn"}
_TS, _END = {"ts": "n"}, {"endTs": "n"}
_TID, _FLAGS = {"tid": "n"}, {"opFlags": "n"}
_START = (_OID, _TS, _TID)
_FD, _RET = {"fd": "n"}, {"ret": "n"}
_TRAFFIC = {"numRRecvOps": "n", "numWSendOps": "n", "numRRecvBytes": "n", "numWSendBytes": "n"}
_ENDS = {"sip": "n", "sport": "n", "dip": "n", "dport": "n", "proto": "n"}
_FILE = {"fileOID": "<20>"}
_FILE_FLOW = (*_START, {"opFlags": "n", "openFlags": "n"}, _END, _FILE, _FD, _TRAFFIC)
_NETWORK_FLOW = (*_START, _FLAGS, _END, _ENDS, _FD, _TRAFFIC)
_FILE_EVENT = (*_START, _FLAGS, _FILE, _RET, {"newFileOID": "(|<20>)"})
_PROCESS_EVENT = (*_START, _FLAGS, {"args": "[t]"}, _RET)

Match = Callable[[bytes, int], "re.Match[bytes] | None"]


class QuickReaders:
    """Makes them; they share what they have learned."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._upper = _Upper()

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
        numbers, upper = self._numbers, self._upper

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, tid, flags, end, end_high, file, fd, traffic = found.groups()
            create_time, pid = numbers[oid]
            operations, opened = numbers[flags]
            own = file, *numbers[fd], opened, *numbers[traffic]
            times = _lower(low) | upper[high], _lower(end) | upper[end_high]
            return ((pid, create_time), *times, (*numbers[tid], operations, NULL), own, NULL), found.end()

        return read

    def _network_flow(self, match: Match, read_any: Read) -> Read:
        numbers, upper = self._numbers, self._upper

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, tid, flags, end, end_high, ends, fd, traffic = found.groups()
            create_time, pid = numbers[oid]
            own = *numbers[ends], *numbers[fd], *numbers[traffic]
            times = _lower(low) | upper[high], _lower(end) | upper[end_high]
            return (
                (pid, create_time),
                *times,
                (*numbers[tid], *numbers[flags], NULL),
                own,
                NULL,
            ), found.end()

        return read

    def _file_event(self, match: Match, read_any: Read) -> Read:
        numbers, upper = self._numbers, self._upper

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, tid, flags, file, ret, newfile = found.groups()
            create_time, pid = numbers[oid]
            call = *numbers[tid], *numbers[flags], *numbers[ret]
            return (
                (pid, create_time),
                _lower(low) | upper[high],
                NULL,
                call,
                (file, newfile),
                NULL,
            ), found.end()

        return read

    def _process_event(self, match: Match, read_any: Read) -> Read:
        numbers, upper = self._numbers, self._upper

        def read(data: bytes, at: int) -> tuple[EventFields, int]:
            found = match(data, at)
            if found is None:
                return read_any(data, at)
            oid, low, high, tid, flags, ret = found.groups()
            create_time, pid = numbers[oid]
            call = *numbers[tid], *numbers[flags], *numbers[ret]
            return ((pid, create_time), _lower(low) | upper[high], NULL, call, ([],), NULL), found.end()

        return read


def _pattern(group: dict[str, str]) -> bytes:
    """What fields look like that are looked up together."""
    if group.keys() <= _TIMES:
        return _TIME
    together = b"".join(_PATTERNS[shape] for shape in group.values())
    return together if _UNGROUPED.issuperset(group.values()) else b"(%b)" % together


class _Numbers(dict[bytes, tuple[int, ...]]):
    """What encoded integers mean, one or several together."""

    def __missing__(self, octets: bytes) -> tuple[int, ...]:
        if len(self) >= _MOST:
            self.clear()
        values, at = [], 0
        while at < len(octets):
            value, at = read_long(octets, at)
            values.append(value)
        found = self[octets] = tuple(values)
        return found


class _Upper(dict[bytes, int]):
    """What the upper parts of times mean."""

    def __missing__(self, octets: bytes) -> int:
        if len(self) >= _MOST:
            self.clear()
        # The lowest bit of an integer is its sign; it is in the lower part.
        found = self[octets] = read_long(b"\x80" + octets, 0)[0] << 21
        return found


def _lower(octets: bytes) -> int:
    """What the lower part of a time means."""
    first, second, third, fourth = octets
    return first >> 1 & 0x3F | (second & 0x7F) << 6 | (third & 0x7F) << 13 | (fourth & 0x7F) << 20
