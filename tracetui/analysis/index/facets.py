"""What the index keeps of an event: a few facets, each a code into a dictionary of what was found.

An entry of a dictionary tells the values of expressions by the names that fields know them by
(``event.procname``, ``=pid``). What an entry does not name either is not there in that kind of event, or the
index does not know it: only a scan can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index import paths
from tracetui.events.errnos import MAX_ERRNO
from tracetui.events.text import text_of_bytes
from tracetui.filter.field import Anything, Derived, Field, Source
from tracetui.filter.intervals import MAX, MIN
from tracetui.filter.scope import KIND_TABLES, Scope
from tracetui.trace import Schema

UNKNOWN = 0
"""Code of what has no entry: an odd value, or one that came after :data:`MAX_VALUES` others."""

MAX_VALUES = 65_535
"""Entries of a dictionary: a code fits into two bytes."""

MAX_TEXT = 1_024
"""Bytes of the longest text that gets an entry."""

NO_TABLE = ""
"""Stands for the kind of an event that has no row in the table that its type names."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """An integer of which only is known that it lies between two others, both included."""

    low: int
    high: int


_ODD = object()
"""Stands for a value that the index leaves to scans."""

POSITIVE, VERY_NEGATIVE = Span(1, MAX), Span(MIN, -MAX_ERRNO - 1)
"""Results of calls that are kept by their sign alone: addresses and sizes are too many to tell apart."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Groups of entries, each of which tell the same of some names."""

    examples: Sequence[Entry]
    """One entry of each group."""
    places: NDArray[np.intp]
    """The place of its example, counted from 1, by code; 0 for :data:`UNKNOWN`."""

    @classmethod
    def of(cls, entries: Sequence[Entry], names: tuple[str, ...]) -> Alike:
        numbers: dict[tuple[Any, ...], int] = {}
        examples: list[Entry] = []
        places = [0]
        for entry in entries[UNKNOWN + 1 :]:
            told = tuple(entry.get(name, _ODD) for name in names)
            if told not in numbers:
                examples.append(entry)
                numbers[told] = len(examples)
            places.append(numbers[told])
        return cls(examples, np.array(places, np.intp))


class Dictionary(dict[Hashable, int]):
    """Codes by key; a new key gets one when it is asked for."""

    def __init__(self, read: Callable[[Any], Entry | None] = lambda key: {}) -> None:
        """``read`` gives the entry of a key, if one is wanted; ``None`` for what the index cannot keep."""
        super().__init__()
        self._read = read
        self.entries: list[Entry] = [{}]
        """Entries by code; they only grow, so that codes stay what they are."""
        self.keys_by_code: list[Any] = [None]
        self.told: dict[Source, Sequence[Sequence[Any]]] = {}
        """Values that a source makes of entries, by code: for facets of which many are asked often."""
        self._alike: dict[tuple[str, ...], Alike] = {}

    def alike(self, names: tuple[str, ...]) -> Alike:
        """Entries that tell the same of ``names``, so that questions about these are asked once for all."""
        found = self._alike.get(names)
        if found is None or len(found.places) < len(self.entries):
            found = self._alike[names] = Alike.of(self.entries, names)
        return found

    def __missing__(self, key: Hashable) -> int:
        if len(self.entries) > MAX_VALUES:
            return UNKNOWN
        entry = self._read(key)
        if entry is None:
            return UNKNOWN
        code = self[key] = len(self.entries)
        self.keys_by_code.append(key)
        self.entries.append(entry)
        return code


@dataclass(frozen=True, slots=True)
class Facet:
    """One column of the index."""

    name: str
    expressions: tuple[str, ...]
    """What its entries may tell."""
    read: Callable[[Any], Entry | None]


def _procname(key: object) -> Entry | None:
    return None if (name := _text(key)) is _ODD else {"event.procname": name}


def _pid(key: object) -> Entry | None:
    return {"=pid": key} if key is None or isinstance(key, int) else None


_FD = {"syscall": "=fd", "read": "=read.fd", "write": "=write.fd"}


def _fd(key: tuple[str, object]) -> Entry | None:
    table, value = key
    if table not in _FD:
        return {}
    return {_FD[table]: value} if value is None or isinstance(value, int) else None


def _call(key: tuple[object, str, object, object, object]) -> Entry | None:
    """``key``: type, table, name, result (see :func:`reading.result`), text of an error result."""
    stored_type, table, stored_name, result, stored_shown = key
    kind, name, shown = _text(stored_type), _text(stored_name), _text(stored_shown)
    if kind is _ODD or name is _ODD or shown is _ODD or (table and table != kind):
        return None
    entry: dict[str, Any] = {TABLE: table, "event.type": kind}
    if table != "syscall":
        return entry
    if name is None or not (result is None or isinstance(result, int)):
        return None
    is_error = result is not None and -MAX_ERRNO <= result <= -1
    entry |= {"syscall.name": name, "=retno": _result(result), "=errno": -result if is_error else None}  # type: ignore[operator]
    entry["=failed"] = None if result is None else int(is_error)
    if is_error:
        entry["syscall.retno_repr"] = shown
    return entry


def _result(clipped: int | None) -> int | Span | None:
    if clipped is None or -MAX_ERRNO <= clipped <= 0:
        return clipped
    return POSITIVE if clipped > 0 else VERY_NEGATIVE


def _text(stored: object) -> Any:
    """Text as all else in the program sees it; it comes as bytes, and what is no text as 0."""
    if stored is None:
        return None
    if not isinstance(stored, bytes) or len(stored) > MAX_TEXT:
        return _ODD
    return text_of_bytes(stored)


TABLE = "table"
"""Name under which an entry of :data:`CALL` tells the kind of the event: one of ``KIND_TABLES``, or none."""

CALL = Facet(
    "call",
    ("event.type", "syscall.name", "=retno", "=errno", "=failed", "syscall.retno_repr"),
    _call,
)
"""Kind of event, name of the call and how it ended. It tells which other values there can be."""

PROCNAME = Facet("procname", ("event.procname",), _procname)
PID = Facet("pid", ("=pid",), _pid)
FD = Facet("fd", tuple(_FD.values()), _fd)

PATH = Facet("path", paths.EXPRESSIONS, paths.entry)
"""The files that the event names, for those fields alone that ask for nothing else."""

FACETS = (CALL, PROCNAME, PID, FD, PATH)

KINDS = (NO_TABLE, *KIND_TABLES)


def keeps(field: Field, schema: Schema) -> bool:
    """Whether every value that events have of ``field`` is in some facet."""
    whole = Scope(schema)
    return all(_is_kept(source) or not whole.has(source) for source in field.sources)


def _is_kept(source: Source) -> bool:
    return not isinstance(source, Anything) and facet_of(source) is not None


def facet_of(source: Source) -> Facet | None:
    """The facet whose entries tell all values of ``source``."""
    if source in paths.sources():
        return PATH
    columns = set(columns_of(source))
    return next((facet for facet in FACETS if facet is not PATH and columns <= set(facet.expressions)), None)


def columns_of(source: Source) -> tuple[str, ...]:
    """The columns and expressions that a source is made of; none for :class:`Anything`."""
    if isinstance(source, Anything):
        return ()
    return source.columns if isinstance(source, Derived) else (source.column,)
