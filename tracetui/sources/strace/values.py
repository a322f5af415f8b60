"""One argument as strace wrote it, as number and text in the form of Penguin's ``argN`` and ``argN_repr``.

strace prints what an address points to and not the address itself. Such a value is unknown: the number is
NULL, and the text has ``0x?`` where Penguin has the address: ``filename=0x?("/dev/nvram")``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tracetui.events.prototypes import Argument
from tracetui.sources.strace.arguments import split_items
from tracetui.sources.strace.constants import evaluate, number, signed64
from tracetui.sources.strace.text import bounded, c_string, decode, symbolic, unescape

Value = tuple["int | None", str]
"""(number or None where unknown, text after ``name=``)"""

UNKNOWN = "0x?"
UNRESOLVED = "[???]"
"""In place of the path of a descriptor, as Penguin writes it."""

_LISTED = 20
_DECORATED = re.compile(r"(?P<value>[^<]*)<(?P<path>.*)>(?P<deleted>\(deleted\))?", re.S)
_COMMENT = re.compile(r" /\* ([^*]*) \*/")
_DEVICE = re.compile(r"<(?:char|block) [^<>]*>\Z")


def descriptor_path(argument: str) -> str | None:
    """Path of a decorated descriptor: ``3</etc/passwd>`` gives ``/etc/passwd``; None where undecorated.

    A deleted file has the kernel's suffix: ``/tmp/x (deleted)``. The device number that ``-yy`` adds is
    left out.
    """
    match = _DECORATED.fullmatch(argument)
    if match is None:
        return None
    path = decode(unescape(_DEVICE.sub("", match["path"])))
    return f"{path} (deleted)" if match["deleted"] else path


def argument_value(argument: Argument, text: str) -> Value:
    """Number and text of ``text``, which strace printed for ``argument``."""
    return _DECODERS.get(argument.kind, _pointer)(argument, text)


def string_bytes(text: str) -> bytes | None:
    """Bytes of a quoted string, also of a truncated one; None where ``text`` is something else."""
    if text[:1] != '"':
        return None
    closing = text.rfind('"')
    return unescape(text[1:closing]) if closing else None


@lru_cache(maxsize=32)  # a shell hands the same environment to all it starts
def string_list(text: str) -> tuple[str, ...] | None:
    """Strings of an array (argv, envp), ``...`` for what strace left out; None where it is no array."""
    if not text.startswith("["):
        return None
    return tuple(map(_list_item, split_items(text)))


def _list_item(text: str) -> str:
    raw = string_bytes(text)
    if raw is None:
        return text
    return decode(raw) + ("..." if text.endswith("...") else "")


def _integer(argument: Argument, text: str) -> Value:
    bits = 32 if argument.kind == "int" or argument.name == "fd" else 64
    if text == "NULL":
        return 0, "0x0"
    value = number(text)
    if value is not None:
        return _numbered(argument, value & ((1 << bits) - 1), None)
    raw = string_bytes(text)
    if raw is not None:  # what PR_SET_NAME is given
        return None, f"{UNKNOWN}{_quoted(raw, text)}"
    path = descriptor_path(text) if text.endswith((">", ">(deleted)")) else None
    expression = text if path is None else text[: text.index("<")]
    comments = _COMMENT.findall(expression)
    value = evaluate(_COMMENT.sub("", expression))
    if value is None:
        return None, f"{UNKNOWN}({bounded(symbolic(text))})"
    if path is None:
        path = "|".join(comments) if comments else _name(expression)
    return _numbered(argument, value & ((1 << bits) - 1), path)


def _name(expression: str) -> str | None:
    """``expression`` where it says more than its number."""
    return expression if re.search("[A-Z]", expression.replace("0x", "").upper()) else None


def _numbered(argument: Argument, value: int, meaning: str | None) -> Value:
    if meaning is None and argument.name == "fd":
        meaning = UNRESOLVED
    text = f"{value:#x}" if meaning is None else f"{value:#x}({meaning})"
    return signed64(value), text


def _pointer(argument: Argument, text: str) -> Value:
    known = _address(text)
    if known is None:
        raw = string_bytes(text)
        if raw is None:
            return None, f"{UNKNOWN}({bounded(symbolic(text))})"
        return None, f"{UNKNOWN}{_quoted(raw, text)}"
    value, comment = known
    if not value:
        return 0, "[NULL]"
    target = "ptr" if argument.kind == "*" else f"struct {argument.kind[1:]}"
    return signed64(value), f"{value:#x}({comment or target})"


def _string(argument: Argument, text: str) -> Value:
    raw = string_bytes(text)
    if raw is not None:
        return None, f"{UNKNOWN}{_quoted(raw, text)}"
    known = _address(text)
    if known is None:
        return None, f"{UNKNOWN}({bounded(symbolic(text))})"
    value, _ = known
    return (signed64(value), f"{value:#x}") if value else (0, "[NULL]")


def _quoted(raw: bytes, text: str) -> str:
    return f'("{c_string(raw)}"...)' if text.endswith("...") else f'("{c_string(raw)}")'


def _strings(argument: Argument, text: str) -> Value:
    strings = string_list(text)
    if strings is not None:
        return None, f"{UNKNOWN}({bounded(str(list(strings[:_LISTED])))})"
    return _pointer(argument, text)


def _address(text: str) -> tuple[int, str | None] | None:
    """(address, comment) of ``NULL`` or ``0x7ffc1f264a40 /* 38 vars */``."""
    if text == "NULL":
        return 0, None
    match = _COMMENT.search(text) if text.endswith("*/") else None
    value = number(text if match is None else text[: match.start()])
    return None if value is None else (value, match and match[1])


_DECODERS: dict[str, Callable[[Argument, str], Value]] = {
    "int": _integer,
    "long": _integer,
    "str": _string,
    "strs": _strings,
}
