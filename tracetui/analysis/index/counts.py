"""How often each value of a field occurs, and how many of the events with it are failed calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracetui.analysis.index.block import Block, Codes
from tracetui.analysis.index.contents import Contents
from tracetui.analysis.index.decisions import Mask
from tracetui.analysis.index.facets import CALL, FD, PATH, PID, PROCNAME, UNKNOWN, Entry, keeps
from tracetui.analysis.index.paths import first_name
from tracetui.analysis.index.tally import TALLIED
from tracetui.filter.derive import errno_text
from tracetui.filter.lookup import BY_NAME
from tracetui.trace import Schema

Value = str | int | None
Masks = Iterable[tuple[Block, Mask | None]]
"""Blocks, each with the events that are counted; ``None`` for all of them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Events with the same values."""

    values: tuple[Value, ...]
    count: int
    failures: int


def _stored(name: str) -> Callable[[Entry], Value]:
    return lambda entry: entry.get(name)


def _text(name: str) -> Callable[[Entry], Value]:
    return lambda entry: entry.get(name) or None


def _failed(entry: Entry) -> Value:
    failed = entry.get("=failed")
    return None if failed is None else bool(failed)


def _errno(entry: Entry) -> Value:
    """The name of the error where it has one, else its number."""
    errno = entry.get("=errno")
    return next(iter(errno_text(errno, entry.get("syscall.retno_repr"))), errno)


def _fd(entry: Entry) -> Value:
    return next(iter(entry.values()), None)


GROUPED: dict[str, tuple[str, Callable[[Entry], Value]]] = {
    "type": (CALL.name, _text("event.type")),
    "name": (CALL.name, _stored("syscall.name")),
    "errno": (CALL.name, _errno),
    "failed": (CALL.name, _failed),
    "procname": (PROCNAME.name, _text("event.procname")),
    "pid": (PID.name, _stored("=pid")),
    "fd": (FD.name, _fd),
    "path": (PATH.name, first_name),
}
"""Fields by whose values events can be counted: the facet that tells each, and how."""


def facets_of(fields: Iterable[str]) -> frozenset[str]:
    """The facets that tell the values of ``fields``. Raises KeyError as :func:`count_groups` does."""
    return frozenset(GROUPED[field][0] for field in fields)


def count_groups(
    contents: Contents,
    schema: Schema,
    fields: tuple[str, ...],
    masks: Masks | None = None,
    weights: NDArray[np.int64] | None = None,
) -> list[Group] | None:
    """Groups of events by the values of ``fields``, most frequent first.

    ``masks`` restricts the events, each of which counts as many times as ``weights`` says. ``None`` where
    the index does not know all of their values.
    Raises KeyError for a field that is not in :data:`GROUPED`.
    """
    facets = tuple(dict.fromkeys(GROUPED[field][0] for field in fields))
    known = all(keeps(BY_NAME[field], schema) for field in fields)
    if not known or contents.totals[CALL.name][UNKNOWN]:
        return None
    counted = _Counted(contents, facets)
    tally = contents.tally if masks is None and set(facets) <= set(TALLIED) else None
    if tally is not None:
        masks, weights = [(tally.examples, None)], tally.counts
    for block, mask in _all(contents) if masks is None else masks:
        counted.add(block, mask, weights)
    return counted.groups(fields)


def _all(contents: Contents) -> Iterator[tuple[Block, Mask | None]]:
    for block in contents.blocks:
        yield block, None


class _Counted:
    """Numbers of events by the codes of some facets, and by failure."""

    def __init__(self, contents: Contents, facets: tuple[str, ...]) -> None:
        self._contents = contents
        self._facets = facets
        self._sizes = tuple(len(contents.totals[facet]) for facet in facets)
        entries = contents.dictionaries[CALL.name].entries
        self._failed = np.array(
            [bool(entries[code].get("=failed")) for code in range(len(contents.totals[CALL.name]))]
        )
        self._tables: dict[bool, _Table] = {failed: _table(self._sizes) for failed in (False, True)}

    def add(self, block: Block, mask: Mask | None, weights: NDArray[np.int64] | None) -> None:
        """Count the events of a block: those in ``mask``, or all."""
        keys = self._keys(block)
        failed = np.take(self._failed, block.codes[CALL.name])
        if mask is not None:
            keys, failed = keys[mask], failed[mask]
            weights = weights if weights is None else weights[mask]
        self._tables[False].add(keys, weights)
        self._tables[True].add(keys[failed], weights if weights is None else weights[failed])

    def _keys(self, block: Block) -> NDArray[Any]:
        """One number for the codes of all facets."""
        first: Codes = block.codes[self._facets[0]]
        if len(self._facets) == 1:
            return first
        keys = first.astype(np.int64)
        for facet, size in zip(self._facets[1:], self._sizes[1:], strict=True):
            keys *= size
            keys += block.codes[facet]
        return keys

    def groups(self, fields: tuple[str, ...]) -> list[Group] | None:
        failures = dict(self._tables[True].items())
        sums: defaultdict[tuple[Value, ...], list[int]] = defaultdict(lambda: [0, 0])
        for key, count in self._tables[False].items():
            codes = self._codes(key)
            if UNKNOWN in codes.values():
                return None
            found = sums[tuple(self._value(field, codes) for field in fields)]
            found[0] += count
            found[1] += failures.get(key, 0)
        groups = [Group(values, count, failed) for values, (count, failed) in sums.items()]
        return sorted(groups, key=lambda group: (-group.count, str(group.values)))

    def _codes(self, key: int) -> dict[str, int]:
        codes = {}
        for facet, size in zip(reversed(self._facets), reversed(self._sizes), strict=True):
            key, codes[facet] = divmod(key, size)
        return codes

    def _value(self, field: str, codes: dict[str, int]) -> Value:
        facet, value = GROUPED[field]
        return value(self._contents.dictionaries[facet].entries[codes[facet]])


class _Table:
    """Numbers of events by key, where there are few keys."""

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size, np.int64)

    def add(self, keys: NDArray[Any], weights: NDArray[np.int64] | None) -> None:
        found = np.bincount(keys, weights).astype(np.int64)
        self._counts[: len(found)] += found

    def items(self) -> Iterator[tuple[int, int]]:
        (keys,) = np.nonzero(self._counts)
        return zip(keys.tolist(), self._counts[keys].tolist(), strict=True)


class _SparseTable(_Table):
    """The same where there may be many keys, of which few occur."""

    def __init__(self) -> None:
        super().__init__(0)
        self._by_key: defaultdict[int, int] = defaultdict(int)

    def add(self, keys: NDArray[Any], weights: NDArray[np.int64] | None) -> None:
        found, places = np.unique(keys, return_inverse=True)
        counts = np.bincount(places, weights).astype(np.int64)
        for key, count in zip(found.tolist(), counts.tolist(), strict=True):
            self._by_key[key] += count

    def items(self) -> Iterator[tuple[int, int]]:
        return iter(self._by_key.items())


_FEW_KEYS = 1 << 20


def _table(sizes: tuple[int, ...]) -> _Table:
    size = 1
    for one in sizes:
        size *= one
    return _Table(size) if size <= _FEW_KEYS else _SparseTable()
