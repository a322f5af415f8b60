"""What makes the tables of a trace, as text and by the models."""

from __future__ import annotations

from tracetui.events.context import Context
from tracetui.events.ddl import OWN_TABLES, PENGUIN_TABLES, SEPARATOR
from tracetui.events.models import create_statements, model
from tracetui.events.types import Base, Exec
from tracetui.logger.tables import CONTEXT_COLUMNS


def test_the_text_is_what_the_models_make():
    made = create_statements()
    assert made == OWN_TABLES, "write ''.join(made + SEPARATOR) of all of them to tables.sql"
    assert not any(SEPARATOR in statement for statement in made.values())


def test_tables_of_penguin():
    assert {*PENGUIN_TABLES} == {*Base.metadata.tables}


def test_models_by_table():
    assert model("exec") is Exec
    assert all(model(table).__tablename__ == table for table in OWN_TABLES)


def test_columns_of_the_context():
    assert tuple(Context.__table__.c.keys()) == CONTEXT_COLUMNS
