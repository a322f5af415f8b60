"""What a trace says about its own recording: table ``recording``, which Penguin's readers do not look at."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class RecordingBase(DeclarativeBase):
    """A registry apart, so that the table is only made where there is a recording."""

    metadata = MetaData()


class RecordingFact(RecordingBase):
    """One fact about a recording. A trace that was continued has each of them more than once."""

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """``source``, ``python``, ``processes``, ``lost``, ``filtered``, ``not_recorded``, ..."""
    value: Mapped[str]
