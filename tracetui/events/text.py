"""Text as it is read from a trace, whatever bytes a guest has put there."""

from __future__ import annotations


def text_of_bytes(stored: bytes) -> str:
    """Stored bytes as text: those that are not UTF-8 read ``\\xff``, four characters each."""
    return stored.decode("utf-8", "backslashreplace")


def text_of(value: object) -> str:
    """A stored value of any type as text; nothing for NULL."""
    if isinstance(value, bytes):
        return text_of_bytes(value)
    return "" if value is None else str(value)
