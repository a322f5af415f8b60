"""What can be wrong with a filter, told with its place."""

from __future__ import annotations

import unicodedata

from tracetui.events.sanitise import clean

_WIDTH = 100
"""Characters of the filter that an error shows around its place."""


class FilterError(ValueError):
    """A text that is no filter, or a filter that cannot apply to the trace at hand.

    ``position`` and ``length`` are the place in ``text``, in characters. ``suggestion`` is a text that may
    stand in that place instead; ``expected`` names what could have stood there; ``hint`` says in a sentence
    what to do.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        position: int = 0,
        length: int = 1,
        expected: tuple[str, ...] = (),
        suggestion: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.position = position
        self.length = length
        self.expected = expected
        self.suggestion = suggestion
        self.hint = hint

    def __str__(self) -> str:
        return self.render()

    def render(self) -> str:
        """The filter, a line with carets under the place, and what is wrong with it."""
        lines = [self.explanation]
        if self.text:
            shown, start, length = self._window()
            before = " " * _cells(shown[:start])
            carets = "^" * max(_cells(shown[start : start + length]), 1)
            lines = [shown, before + carets, *lines]
        if self.hint:
            lines.append(clean(self.hint))
        return "\n".join(lines)

    @property
    def explanation(self) -> str:
        """What is wrong, what was expected and what was perhaps meant, in one line."""
        said = clean(self.message)
        if self.expected:
            said += f"; expected {_alternatives(self.expected)}"
        return f"{said} – did you mean {clean(self.suggestion)}?" if self.suggestion else said

    def _window(self) -> tuple[str, int, int]:
        """The part of the text to show, one printable character for each of its own, and the place in it."""
        position = min(self.position, len(self.text))
        low = max(0, position - _WIDTH // 2) if len(self.text) > _WIDTH else 0
        part = self.text[low : low + _WIDTH]
        shown = "".join(char if char.isprintable() else clean(char)[0] for char in part)
        head, tail = "…" if low else "", "…" if low + _WIDTH < len(self.text) else ""
        start = position - low + len(head)
        return head + shown + tail, start, min(self.length, len(part) - (position - low))


class UnknownFieldName(FilterError):
    """No field of the language, and no column of the trace, has this name: ``name``."""

    name = ""


class FilterTooLarge(FilterError):
    """A filter beyond what is sensible: too long, too deep or with too many conditions."""


def _alternatives(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _cells(text: str) -> int:
    """Columns of a terminal that ``text`` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
