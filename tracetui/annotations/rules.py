"""What a mark, a tag and a note may be."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase

from tracetui.annotations.errors import AnnotationError

LETTERS = ascii_lowercase
"""Marks: each names one event of a trace."""

LONGEST_TAG = 100
LONGEST_NOTE = 20_000
"""Characters."""


def check_letter(letter: str) -> str:
    """``letter``. Raises :class:`AnnotationError` where it is none."""
    if len(letter) != 1 or letter not in LETTERS:
        raise AnnotationError(f"a mark is a letter from a to z, not {letter!r}")
    return letter


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """``tags`` without repeats. Raises :class:`AnnotationError` for one that is no word."""
    found = tuple(dict.fromkeys(tags))
    for tag in found:
        if not tag or not tag.isprintable() or tag.split() != [tag]:
            raise AnnotationError(f"a tag is a word without blanks, not {tag!r}")
        if len(tag) > LONGEST_TAG:
            raise AnnotationError(f"a tag has at most {LONGEST_TAG} characters, not {len(tag):,}")
    return found


def check_note(text: str) -> str:
    """``text`` without blanks around it. Raises :class:`AnnotationError` where it cannot be kept."""
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise AnnotationError(f"a note has at most {LONGEST_NOTE:,} characters, not {len(text):,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise AnnotationError("a note is text, and this holds bytes that are none") from None
    return text
