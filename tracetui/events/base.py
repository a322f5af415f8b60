"""The common part of every event, and the column types that traces of every era need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, LargeBinary, String, case, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column

from tracetui.events.sanitise import clean


class Buffer(LargeBinary):
    """A BLOB column that may hold text: Penguin before v2.0.17 declared buffers as VARCHAR.

    Results are handed on as stored (``bytes``, ``str`` or, in a foreign file, a number); the record
    turns them into bytes.
    """

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return None


class Base(DeclarativeBase):
    """Registry of the tables that Penguin's logger creates, and of no others."""


KNOWN_TYPES = ("read", "write", "syscall", "exec", "proc_start", "proc_exit")
"""Values of ``event.type`` that have a model of their own."""


class Event(Base):
    """What all events share; on its own, an event of a type that has no model.

    Columns are Penguin's (``event`` table, unchanged from v1.1.4 on).
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Key; chronological inside a type and between flushes (not across types inside a flush)."""
    type: Mapped[str] = mapped_column(String)
    """Which table holds the rest: ``syscall``, ``read``, ... or a name nobody knew of."""
    procname: Mapped[str]
    """Program name as the logger saw it: argv[0], the task's comm, or ``[?]``; see PENGUIN eras."""
    proc_id: Mapped[int]
    """Process id where the logger knew it; 0 where not; the task's create time in era v1."""

    # A type without a model must load as a plain Event and never raise, hence an expression, not the column.
    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy's declared spelling
        "polymorphic_on": case((type.in_(KNOWN_TYPES), type), else_="event"),
        "polymorphic_identity": "event",
    }

    def __str__(self) -> str:
        return clean(f"({self.procname}) {self.describe()}")

    def describe(self) -> str:
        """The event in one line without its process, unsanitised."""
        return f"{self.type} event {self.id}"


@event.listens_for(Event, "init", propagate=True)
def _set_type(target: Event, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    """Give a new object its discriminator, which SQLAlchemy only does for plain columns."""
    mapper: Mapper[Event] = type(target).__mapper__
    kwargs.setdefault("type", mapper.polymorphic_identity)
