"""One event of a capture: from its bytes to what Fibratus writes of it as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from tracetui.sources.fibratus.json_records import Values
from tracetui.sources.fibratus.kcap_fields import Cursor

FIXED_BYTES = 34
"""What every event begins with: numbers, type and processor."""

_WIDE_ENUMS = 2
"""Version of the section of events from which codes take 32 bits."""

_WITH_START_TIME, _WITH_USER = 2, 3
"""Versions of the section of a process."""

_NAMELESS = frozenset({"", "N/A"})
_RUNDOWN = {
    ("3d6fa8d0fe0511d09dda00c04fd7ba7c", 3): ("EnumProcess", "process"),
    ("3d6fa8d1fe0511d09dda00c04fd7ba7c", 3): ("EnumThread", "thread"),
    ("2cb15d1d5fc111d2abe100a0c911f518", 3): ("EnumImage", "image"),
    ("90cbdc394a3e11d184f40000f80464e3", 36): ("FileRundown", "file"),
    ("ae53722ec86311d2865900c04fa321a1", 22): ("RegCreateKCB", "registry"),
    ("ae53722ec86311d2865900c04fa321a1", 25): ("RegKCBRundown", "registry"),
}
"""Names and categories of events that tell what there was before the capture: Fibratus gives them none."""


def read_event(cursor: Cursor, version: int) -> Values:
    """The record of an event, with the members that JSON has and its ``ktype``.

    Raises ValueError for bytes that are no event.
    """
    if cursor.left < FIXED_BYTES:
        raise ValueError(f"expected at least {FIXED_BYTES} bytes but got {cursor.left} bytes")
    seq, pid, tid = cursor.unsigned(8), cursor.unsigned(4), cursor.unsigned(4)
    provider, opcode, cpu = cursor.take(16), cursor.unsigned(1), cursor.unsigned(1)
    name, category, description, host, timestamp = (cursor.text() for _ in range(5))
    if name in _NAMELESS:
        name, category = _RUNDOWN.get((provider.hex(), opcode), (name or "N/A", category))
    values: Values = {
        "seq": seq,
        "pid": pid,
        "tid": tid,
        "cpu": cpu,
        "name": name,
        "category": category,
        "description": description,
        "host": host,
        "timestamp": timestamp,
        "kparams": dict(_parameter(cursor, version) for _ in range(cursor.unsigned(2))),
        "meta": cursor.pairs(),
        "ktype": f"{UUID(bytes=provider)} {opcode}",
    }
    section = cursor.section()
    if section.size:
        values["ps"] = _process(cursor, section.version)
    return values


def read_handle(cursor: Cursor) -> Values:
    """A handle; what is known beside is of its type."""
    number, address, pid = cursor.unsigned(8), cursor.unsigned(8), cursor.unsigned(4)
    kind, name = cursor.text(), cursor.text()
    handle: Values = {"name": name, "type": kind, "id": number, "object": f"{address:x}", "pid": pid}
    more = _HANDLE_FACTS.get(cursor.unsigned(1) if cursor.left else 0)
    return handle if more is None else handle | more(cursor)


_HANDLE_FACTS: Mapping[int, Callable[[Cursor], Values]] = {
    1: lambda cursor: {
        "flags": cursor.unsigned(4),
        "seqno": cursor.unsigned(4),
        "context": f"{cursor.unsigned(8):x}",
    },
    2: lambda cursor: {"count": cursor.signed(4), "is_abandoned": bool(cursor.unsigned(1))},
    3: lambda cursor: {"is_directory": bool(cursor.unsigned(1))},
}
"""Of ports, mutants and files."""


def _parameter(cursor: Cursor, version: int) -> tuple[str, object]:
    kind = cursor.unsigned(2)
    name = cursor.text()
    if kind in _CODES:
        code = cursor.unsigned(4 if version >= _WIDE_ENUMS else 1)
        return name, _word(name, code)
    read = _READERS.get(kind)
    # Types without a reader are those of which Fibratus writes no value.
    return name, None if read is None else read(cursor)


def _word(name: str, code: int) -> str | int:
    """The word for a code of a parameter, as Fibratus has it."""
    words = _WORDS.get(name)
    if words is None:
        return code
    return words[code] if code < len(words) else _WORDLESS


_WORDS: Mapping[str, Sequence[str]] = {
    "operation": ("supersede", "open", "create", "openif", "overwrite", "overwriteif"),
    "share_mask": ("---", "r--", "-w-", "rw-", "--d", "r-d", "-wd", "rwd"),
    "l4_proto": ("unknown", "tcp", "udp"),
}
"""Words by parameter and code. Fibratus 1.2 calls the mask 7 ``rw-`` too."""

_WORDLESS = "<na>"
_CODES = frozenset({31})


def _hexadecimal(size: int) -> Callable[[Cursor], str]:
    return lambda cursor: f"{cursor.unsigned(size):x}"


def _unsigned(size: int) -> Callable[[Cursor], int]:
    return lambda cursor: cursor.unsigned(size)


def _signed(size: int) -> Callable[[Cursor], int]:
    return lambda cursor: cursor.signed(size)


def _slice(cursor: Cursor) -> list[str]:
    cursor.take(1)  # the type of the elements, of which there is one
    return cursor.texts()


_READERS: Mapping[int, Callable[[Cursor], object]] = {
    **dict.fromkeys((1, 2, 17, 20, 29), Cursor.text),  # wide and narrow text, users, time
    3: _signed(1),
    4: _unsigned(1),
    5: _signed(2),
    6: _unsigned(2),
    7: _signed(4),
    8: _unsigned(4),
    9: _signed(8),
    10: _unsigned(8),
    11: lambda cursor: cursor.double(8),
    12: lambda cursor: cursor.double(4),
    13: lambda cursor: bool(cursor.unsigned(1)),
    18: _unsigned(4),
    19: _unsigned(4),
    21: _hexadecimal(1),
    22: _hexadecimal(2),
    23: _hexadecimal(4),
    24: _hexadecimal(8),
    25: _unsigned(2),
    27: lambda cursor: str(IPv4Address(cursor.take(4))),
    28: lambda cursor: str(IPv6Address(cursor.take(16))),
    30: _slice,
}


def _process(cursor: Cursor, version: int) -> Values:
    """The state of a process, in the order in which captures have it."""
    state: Values = {"pid": cursor.unsigned(4), "ppid": cursor.unsigned(4)}
    state |= {name: cursor.text() for name in ("name", "comm", "exe", "cwd", "sid")}
    state["args"] = cursor.texts()
    state["sessionid"] = cursor.unsigned(4 if version >= _WITH_USER else 1)
    state["envs"] = cursor.pairs()
    handles = cursor.section()
    state["handles"] = [_handle(cursor) for _ in range(handles.length)]
    header = cursor.section()
    if header.size:
        state["pe"] = _pe(cursor)
    if version >= _WITH_START_TIME:
        state["start_time"] = cursor.text()
        state["uuid"] = cursor.unsigned(8)
    if version >= _WITH_USER:
        state["username"], state["domain"] = cursor.text(), cursor.text()
    return {name: value for name, value in state.items() if value or name not in ("envs", "handles")}


def _handle(cursor: Cursor) -> Values:
    cursor.take(2)  # its length, which follows from what is in it
    return read_handle(cursor)


def _pe(cursor: Cursor) -> Values:
    """What the header of an executable says."""
    pe: Values = {"nsections": cursor.unsigned(2), "nsymbols": cursor.unsigned(4)}
    pe |= {name: cursor.text() for name in ("image_base", "entrypoint", "link_time")}
    pe["sections"] = [_pe_section(cursor) for _ in range(cursor.unsigned(2))]
    pe["symbols"], pe["imports"], pe["resources"] = cursor.texts(), cursor.texts(), cursor.pairs()
    return pe


def _pe_section(cursor: Cursor) -> Values:
    size, entropy = cursor.unsigned(4), cursor.double(8)
    return {"name": cursor.text(), "size": size, "entropy": entropy, "md5": cursor.text()}
