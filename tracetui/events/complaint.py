"""An error that the user can do something about."""

from __future__ import annotations


class Complaint(Exception):
    """What is wrong, and perhaps what to do about it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
