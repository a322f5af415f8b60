"""The sign that an annotated event has in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.annotations.book import Annotation

NOTE, TAG = "✎", "#"


def sign_of(annotation: Annotation) -> str:
    """The letter of the mark, else that there is a note, or a tag; a blank where there is nothing."""
    if annotation.marks:
        return annotation.marks[0]
    return NOTE if annotation.note else TAG if annotation.tags else " "
