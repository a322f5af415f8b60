"""Colours of the parts of a filter in the line. They help reading and decide nothing: the parser does."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widget import Widget

_WORD_OPERATORS = (
    r"i?in|i?intersects|exists|i?contains|i?startswith|i?endswith|i?glob|i?matches|i?fuzzy|regex|pmatch|bcontains"
    r"|bstartswith"
    r"|eq|ne|lt|le|gt|ge"
)
_PARTS = re.compile(
    rf"""(?P<string>\br?"(?:\\.|[^"\\])*"?|"(?:\\.|[^"\\])*"?|r?'(?:\\.|[^'\\])*'?)
    |(?P<reference>@[\w.-]+|\$\{{[^}}]*\}}?)
    |(?P<logic>(?<![\w./-])(?:and|or|not)(?![\w./-])|&&|\|\||!(?!=))
    |(?P<field>(?<![\w./-])[a-z_][\w.]*(?:\[\d+\])?(?=\s*(?:[=!<>~]|(?:{_WORD_OPERATORS})(?![\w./-]))))
    |(?P<operator>(?<![\w./-])(?:{_WORD_OPERATORS})(?![\w./-])|[=!<>~]=?)
    |(?P<number>(?<![\w./-])-?(?:0x[0-9a-f]+|0o[0-7]+|\d+)(?![\w./]))""",
    re.VERBOSE | re.IGNORECASE,
)


class FilterHighlighter(Highlighter):
    """Paints by the component classes ``line--field``, ``line--operator`` and so on of ``line``."""

    COMPONENTS: ClassVar[set[str]] = {
        "line--string",
        "line--reference",
        "line--logic",
        "line--field",
        "line--operator",
        "line--number",
        "line--wrong",
    }

    def __init__(self, line: Widget) -> None:
        self._line = line
        self.wrong = (0, 0)
        """Start and end of what the parser stumbled over; the same where it did not."""

    def __call__(self, text: str | Text) -> Text:
        """A painted copy, in which every control character is one visible character."""
        plain = text.plain if isinstance(text, Text) else text
        if not plain.isprintable():
            plain = "".join(char if char.isprintable() else _stand_in(char) for char in plain)
        shown = Text(plain, no_wrap=True, overflow="ignore", end="")
        self.highlight(shown)
        return shown

    def highlight(self, text: Text) -> None:
        for match in _PARTS.finditer(text.plain):
            style = self._line.get_component_rich_style(f"line--{match.lastgroup}", partial=True)
            text.stylize(style, match.start(), match.end())
        text.stylize(self._line.get_component_rich_style("line--wrong", partial=True), *self.wrong)


def _stand_in(char: str) -> str:
    """One character for one, so that the places in the line stay what they are."""
    code = ord(char)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
