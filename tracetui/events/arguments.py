"""The text forms of system call arguments, taken apart.

Penguin writes an argument as ``name=value`` since v2.0.0: ``fd=0x3(/etc/passwd)``,
``filename=0x7ffd0001e598("/dev/nvram")``, ``argv=0x..(['sh', '-c'])``, ``ru=[NULL]``. Version 1 has no
name: ``FD:3(/etc/passwd)``, ``0x..("text")``, a bare path. Strings are not escaped: they may hold quotes,
newlines and anything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.events.text import text_of

PATH_ARGUMENTS = frozenset(
    "filename pathname path oldname newname dev_name dir_name specialfile put_old new_root "
    "linkpath target from_pathname to_pathname".split()
)
"""Kernel prototype names of ``char *`` arguments that are paths (and not data, keys or host names)."""

UNRESOLVED = frozenset({"?", "[???]", "???", "[unknown]", "[invalid name]", "None", ""})
"""What loggers write where they could not resolve a file name."""

_V1_FD = "FD:"


@dataclass(slots=True)
class Argument:
    """One used argument of a system call. Not frozen only because a page of rows makes hundreds of them."""

    index: int
    """Position, 0 to 5."""
    name: str
    """Name in the kernel's prototype; empty in era v1."""
    value: int | None
    """Number as stored; ``None`` where the trace does not know it."""
    text: str
    """The stored text after ``name=``."""
    string: str | None
    """Content of a quoted string argument, unescaped as stored."""
    fd_name: str | None
    """Resolved file name of an ``fd`` argument."""

    @property
    def is_path(self) -> bool:
        """Whether the string names a file."""
        return self.string is not None and (self.name in PATH_ARGUMENTS or not self.name)


def parse_argument(index: int, value: object, text: object) -> Argument | None:
    """Take one (``argN``, ``argN_repr``) pair apart; ``None`` for an unused argument.

    Values of the wrong type, as in a damaged or foreign trace, are kept as text.
    """
    number = value if isinstance(value, int) else None
    if text is None or text == "":
        return None if not number else Argument(index, "", number, hex(number), None, None)
    shown = text if isinstance(text, str) else text_of(text)
    name, equals, rest = shown.partition("=")
    if equals and name.isidentifier() and name.isascii():
        return Argument(index, name, number, rest, _quoted(rest), _fd_name(rest) if name == "fd" else None)
    if shown.startswith(_V1_FD):
        rest = shown[len(_V1_FD) :]
        return Argument(index, "fd", number, rest, None, _fd_name(rest))
    return Argument(index, "", number, shown, shown if shown.startswith("/") else _quoted(shown), None)


def signed_fd(value: int | None) -> int | None:
    """A file descriptor as the C int it is: 4294967295 and 2^64-1 are -1."""
    if value is None:
        return None
    low = value & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def _quoted(text: str) -> str | None:
    """The string of ``0x..("string")``."""
    if not text.endswith('")'):
        return None
    start = text.find("(")
    if start < 0 or len(text) < start + 4 or text.find('"') != start + 1:
        return None
    return text[start + 2 : -2]


def _fd_name(text: str) -> str | None:
    """The name of ``0x3(name)``."""
    start = text.find("(")
    name = text[start + 1 : -1] if start >= 0 and text.endswith(")") else ""
    return None if name in UNRESOLVED else name
