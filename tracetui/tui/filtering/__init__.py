"""The filter line, the stack of filters and the search line.

Widgets that are typed into and post what is wanted; the stack is a pure value. Nothing here knows a trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.tui.filtering.bar import FilterBar
    from tracetui.tui.filtering.search import SearchBar, SearchKind, search_error
    from tracetui.tui.filtering.stack import FilterStack, Mode, Pointing, StackedFilter, conjunction, join
    from tracetui.tui.filtering.stack_screen import FilterStackScreen

__all__ = [
    "FilterBar",
    "FilterStack",
    "FilterStackScreen",
    "Mode",
    "Pointing",
    "SearchBar",
    "SearchKind",
    "StackedFilter",
    "conjunction",
    "join",
    "search_error",
]

__getattr__ = exports(
    __name__,
    {
        "bar": "FilterBar",
        "search": "SearchBar SearchKind search_error",
        "stack": "FilterStack Mode Pointing StackedFilter conjunction join",
        "stack_screen": "FilterStackScreen",
    },
)
