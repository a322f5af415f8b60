"""Trace: opens a database read-only, knows its schema, pages it by key, follows it while it grows.

Nothing here ever writes to a trace or holds a transaction for longer than a chunk.
"""

from tracetui.trace.condition import Condition, SqlFunction
from tracetui.trace.errors import HotJournal, NotYetThere, TraceError
from tracetui.trace.locate import locate
from tracetui.trace.scan import Chunk, Pace
from tracetui.trace.schema import Schema
from tracetui.trace.trace import Trace

__all__ = [
    "Chunk",
    "Condition",
    "HotJournal",
    "NotYetThere",
    "Pace",
    "Schema",
    "SqlFunction",
    "Trace",
    "TraceError",
    "locate",
]
