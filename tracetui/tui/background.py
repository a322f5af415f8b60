"""What can wait: flushes, failures, the tree, counts of values, the index. It makes way for the user."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tracetui.annotations.book import KINDS
from tracetui.trace import Flushes, Reader, Trace, type_changes
from tracetui.trace.flushes import GROUPED_ERAS
from tracetui.tui import messages
from tracetui.tui.indexing import WORTHWHILE, Indexing
from tracetui.tui.warming import warm_up

if TYPE_CHECKING:
    from tracetui.process import ForestBuilder
    from tracetui.tui.question import Question
    from tracetui.tui.session import Session

QUIET_SECONDS = 0.25
"""How long after a key background work rests."""

REST_SECONDS = 0.15
"""How long after a key it counts as the last one for now: who types fast presses ten in a second."""

LONGEST_REST = 2.0
"""How long a scan waits for that at most."""

TREE_SECONDS = 1.0
"""At most how often the process tree is rebuilt while the trace grows."""

FAILED = "failed or (code exists and code != 0)"
"""What the overview counts as a failure."""

OVERVIEW_SPANS = 200
"""Ranges of ids in which failures are counted at first."""

OVERVIEW_STEP = 4096
"""Ids that are looked at in one step at least: those ranges are narrow where a trace is short."""

PROGRESS_SECONDS = 0.5

CENSUS_SECONDS = 0.3
CENSUS_VALUES = 500


@dataclass(frozen=True, slots=True)
class CountRequest:
    """Count the events that match a question."""

    generation: int
    question: Question


class Background:
    """Threads of a session that are started when what they find is first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.indexing = Indexing()
        self.filling = 0
        """Scans under way that the user waits for."""
        self._touched = -QUIET_SECONDS
        self._forests: ForestBuilder | None = None
        self._failed_spans: list[tuple[int, int, int]] = []
        self._flushes = Flushes()
        self._flushed_to = 0
        self._tree = session.reader("tree", self._answer_tree)
        self._census = session.reader("values", self._answer_census)
        self._connections = session.reader("connections", self._answer_connections)
        self._counts = session.reader("count", self._answer_count)
        self._failures = session.reader("failures", self._answer_failures)
        self._index = session.reader("index", self._answer_index)
        self._marks = session.reader("flushes", self._answer_flushes)

    @property
    def readers(self) -> tuple[Reader[Any], ...]:
        """All threads, started or not."""
        return (
            *(self._tree, self._census, self._connections, self._counts),
            *(self._failures, self._index, self._marks),
        )

    def read(self) -> None:
        """Read what the first screen does not need, and what has come since: flushes, failures, the tree."""
        start_once(self._marks)
        self._marks.request(self._session.last)
        start_once(self._failures)
        self._failures.request(self._session.last)
        for reader in (self._tree, self._index):
            if reader.ident is not None:
                reader.request(self._session.last)

    def warm_up(self) -> None:
        """Import what keys will need, while no key is pressed."""
        warm_up(self._gentle(self._session.stopping.is_set))

    def read_tree(self) -> None:
        """Build the process tree, from now on whenever the trace grows; else it would cost for nothing."""
        if self._tree.ident is None:
            self._tree.start()
            self._tree.request(self._session.last)

    def want_index(self) -> None:
        """The first filter of a large trace is when an index begins to pay."""
        if self._index.ident is None and self._session.last - self._session.first >= WORTHWHILE:
            self._index.start()
            self._index.request(self._session.last)

    def want_paths(self) -> None:
        """Have the index learn the names of files, once a filter has asked for them."""
        if self.indexing.lacks_paths and not self._index.busy:
            self._index.request(self._session.last)

    def count(self, request: CountRequest) -> None:
        """Count what matches; answered by :class:`messages.Counted`."""
        start_once(self._counts)
        self._counts.request(request)

    def count_values(self, field: str, under: Question | None = None) -> None:
        """Count the values of a field; answered by :class:`messages.ValuesCounted`, many times."""
        self.want_index()
        start_once(self._census)
        self._census.request((field, under))

    def find_connections(self, under: Question | None = None) -> None:
        """Put network flows together; answered by :class:`messages.ConnectionsFound`, many times."""
        start_once(self._connections)
        self._connections.request((under,))

    def touch(self) -> None:
        """A key was pressed: what runs in the background makes way for a moment."""
        self._touched = time.monotonic()

    def await_rest(self, stale: Callable[[], bool]) -> None:
        """Wait until the keys rest: the next one may make void what would hold up its echo."""
        until = time.monotonic() + LONGEST_REST
        while time.monotonic() < min(self._touched + REST_SECONDS, until) and not stale():
            if self._session.stopping.wait(0.02):
                return

    def _gentle(self, stale: Callable[[], bool]) -> Callable[[], bool]:
        """``stale`` for background work: it waits while the user types or waits for matches."""

        def check() -> bool:
            while (self.filling or time.monotonic() < self._touched + QUIET_SECONDS) and not stale():
                if self._session.stopping.wait(0.02):
                    return True
            return stale()

        return check

    # What the threads answer.

    def _answer_count(self, trace: Trace, asked: CountRequest, stale: Callable[[], bool]) -> None:
        """How many events match, without their ids."""
        found = self.indexing.count(trace, asked.question, self._gentle(stale))
        if not stale():
            self._session.post(messages.Counted(asked.generation, found))

    def _answer_census(
        self, trace: Trace, asked: tuple[str, Question | None], stale: Callable[[], bool]
    ) -> None:
        """The values of a field; the most frequent come again and again while the trace is gone through."""
        from tracetui.analysis import Census

        field, under = asked
        if field in KINDS:
            self._count_annotations(trace, field, under, stale)
            return
        known = self.indexing.group_count(trace, field, under, self._session.last)
        if known is not None:
            top = known[:CENSUS_VALUES]
            self._session.post(messages.ValuesCounted(field, top, len(known), complete=True, under=under))
            return
        posted = time.monotonic()
        census = Census(trace, field, under.condition if under is not None else None)

        def tell(complete: bool) -> None:
            top = [(value, count, census.failures[value]) for value, count in census.top(CENSUS_VALUES)]
            self._session.post(messages.ValuesCounted(field, top, len(census.counts), complete, under))

        for _ in census.steps(self._gentle(stale)):
            if time.monotonic() - posted > CENSUS_SECONDS:
                posted = time.monotonic()
                tell(complete=False)
        if not stale():
            tell(complete=True)

    def _answer_connections(
        self, trace: Trace, asked: tuple[Question | None], stale: Callable[[], bool]
    ) -> None:
        from tracetui.analysis import Connections

        (under,) = asked
        found = Connections(trace, under.condition if under is not None else None)
        posted = time.monotonic()
        for _ in found.steps(self._gentle(stale)):
            if time.monotonic() - posted > CENSUS_SECONDS:
                posted = time.monotonic()
                self._session.post(messages.ConnectionsFound(found.sorted(), complete=False))
        if not stale():
            self._session.post(messages.ConnectionsFound(found.sorted(), complete=True))

    def _count_annotations(
        self, trace: Trace, kind: str, under: Question | None, stale: Callable[[], bool]
    ) -> None:
        """The same of what the user wrote; no failures are told."""
        book = self._session.annotations.book
        if under is not None and book:
            ids = book.event_ids
            chunks = trace.scan(under.condition, start=ids[0], stop=ids[-1], cancelled=self._gentle(stale))
            book = book.within({event_id for chunk in chunks for event_id in chunk.ids if event_id in book})
        if not stale():
            values = [(value, count, 0) for value, count in book.counts(kind)]
            top = values[:CENSUS_VALUES]
            self._session.post(messages.ValuesCounted(kind, top, len(values), complete=True, under=under))

    def _answer_tree(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        from tracetui.process import ForestBuilder

        if self._forests is None:
            self._forests = ForestBuilder(trace)
        forest = self._forests.update(self._gentle(self._session.stopping.is_set))
        self._session.post(messages.TreeReady(forest, complete=True))
        self._session.stopping.wait(TREE_SECONDS)

    def _answer_failures(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        """Where events fail, for the overview; only what is new is looked at."""
        from tracetui.filter import compile_filter, parse

        condition = compile_filter(parse(FAILED), trace.schema)
        spans, gently = self._failed_spans, self._gentle(stale)
        start = spans[-1][1] + 1 if spans else self._session.first
        width = max((last - self._session.first) // OVERVIEW_SPANS + 1, 1)
        while start <= last and not stale():
            stop = min(start + max(width, OVERVIEW_STEP) - 1, last)
            chunks = trace.scan(condition, start=start, stop=stop, cancelled=gently)
            failed = [event_id for chunk in chunks for event_id in chunk.ids]
            if stale():
                return
            for low in range(start, stop + 1, width):
                high = min(low + width - 1, stop)
                spans.append((low, high, bisect_right(failed, high) - bisect_left(failed, low)))
            start = trace.nearest(stop + 1) or last + 1
        self._session.post(messages.FailuresCounted(list(spans)))

    def _answer_index(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        gently = self._gentle(stale)
        # Importing what builds it takes the interpreter for longer than a key should wait.
        gently()
        told = time.monotonic()
        for progress in self.indexing.extend(trace, gently):
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                self._session.post(messages.Indexed(progress))
        self._session.post(messages.Indexed(1.0))

    def _answer_flushes(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        if trace.era not in GROUPED_ERAS or last <= self._flushed_to or not self._flushes.is_grouped:
            return
        # To the end, whatever is asked for meanwhile: a flush map of a part would leave out what follows.
        gently = self._gentle(self._session.stopping.is_set)
        for event_id, event_type in type_changes(
            trace, start=self._flushed_to + 1, stop=last, cancelled=gently
        ):
            self._flushes.feed(event_id, event_type)
            self._flushed_to = event_id
            if not self._flushes.is_grouped:
                break
        if not self._session.stopping.is_set():
            self._flushed_to = last
            self._session.post(messages.FlushesFound(self._flushes))


def start_once(reader: Reader[Any]) -> None:
    """Start a thread that few sessions need."""
    if reader.ident is None:
        reader.start()
