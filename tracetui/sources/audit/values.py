"""One argument of an event, from the hook's JSON to a number and a text of the trace."""

from __future__ import annotations

from typing import Any

from tracetui.sources.audit.redact import REDACTED, is_secret_name, redact, redact_words

_INT64 = 1 << 63


def number(value: Any) -> int:
    """What stands in an ``argN`` column: the integer, wrapped to 64 bits; 0 for anything else."""
    if type(value) is not int:
        return 0
    return value if -_INT64 <= value < _INT64 else ((value + _INT64) & 0xFFFF_FFFF_FFFF_FFFF) - _INT64


def storable(text: str) -> str:
    """``text`` without lone surrogates, which stand for bytes that are not UTF-8: they become ``\\xff``."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text


def argument_text(value: Any, *, keep_secrets: bool) -> str:
    """The text of an argument: ``("string")``, a number, a list or ``<what the object is>``."""
    if type(value) is str:
        return f'("{storable(value if keep_secrets else redact(value))}")'
    if type(value) is int:
        return str(value)
    if type(value) is list:
        return f"({_literal(value, keep_secrets)})"
    return _literal(value, keep_secrets)


def redacted_text(value: Any) -> str:
    """The text of an argument that is a secret as a whole; only its size is told."""
    size = len(value) if isinstance(value, str) else value.get("len") if isinstance(value, dict) else None
    return REDACTED if size is None else f"{REDACTED[:-1]}, {size} long>"


def is_secret(event: str, argument: str, secret: str, values: list[Any]) -> bool:
    """Is this argument of an event a secret as a whole?"""
    if argument != secret:
        return False
    if event == "os.putenv":
        return is_secret_name(plain_text(values[0]))
    return argument not in ("env", "headers")  # of a mapping the hook tells only the keys


def plain_text(value: Any) -> str:
    """The text that a string or bytes argument holds; empty for others."""
    if isinstance(value, dict):
        if isinstance(value.get("bytes"), str):
            return decoded(value["bytes"])
        value = value.get("str")
    return storable(value) if isinstance(value, str) else ""


def words(value: Any) -> list[str]:
    """The words of a command: of a list of strings or bytes, or of one string."""
    if isinstance(value, list):
        return [plain_text(word) for word in value]
    text = plain_text(value)
    return [text] if text else []


def _literal(value: Any, keep_secrets: bool) -> str:
    if isinstance(value, str):
        return repr(storable(value if keep_secrets else redact(value)))
    if isinstance(value, list):
        return _list(value, keep_secrets)
    if isinstance(value, dict):
        return _tagged(value, keep_secrets)
    return repr(value)


def _list(values: list[Any], keep_secrets: bool) -> str:
    if not keep_secrets and values and all(isinstance(value, str) for value in values):
        return repr([storable(word) for word in redact_words(values)])
    return f"[{', '.join(_literal(value, keep_secrets) for value in values)}]"


def _tagged(value: dict[str, Any], keep_secrets: bool) -> str:
    """A value that JSON has no form for; see ``inject/tracetui_audit_values.py``."""
    text = next(iter(value.values()), "")
    shown = str(text) if keep_secrets else redact(str(text))
    match next(iter(value), ""):
        case "bytes":
            return _bytes(shown) + _more(len(str(text)), value)
        case "str":
            return repr(storable(shown)) + _more(len(str(text)), value)
        case "dict":
            keys = ", ".join(plain_text(key) for key in text) if isinstance(text, list) else ""
            return f"{{{keys}}}"
        case "code":
            return f"<code {storable(str(text))}, {storable(str(value.get('file')))}:{value.get('line')}>"
        case "items":
            return f"[{text} items]"
        case "more":
            return f"... {text} more"
    return f"<{storable(shown)}>"


def _bytes(text: str) -> str:
    """Bytes, which came as Latin-1: like a string where they are printable."""
    raw = text.encode("latin-1", "replace")
    try:
        plain = raw.decode("utf-8")
    except UnicodeDecodeError:
        return repr(raw)
    return f'("{plain}")' if plain.isprintable() else repr(raw)


def _more(shown: int, value: dict[str, Any]) -> str:
    length = value.get("len", shown)
    return f"... {length:,} in all" if isinstance(length, int) and length > shown else ""


def decoded(text: str) -> str:
    """Bytes that came as Latin-1: UTF-8 where they are, or escaped."""
    return text.encode("latin-1", "replace").decode("utf-8", "backslashreplace")
