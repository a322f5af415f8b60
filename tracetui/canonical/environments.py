"""The environment that a process got with its program, from the execs of a trace."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import bindparam, select

from tracetui.canonical.state import ProcessNode, ProgramStep
from tracetui.events import Exec
from tracetui.trace import Trace

_REMEMBERED = 1024


class ExecEnvironments:
    """Environments of one trace, looked up when they are asked for.

    Where execs have no pid (Penguin's), the exec nearest to the process's start with the same arguments
    stands for it.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._ids: dict[int, list[int]] = defaultdict(list)
        """Ids of execs, in order, by the hash of their stored argument vector."""
        self._read_to = 0
        self.of_event = lru_cache(maxsize=_REMEMBERED)(self._of_event)

    def __call__(self, node: ProcessNode, step: ProgramStep) -> Mapping[str, str] | None:
        """The environment with which a program began; ``None`` where no exec tells it."""
        own = self.of_event(step.event_id)
        if own is not None or step.stored is None:
            return own
        if step.event_id > self._read_to:
            self._read_on()
        ids = self._ids.get(hash(step.stored))
        return self.of_event(_nearest(ids, step.event_id)) if ids else None

    def _of_event(self, event_id: int) -> Mapping[str, str] | None:
        records = self._trace.fetch([event_id])
        return dict(records[0].env) if records and records[0].env is not None else None

    def _read_on(self) -> None:
        """Take note of the execs that are new. Those of a program are written together with its start."""
        bounds = self._trace.bounds()
        if bounds is None or bounds[1] <= self._read_to or "exec" not in self._trace.schema.tables:
            return
        table = Exec.__table__.c
        statement = select(table.id, table.argv).where(table.id.between(bindparam("low"), bindparam("high")))
        for _, _, rows in self._trace.rows(statement.order_by(table.id), "exec", start=self._read_to + 1):
            for event_id, argv in rows:
                self._ids[hash(argv)].append(event_id)
        self._read_to = bounds[1]


def _nearest(ids: list[int], event_id: int) -> int:
    """The id of a sorted list that is nearest to another."""
    place = bisect_left(ids, event_id)
    around = ids[max(place - 1, 0) : place + 1]
    return min(around, key=lambda found: abs(found - event_id))
