"""Reasons of process ends of which nobody told the exit code; our recorder of Python writes -1 there."""

from typing import Final

END_AT_EXIT: Final = "atexit"
"""The process said that it ends, as Python does in order."""
UNTOLD_END: Final = "unknown"
UNTOLD_ENDS: Final = frozenset({END_AT_EXIT, UNTOLD_END})
