"""The session's column index: built once a filter asks for it, kept up to date, used by every scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tracetui.tui.memory import give_back

if TYPE_CHECKING:
    from tracetui.analysis.index import ColumnIndex
    from tracetui.filter.field import Field
    from tracetui.trace import Chunk, Trace
    from tracetui.tui.question import Question

WORTHWHILE = 200_000
"""Events below which scanning is quick enough and no index is built."""

Cancelled = Callable[[], bool]


class Indexing:
    """One index, extended by one thread and asked by all. Until it knows something, everything is scanned."""

    def __init__(self) -> None:
        self._index: ColumnIndex | None = None

    @property
    def progress(self) -> float | None:
        """How much of the trace it knows, 0 to 1; ``None`` where there is none."""
        return None if self._index is None else self._index.progress

    @property
    def lacks_paths(self) -> bool:
        """Whether somebody asked for names of files, of which it does not know all that it could."""
        index = self._index
        return index is not None and index.wants_paths and index.contents.paths_to != index.ready_to

    def extend(self, trace: Trace, cancelled: Cancelled) -> Iterator[float]:
        """Take in what is new, a kept index first; yields the progress after each short step."""
        from tracetui.analysis.index import ColumnIndex, load, save

        if self._index is None:
            self._index = load(trace) or ColumnIndex()
        before = self._index.contents
        yield from self._index.steps(trace, cancelled)
        if self._index.contents is not before:
            save(self._index, trace)
            give_back()

    def chunks(
        self,
        trace: Trace,
        question: Question,
        start: int | None,
        stop: int,
        descending: bool,
        cancelled: Cancelled,
    ) -> Iterator[Chunk]:
        """What :meth:`Trace.scan` gives for a question, with the help of what the index knows now."""
        if self._index is None:
            return trace.scan(
                question.condition, start=start, stop=stop, descending=descending, cancelled=cancelled
            )
        plan = question.plan(self._index)
        return plan.chunks(trace, start=start, stop=stop, descending=descending, cancelled=cancelled)

    def count(self, trace: Trace, question: Question, cancelled: Cancelled) -> int:
        """How many events answer a question."""
        if self._index is None:
            return trace.count(question.condition, cancelled=cancelled)
        return question.plan(self._index).count(trace, cancelled=cancelled)

    def group_count(
        self, trace: Trace, field: str, under: Question | None, last: int
    ) -> list[tuple[str | int, int, int]] | None:
        """(value, events, failures) of a field, most frequent first; ``None`` where the index cannot tell."""
        from tracetui.filter.lookup import BY_NAME

        index = self._index
        known = BY_NAME.get(field)
        if index is None or known is None or (index.ready_to or 0) < last:
            return None
        from tracetui.analysis.index import GROUPED, plan

        if known.name not in GROUPED:
            return None
        made = under.plan(index) if under is not None else plan(None, index, trace.schema)
        groups = made.group_count(trace, (known.name,))
        if groups is None:
            return None
        counted = ((_shown(known, group.values[0]), group.count, group.failures) for group in groups)
        return [entry for entry in counted if isinstance(entry[0], str | int)]


def _shown(field: Field, value: Any) -> Any:
    """The value as people choose it: a call without ``sys_``."""
    from tracetui.filter.field import Stored

    source = field.sources[0]
    also = source.also if isinstance(source, Stored) else None
    return also(value) if also is not None and isinstance(value, str) else value
