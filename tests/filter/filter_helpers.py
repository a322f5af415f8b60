"""Asks one filter of both back ends."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from tracetui.events import Record
from tracetui.filter import Surroundings, compile_filter, evaluator, parse
from tracetui.trace import Trace

_RECORDS: WeakKeyDictionary[Trace, tuple[int, Sequence[Record]]] = WeakKeyDictionary()
"""Of each open trace the records, read once for all filters that are tried on it, and when they were read."""


def tables_of(trace: Trace) -> dict[str, tuple[str, ...]]:
    """Columns of each table."""
    return {name: tuple(trace.schema.columns(name)) for name in trace.schema.tables}


def records_of(trace: Trace) -> Sequence[Record]:
    """All records of a trace, as long as nobody writes to it."""
    version = trace.data_version()
    former = _RECORDS.get(trace)
    if former is None or former[0] != version:
        former = _RECORDS[trace] = (version, list(trace.records()))
    return former[1]


def matching(trace: Trace, text: str, surroundings: Surroundings | None = None) -> list[int]:
    """Ids that match ``text`` in the database; the evaluator must say the same."""
    surroundings = surroundings or Surroundings(tables=tables_of(trace))
    expression = parse(text, surroundings)
    found = [
        event_id
        for chunk in trace.scan(compile_filter(expression, trace.schema, surroundings))
        for event_id in chunk.ids
    ]
    test = evaluator(expression, surroundings)
    assert found == [record.id for record in records_of(trace) if test(record)], (
        f"back ends differ on {text!r}"
    )
    return found
