"""Tables that only traces imported from SysFlow have.

Flows are events of types of their own; ``sysflow`` says of every imported event what the record had beyond
its row, and which entities it refers to. Entities (``sysflow_process`` and so on) are no events: each row is
one state of an object as SysFlow wrote it, and has a number that is unique in its source.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from tracetui.events.base import Event
from tracetui.events.flows import RECORDS


class SysflowBase(DeclarativeBase):
    """A registry apart from Penguin's, as that of ``context``."""

    metadata = MetaData()


class _OwnTable(Event):
    """An event with a table outside Penguin's schema; the reader meets it as one that nobody knew of."""

    __abstract__ = True
    metadata = SysflowBase.metadata

    @declared_attr
    def id(cls) -> Mapped[int]:  # noqa: N805
        return mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True, sort_order=-1)


class FileFlow(_OwnTable):
    """What a thread did with one open file, summed up: at its end, or every half minute."""

    __tablename__ = "file_flow"
    __mapper_args__ = {"polymorphic_identity": "file_flow"}  # noqa: RUF012

    path: Mapped[str | None]
    file_type: Mapped[str | None]
    """``f`` file, ``d`` folder, ``u`` unix socket, ``p`` pipe, ``?`` unknown."""
    fd: Mapped[int | None]
    openflags: Mapped[int | None]
    """In SysFlow's numbering; see :func:`tracetui.events.flows.open_flags`."""
    rbytes: Mapped[int | None] = mapped_column(BigInteger)
    rops: Mapped[int | None] = mapped_column(BigInteger)
    wbytes: Mapped[int | None] = mapped_column(BigInteger)
    wops: Mapped[int | None] = mapped_column(BigInteger)


class NetworkFlow(_OwnTable):
    """What a thread did with one connection, summed up; a long connection has several."""

    __tablename__ = "network_flow"
    __mapper_args__ = {"polymorphic_identity": "network_flow"}  # noqa: RUF012

    sip: Mapped[str | None]
    """Source address, dotted; 0.0.0.0 where it is not known."""
    sport: Mapped[int | None]
    dip: Mapped[str | None]
    dport: Mapped[int | None]
    proto: Mapped[int | None]
    """See :data:`tracetui.events.flows.PROTOCOLS`."""
    fd: Mapped[int | None]
    rbytes: Mapped[int | None] = mapped_column(BigInteger)
    rops: Mapped[int | None] = mapped_column(BigInteger)
    wbytes: Mapped[int | None] = mapped_column(BigInteger)
    wops: Mapped[int | None] = mapped_column(BigInteger)


class NetworkEvent(_OwnTable):
    """One connect or accept. SysFlow has the record, but its collector does not write it."""

    __tablename__ = "network_event"
    __mapper_args__ = {"polymorphic_identity": "network_event"}  # noqa: RUF012

    sip: Mapped[str | None]
    sport: Mapped[int | None]
    dip: Mapped[str | None]
    dport: Mapped[int | None]
    proto: Mapped[int | None]


class ProcessFlow(_OwnTable):
    """Threads that a process has made and ended, counted."""

    __tablename__ = "process_flow"
    __mapper_args__ = {"polymorphic_identity": "process_flow"}  # noqa: RUF012

    nthreads: Mapped[int | None]
    nexits: Mapped[int | None]
    nerrors: Mapped[int | None]
    """Calls of clone that failed."""


class K8sEvent(_OwnTable):
    """Something that happened to a component of Kubernetes."""

    __tablename__ = "k8s_event"
    __mapper_args__ = {"polymorphic_identity": "k8s_event"}  # noqa: RUF012

    kind: Mapped[str | None]
    """``K8S_PODS`` and the like."""
    action: Mapped[str | None]
    """``K8S_COMPONENT_MODIFIED`` and the like."""
    message: Mapped[str | None]
    """JSON as text."""


class SysflowRecord(SysflowBase):
    """The record behind an event: its kind, what has no other place, and its entities by number."""

    __tablename__ = RECORDS

    id: Mapped[int] = mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True)
    source: Mapped[int] = mapped_column(BigInteger)
    """Which import; with a number it names an entity."""
    record: Mapped[int]
    """Position among all records of the file, from 0."""
    kind: Mapped[str]
    """``PE``, ``FE``, ``NE``, ``FF``, ``NF``, ``PF`` or ``KE``."""
    opflags: Mapped[int | None]
    """See :func:`tracetui.events.flows.operations`."""
    ret: Mapped[int | None]
    """Result as SysFlow has it: of an exit the raw status, as ``wait`` gives it."""
    header: Mapped[int | None]
    pod: Mapped[int | None]
    container: Mapped[int | None]
    process: Mapped[int | None]
    """The process as it was when the record was written: after an exec, for a flow that began before it."""
    parent: Mapped[int | None]
    file: Mapped[int | None]
    newfile: Mapped[int | None]
    extra: Mapped[str | None]
    """JSON of the fields that have no column, where there are any."""


class _Entity(SysflowBase):
    """Key of an entity's state. Not named ``id``: that is an event's."""

    __abstract__ = True
    __table_args__: Any = {"sqlite_with_rowid": False}  # noqa: RUF012

    source: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, sort_order=-2)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-1)


class SysflowHeader(_Entity):
    """Beginning of a trace in the file; nothing before it is valid after it."""

    __tablename__ = "sysflow_header"

    version: Mapped[int | None]
    exporter: Mapped[str | None]
    """Name of the node."""
    ip: Mapped[str | None]
    filename: Mapped[str | None]
    extra: Mapped[str | None]


class SysflowPod(_Entity):
    """A pod; lists and dictionaries are JSON."""

    __tablename__ = "sysflow_pod"

    uid: Mapped[str | None]
    ts: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str | None]
    node: Mapped[str | None]
    namespace: Mapped[str | None]
    restarts: Mapped[int | None]
    host_ip: Mapped[str | None]
    internal_ip: Mapped[str | None]
    labels: Mapped[str | None]
    selectors: Mapped[str | None]
    services: Mapped[str | None]
    """As in SysFlow, addresses dotted."""
    extra: Mapped[str | None]


class SysflowContainer(_Entity):
    """A container."""

    __tablename__ = "sysflow_container"

    uid: Mapped[str | None]
    """Its id, 12 hexadecimal digits."""
    name: Mapped[str | None]
    image: Mapped[str | None]
    image_id: Mapped[str | None]
    type: Mapped[str | None]
    """``CT_DOCKER`` and the like."""
    privileged: Mapped[bool | None]
    pod_uid: Mapped[str | None]
    extra: Mapped[str | None]


class SysflowProcess(_Entity):
    """A process; (pid, create_time) identifies it."""

    __tablename__ = "sysflow_process"

    pid: Mapped[int | None]
    create_time: Mapped[int | None] = mapped_column(BigInteger)
    """ns since the epoch; 0 for a process older than the recording."""
    parent_pid: Mapped[int | None]
    parent_create_time: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str | None]
    """Why it was written: ``CREATED``, ``MODIFIED`` or, again for a new file, ``REUP``."""
    ts: Mapped[int | None] = mapped_column(BigInteger)
    exe: Mapped[str | None]
    args: Mapped[str | None]
    """All arguments but the first in one text; where one ends is lost."""
    uid: Mapped[int | None]
    user: Mapped[str | None]
    gid: Mapped[int | None]
    group: Mapped[str | None]
    tty: Mapped[bool | None]
    container_uid: Mapped[str | None]
    entry: Mapped[bool | None]
    """Is it the first process of its container?"""
    cwd: Mapped[str | None]
    env: Mapped[str | None]
    """JSON list of ``NAME=value``."""
    extra: Mapped[str | None]


class SysflowFile(_Entity):
    """A file, pipe, socket or folder."""

    __tablename__ = "sysflow_file"

    oid: Mapped[bytes | None]
    """SHA-1 of container id and path."""
    state: Mapped[str | None]
    ts: Mapped[int | None] = mapped_column(BigInteger)
    type: Mapped[str | None]
    """A letter as in :attr:`FileFlow.file_type`."""
    path: Mapped[str | None]
    container_uid: Mapped[str | None]
    extra: Mapped[str | None]


ENTITIES: dict[str, type[_Entity]] = {
    "header": SysflowHeader,
    "pod": SysflowPod,
    "container": SysflowContainer,
    "process": SysflowProcess,
    "parent": SysflowProcess,
    "file": SysflowFile,
    "newfile": SysflowFile,
}
"""What an event refers to: the column of ``sysflow`` with its number, and where it is kept."""
