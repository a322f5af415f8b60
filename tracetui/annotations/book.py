"""What is annotated in one trace at one moment. Immutable: threads share it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property


class Kind(str, Enum):
    """Kinds of annotations, by the name of the filter field."""

    MARK = "mark"
    TAG = "tag"
    NOTE = "note"


META = "meta."
"""Before the key of tags ``key=value``, where their values are asked for."""
KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Annotation:
    """What was written on one event. Texts are as stored: :mod:`tracetui.events.sanitise` shows them."""

    marks: tuple[str, ...] = ()
    """Letters, in order."""
    tags: tuple[str, ...] = ()
    """Words, in order; ``key=value`` among them."""
    note: str = ""

    def values(self, kind: str) -> tuple[str, ...]:
        """The annotations of one kind; of ``meta.KEY``, the values of tags ``KEY=value``."""
        if kind.startswith(META):
            begin = f"{kind[len(META) :]}="
            return tuple(tag[len(begin) :] for tag in self.tags if tag.startswith(begin) and tag != begin)
        if kind == Kind.NOTE:
            return (self.note,) if self.note else ()
        return self.marks if kind == Kind.MARK else self.tags

    def over(self, below: Annotation) -> Annotation:
        """Both; of two notes this one."""
        marks = tuple(sorted({*self.marks, *below.marks}))
        tags = tuple(sorted({*self.tags, *below.tags}))
        return Annotation(marks, tags, self.note or below.note)

    @property
    def metadata(self) -> dict[str, str]:
        """The same by name: ``mark``, ``tags``, ``note``, and each tag ``key=value`` under its key.

        A key that stands for something else leaves its tag among the others.
        """
        words: list[str] = []
        pairs: defaultdict[str, list[str]] = defaultdict(list)
        for tag in self.tags:
            key, _, value = tag.partition("=")
            if value and key and key not in RESERVED:
                pairs[key].append(value)
            else:
                words.append(tag)
        named = {"mark": " ".join(self.marks), "tags": " ".join(words), "note": self.note}
        named |= {key: " ".join(values) for key, values in pairs.items()}
        return {name: text for name, text in named.items() if text}


RESERVED = frozenset({"mark", "tags", "note", "type", "source", "arch", "container"})
"""Names of metadata that are not the user's to give."""

NOTHING = Annotation()


class Book:
    """Annotations by event id. A letter marks one event at most."""

    def __init__(self, events: Mapping[int, Annotation] | None = None) -> None:
        self._events: dict[int, Annotation] = (
            {event_id: events[event_id] for event_id in sorted(events or ()) if events[event_id] != NOTHING}
            if events
            else {}
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book) and self._events == other._events

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Events with annotations."""
        return len(self._events)

    def __iter__(self) -> Iterator[int]:
        return iter(self._events)

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._events

    def __getitem__(self, event_id: int) -> Annotation:
        """What is written on an event, an empty annotation where nothing is."""
        return self._events.get(event_id, NOTHING)

    @cached_property
    def event_ids(self) -> list[int]:
        """Ids of annotated events, ascending."""
        return list(self._events)

    @cached_property
    def marks(self) -> dict[str, int]:
        """Event id by letter."""
        found = {letter: event_id for event_id, one in self._events.items() for letter in one.marks}
        return dict(sorted(found.items()))

    @cached_property
    def _by_value(self) -> dict[str, dict[str, list[int]]]:
        found: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}
        for event_id, one in self._events.items():
            for kind, by_value in found.items():
                for value in one.values(kind):
                    by_value.setdefault(value, []).append(event_id)
        return found

    def counts(self, kind: str) -> list[tuple[str, int]]:
        """Each value of a kind with the number of events that have it, the most frequent first."""
        counted = ((value, len(ids)) for value, ids in self._by_value[kind].items())
        return sorted(counted, key=lambda entry: (-entry[1], entry[0]))

    # What filters ask.

    def ids(self, kind: str, test: Callable[[str], bool]) -> Collection[int]:
        """Ids of the events with an annotation of ``kind`` that passes ``test``; asked once for each text."""
        if kind.startswith(META):
            return {event_id for event_id, one in self._events.items() if any(map(test, one.values(kind)))}
        return {event_id for value, ids in self._by_value[kind].items() if test(value) for event_id in ids}

    def of(self, kind: str, event_id: int) -> Collection[str]:
        """The annotations of ``kind`` of one event."""
        return self[event_id].values(kind)

    # Going from one to the next.

    def after(self, event_id: int) -> Iterator[int]:
        """Annotated events after ``event_id``, the nearest first."""
        ids = self.event_ids
        return iter(ids[bisect_right(ids, event_id) :])

    def before(self, event_id: int) -> Iterator[int]:
        """Annotated events before ``event_id``, the nearest first."""
        ids = self.event_ids
        return reversed(ids[: bisect_left(ids, event_id)])

    def over(self, below: Book) -> Book:
        """Both; where they contradict each other (a mark, a note), this one holds."""
        if not below or not self:
            return self or below
        events = {
            event_id: replace(one, marks=tuple(letter for letter in one.marks if letter not in self.marks))
            for event_id, one in below._events.items()
        }
        for event_id, one in self._events.items():
            events[event_id] = one.over(events.get(event_id, NOTHING))
        return Book(events)

    def within(self, event_ids: Collection[int]) -> Book:
        """Of these events only."""
        return Book({event_id: self[event_id] for event_id in self if event_id in event_ids})


EMPTY = Book()
