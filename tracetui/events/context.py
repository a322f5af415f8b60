"""What tracetui's own recorders and importers know beyond Penguin's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tracetui.events.base import Event


class ContextBase(DeclarativeBase):
    """A registry apart from Penguin's, so that its ``create_all`` never makes this table unasked."""

    metadata = MetaData()


class Context(ContextBase):
    """Time, thread, cpu and host of an event; every column may be unknown.

    Times are nanoseconds since the Unix epoch. The table exists only in traces whose writer had
    something to put there.
    """

    __tablename__ = "context"

    id: Mapped[int] = mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True)
    ts: Mapped[int | None] = mapped_column(BigInteger)
    end_ts: Mapped[int | None] = mapped_column(BigInteger)
    tid: Mapped[int | None]
    cpu: Mapped[int | None]
    host: Mapped[str | None]
    container: Mapped[str | None]
