"""One file of annotations: what it holds of a trace, and how to change that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tracetui.annotations.book import Annotation, Book
from tracetui.annotations.changes import Change
from tracetui.annotations.connection import reading, writing
from tracetui.annotations.errors import AnnotationError
from tracetui.annotations.fingerprint import Fingerprint, Recogniser
from tracetui.annotations.models import AnnotatedTrace, Mark, Note, Tag
from tracetui.annotations.rules import LETTERS, LONGEST_NOTE, LONGEST_TAG

_TABLES = (Mark, Tag, Note)

MOST = 2_000_000
"""Annotations of one kind that are read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    book: Book = field(default_factory=Book)
    known: bool = False
    """Whether the trace has been annotated here."""
    others: int = 0
    """Annotations of other traces."""
    unreadable: int = 0
    """Annotations of the trace that make no sense or are too many; they are left as they are."""


class AnnotationFile:
    """A file that may not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether anything is in it; another program may be about to make it."""
        with suppress(OSError):
            return self.path.stat().st_size > 0
        return False

    def read(self, recogniser: Recogniser) -> Contents:
        """What it holds of a trace. Raises :class:`AnnotationError` and :class:`TraceError`."""
        if not self.exists:
            return Contents()
        with reading(self.path) as session:
            key = _key(session, recogniser)
            others = sum(_count(session, table, table.trace_id != (key or 0)) for table in _TABLES)
            if key is None:
                return Contents(others=others)
            book, unreadable = _book(session, key)
            return Contents(book, True, others, unreadable)

    def change(self, recogniser: Recogniser, changes: Iterable[Change]) -> None:
        """Change what it holds of a trace, all or nothing.

        Raises :class:`AnnotationError` and :class:`TraceError`.
        """
        now = recogniser.fingerprint()
        if now is None:
            raise AnnotationError("the trace has no events yet: there is nothing to annotate")
        with writing(self.path) as session:
            key = _key(session, recogniser)
            if key is None:
                row = AnnotatedTrace(name=_encodable(recogniser.trace.name.name), **asdict(now))
                session.add(row)
                session.flush()
                key = row.id
            else:
                known = session.get_one(AnnotatedTrace, key)
                known.last_id, known.ending = now.last_id, now.ending
            for change in changes:
                change(session, key)


def _key(session: Session, recogniser: Recogniser) -> int | None:
    """The trace among those that the file knows; the one that was known longest, of several."""
    rows = session.scalars(select(AnnotatedTrace).order_by(AnnotatedTrace.last_id.desc()))
    return next((row.id for row in rows if recogniser.is_of_trace(_fingerprint(row))), None)


def _fingerprint(row: AnnotatedTrace) -> Fingerprint:
    return Fingerprint(row.first_id, row.counted_to, row.beginning, row.last_id, row.ending)


def _encodable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


def _count(session: Session, table: Any, where: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).select_from(table).where(where)).scalar_one()


def _book(session: Session, key: int) -> tuple[Book, int]:
    """The annotations of a trace, and how many of them make no sense."""
    marks: defaultdict[int, list[str]] = defaultdict(list)
    tags: defaultdict[int, list[str]] = defaultdict(list)
    notes: dict[int, str] = {}
    total = sum(_count(session, table, table.trace_id == key) for table in _TABLES)
    for event_id, text in _sound(session, Tag.event_id, Tag.text, key, LONGEST_TAG):
        tags[event_id].append(text)
    for event_id, text in _sound(session, Note.event_id, Note.text, key, LONGEST_NOTE):
        notes[event_id] = text
    for event_id, letter in _sound(session, Mark.event_id, Mark.letter, key, 1):
        if letter in LETTERS:
            marks[event_id].append(letter)
    read = sum(map(len, marks.values())) + sum(map(len, tags.values())) + len(notes)
    ids = {*marks, *tags, *notes}
    events = {i: Annotation(tuple(sorted(marks[i])), tuple(sorted(tags[i])), notes.get(i, "")) for i in ids}
    return Book(events), total - read


def _sound(session: Session, event_id: Any, text: Any, key: int, longest: int) -> Iterator[tuple[int, str]]:
    """Events and texts of one kind that can be what they should: SQLite keeps anything in any column."""
    wanted = event_id.class_.trace_id == key, func.length(text).between(1, longest)
    for row in session.execute(select(event_id, text).where(*wanted).limit(MOST)):
        if isinstance(row[0], int) and isinstance(row[1], str):
            yield row[0], row[1]
