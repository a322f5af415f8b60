"""Tables that only traces imported from Fibratus have.

``kevent`` says of every imported event what Fibratus tells of each; the parameters that its category usually
has are columns of a table of the category (``file_event``, ``registry_event``, ...), and all others are JSON
in ``kevent``. States of processes are no events: each is a row of ``kevent_process``, to which events refer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from tracetui.events.base import Event
from tracetui.events.kevent_tables import KEVENT, KEVENT_PROCESS, PARAMETERS, Kept, table_of


class FibratusBase(DeclarativeBase):
    """A registry apart from Penguin's, as that of ``context``."""

    metadata = MetaData()


class Kevent(FibratusBase):
    """An event as Fibratus tells it."""

    __tablename__ = KEVENT

    id: Mapped[int] = mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True)
    source: Mapped[int] = mapped_column(BigInteger)
    """Which import."""
    record: Mapped[int]
    """Position among all records of the file, from 0: events themselves are in the order of time."""
    seq: Mapped[int | None] = mapped_column(BigInteger)
    """Fibratus' own number; real captures repeat it."""
    pid: Mapped[int | None]
    """The process that did it; of a process that starts, its parent."""
    name: Mapped[str]
    """``CreateFile`` and the like."""
    category: Mapped[str | None]
    description: Mapped[str | None]
    utc_offset: Mapped[int | None]
    """Seconds east of Greenwich that the clock of the host showed."""
    ktype: Mapped[str | None]
    """Provider and opcode, which only captures have."""
    process: Mapped[int | None] = mapped_column(BigInteger)
    """State of the process: a number of ``kevent_process``."""
    nparams: Mapped[int | None]
    """Number of parameters."""
    params: Mapped[str | None]
    """JSON of the parameters that have no column."""
    meta: Mapped[str | None]
    """JSON of the tags."""
    extra: Mapped[str | None]
    """JSON of the fields that have no other place."""


class KeventProcess(FibratusBase):
    """A state of a process; lists and objects are JSON."""

    __tablename__ = KEVENT_PROCESS

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pid: Mapped[int | None]
    ppid: Mapped[int | None]
    name: Mapped[str | None]
    comm: Mapped[str | None]
    """The command line."""
    exe: Mapped[str | None]
    cwd: Mapped[str | None]
    sid: Mapped[str | None]
    """Domain and name of the user."""
    args: Mapped[str | None]
    sessionid: Mapped[int | None]
    parent: Mapped[str | None]
    envs: Mapped[str | None]
    threads: Mapped[str | None]
    modules: Mapped[str | None]
    handles: Mapped[str | None]
    pe: Mapped[str | None]
    """What the executable's header says."""
    extra: Mapped[str | None]


class KeventHandle(FibratusBase):
    """A handle that was open when a capture began."""

    __tablename__ = "kevent_handle"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pid: Mapped[int | None]
    type: Mapped[str | None]
    name: Mapped[str | None]
    handle_id: Mapped[int | None] = mapped_column(BigInteger)
    object: Mapped[str | None]
    """Its address."""
    extra: Mapped[str | None]


class _AsIs(UserDefinedType[Any]):
    """A column that changes no value: SQLite would turn numbers into text, or text into numbers."""

    cache_ok = True

    def get_col_spec(self, **kw: object) -> str:
        return ""


def _model(category: str) -> type[FibratusBase]:
    """A class for the parameters of a category."""
    kinds = {Kept.NUMBER: BigInteger, Kept.EITHER: _AsIs, Kept.UNSIGNED: _AsIs}
    columns = {
        name: mapped_column(kinds.get(kept, String), nullable=True)
        for name, kept in PARAMETERS[category].items()
    }
    key = mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True)
    members = {"__tablename__": table_of(category), "__doc__": f"Parameters of {category} events.", "id": key}
    return type(f"{category.title()}Parameters", (FibratusBase,), {**members, **columns})


PARAMETER_MODELS: Mapping[str, type[FibratusBase]] = {category: _model(category) for category in PARAMETERS}
"""The class of each category's table."""
