"""Copying through the terminal, which also works over ssh."""

from __future__ import annotations

from textual.app import App

COPY_LIMIT = 65_536
"""Characters that are sent: many terminals ignore longer OSC 52 sequences."""


def copy(app: App[object], text: str, what: str) -> None:
    """Put ``text`` on the user's clipboard (OSC 52) and say so."""
    app.copy_to_clipboard(text[:COPY_LIMIT])
    left_out = len(text) - COPY_LIMIT
    cut = f", {left_out:,} characters too long" if left_out > 0 else ""
    app.notify(f"Copied {what}{cut}", timeout=2, markup=False)
