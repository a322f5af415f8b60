"""Which tables of a database may be read at all: real ones, whose ids are what ids must be."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

MAX_TABLES = 200
"""Tables and views that are looked at beside the known ones; no logger makes more than a handful."""

Columns = dict[str, str]
"""Declared type by column name, in upper case."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a database holds, sorted by what can be done with it."""

    columns: dict[str, Columns]
    """Columns of each table whose rows belong to events."""
    unrelated: tuple[str, ...]
    ignored: dict[str, str]
    """What is not read though its name or its keys ask for it, and why."""


def find_tables(connection: sqlite3.Connection, known: Collection[str]) -> Tables:
    """Look at the schema. A table belongs to events by its name (``known``) or by a foreign key.

    A view or a virtual table runs code that the file brings along, for as long as it likes: it is not read.
    """
    columns: dict[str, Columns] = {}
    unrelated: list[str] = []
    ignored: dict[str, str] = {}
    encoding = _encoding(connection)
    entries = _entries(connection)
    others = [entry for entry in entries if entry[0] not in known]
    if len(others) > MAX_TABLES:
        ignored[f"{len(others) - MAX_TABLES:,} others"] = f"beyond the first {MAX_TABLES} unknown tables"
    beyond = {*others[MAX_TABLES:]}
    for name, kind, root in entries:
        if (name, kind, root) in beyond:
            continue
        if kind == "view" or not root:
            ignored[name] = "a view" if kind == "view" else "a virtual table"
            continue
        found = _columns(connection, name, encoding)
        if found is None:
            ignored[name] = "a table with names that are no text"
        elif not (name in known or _refers_to_event(connection, name)):
            unrelated.append(name)
        elif "id" not in found:
            ignored[name] = "a table without ids"
        elif not name or "" in found:
            ignored[name] = "a table with nothing for a name"
        elif not _has_unique_ids(connection, name):
            ignored[name] = "a table whose ids are not unique integers"
        else:
            columns[name] = found
    return Tables(columns, tuple(unrelated), ignored)


def _entries(connection: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """(name, type, first page) of tables and views; SQLite's own are left out."""
    rows = connection.execute(
        "SELECT name, type, rootpage FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND typeof(name) = 'text' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    )
    return rows.fetchall()


def _encoding(connection: sqlite3.Connection) -> str:
    """How the file stores text, under a name that Python knows too."""
    encoding: str = connection.execute("PRAGMA encoding").fetchone()[0]
    return encoding


def _columns(connection: sqlite3.Connection, table: str, encoding: str) -> Columns | None:
    """Stored columns only: a generated one is not listed, and would run the file's code.

    ``encoding`` is the file's.

    ``None`` where a name is not valid text: nobody could ask for it.
    """
    rows = connection.execute(
        "SELECT CAST(name AS BLOB), upper(type) FROM pragma_table_info(?)", (table,)
    ).fetchall()
    try:
        return {name.decode(encoding): declared for name, declared in rows} or None
    except UnicodeDecodeError:
        return None


def _refers_to_event(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a foreign key says that the table's ``id`` is an event's."""
    rows = connection.execute('SELECT "table", "from" FROM pragma_foreign_key_list(?)', (table,)).fetchall()
    return any(target.lower() == "event" and source.lower() == "id" for target, source in rows)


def keyed_columns(connection: sqlite3.Connection, table: str, key: str) -> Columns | None:
    """Columns of a real table whose ``key`` is an integer, never twice; ``None`` where there is none."""
    return plain_columns(connection, table) if _is_rowid(connection, table, key) else None


def plain_columns(connection: sqlite3.Connection, table: str) -> Columns | None:
    """Columns of a real table; ``None`` where there is none."""
    entry = next((entry for entry in _entries(connection) if entry[0] == table), None)
    if entry is None or entry[1] == "view" or not entry[2]:
        return None
    return _columns(connection, table, _encoding(connection))


def _is_rowid(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Whether a column is the key that SQLite itself keeps: always an integer, never twice."""
    keys = connection.execute(
        "SELECT name, upper(type) FROM pragma_table_info(?) WHERE pk > 0", (table,)
    ).fetchall()
    indexed = connection.execute(
        "SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", (table,)
    ).fetchone()
    return keys == [(column, "INTEGER")] and not indexed


def _has_unique_ids(connection: sqlite3.Connection, table: str) -> bool:
    """Whether ``id`` holds integers, each once: by the table's key, else by looking at all rows."""
    if _is_rowid(connection, table, "id"):
        return True
    quoted = '"' + table.replace('"', '""') + '"'
    total, different, integers = connection.execute(
        f"SELECT count(*), count(DISTINCT id), coalesce(sum(typeof(id) = 'integer'), 0) FROM {quoted}"  # noqa: S608
    ).fetchone()
    return bool(total == different == integers)
