"""Annotations: marks, tags and notes that the user gives to events.

They are kept in a small database of our own beside the trace, or in the user's data folder where nothing
can be written there. The trace itself is never written.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.annotations.book import EMPTY, KINDS, Annotation, Book, Kind
    from tracetui.annotations.errors import AnnotationError
    from tracetui.annotations.notebook import Notebook
    from tracetui.annotations.places import beside, may_exist
    from tracetui.annotations.rules import LETTERS, check_letter, check_note, check_tags

__all__ = [
    "EMPTY",
    "KINDS",
    "LETTERS",
    "Annotation",
    "AnnotationError",
    "Book",
    "Kind",
    "Notebook",
    "beside",
    "check_letter",
    "check_note",
    "check_tags",
    "may_exist",
]

__getattr__ = exports(
    __name__,
    {
        "book": "EMPTY KINDS Annotation Book Kind",
        "errors": "AnnotationError",
        "notebook": "Notebook",
        "places": "beside may_exist",
        "rules": "LETTERS check_letter check_note check_tags",
    },
)
