"""What can be wrong with annotations, said so that the user knows what to do."""

from __future__ import annotations


class AnnotationError(Exception):
    """Annotations cannot be read or written, or are none; nothing was changed."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class Unwritable(AnnotationError):
    """The place takes no file, or the file no change: another place may."""
