"""The reader threads behind the screen: one role each, private connections, answers as messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from tracetui.events import Record
from tracetui.filter.errors import FilterError
from tracetui.trace import (
    FileState,
    Flushes,
    Growth,
    NotYetThere,
    Reader,
    Tail,
    Trace,
    TraceError,
    type_changes,
)
from tracetui.trace.flushes import GROUPED_ERAS
from tracetui.trace.rows import BATCH
from tracetui.tui import messages
from tracetui.tui.fill import POST_SECONDS, Fill, FillRequest
from tracetui.tui.indexing import WORTHWHILE, Indexing
from tracetui.tui.rows import RowCache, make_row

if TYPE_CHECKING:
    from tracetui.process import ForestBuilder
    from tracetui.tui.question import Question

TAIL_SECONDS = 0.1
"""How often the file is looked at; a look without news is one ``stat``."""

PAGE = 64
"""Rows fetched at once; what is visible comes first in a request."""

QUIET_SECONDS = 0.25
"""How long after a key background work rests."""

TREE_SECONDS = 1.0
"""At most how often the process tree is rebuilt while the trace grows."""

FAILED = "failed or (code exists and code != 0)"
"""What the overview counts as a failure."""

OVERVIEW_SPANS = 200
"""Ranges of ids in which failures are counted at first."""

PROGRESS_SECONDS = 0.5

CENSUS_SECONDS = 0.3
CENSUS_VALUES = 500

Post = Callable[[Message], bool]
Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class CountRequest:
    """Count the events that match a question."""

    generation: int
    question: Question


class Session:
    """One open trace and its threads. Made in a thread of its own, so that the screen paints at once."""

    def __init__(self, trace: Trace, post: Post) -> None:
        self._trace = trace
        self._post = post
        self.path = trace.path
        self.schema = trace.schema
        bounds = trace.bounds()
        self.first = bounds[0] if bounds else 0
        self.last = bounds[1] if bounds else 0
        """Highest committed id known; scans run up to it, the tail raises it."""
        self._pages = self._reader("pages", self._answer_page)
        self._detail = self._reader("detail", self._answer_detail)
        self._fills: dict[str, Reader[FillRequest]] = {}
        self._forests: ForestBuilder | None = None
        self._tree = self._reader("tree", self._answer_tree)
        self._census = self._reader("values", self._answer_census)
        self._counts = self._reader("count", self._answer_count)
        self._failures = self._reader("failures", self._answer_failures)
        self.indexing = Indexing()
        self._index = self._reader("index", self._answer_index)
        self._failed_spans: list[tuple[int, int, int]] = []
        self._marks = self._reader("flushes", self._answer_flushes)
        self.rows = RowCache(self._pages.request)
        self._stopping = threading.Event()
        self._tail = threading.Thread(target=self._follow, name="tracetui-tail", daemon=True)
        self._listed_to: int | None = None
        """The last id when all were listed; ``None`` until the first time."""
        self._reached: int | None = None
        """The last id that was posted, or known not to exist."""
        self._damage_told: str | None = None
        self._busy_until = 0.0
        self._filling = 0
        """Scans under way that the user waits for."""
        self._flushes = Flushes()
        self._flushed_to = 0

    @staticmethod
    def opened(path: Path, post: Post, stopping: threading.Event, wait: bool) -> Session | None:
        """A session on ``path``, not yet started; waits for the file to appear where ``wait``."""
        said = None
        while not stopping.is_set():
            try:
                session = Session(Trace(path), post)
            except NotYetThere as error:
                if not wait:
                    post(messages.OpenFailed(error))
                    return None
                if said != error.message:
                    post(messages.Waiting(error.message))
                    said = error.message
                stopping.wait(0.2)
            except TraceError as error:
                post(messages.OpenFailed(error))
                return None
            else:
                return session
        return None

    def start(self, original: Path | None = None, sentence: str = "") -> None:
        """Say what was opened, with the first and the last page, and start the threads.

        ``original`` is the file that the user named and ``sentence`` what was done to it, where what is open
        is a copy.
        """
        trace = self._trace
        bounds = (self.first, self.last) if self.last else None
        sample = self._first_pages()
        self.rows.put([record.id for record in sample], [make_row(record) for record in sample])
        self._post(
            messages.Opened(
                path=original or self.path,
                sentence=sentence,
                era=trace.era,
                schema=trace.schema,
                bounds=bounds,
                has_times=trace.schema.has("context"),
                has_pids=any(record.pid is not None for record in sample if record.type == "syscall"),
                dense=bounds is None or bounds[1] - bounds[0] < max(self.path.stat().st_size // 8, 1),
            )
        )
        for thread in (self._pages, self._detail, self._marks, self._tail):
            thread.start()

    def read_background(self) -> None:
        """Read what the first screen does not need, and what has come since: flushes, failures, the tree."""
        self._marks.request(self.last)
        start_once(self._failures)
        self._failures.request(self.last)
        for reader in (self._tree, self._index):
            if reader.ident is not None:
                reader.request(self.last)

    def read_tree(self) -> None:
        """Build the process tree, from now on whenever the trace grows; else it would cost for nothing."""
        start_once(self._tree)
        self._tree.request(self.last)

    def _first_pages(self) -> list[Record]:
        """One batch, half from either end: the trace opens at one of them."""
        if not self.last:
            return []
        half = BATCH // 2
        ids = {*range(self.first, self.first + half), *range(self.last - half + 1, self.last + 1)}
        return self._trace.fetch(sorted(ids), whole=False)

    def stop(self) -> None:
        """End all threads; none can hold up the exit."""
        self._stopping.set()
        readers: tuple[Reader[Any], ...] = (
            self._pages,
            self._detail,
            self._tree,
            self._marks,
            self._counts,
            self._failures,
            self._index,
            self._census,
            *self._fills.values(),
        )
        for reader in readers:
            reader.stop(timeout=0.2)
        self._tail.join(0.2)

    def touch(self) -> None:
        """A key was pressed: what runs in the background makes way for a moment."""
        self._busy_until = time.monotonic() + QUIET_SECONDS

    def _gentle(self, stale: Callable[[], bool]) -> Callable[[], bool]:
        """``stale`` for background work: it waits while the user types or waits for matches."""

        def check() -> bool:
            while (self._filling or time.monotonic() < self._busy_until) and not stale():
                if self._stopping.wait(0.02):
                    return True
            return stale()

        return check

    # What the screen asks for.

    def detail(self, event_id: int) -> None:
        """Load one event whole; answered by :class:`messages.DetailReady`."""
        self._detail.request(event_id)

    def fill(self, request: FillRequest) -> None:
        """Find what matches; answered by :class:`messages.Found`, many times. A role has its own thread."""
        reader = self._fills.get(request.role)
        if reader is None:
            reader = self._fills[request.role] = self._reader(request.role, self._answer_fill)
            reader.start()
        reader.request(request)
        self._want_index()

    def _want_index(self) -> None:
        """The first filter of a large trace is when an index begins to pay."""
        if self._index.ident is None and self.last - self.first >= WORTHWHILE:
            self._index.start()
            self._index.request(self.last)

    def count(self, request: CountRequest) -> None:
        """Count what matches; answered by :class:`messages.Counted`."""
        start_once(self._counts)
        self._counts.request(request)

    def count_values(self, field: str, under: Question | None = None) -> None:
        """Count the values of a field; answered by :class:`messages.ValuesCounted`, many times."""
        self._want_index()
        start_once(self._census)
        self._census.request((field, under))

    # What the threads answer.

    def _reader(self, name: str, answer: Callable[[Trace, Asked, Callable[[], bool]], None]) -> Reader[Asked]:
        return Reader(name, self._trace.again, answer, self._failed)

    def _failed(self, error: TraceError) -> None:
        self._post(messages.ReadFailed(str(error)))

    def _answer_page(self, trace: Trace, ids: Sequence[int], stale: Callable[[], bool]) -> None:
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            self.rows.put(page, [make_row(record) for record in trace.fetch(page, whole=False)])
            self._post(messages.RowsReady())
            if stale():
                return

    def _answer_detail(self, trace: Trace, event_id: int, stale: Callable[[], bool]) -> None:
        records = trace.fetch([event_id])
        self._post(messages.DetailReady(event_id, records[0] if records else None))

    def _answer_fill(self, trace: Trace, request: FillRequest, stale: Callable[[], bool]) -> None:
        self._filling += 1
        try:
            Fill(trace, request, lambda: (self.first, self.last), self._post, stale, self.indexing).run()
        except (TraceError, FilterError) as error:
            if not stale():
                self._post(messages.ScanFailed(request.role, request.generation, error.message))
        finally:
            self._filling -= 1

    def _answer_count(self, trace: Trace, asked: CountRequest, stale: Callable[[], bool]) -> None:
        """How many events match, without their ids."""
        found = self.indexing.count(trace, asked.question, self._gentle(stale))
        if not stale():
            self._post(messages.Counted(asked.generation, found))

    def _answer_census(
        self, trace: Trace, asked: tuple[str, Question | None], stale: Callable[[], bool]
    ) -> None:
        """The values of a field; the most frequent come again and again while the trace is gone through."""
        from tracetui.analysis import Census

        field, under = asked
        known = self.indexing.group_count(trace, field, under, self.last)
        if known is not None:
            top = known[:CENSUS_VALUES]
            self._post(messages.ValuesCounted(field, top, len(known), complete=True, under=under))
            return
        posted = time.monotonic()
        census = Census(trace, field, under.condition if under is not None else None)

        def tell(complete: bool) -> None:
            top = [(value, count, census.failures[value]) for value, count in census.top(CENSUS_VALUES)]
            self._post(messages.ValuesCounted(field, top, len(census.counts), complete, under))

        for _ in census.steps(self._gentle(stale)):
            if time.monotonic() - posted > CENSUS_SECONDS:
                posted = time.monotonic()
                tell(complete=False)
        if not stale():
            tell(complete=True)

    def _answer_tree(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        from tracetui.process import ForestBuilder

        if self._forests is None:
            self._forests = ForestBuilder(trace)
        forest = self._forests.update(self._gentle(self._stopping.is_set))
        self._post(messages.TreeReady(forest, complete=True))
        self._stopping.wait(TREE_SECONDS)

    def _answer_failures(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        """Where events fail, for the overview; only what is new is looked at."""
        from tracetui.filter import compile_filter, parse

        condition = compile_filter(parse(FAILED), trace.schema)
        spans, gently = self._failed_spans, self._gentle(stale)
        start = spans[-1][1] + 1 if spans else self.first
        width = max((last - self.first) // OVERVIEW_SPANS + 1, 1)
        while start <= last and not stale():
            stop = min(start + width - 1, last)
            failed = trace.count(condition, start=start, stop=stop, cancelled=gently)
            if stale():
                return
            spans.append((start, stop, failed))
            start = trace.nearest(stop + 1) or last + 1
        self._post(messages.FailuresCounted(list(spans)))

    def _answer_index(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        told = time.monotonic()
        for progress in self.indexing.extend(trace, self._gentle(stale)):
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                self._post(messages.Indexed(progress))
        self._post(messages.Indexed(1.0))

    def _answer_flushes(self, trace: Trace, last: int, stale: Callable[[], bool]) -> None:
        if trace.era not in GROUPED_ERAS or last <= self._flushed_to:
            return
        # To the end, whatever is asked for meanwhile: a flush map of a part would leave out what follows.
        changes = list(
            type_changes(
                trace, start=self._flushed_to + 1, stop=last, cancelled=self._gentle(self._stopping.is_set)
            )
        )
        if self._stopping.is_set():
            return
        for event_id, event_type in changes:
            self._flushes.feed(event_id, event_type)
        self._flushed_to = last
        self._post(messages.FlushesFound(self._flushes))

    def _follow(self) -> None:
        """List the ids that exist, then those that are added, until the end."""
        trace: Trace | None = None
        tail: Tail | None = None
        while not self._stopping.is_set():
            try:
                trace = trace or self._trace.again()
                tail = tail or Tail(trace, self.last or None)
                self._look(trace, tail)
            except TraceError as error:
                self._failed(error)
            self._stopping.wait(TAIL_SECONDS)
        if trace is not None:
            trace.close()

    def _look(self, trace: Trace, tail: Tail) -> None:
        """Tell what is new. Raises :class:`TraceError`; what could not be told is told the next time."""
        known = tail.state
        try:
            if self._listed_to is not None:
                self._take_growth(tail.look())
            if self._listed_to != self.last:
                self._list_ids(trace)
        finally:
            if trace.damage.sentence != self._damage_told:
                self._damage_told = trace.damage.sentence
                self._post(messages.DamageFound(self._damage_told or ""))
            if tail.state is not known and tail.state not in (FileState.SAME, FileState.CHANGED):
                self._post(messages.FileChanged(tail.state.value))

    def _take_growth(self, growth: Growth | None) -> None:
        if growth is None:
            return
        self.first = self.first or growth.after + 1
        self.last = growth.last
        if growth.new_schema:
            self._post(messages.FileChanged("schema"))

    def _list_ids(self, trace: Trace) -> None:
        """Post which of the ids up to the last exist, as ranges, after those that were posted before."""
        live = self._listed_to is not None
        start = self.first if self._reached is None else self._reached + 1
        ranges: list[tuple[int, int]] = []
        posted = time.monotonic()
        for low, high, count in trace.count_chunks(start, self.last, self._stopping.is_set):
            whole = count == high - low + 1
            ranges.extend([(low, high)] if whole else _runs(trace, low, high))
            if time.monotonic() - posted > POST_SECONDS:
                posted = time.monotonic()
                self._post(messages.EventsExist(ranges, high, live, complete=False))
                self._reached = high
                ranges = []
        self._post(messages.EventsExist(ranges, self.last, live, complete=True))
        self._reached, self._listed_to = self.last or None, self.last


def start_once(reader: Reader[Any]) -> None:
    """Start a thread that few sessions need."""
    if reader.ident is None:
        reader.start()


def _runs(trace: Trace, low: int, high: int) -> list[tuple[int, int]]:
    """Runs of consecutive ids between two ids, where some are missing."""
    runs: list[tuple[int, int]] = []
    for chunk in trace.scan(None, start=low, stop=high):
        for event_id in chunk.ids:
            if runs and runs[-1][1] + 1 == event_id:
                runs[-1] = (runs[-1][0], event_id)
            else:
                runs.append((event_id, event_id))
    return runs
