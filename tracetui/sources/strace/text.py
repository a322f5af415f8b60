"""strace's quoted text: escapes back to bytes, bytes to text, comments in place of numbers."""

from __future__ import annotations

import re

STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
"""Pattern of a quoted string with its escapes."""

TEXT_LIMIT = 4072
"""Longest text kept of one argument, in characters: the limit of Penguin's own logger."""

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", "a": "\a", "b": "\b"}
_ESCAPES_OF_STRACE = re.compile(
    r"[^\\]*(?:\\(?:x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[0-7]{1,2}(?![0-7])|[ntrvf\"\\])[^\\]*)*"
)
_COMMENTED = re.compile(rf"(?:{STRING}|(?<![-~\w])[-~\w]+) /\* ([^*]*) \*/", re.S)


def unescape(quoted: str) -> bytes:
    """The bytes of the inside of a string as strace prints it (``\\177ELF\\2``, ``\\x7f``, ``\\n``).

    An escape that strace does not write stands for the character after the backslash.
    """
    if "\\" not in quoted:
        return _latin(quoted)
    if _ESCAPES_OF_STRACE.fullmatch(quoted):
        return _latin(_latin(quoted).decode("unicode_escape"))
    return _latin(_ESCAPE.sub(_unescape_one, quoted))


def _latin(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _unescape_one(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return _SIMPLE.get(code, code)


def decode(raw: bytes) -> str:
    """Text of bytes that some program calls a string: UTF-8 where it is valid, else Latin-1.

    A character cut off at the end does not make the rest invalid.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return raw[: error.start].decode("utf-8") + raw[error.start :].decode("latin-1")
        return raw.decode("latin-1")


def c_string(raw: bytes) -> str:
    """What a C program sees of ``raw``: everything before the first NUL, at most ``TEXT_LIMIT``."""
    end = raw.find(b"\0", 0, TEXT_LIMIT)
    return decode(raw[: TEXT_LIMIT if end < 0 else end])


def symbolic(text: str) -> str:
    """``0x5 /* PROT_READ|PROT_EXEC */`` as ``PROT_READ|PROT_EXEC``, also deep inside a structure."""
    return _COMMENTED.sub(r"\1", text) if "/*" in text else text


def bounded(text: str) -> str:
    """``text`` within ``TEXT_LIMIT``, with an ellipsis where it was cut."""
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "..."
