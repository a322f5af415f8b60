"""Rows of other tables that share an event's id."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tracetui.events import Event, Read
from tracetui.logger import DB


class ColourBase(DeclarativeBase):
    metadata = MetaData()


class Colour(ColourBase):
    __tablename__ = "colour"

    id: Mapped[int] = mapped_column(ForeignKey(Event.__table__.c.id), primary_key=True)
    name: Mapped[str]
    depth: Mapped[int | None]


def read(name):
    return {"procname": name, "fd": 1, "fname": "/x", "buffer": b""}


def rows(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("order", ["type", "arrival"])
def test_rows_beside_get_the_id_of_their_event(tmp_path, order):
    with DB(tmp_path, order=order) as db:
        db.add_event(Event, {"procname": "a", "type": "other"})
        db.add_event(Read, read("b"), {"ts": 5}, {Colour: {"name": "red", "depth": 1}})
        db.add_event(Read, read("c"))
        db.flush()
        db.add_event(Read, read("d"), None, {Colour: {"name": "blue"}})
    found = rows(db.path, "SELECT procname, name, depth FROM colour JOIN event USING (id) ORDER BY id")
    assert found == [("b", "red", 1), ("d", "blue", None)]


def test_a_bad_row_beside_takes_its_event_with_it_and_no_other(tmp_path):
    with DB(tmp_path, order="arrival") as db:
        db.add_event(Read, read("a"), None, {Colour: {"name": "red"}})
        db.add_event(Read, read("b"), None, {Colour: {"name": None}})
        db.add_event(Read, read("c"), None, {Colour: {"name": "blue"}})
    assert rows(db.path, "SELECT procname, name FROM event JOIN colour USING (id) ORDER BY id") == [
        ("a", "red"),
        ("c", "blue"),
    ]
    assert rows(db.path, "SELECT count(*) FROM event") == [(2,)]
    assert db.rejected_count == 1
    assert "colour.name" in db.rejected[0].reason
