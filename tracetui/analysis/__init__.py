"""Questions about a trace as a whole: which values occur, how often, and where.

Everything is read in short steps that a writer beside us never notices, and can be given up between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.analysis.census import Census
    from tracetui.analysis.connections import Connection, Connections, Sort, in_order
    from tracetui.analysis.traffic import Traffic, bytes_over_time

__all__ = ["Census", "Connection", "Connections", "Sort", "Traffic", "bytes_over_time", "in_order"]

__getattr__ = exports(
    __name__,
    {
        "census": "Census",
        "connections": "Connection Connections Sort in_order",
        "traffic": "Traffic bytes_over_time",
    },
)
