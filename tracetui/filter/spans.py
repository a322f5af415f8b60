"""Which events belong to which processes: a pid with the ids between which it was the same process."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from tracetui.filter.intervals import MAX, MIN

if TYPE_CHECKING:
    from tracetui.filter.field import Field
    from tracetui.filter.operands import Value
    from tracetui.filter.surroundings import Genealogy

Span = tuple[int | None, int | None]
"""First and last event id; ``None`` is no bound."""


class Spans:
    """Pids, each with the spans of ids in which it counts: in order, and none touches the next."""

    def __init__(self) -> None:
        self.by_pid: dict[int, list[Span]] = {}
        self._ends: dict[int, tuple[list[int], list[int]]] = {}

    def add(self, pid: int, first: int | None, last: int | None) -> None:
        """Count ``pid`` from ``first`` to ``last``; spans of a pid are added in order of their ids."""
        spans = self.by_pid.setdefault(pid, [])
        if spans and spans[-1][1] is not None and first is not None and first <= spans[-1][1] + 1:
            first = spans.pop()[0]
        spans.append((first, last))

    def contain(self, pid: int, event_id: int) -> bool:
        """Whether event ``event_id`` of process ``pid`` is within."""
        if pid not in self.by_pid:
            return False
        firsts, lasts = self._ends.get(pid) or self._ends_of(pid)
        place = bisect_right(firsts, event_id) - 1
        return place >= 0 and event_id <= lasts[place]

    def _ends_of(self, pid: int) -> tuple[list[int], list[int]]:
        spans = self.by_pid[pid]
        firsts = [MIN if first is None else first for first, _ in spans]
        self._ends[pid] = firsts, [MAX if last is None else last for _, last in spans]
        return self._ends[pid]

    def always(self) -> Iterator[int]:
        """Pids that count at every id."""
        return (pid for pid, spans in self.by_pid.items() if spans == [(None, None)])

    def sometimes(self) -> Iterator[tuple[int, Span]]:
        """Pids that count in a span only."""
        for pid, spans in self.by_pid.items():
            if spans != [(None, None)]:
                yield from ((pid, span) for span in spans)


def spans_of(field: Field, holds: Callable[[Value], bool], genealogy: Genealogy | None) -> Spans | None:
    """The events whose process has a value of ``field`` that passes; ``None`` where no process can tell.

    The first process of a pid counts from the first event on, and the last one to the end: some events may
    come before the start is logged.
    """
    if field.process is None or genealogy is None:
        return None
    owners: dict[int, list[tuple[bool, int, int | None]]] = defaultdict(list)
    for node, first, last in genealogy.lifetimes():
        if node.pid is not None:
            passes = any(holds(value) for value in field.process(node))
            owners[node.pid].append((passes, first, last))
    spans = Spans()
    for pid, lives in owners.items():
        lives.sort(key=_FIRST)
        for place, (passes, first, last) in enumerate(lives):
            if passes:
                spans.add(pid, first if place else None, last if place < len(lives) - 1 else None)
    return spans


_FIRST = itemgetter(1)
