"""Keys as they are shown: Textual's names of punctuation are words."""

from __future__ import annotations

from textual.binding import Binding

PUNCTUATION = {
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "asterisk": "*",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "vertical_line": "|",
    "exclamation_mark": "!",
    "apostrophe": "'",
    "semicolon": ";",
    "comma": ",",
}

_WORDS = {"pageup": "page up", "pagedown": "page down"}
_SHORT = {"escape": "esc", "enter": "⏎", "f1": "F1"}


def is_typed(key: str) -> bool:
    """Whether a line of text takes a key as a character."""
    return len(key) == 1 or key in PUNCTUATION


def all_keys(binding: Binding) -> str:
    """All keys of a binding, as a help page has room for them."""
    keys = (key.strip() for key in binding.key.split(","))
    return "  ".join(PUNCTUATION.get(key) or _WORDS.get(key, key) for key in keys)


def first_key(binding: Binding) -> str:
    """The first key of a binding, or what stands for it, as short as can be."""
    if binding.key_display:
        return binding.key_display
    key = binding.key.split(",")[0].strip()
    return PUNCTUATION.get(key) or _SHORT.get(key, key.replace("ctrl+", "^"))
