"""What the command line asks of the explorer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How to open a trace."""

    trace: str | Path | None
    """A database, a folder, or ``None`` for the usual places."""
    filter: str | None = None
    goto: int | None = None
    follow: bool | None = None
    """``None``: follow where the trace is being written."""
    wait: bool = False
    """Wait for a trace that is not there yet."""
    theme: str | None = None
    keymap: Path | None = None
    """A TOML file: binding id to keys."""
