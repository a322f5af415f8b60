"""The real program in a real pseudo-terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.terminal import Terminal

ENTERED = b"\x1b[?1049h"
LEFT = b"\x1b[?1049l"
"""Alternate screen on and off."""

CURSOR_SHOWN, CURSOR_HIDDEN = b"\x1b[?25h", b"\x1b[?25l"
MOUSE_MODES = (b"1000", b"1003", b"1015", b"1006")


@contextmanager
def tracetui(*arguments: str | Path, columns: int = 100, lines: int = 30) -> Iterator[Terminal]:
    """``tracetui ARGUMENTS`` in a terminal; ended in any case."""
    argv = [sys.executable, "-m", "tracetui", *map(str, arguments)]
    terminal = Terminal(argv, columns, lines)
    try:
        yield terminal
    finally:
        terminal.close()


def shows(*texts: str) -> object:
    """Whether a screen holds all ``texts``, for :meth:`Terminal.wait`."""
    return lambda screen: all(text in screen for text in texts)


def assert_restored(output: bytes) -> None:
    """What was switched on in the terminal has been switched off again."""
    assert output.rfind(LEFT) > output.rfind(ENTERED) >= 0
    assert output.rfind(CURSOR_SHOWN) > output.rfind(CURSOR_HIDDEN)
    for mode in MOUSE_MODES:
        assert output.rfind(b"\x1b[?" + mode + b"l") > output.rfind(b"\x1b[?" + mode + b"h")
