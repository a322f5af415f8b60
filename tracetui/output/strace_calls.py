"""A system call as strace prints it, so that whatever reads its logs can read these lines too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracetui.events import Argument, Record, clean_value
from tracetui.events.decode import decode_arguments, signed
from tracetui.events.literals import words_of
from tracetui.events.summary import number_text

LONGEST = 4096
"""Characters of a text, and of anything else that an argument shows."""

_POINTER = re.compile(r"(0x[0-9a-f?]+)\((.*)\)", re.S)
"""``0x7ffd0001e598(what is there)``; the address may be ``0x?``."""

_CUT = re.compile(r'"(.*)"\.\.\.', re.S)
_CONTROLS_OF_LATIN = re.compile("[\x80-\x9f]")
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_SPECIAL = re.compile(rb"[^ !#-\[\]-~]")
_SHORT = {9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_DIGITS = frozenset(bytes([digit]) for digit in b"0123456789")
"""Before these an octal escape needs all its digits."""

_ANGLES = str.maketrans({"<": "\\74", ">": "\\76"})

_CLONE = ((1, "child_stack"), (0, "flags"), (2, "parent_tid"), (3, "child_tidptr"), (4, "tls"))
"""Arguments of ``clone`` by their place in the kernel's prototype, in strace's order and by its names."""


def call_line(record: Record) -> str:
    """The call with all its arguments: ``openat(AT_FDCWD, "/x", O_RDONLY)``; printable, in one line."""
    name = clean_value(record.short_name, LONGEST) or "?"
    arguments = record.arguments
    decoded = decode_arguments(record.name or "", arguments, record.arch)
    shown = [text or _argument(argument) for argument, text in zip(arguments, decoded, strict=True)]
    if name == "clone":
        shown = _named(arguments, shown)
    return f"{name}({', '.join(shown)})"


def c_string(text: str) -> str:
    """A text in double quotes with the escapes of C, those of bytes in octal; cut where it is long."""
    more = "..." if len(text) > LONGEST else ""
    shown = text[:LONGEST]
    return f'"{shown}"{more}' if _PLAIN.fullmatch(shown) else f"{c_bytes(_encoded(shown))}{more}"


def c_bytes(data: bytes) -> str:
    """Bytes in double quotes: ``"\\177ELF\\2"``."""

    def escaped(match: re.Match[bytes]) -> bytes:
        byte, end = match[0][0], match.end()
        if byte in _SHORT:
            return _SHORT[byte].encode()
        digits = 3 if data[end : end + 1] in _DIGITS else 0
        return b"\\%0*o" % (digits, byte)

    return f'"{_SPECIAL.sub(escaped, data).decode("ascii")}"'


def descriptor(fd: int | None, name: str | None) -> str:
    """A descriptor and what it refers to: ``3</etc/passwd>``; ``?`` where the number is unknown."""
    number = "?" if fd is None else str(fd)
    return f"{number}<{in_angles(name)}>" if name else number


def in_angles(name: str) -> str:
    """A name as it stands between angle brackets, which it may have itself."""
    return c_string(name)[1:-1].translate(_ANGLES)


def _argument(argument: Argument) -> str:
    """An argument that has no words of its own: a text, a descriptor, a number, what an address points to."""
    value, text = argument.value, argument.text
    if argument.string is not None:
        return c_string(argument.string)
    if argument.name == "fd" and value is not None:
        return descriptor(signed(value), argument.fd_name)
    if value is not None and text == hex(value):
        return number_text(value)
    if text == "[NULL]":
        return "NULL"
    pointer = _POINTER.fullmatch(text)
    return clean_value(text, LONGEST) if pointer is None else _pointed(*pointer.groups())


def _pointed(address: str, target: str) -> str:
    """What an address points to, where the trace tells it, else the address."""
    if target == "ptr" or target.startswith("struct "):
        return address
    if (cut := _CUT.fullmatch(target)) is not None:
        return c_string(cut[1]) + "..."
    if target.startswith("['") and (words := words_of(target)) is not None:
        return f"[{', '.join(map(c_string, words))}]"
    told = clean_value(target, LONGEST)
    return told if "?" in address else f"{address} /* {told} */"


def _named(arguments: Sequence[Argument], shown: Sequence[str]) -> list[str]:
    """Arguments by name, those that are there."""
    by_index = {argument.index: text for argument, text in zip(arguments, shown, strict=True)}
    return [f"{label}={_address(label, by_index[index])}" for index, label in _CLONE if index in by_index]


def _address(label: str, text: str) -> str:
    return "NULL" if text == "0" and label != "flags" else text


def _encoded(text: str) -> bytes:
    """The bytes that a text was, as far as that can be told.

    Traces decode what is no UTF-8 as Latin-1. Its control characters show it: no UTF-8 text has any.
    """
    if _CONTROLS_OF_LATIN.search(text):
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "backslashreplace")
