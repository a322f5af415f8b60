"""The one place where a trace is opened, and how: so that a writer beside us is never hurt."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from tracetui.trace import faults


def connect(path: Path) -> sqlite3.Connection:
    """A private connection that can only read.

    The file is opened with ``mode=ro``, statements run in autocommit, and text that is not valid UTF-8
    arrives with ``\\xNN`` escapes. The connection may be handed to another thread but never shared.

    Raises :class:`TraceError`.
    """
    faults.check_file(path)
    # Bytes: a file name need not be valid UTF-8.
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    with faults.reading(path):
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=faults.BUSY_SECONDS
        )
        try:
            connection.text_factory = _decode
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA trusted_schema = 0")
            connection.execute("PRAGMA cell_size_check = 1")
            connection.execute("PRAGMA cache_size = -8000")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except BaseException:
            connection.close()
            raise
    return connection


def _decode(stored: bytes) -> str:
    return stored.decode("utf-8", "backslashreplace")
