"""Bytes over time: what connections sent and received in each of many equal parts of a span of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracetui.analysis.connections import Connection


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes per part of the time from ``first`` to ``last`` (ns since the epoch)."""

    first: int
    last: int
    received: Sequence[float]
    sent: Sequence[float]

    @property
    def part(self) -> float:
        """Length of a part in seconds."""
        return (self.last - self.first) / len(self.received) / 1e9


def bytes_over_time(
    connections: Iterable[Connection], parts: int, within: Iterable[Connection] = ()
) -> Traffic | None:
    """Bytes over time in ``parts`` parts; None where no flow has a time.

    The time is that of ``connections`` and of those that they are seen ``within``. When inside a flow its
    bytes moved is not known: they are spread evenly from its begin to its end.
    """
    shown = list(connections)
    timed = [one for one in (*shown, *within) if one.first is not None and one.last is not None]
    if not timed:
        return None
    first, last = min(one.first or 0 for one in timed), max(one.last or 0 for one in timed)
    flows = [
        (flow.ts, max(flow.end_ts or flow.ts, flow.ts), flow.rbytes, flow.wbytes)
        for connection in shown
        for flow in connection.fragments
        if flow.ts is not None
    ]
    last = max(last, first + parts)
    received, sent = [0.0] * parts, [0.0] * parts
    width = (last - first) / parts
    for begin, end, rbytes, wbytes in flows:
        low, high = (begin - first) / width, (end - first) / width
        for index in range(min(int(low), parts - 1), min(int(high), parts - 1) + 1):
            share = (min(high, index + 1) - max(low, index)) / (high - low) if high > low else 1.0
            received[index] += rbytes * share
            sent[index] += wbytes * share
    return Traffic(first, last, received, sent)
