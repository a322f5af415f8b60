"""A line of the detail pane."""

from __future__ import annotations

from dataclasses import dataclass

VALUE_LIMIT = 20_000
"""Characters of a text that are shown; what is left out is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; texts are sanitised."""

    label: str = ""
    text: str = ""
    style: str = ""
    """Component of the list: ``dim``, ``failure``, ``name``, ... or nothing."""
    section: str = ""
    """The section that this line heads."""
    field: str = ""
    """The filter field that the line stands for."""
    value: str | int | None = None
    copied: str = ""
    """What copying the line gives, where that is not ``text``."""
