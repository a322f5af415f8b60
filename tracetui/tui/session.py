"""The reader threads behind the screen: one role each, private connections, answers as messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message

from tracetui.events import Record
from tracetui.events.flows import RECORDS
from tracetui.filter.errors import FilterError
from tracetui.trace import (
    FileState,
    Growth,
    HotJournal,
    NotYetThere,
    Reader,
    Tail,
    Trace,
    TraceError,
)
from tracetui.tui import messages
from tracetui.tui.annotating import Annotating
from tracetui.tui.background import Background
from tracetui.tui.fill import POST_SECONDS, Fill, FillRequest
from tracetui.tui.follow import starts_at_end
from tracetui.tui.rows import RowCache, make_row

if TYPE_CHECKING:
    from tracetui.reader import Flattened

TAIL_SECONDS = 0.1
"""How often the file is looked at; a look without news is one ``stat``."""

STOP_SECONDS = 0.2
"""How long the end waits for threads, which are daemons and then left alone."""

PAGE = 64
"""Rows fetched at once; what is visible comes first in a request."""

LIVES = frozenset({"proc_start", "proc_exit"})
"""Types whose events know their pid in every trace."""

Post = Callable[[Message], bool]
Asked = TypeVar("Asked")


class Session:
    """One open trace and its threads. Made in a thread of its own, so that the screen paints at once."""

    def __init__(self, trace: Trace, post: Post) -> None:
        self._trace = trace
        self._row_text: Callable[[Record], str] | None = None
        self.post = post
        self.path = trace.path
        self.schema = trace.schema
        bounds = trace.bounds()
        self.first = bounds[0] if bounds else 0
        self.last = bounds[1] if bounds else 0
        """Highest committed id known; scans run up to it, the tail raises it."""
        self._pages = self.reader("pages", self._answer_page)
        self._detail = self.reader("detail", self._answer_detail)
        self._fills: dict[str, Reader[FillRequest]] = {}
        self.rows = RowCache(self._pages.request)
        self.stopping = threading.Event()
        self._tail = threading.Thread(target=self._follow, name="tracetui-tail", daemon=True)
        self._listed_to: int | None = None
        """The last id when all were listed; ``None`` until the first time."""
        self._reached: int | None = None
        """The last id that was posted, or known not to exist."""
        self._damage_told: str | None = None
        self.background = Background(self)
        self.annotations = Annotating(trace.name, trace.again, post)

    @staticmethod
    def opened(
        path: Path, post: Post, stopping: threading.Event, wait: bool, name: Path | None = None
    ) -> Session | None:
        """A session on ``path``, not yet started; waits for the file to appear where ``wait``.

        ``name`` is what the user named, where ``path`` is a copy of it.
        """
        said = None
        while not stopping.is_set():
            try:
                session = Session(Trace(path, name=name), post)
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

    def write_rows(self, template: str) -> None:
        """Show events as a template has it. Before :meth:`start`. Raises :class:`ConfigurationError`."""
        from tracetui.tui.row_format import row_text

        self._row_text = row_text(template, self.schema)

    def start(self, original: Path | None = None, sentence: str = "", *, follow: bool | None = None) -> None:
        """Say what was opened, with the page that is shown first, and start the threads.

        ``original`` is the file that the user named and ``sentence`` what was done to it, where what is open
        is a copy.
        """
        trace = self._trace
        bounds = (self.first, self.last) if self.last else None
        sample = self._first_page(starts_at_end(self.path, follow))
        self.rows.put(
            [record.id for record in sample], [make_row(record, self._row_text) for record in sample]
        )
        self.post(
            messages.Opened(
                path=original or self.path,
                sentence=sentence,
                era=trace.era,
                schema=trace.schema,
                bounds=bounds,
                has_times=trace.schema.has("context"),
                has_pids=any(record.pid is not None for record in sample if record.type not in LIVES),
                dense=bounds is None or bounds[1] - bounds[0] < max(self.path.stat().st_size // 8, 1),
            )
        )
        for thread in (self._pages, self._detail, self._tail):
            thread.start()

    def _first_page(self, at_end: bool) -> list[Record]:
        """A page at the end where the trace opens."""
        if not self.last:
            return []
        first = max(self.last - PAGE + 1, self.first) if at_end else self.first
        return self._trace.fetch(range(first, min(first + PAGE, self.last + 1)), whole=False)

    @property
    def readers(self) -> tuple[Reader[Any], ...]:
        """All threads that answer requests, started or not."""
        return self._pages, self._detail, *self._fills.values(), *self.background.readers

    def stop(self) -> None:
        """End all threads; only what the user wrote can hold up the exit."""
        self.stopping.set()
        self.annotations.stop()
        readers = self.readers
        for reader in readers:
            reader.stop(timeout=0)
        # They may all wait for a writer that has the file: one wait for all, not one for each.
        until = time.monotonic() + STOP_SECONDS
        for thread in (*readers, self._tail):
            if thread.is_alive():
                thread.join(max(until - time.monotonic(), 0))

    # What the screen asks for.

    def detail(self, event_id: int) -> None:
        """Load one event whole; answered by :class:`messages.DetailReady`."""
        self._detail.request(event_id)

    def fill(self, request: FillRequest) -> None:
        """Find what matches; answered by :class:`messages.Found`, many times. A role has its own thread."""
        reader = self._fills.get(request.role)
        if reader is None:
            reader = self._fills[request.role] = self.reader(request.role, self._answer_fill)
            reader.start()
        reader.request(request)
        self.background.want_index()

    # What the threads answer.

    def reader(self, name: str, answer: Callable[[Trace, Asked, Callable[[], bool]], None]) -> Reader[Asked]:
        return Reader(name, self._trace.again, answer, self._failed)

    def _failed(self, error: TraceError) -> None:
        self.post(messages.ReadFailed(_told(error)))

    def _answer_page(self, trace: Trace, ids: Sequence[int], stale: Callable[[], bool]) -> None:
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            records = trace.fetch(page, whole=False)
            self.rows.put(page, [make_row(record, self._row_text) for record in records])
            self.post(messages.RowsReady())
            if stale():
                return

    def _answer_detail(self, trace: Trace, event_id: int, stale: Callable[[], bool]) -> None:
        records = trace.fetch([event_id])
        record = records[0] if records else None
        linked = self._flatten(record) if record is not None and RECORDS in record.extras else None
        self.post(messages.DetailReady(event_id, record, linked))

    def _flatten(self, record: Record) -> Flattened:
        """An event with what it refers to."""
        from tracetui.reader import LinkedEntities

        return LinkedEntities().flatten(record)

    def _answer_fill(self, trace: Trace, request: FillRequest, stale: Callable[[], bool]) -> None:
        self.background.filling += 1
        try:
            bounds, indexing = (lambda: (self.first, self.last)), self.background.indexing
            pause = partial(self.background.await_rest, stale)
            Fill(trace, request, bounds, self.post, stale, indexing, pause).run()
        except (TraceError, FilterError) as error:
            if not stale():
                self.post(messages.ScanFailed(request.role, request.generation, error.message))
        finally:
            self.background.filling -= 1
            self.background.want_paths()

    def _follow(self) -> None:
        """List the ids that exist, then those that are added, until the end."""
        trace: Trace | None = None
        tail: Tail | None = None
        failure = ""
        while not self.stopping.is_set():
            try:
                trace = trace or self._trace.again()
                tail = tail or Tail(trace, self.last or None)
                self._look(trace, tail)
                if failure:
                    self.post(messages.ReadAgain(failure))
                    failure = ""
            except TraceError as error:
                self._failed(error)
                failure = _told(error)
            self.stopping.wait(TAIL_SECONDS)
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
                self.post(messages.DamageFound(self._damage_told or ""))
            if tail.state is not known and tail.state not in (FileState.SAME, FileState.CHANGED):
                self.post(messages.FileChanged(tail.state.value))

    def _take_growth(self, growth: Growth | None) -> None:
        if growth is None:
            return
        self.first = self.first or growth.after + 1
        self.last = growth.last
        if growth.new_schema:
            self.post(messages.FileChanged("schema"))

    def _list_ids(self, trace: Trace) -> None:
        """Post which of the ids up to the last exist, as ranges, after those that were posted before."""
        live = self._listed_to is not None
        start = self.first if self._reached is None else self._reached + 1
        ranges: list[tuple[int, int]] = []
        posted = time.monotonic()
        for low, high, count in trace.count_chunks(start, self.last, self.stopping.is_set):
            whole = count == high - low + 1
            ranges.extend([(low, high)] if whole else _runs(trace, low, high))
            if time.monotonic() - posted > POST_SECONDS:
                posted = time.monotonic()
                self.post(messages.EventsExist(ranges, high, live, complete=False))
                self._reached = high
                ranges = []
        self.post(messages.EventsExist(ranges, self.last, live, complete=True))
        self._reached, self._listed_to = self.last or None, self.last


def _told(error: TraceError) -> str:
    """What is wrong, and what can be done about it here."""
    way_out = "\nR opens such a copy; the next writer of the trace also undoes it."
    return f"{error}{way_out if isinstance(error, HotJournal) else ''}"


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
