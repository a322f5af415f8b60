"""Questions about a whole trace for which an index is worth building, or one was kept."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.analysis.index.columns import ColumnIndex
from tracetui.analysis.index.counts import GROUPED, Group, facets_of
from tracetui.analysis.index.facets import PATH, keeps
from tracetui.analysis.index.planning import plan
from tracetui.analysis.index.store import load, save
from tracetui.filter import Expression, Surroundings
from tracetui.filter.lookup import BY_NAME
from tracetui.trace import Trace


def count_by(
    trace: Trace, expression: Expression | None, surroundings: Surroundings, names: Sequence[str]
) -> list[Group] | None:
    """Matching events by the values of fields, most frequent first; ``None`` where the index cannot tell.

    Raises :class:`TraceError`.
    """
    fields = [BY_NAME[name] for name in names if name in BY_NAME]
    if len(fields) < len(names) or not all(f.name in GROUPED and keeps(f, trace.schema) for f in fields):
        return None
    index = whole_index(trace)
    made = plan(expression, index, trace.schema, surroundings)
    index.wants_paths |= PATH.name in facets_of(field.name for field in fields)
    if _complete(index, trace):
        made = plan(expression, index, trace.schema, surroundings)
    bounds = trace.bounds()
    if bounds is None or made.ready_to is None or made.ready_to < bounds[1]:
        return None
    return made.group_count(trace, tuple(field.name for field in fields))


def whole_index(trace: Trace) -> ColumnIndex:
    """The index of all of ``trace``: the one that was kept, or a new one, which is kept."""
    index = load(trace)
    if index is None:
        index = ColumnIndex()
        _complete(index, trace)
    return index


def _complete(index: ColumnIndex, trace: Trace) -> bool:
    """Add what is wanted of ``index``, and keep it; whether there was anything to add."""
    before = index.contents
    for _ in index.steps(trace):
        pass
    if index.contents is before:
        return False
    save(index, trace)
    return True
