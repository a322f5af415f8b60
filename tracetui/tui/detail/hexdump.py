"""Bytes as lines: hex and ASCII computed line by line, text cut at newlines."""

from __future__ import annotations

from tracetui.events.sanitise import clean

TEXT_LIMIT = 1 << 16
"""Bytes of a buffer that are shown as text; hex shows all of them."""


class HexDump:
    """A buffer of any size as lines of offset, hex and ASCII; a line is made when it is asked for."""

    def __init__(self, data: bytes, width: int) -> None:
        """``width`` cells decide whether a line holds 16, 8 or 4 bytes."""
        self.data = data
        self.per_line = 16 if width >= 77 else 8 if width >= 43 else 4

    @property
    def count(self) -> int:
        """Number of lines."""
        return -(-len(self.data) // self.per_line)

    def line(self, index: int) -> tuple[str, str, str]:
        """(offset, hex, ASCII) of a line."""
        start = index * self.per_line
        piece = self.data[start : start + self.per_line]
        half = self.per_line // 2
        left, right = piece[:half].hex(" "), piece[half:].hex(" ")
        shown = f"{left:<{half * 3 - 1}}  {right:<{half * 3 - 1}}"
        ascii_text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in piece)
        return f"{start:08x}", shown, ascii_text


def text_lines(data: bytes, width: int) -> list[str]:
    """The start of a buffer as sanitised lines of at most ``width`` characters, newlines visible."""
    shown = data[:TEXT_LIMIT]
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError:
        text = shown.decode("latin-1")
    lines = [piece for line in text.splitlines(keepends=True) for piece in wrap(clean(line), width)]
    if len(data) > TEXT_LIMIT:
        lines.append(f"… {len(data) - TEXT_LIMIT:,} bytes more: h shows them in hex")
    return lines


def wrap(text: str, width: int) -> list[str]:
    """``text`` in pieces of at most ``width`` characters, where possible of whole words; never empty."""
    width = max(width, 8)
    pieces, start = [], 0
    while len(text) - start > width:
        # Only near the end of a line: what has few blanks, such as a path, fills its lines.
        blank = text.rfind(" ", start + 2 * width // 3, start + width)
        end = start + width if blank < 0 else blank + 1
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]]


def looks_like_text(data: bytes) -> bool:
    """Whether most of the start of a buffer can be read; bytes above 0x7f only count as UTF-8."""
    sample = data[:512]
    text = sample.decode("utf-8", "ignore")
    readable = sum(len(sign.encode()) for sign in text if sign.isprintable() or sign in "\n\r\t")
    return readable >= len(sample) * 0.85
