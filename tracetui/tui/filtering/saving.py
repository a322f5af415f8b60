"""Saving a filter under a name, so that ``@name`` means it."""

from __future__ import annotations

from textual.app import App

from tracetui.tui.filtering import language
from tracetui.tui.screens.prompt import Prompt


def ask_name(app: App[object], text: str) -> None:
    """Ask for a name and save the filter ``text`` under it."""

    def save(name: str | None) -> None:
        if name is None:
            return
        error = language.save(name, text)
        if error:
            app.notify(error, severity="error", markup=False)
        else:
            app.notify(f"Saved as @{name}", markup=False)

    app.push_screen(Prompt("Save this filter as", "letters, digits, - and _", language.name_error), save)
