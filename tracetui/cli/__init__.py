"""Command line: one module per verb; ``tracetui FILE`` opens the explorer.

This module only decides which verb is meant. It imports neither Textual nor SQLAlchemy; a verb's module does
so when it runs.
"""

from __future__ import annotations

import atexit
import gc
import sys

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run the program with ``argv`` (default: the process's own) and return its exit code.

    0: all is well; 1: something was found and ``--check`` was given; 2: wrong usage or a bad filter; 3: the
    trace cannot be read; 130: interrupted.
    """
    atexit.register(gc.freeze)  # or the interpreter looks for cycles among all that is about to die
    from tracetui.cli.dispatch import dispatch
    from tracetui.cli.guard import guarded

    return guarded(dispatch, sys.argv[1:] if argv is None else argv)
