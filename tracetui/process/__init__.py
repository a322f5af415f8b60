"""Processes: who is who although pids are given again, who started whom, how each ended and how much it did.

A :class:`Forest` is built from a trace by a :class:`ForestBuilder`, and extended while the trace grows.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.process.builder import ForestBuilder, build_forest
    from tracetui.process.forest import Forest
    from tracetui.process.lines import ORDERS, Line, Order
    from tracetui.process.model import ExecStep, Exit, Identity, Process
    from tracetui.process.population import LAST_ID
    from tracetui.process.scope import Scope

__all__ = [
    "LAST_ID",
    "ORDERS",
    "ExecStep",
    "Exit",
    "Forest",
    "ForestBuilder",
    "Identity",
    "Line",
    "Order",
    "Process",
    "Scope",
    "build_forest",
]

__getattr__ = exports(
    __name__,
    {
        "builder": "ForestBuilder build_forest",
        "forest": "Forest",
        "lines": "ORDERS Line Order",
        "model": "ExecStep Exit Identity Process",
        "population": "LAST_ID",
        "scope": "Scope",
    },
)
