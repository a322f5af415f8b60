"""An index of a trace's columns in memory: a byte or two an event and column, codes into small dictionaries.

A background pass builds it in short steps and extends it while the trace grows; it answers filters and counts
over the columns that it keeps and tells which events are left to be looked at. Importing it imports NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.analysis.index.candidates import Candidates
    from tracetui.analysis.index.columns import ColumnIndex
    from tracetui.analysis.index.counts import GROUPED, Group
    from tracetui.analysis.index.planning import Plan, plan
    from tracetui.analysis.index.store import cache_folder, load, save
    from tracetui.analysis.index.whole import count_by, whole_index

__all__ = [
    "GROUPED",
    "Candidates",
    "ColumnIndex",
    "Group",
    "Plan",
    "cache_folder",
    "count_by",
    "load",
    "plan",
    "save",
    "whole_index",
]

__getattr__ = exports(
    __name__,
    {
        "candidates": "Candidates",
        "columns": "ColumnIndex",
        "counts": "GROUPED Group",
        "planning": "Plan plan",
        "store": "cache_folder load save",
        "whole": "count_by whole_index",
    },
)
