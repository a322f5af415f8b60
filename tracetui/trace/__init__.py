"""Trace: opens a database read-only, knows its schema, pages it by key, follows it while it grows.

Nothing here ever writes to a trace or holds a transaction for longer than a chunk.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.trace.condition import Condition, Part, SqlFunction
    from tracetui.trace.copies import Cancelled
    from tracetui.trace.damage import Damage
    from tracetui.trace.errors import (
        HotJournal,
        Locked,
        NotADatabase,
        NotNow,
        NotYetThere,
        TraceError,
    )
    from tracetui.trace.flushes import Flushes, type_changes
    from tracetui.trace.pace import Pace
    from tracetui.trace.places import locate
    from tracetui.trace.positions import IdList, IdRuns, Positions
    from tracetui.trace.reader import Reader
    from tracetui.trace.scan import Chunk
    from tracetui.trace.schema import Schema
    from tracetui.trace.source import Source, open_source
    from tracetui.trace.tail import FileState, Growth, Tail
    from tracetui.trace.timeline import has_times, ids_by_time, records_by_time
    from tracetui.trace.trace import Trace

__all__ = [
    "Cancelled",
    "Chunk",
    "Condition",
    "Damage",
    "FileState",
    "Flushes",
    "Growth",
    "HotJournal",
    "IdList",
    "IdRuns",
    "Locked",
    "NotADatabase",
    "NotNow",
    "NotYetThere",
    "Pace",
    "Part",
    "Positions",
    "Reader",
    "Schema",
    "Source",
    "SqlFunction",
    "Tail",
    "Trace",
    "TraceError",
    "has_times",
    "ids_by_time",
    "locate",
    "open_source",
    "records_by_time",
    "type_changes",
]

__getattr__ = exports(
    __name__,
    {
        "condition": "Condition Part SqlFunction",
        "copies": "Cancelled",
        "damage": "Damage",
        "errors": "HotJournal Locked NotADatabase NotNow NotYetThere TraceError",
        "flushes": "Flushes type_changes",
        "pace": "Pace",
        "places": "locate",
        "positions": "IdList IdRuns Positions",
        "reader": "Reader",
        "scan": "Chunk",
        "schema": "Schema",
        "source": "Source open_source",
        "tail": "FileState Growth Tail",
        "timeline": "has_times ids_by_time records_by_time",
        "trace": "Trace",
    },
)
