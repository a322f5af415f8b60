"""What the reader threads tell the screen. Answers carry the generation of the view they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from pathlib import Path

    from tracetui.analysis import Connection
    from tracetui.annotations.book import Book
    from tracetui.events.eras import Era
    from tracetui.events.record import Record
    from tracetui.reader import Flattened
    from tracetui.trace.errors import TraceError
    from tracetui.trace.positions import IdList
    from tracetui.trace.schema import Schema
    from tracetui.tui.question import Question


@dataclass
class Opened(Message):
    """The trace is open; ``bounds`` is None while it holds no event."""

    path: Path
    sentence: str
    """What was done to the file to make it readable; empty where nothing was."""
    era: Era
    schema: Schema
    bounds: tuple[int, int] | None
    has_times: bool
    has_pids: bool
    dense: bool
    """Whether ids may be taken as gapless until a scan has looked."""


@dataclass
class OpenFailed(Message):
    """The trace cannot be read."""

    error: TraceError


@dataclass
class Waiting(Message):
    """The trace does not exist or has no tables yet; it is looked for again and again."""

    reason: str


@dataclass
class RowsReady(Message):
    """Rows that a render asked for are in the row cache."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, RowsReady)


@dataclass
class Found(Message):
    """Events that match a condition, in ascending order."""

    role: str
    generation: int
    ids: IdList
    before: bool
    """Whether they stand below all found so far."""
    done: bool
    """Whether all up to ``last`` have been looked at."""
    last: int
    """Highest id looked at so far."""
    seen: int
    """Width of the id range looked at so far, for a progress figure."""


@dataclass
class ScanFailed(Message):
    """A scan could not be finished."""

    role: str
    generation: int
    text: str


@dataclass
class EventsExist(Message):
    """Which ids exist, in ascending order: first those that were there, then those that are committed."""

    ranges: Sequence[tuple[int, int]]
    last: int
    """Highest id looked at so far."""
    live: bool
    """Whether they came after the trace had been opened."""
    complete: bool
    """Whether all committed events have been looked at."""


@dataclass
class FileChanged(Message):
    """The file was replaced, removed or cut; ``state`` is a FileState value."""

    state: str


@dataclass
class Indexed(Message):
    """How much of the trace the column index knows: 0 to 1."""

    progress: float

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Indexed)


@dataclass
class FailuresCounted(Message):
    """How many events failed in each range of ids: (first, last, failures), ascending, as far as looked."""

    spans: Sequence[tuple[int, int, int]]

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, FailuresCounted)


@dataclass
class DamageFound(Message):
    """Some of the file cannot be read; ``text`` says how much, in a sentence."""

    text: str


@dataclass
class Preparing(Message):
    """A copy is being made that can be opened: bytes done, bytes in all (0 where that is not known)."""

    done: int
    total: int

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Preparing)


@dataclass
class RecoveryOffered(Message):
    """A killed writer left the trace in the middle of a commit; a recovered copy can be opened."""

    text: str


@dataclass
class DetailReady(Message):
    """The selected event, whole."""

    event_id: int
    record: Record | None
    linked: Flattened | None = None
    """What the event refers to, in a trace whose events say so."""


@dataclass
class TreeReady(Message):
    """The process forest, as far as it has been read."""

    forest: Any
    complete: bool

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, TreeReady)


@dataclass
class Counted(Message):
    """How many events match a question."""

    generation: int
    count: int


@dataclass
class ValuesCounted(Message):
    """The most frequent values of a field and how many events have each, so far."""

    field: str
    values: Sequence[tuple[str | int, int, int]]
    """Value, events, failures among them; the most frequent first."""
    distinct: int
    complete: bool
    under: Question | None = None
    """The filter under which they were counted."""


@dataclass
class ConnectionsFound(Message):
    """The connections of network flows, so far."""

    connections: Sequence[Connection]
    complete: bool

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, ConnectionsFound)


@dataclass
class FlushesFound(Message):
    """First ids of flushes, in order."""

    flushes: Any


@dataclass
class Annotated(Message):
    """What is annotated now."""

    book: Book
    said: str
    """What was done, could not be done, or is not shown; empty where there is nothing to say."""


@dataclass
class ReadFailed(Message):
    """A reader could not read; the trace may have changed under it."""

    text: str


@dataclass
class ReadAgain(Message):
    """What was in the way is no longer; ``failure`` is what was told of it."""

    failure: str
