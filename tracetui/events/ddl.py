"""What makes the tables of a trace, as text: the models take long to import for who only writes one.

``tables.sql`` has what :func:`tracetui.events.models.create_statements` gives, letter by letter: SQLite keeps
the text, and Penguin's own logger leaves the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

SEPARATOR: Final = ";\n"

OWN_TABLES: Final[dict[str, str]] = {
    statement.split(maxsplit=3)[2]: statement
    for statement in Path(__file__).with_name("tables.sql").read_text("ascii").split(SEPARATOR)[:-1]
}
"""The statement that makes each table of tracetui's models."""

PENGUIN_TABLES: Final = ("event", "read", "write", "syscall", "exec", "proc_start", "proc_exit")
"""Those that Penguin's logger makes, in its order."""
