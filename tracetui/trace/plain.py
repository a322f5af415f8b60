"""Statements that are asked for many ranges of ids: written out once, answered as the driver does.

SQLAlchemy takes as long for each execution as SQLite for a thousand rows.
"""

from __future__ import annotations

import sqlite3
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, Connection, Select
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DBAPIError

from tracetui.trace.connection import ReadConnection


class _Compiler(SQLiteCompiler):
    """Writes one parameter for each value.

    SQLite compares each parameter with all before it: preparing a filter over the texts of many tables, which
    has thousands, would take a second.
    """

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **options: Any) -> str:
        value = bindparam.value
        if bindparam.unique and isinstance(value, int | str | bytes):  # not one that is asked for by name
            bindparam = self._parameters.setdefault((type(value), value), bindparam)
        written: str = super().visit_bindparam(bindparam, *args, **options)  # type: ignore[no-untyped-call]
        return written

    @cached_property
    def _parameters(self) -> dict[tuple[type, int | str | bytes], BindParameter[Any]]:
        return {}


_DIALECT = dialect(paramstyle="named")
_DIALECT.statement_compiler = _Compiler


class Plain:
    """A statement with the parameters ``low`` and ``high``, whose rows are tuples of what is stored.

    Its other values are integers, text or bytes.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement

    @cached_property
    def _written(self) -> tuple[str, dict[str, Any]]:
        """The SQL, and the values of its parameters."""
        compiled = self._statement.params(low=0, high=0).compile(dialect=_DIALECT)
        written = compiled.construct_expanded_state()
        return written.statement, dict(written.parameters)

    def rows(self, driver: ReadConnection, low: int, high: int) -> list[Any]:
        """All rows. Raises what SQLAlchemy raises."""
        sql, values = self._written
        try:
            return driver.execute(sql, values | {"low": low, "high": high}).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError(None, None, error) from error


def rows_of(query: Any, connection: Connection, driver: ReadConnection, low: int, high: int) -> list[Any]:
    """Rows of a statement, plain or not, for a range of ids."""
    if isinstance(query, Plain):
        return query.rows(driver, low, high)
    return list(connection.execute(query, {"low": low, "high": high}).fetchall())
