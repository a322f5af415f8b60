"""Canonical events as JSON: lines, or one batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.canonical import Needs, batch_json
from tracetui.events import Record
from tracetui.output.canonical_source import CanonicalSource
from tracetui.output.layout import Layout, Writer

_EVERYTHING = Needs.PROCESS | Needs.ENVIRONMENT | Needs.FILES | Needs.ANNOTATIONS


def canonical_lines(source: CanonicalSource) -> Writer:
    """One object an event, on a line of its own, with all that is known of the process and its family."""
    source.need(_EVERYTHING)

    def lines(records: Iterable[Record], layout: Layout) -> Iterator[str]:
        for record in records:
            yield source.to_json(source.event(record)) + "\n"

    return lines


def canonical_batch(source: CanonicalSource) -> Writer:
    """The same objects as one array."""
    source.need(_EVERYTHING)

    def pieces(records: Iterable[Record], layout: Layout) -> Iterator[str]:
        yield from batch_json(map(source.event, records), source.to_json)
        yield "\n"

    return pieces
