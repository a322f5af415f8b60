"""Importing what keys will need, once the first events are shown, so that the first press is no slower."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

MODULES = (
    "tracetui.filter.completion",
    "tracetui.filter.compile",
    "tracetui.filter.saved",
    "tracetui.tui.filtering.search",
    "tracetui.tui.widgets.prompt",
    "tracetui.tui.pointing",
    "tracetui.tui.screens.point_menu",
    "tracetui.tui.detail.pane",
    "tracetui.tui.widgets.process_tree",
    "tracetui.process",
    "tracetui.tui.screens.frequency",
    "tracetui.analysis",
    "tracetui.tui.filtering.stack_screen",
    "tracetui.tui.screens.letter_prompt",
    "tracetui.tui.widgets.tag_prompt",
    "tracetui.output.stored",
    "tracetui.tui.screens.help",
    "tracetui.filter.help",
)
"""What is imported when a key is pressed first, those pressed most often first."""


def warm_up(waits: Callable[[], bool]) -> None:
    """Start importing in the background; ``waits()`` lets the user go first, and is true at the end."""
    threading.Thread(target=_import_all, args=(waits,), name="tracetui-warming", daemon=True).start()


def _import_all(waits: Callable[[], bool]) -> None:
    for name in MODULES:
        if waits():
            return
        # Whoever needs it tells why it cannot be imported.
        with suppress(ImportError):
            import_module(name)
    from tracetui.filter import Surroundings, complete

    complete("e", 1, lambda field, prefix: (), Surroundings())
    # What was imported stays: whoever looks for garbage need not look at it, which takes 50 ms.
    gc.freeze()
