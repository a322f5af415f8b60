"""The tables of the file in which annotations are kept; it has no table of a trace."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Registry of these tables only."""


class AnnotatedTrace(Base):
    """A trace that has annotations, and what it is known again by: see :class:`Fingerprint`.

    A file beside a trace knows several where one trace took the place of another.
    """

    __tablename__ = "trace"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    """Name of its file when it was first annotated; only for people."""
    first_id: Mapped[int]
    counted_to: Mapped[int]
    beginning: Mapped[str]
    last_id: Mapped[int]
    ending: Mapped[str]


class Mark(Base):
    """A letter that names an event."""

    __tablename__ = "mark"

    trace_id: Mapped[int] = mapped_column(ForeignKey(AnnotatedTrace.id), primary_key=True)
    letter: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[int]


class Tag(Base):
    """A word that an event has."""

    __tablename__ = "tag"

    trace_id: Mapped[int] = mapped_column(ForeignKey(AnnotatedTrace.id), primary_key=True)
    event_id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(primary_key=True)


class Note(Base):
    """The text that was written on an event."""

    __tablename__ = "note"

    trace_id: Mapped[int] = mapped_column(ForeignKey(AnnotatedTrace.id), primary_key=True)
    event_id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
