"""Asks one filter of both back ends."""

from __future__ import annotations

from tracetui.filter import Surroundings, compile_filter, evaluator, parse
from tracetui.trace import Trace


def tables_of(trace: Trace) -> dict[str, tuple[str, ...]]:
    """Columns of each table."""
    return {name: tuple(trace.schema.columns(name)) for name in trace.schema.tables}


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
    assert found == [record.id for record in trace.records() if test(record)], f"back ends differ on {text!r}"
    return found
