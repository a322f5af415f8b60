"""Processes: who is who although pids are given again, who started whom, how each ended and how much it did.

A :class:`Forest` is built from a trace by a :class:`ForestBuilder`, and extended while the trace grows.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.process.builder import ForestBuilder, build_forest
    from tracetui.process.forest import Forest
    from tracetui.process.lines import ORDERS, Line, Order
    from tracetui.process.matches import Count, Matches, count_matches
    from tracetui.process.model import ExecStep, Exit, Identity, Process
    from tracetui.process.scope import Scope

__all__ = [
    "ORDERS",
    "Count",
    "ExecStep",
    "Exit",
    "Forest",
    "ForestBuilder",
    "Identity",
    "Line",
    "Matches",
    "Order",
    "Process",
    "Scope",
    "build_forest",
    "count_matches",
]

__getattr__ = exports(
    __name__,
    {
        "builder": "ForestBuilder build_forest",
        "forest": "Forest",
        "lines": "ORDERS Line Order",
        "matches": "Count Matches count_matches",
        "model": "ExecStep Exit Identity Process",
        "scope": "Scope",
    },
)
