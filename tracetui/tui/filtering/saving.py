"""Saving a filter under a name, so that ``@name`` means it."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from tracetui.tui.filtering import language
from tracetui.tui.widgets.prompt import Prompt


async def ask_name(screen: Screen[Any], text: str) -> None:
    """Ask for a name on ``screen`` and save the filter ``text`` under it."""

    def save(name: str) -> None:
        error = language.save(name, text)
        if error:
            screen.notify(error, severity="error", markup=False)
        else:
            screen.notify(f"Saved as @{name}", markup=False)

    await Prompt("Save this filter as", "letters, digits, - and _", language.name_error).ask(screen, save)
