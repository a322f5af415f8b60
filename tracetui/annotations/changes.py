"""Changes of annotations, to be made in one transaction of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from tracetui.annotations.models import Mark, Note, Tag

Change = Callable[[Session, int], None]
"""Changes annotations of the trace with this key."""


def mark(letter: str, event_id: int) -> Change:
    """Let a letter name an event, and no other."""

    def change(session: Session, key: int) -> None:
        session.merge(Mark(trace_id=key, letter=letter, event_id=event_id))

    return change


def unmark(letters: Iterable[str]) -> Change:
    """Let letters name no event."""
    wanted = tuple(letters)

    def change(session: Session, key: int) -> None:
        session.execute(delete(Mark).where(Mark.trace_id == key, Mark.letter.in_(wanted)))

    return change


def tag(event_ids: Sequence[int], tags: Sequence[str]) -> Change:
    """Give tags to events."""

    def change(session: Session, key: int) -> None:
        rows = [{"trace_id": key, "event_id": i, "text": text} for text in tags for i in event_ids]
        if rows:
            session.execute(insert(Tag).on_conflict_do_nothing(), rows)

    return change


def untag(event_ids: Sequence[int], tags: Sequence[str]) -> Change:
    """Take tags from events."""

    def change(session: Session, key: int) -> None:
        for batch in _batches(event_ids):
            session.execute(
                delete(Tag).where(Tag.trace_id == key, Tag.event_id.in_(batch), Tag.text.in_(tags))
            )

    return change


def note(event_ids: Sequence[int], text: str) -> Change:
    """Write a note on events in the place of what they have; an empty one removes that."""

    def change(session: Session, key: int) -> None:
        for batch in _batches(event_ids):
            session.execute(delete(Note).where(Note.trace_id == key, Note.event_id.in_(batch)))
        if text and event_ids:
            rows = [{"trace_id": key, "event_id": event_id, "text": text} for event_id in event_ids]
            session.execute(insert(Note), rows)

    return change


_BATCH = 500
"""Values in one statement; SQLite limits them."""


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
