"""Trace: opens a database read-only, knows its schema, pages it by key, follows it while it grows.

Nothing here ever writes to a trace or holds a transaction for longer than a chunk.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.trace.condition import Condition, SqlFunction
    from tracetui.trace.damage import Damage
    from tracetui.trace.errors import HotJournal, NotYetThere, TraceError
    from tracetui.trace.flushes import Flushes, type_changes
    from tracetui.trace.places import locate
    from tracetui.trace.positions import IdList, IdRuns, Positions
    from tracetui.trace.reader import Reader
    from tracetui.trace.scan import Chunk, Pace
    from tracetui.trace.schema import Schema
    from tracetui.trace.tail import FileState, Growth, Tail
    from tracetui.trace.trace import Trace

__all__ = [
    "Chunk",
    "Condition",
    "Damage",
    "FileState",
    "Flushes",
    "Growth",
    "HotJournal",
    "IdList",
    "IdRuns",
    "NotYetThere",
    "Pace",
    "Positions",
    "Reader",
    "Schema",
    "SqlFunction",
    "Tail",
    "Trace",
    "TraceError",
    "locate",
    "type_changes",
]

__getattr__ = exports(
    __name__,
    {
        "condition": "Condition SqlFunction",
        "damage": "Damage",
        "errors": "HotJournal NotYetThere TraceError",
        "flushes": "Flushes type_changes",
        "places": "locate",
        "positions": "IdList IdRuns Positions",
        "reader": "Reader",
        "scan": "Chunk Pace",
        "schema": "Schema",
        "tail": "FileState Growth Tail",
        "trace": "Trace",
    },
)
