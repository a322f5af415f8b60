"""The explorer: a Textual application over the reader threads. No SQL in here.

:func:`run` is all that the command line needs.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

OPENING_TURN = 0.005
"""Seconds that a thread may keep the interpreter, and no collections, until the first events are shown:
importing and painting compete for it, and every switch costs."""


def run(
    trace: str | Path | None,
    *,
    filter: str | None = None,
    goto: int | None = None,
    follow: bool | None = None,
    wait: bool = False,
    theme: str | None = None,
    keymap: str | Path | None = None,
) -> int:
    """Open the explorer on ``trace`` and return the exit code: 0, or 3 for a trace that cannot be read.

    Raises :class:`tracetui.trace.TraceError` for a trace that is known to be unreadable before the terminal
    is taken over.
    """
    gc.disable()
    sys.setswitchinterval(OPENING_TURN)
    from tracetui.events.sanitise import clean
    from tracetui.tui.app import TracetuiApp
    from tracetui.tui.options import Options

    options = Options(trace, filter, goto, follow, wait, theme, Path(keymap) if keymap else None)
    app = TracetuiApp(options)
    code = app.run() or 0
    for text in app.unsaved:
        print(f"tracetui: {clean(text)}", file=sys.stderr)
    return code
