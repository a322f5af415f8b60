"""Which events belong to which processes: a pid with the ids between which it was the same process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.filter.field import Field
    from tracetui.filter.operands import Value
    from tracetui.filter.surroundings import Genealogy

Span = tuple[int | None, int | None]
"""First and last event id; ``None`` is no bound."""


class Spans:
    """Pids, each with the spans of ids in which it counts."""

    def __init__(self) -> None:
        self.by_pid: dict[int, list[Span]] = defaultdict(list)

    def add(self, pid: int, first: int | None, last: int | None) -> None:
        self.by_pid[pid].append((first, last))

    def contain(self, pid: int, event_id: int) -> bool:
        """Whether event ``event_id`` of process ``pid`` is within."""
        return any(
            (first is None or first <= event_id) and (last is None or event_id <= last)
            for first, last in self.by_pid.get(pid, ())
        )

    def always(self) -> Iterator[int]:
        """Pids that count at every id."""
        return (pid for pid, spans in self.by_pid.items() if (None, None) in spans)

    def sometimes(self) -> Iterator[tuple[int, Span]]:
        """Pids that count in a span only."""
        for pid, spans in self.by_pid.items():
            if (None, None) not in spans:
                yield from ((pid, span) for span in spans)


def spans_of(field: Field, holds: Callable[[Value], bool], genealogy: Genealogy | None) -> Spans | None:
    """The events whose process has a value of ``field`` that passes; ``None`` where no process can tell.

    A pid that only one process ever had counts without bounds: its first events may come before its start
    is logged.
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
        if len(lives) == 1:
            if lives[0][0]:
                spans.add(pid, None, None)
            continue
        for passes, first, last in lives:
            if passes:
                spans.add(pid, first, last)
    return spans
