"""The one place where a file of annotations is opened, made and found wanting."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tracetui.annotations.errors import AnnotationError, Unreadable, Unwritable
from tracetui.annotations.models import Base
from tracetui.events.text import text_of_bytes

BUSY_SECONDS = 5.0
"""How long another program that writes annotations is waited for."""

APPLICATION = 0x74746E31
"""``ttn1`` in SQLite's header: tells the file from any other database."""

VERSION = 1

_CHANGES_NOTHING = "Nothing was changed."


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a file of annotations. Raises :class:`sqlite3.Error`."""
    mode = "rwc" if create else "rw"
    # SQLite opens for reading what may not be written; it must be able to undo what a killed writer left.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )
    connection.text_factory = text_of_bytes
    connection.execute("PRAGMA trusted_schema = 0")
    return connection


_WANTED: ContextVar[tuple[Path, bool]] = ContextVar("_WANTED")
"""What the connection that is being made opens, and whether it makes the file."""


def _connect_wanted() -> sqlite3.Connection:
    path, create = _WANTED.get()
    return connect(path, create=create)


_ENGINE = create_engine("sqlite://", creator=_connect_wanted, poolclass=NullPool)
"""One for all files, so that statements are compiled once."""


@contextmanager
def reading(path: Path) -> Iterator[Session]:
    """A session in one transaction, for reading. Raises :class:`AnnotationError`."""
    with _session(path, "BEGIN", "read") as session:
        yield session


@contextmanager
def writing(path: Path) -> Iterator[Session]:
    """A session in one transaction that other programs wait for; all of it is done, or nothing.

    Makes the file where there is none. Raises :class:`AnnotationError`; :class:`Unwritable` where the place
    takes no file, or the file no change.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable(f"{path} cannot be written: {error.strerror}", _CHANGES_NOTHING) from error
    with _session(path, "BEGIN IMMEDIATE", "written") as session:
        yield session
        session.commit()


@contextmanager
def _session(path: Path, begin: str, what: str) -> Iterator[Session]:
    create = what == "written"
    try:
        with Session(_ENGINE) as session:
            _connected(session, path, create).exec_driver_sql(begin)
            _check(session, path, create)
            yield session
    except (DBAPIError, sqlite3.Error) as error:
        raise _explain(path, str(getattr(error, "orig", None) or error), what) from error


def _connected(session: Session, path: Path, create: bool) -> Connection:
    token = _WANTED.set((path, create))
    try:
        return session.connection()
    finally:
        _WANTED.reset(token)


def _check(session: Session, path: Path, create: bool) -> None:
    """Make the tables of a new file; refuse what is no file of ours."""
    connection = session.connection()
    application, version, objects = (
        connection.exec_driver_sql(sql).scalar_one()
        for sql in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT count(*) FROM sqlite_master",
        )
    )
    if create and not (application or version or objects):
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
        Base.metadata.create_all(connection)
        return
    foreign = "SELECT count(*) FROM sqlite_master WHERE type IN ('view', 'trigger')"
    if application != APPLICATION or connection.exec_driver_sql(foreign).scalar_one():
        raise Unreadable(
            f"{path} is no file of annotations", "Move it away: that is where annotations are kept."
        )
    if version > VERSION:
        raise Unreadable(f"{path} was written by a newer version of tracetui", "It is left as it is.")


def _explain(path: Path, said: str, what: str) -> AnnotationError:
    """What SQLite says of a file, in words that tell what to do."""
    hint = _CHANGES_NOTHING if what == "written" else None
    if "readonly" in said or "unable to open" in said:
        return Unwritable(f"{path} cannot be {what}: {said}", hint)
    if "locked" in said or "busy" in said:
        return AnnotationError(f"{path} is locked by another program", hint)
    if "full" in said:
        return AnnotationError(f"{path} cannot be written: the disk is full", hint)
    if "not a database" in said or "malformed" in said or "no such" in said:
        return Unreadable(
            f"{path} is damaged: {said}",
            "Move it away to begin anew; what is left may be saved with: sqlite3 FILE .recover | sqlite3 NEW",
        )
    return AnnotationError(f"{path} cannot be {what}: {said}", hint)
