"""Which processes the events that a filter finds belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracetui.process.forest import Forest
from tracetui.process.model import Process
from tracetui.process.reading import Cancelled, processes_of
from tracetui.trace import Condition, Trace


@dataclass(slots=True)
class Count:
    """Events of a process that match."""

    events: int = 0
    failures: int = 0


@dataclass(slots=True)
class Matches:
    """Events that match, by process."""

    by_process: dict[Process, Count] = field(default_factory=dict)
    unassigned: int = 0
    """Matches of which the trace does not tell the process."""


def count_matches(
    trace: Trace, forest: Forest, condition: Condition | None, cancelled: Cancelled = None
) -> Matches:
    """Count what matches, in short reads; what was found so far where ``cancelled()`` turns true."""
    matches = Matches()
    for chunk in trace.scan(condition, cancelled=cancelled):
        if chunk.ids:
            _count(trace, forest, chunk.ids, matches)
    return matches


def _count(trace: Trace, forest: Forest, ids: Sequence[int], matches: Matches) -> None:
    for event_id, pid, procname, is_failure in processes_of(trace, ids):
        process = forest.of_event(pid, procname, event_id)
        if process is None:
            matches.unassigned += 1
            continue
        count = matches.by_process.setdefault(process, Count())
        count.events += 1
        count.failures += is_failure
