"""The one place where text from a trace is made safe to show.

Everything in a trace comes from the traced system: it may hold escape sequences, newlines or
bidirectional overrides. After :func:`clean` a text is one line of printable characters.
"""

from __future__ import annotations

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}


def clean(text: str) -> str:
    """Show what a terminal would interpret: C0 controls as control pictures, the rest as escapes.

    ``"a\\nb\\x9b"`` becomes ``"a␊b\\\\x9b"``. Printable text is returned as it is, without a copy.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _visible(char) for char in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code in _PICTURES:
        return _PICTURES[code]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def bounded(text: str, limit: int) -> str:
    """``text`` cut to ``limit`` characters, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def clean_value(value: object, limit: int = 4096) -> str:
    """Any stored value as one safe line of at most ``limit`` characters.

    Bytes are shown as Latin-1 text; ``None`` gives an empty string.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value[:limit].decode("latin-1")
    text = value if isinstance(value, str) else str(value)
    return bounded(clean(text[: limit + 1]), limit)
