"""Passwords, tokens and keys in what a recording keeps, recognised by their names and by their looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"pass(?:w(?:or)?d|phrase|code)|(?:^|[_-])(?:pass|pwd|pw)(?:$|[_-])|secret|token|credential|api_?key|"
    r"(?:access|private|signing|encryption|account|master|auth)_?key|authorization|cookie|session_?(?:id|key)|"
    r"(?:^|_)(?:auth|dsn|jwt|pat)$",
    re.IGNORECASE,
)
_HARMLESS_NAMES = frozenset({"PWD", "OLDPWD"})
_SECRET_VALUE = re.compile(
    r"\b(?:gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|A[KS]IA[0-9A-Z]{16}"
    r"|sk-[\w-]{20,}|pypi-[\w-]{16,}|hf_\w{20,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    re.DOTALL,
)
_URL_LOGIN = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")
_ASSIGNED = re.compile(r"\b([\w-]{1,64})(\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|(?:Bearer |Basic )?[^\s&;,'\"]+)")
_SUSPECT = re.compile(
    r"[=:]|Bearer|Basic|gh[oprsu]_|github_pat_|glpat-|xox|A[KS]IA|sk-|pypi-|hf_|eyJ|-----BEGIN"
)
"""One of these is in every text that has something to redact."""
_BEARER = re.compile(r"\b(Bearer|Basic) +[\w.~+/-]{8,}=*")


def is_secret_name(name: str) -> bool:
    """Does a variable, option or field of this name hold a secret?"""
    return name not in _HARMLESS_NAMES and _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """``text`` without what looks like a secret."""
    return text if _SUSPECT.search(text) is None else _redact(text)


def _redact(text: str) -> str:
    text = _SECRET_VALUE.sub(REDACTED, text)
    if "://" in text:
        text = _URL_LOGIN.sub(rf"\1:{REDACTED}", text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    if "=" in text or ":" in text:
        text = _ASSIGNED.sub(_redact_assigned, text)
    return text


def _redact_assigned(match: re.Match[str]) -> str:
    name, sign, _ = match.groups()
    return f"{name}{sign}{REDACTED}" if is_secret_name(name) else match[0]


def redact_environment(environment: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names and values, without the values that are secret by name or by their looks."""
    for name, value in environment:
        yield name, REDACTED if value and is_secret_name(name) else redact(value)


def redact_words(words: Iterable[str]) -> Iterator[str]:
    """The words of a command, without secrets: ``--password X``, ``--token=X``, and what looks like one."""
    secret_follows = False
    for word in words:
        yield REDACTED if secret_follows else redact(word)
        secret_follows = word.startswith("-") and "=" not in word and is_secret_name(word.lstrip("-"))
