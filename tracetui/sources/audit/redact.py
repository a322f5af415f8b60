"""Passwords, tokens and keys in what a recording keeps, recognised by their names and by their looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"pass(?:w(?:or)?d|phrase|code)|secret|token(?!iz|s$)|credential|authorization|cookie|webhook|"
    r"api[_-]?key|(?:access|private|signing|encryption|account|master|auth)[_-]?key|"
    r"session[_-]?(?:id|key)|connection[_-]?string|"
    r"(?:^|[_-])(?:pass|pwd|pw|auth|dsn|jwt|pat|otp|sig|signature)(?:$|[_-])|"
    r"^(?:db|ssh|pg|my|root|user|admin|mail|smtp|ftp|proxy)pass$|"
    r"(?<!public)(?<!primary)(?<!foreign)(?<!sort)(?<!cache)[_-]key$",
    re.IGNORECASE,
)
_HARMLESS_PREFIXES = ("no-", "no_", "NO_")
_HARMLESS_NAMES = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XDG_SESSION_ID"})
_SECRET_VALUE = re.compile(
    r"\b(?:gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|A[KS]IA[0-9A-Z]{16}|sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{16,}|pypi-[\w-]{16,}|hf_\w{20,}|npm_\w{30,}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}|hvs\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|dckr_pat_[\w-]{20,}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|do[opr]_v1_[0-9a-f]{40,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|hooks\.slack\.com/services/\S+)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*",
    re.DOTALL,
)
_SHORTEST_SECRET = 14
_SECRET_STEMS = (
    *("ghp_", "gho_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox", "xapp-", "AKIA", "ASIA", "sk-"),
    *("k_live_", "k_test_", "pypi-", "hf_", "npm_", "AIza", "ya29.", "hvs.", "SG.", "dckr_pat_", "shpat_"),
    *("shpca_", "shppa_", "shpss_", "_v1_", "eyJ", "hooks.slack.", "-----BEGIN"),
)
"""One of these is in every text that the pattern above finds something in; they are found far sooner."""
_URL_LOGIN = re.compile(r"(?<=://)([^/\s:@]*):[^/\s]+(?=@)")
_BEARER = re.compile(r"\b(Bearer|Basic) +[\w.~+/-]{8,}=*", re.IGNORECASE)
_BEARER_STEMS = ("earer ", "asic ", "EARER ", "ASIC ")
_QUOTED = r"""\\"(?:(?!\\").)*|\\'(?:(?!\\').)*|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?"""
_NAMED_REVERSED = re.compile(r"""([=:])\s{0,8}(?:["']\\?)?([\w-]{1,64})""")
"""A sign and the name before it, in a text that is turned round: signs are rare, and found at once."""
_VALUE = re.compile(rf"\s{{0,8}}(?:{_QUOTED}|(?:(?:Bearer|Basic) )?[^\s&;,'\"]+)", re.DOTALL)
_HEADER_NAME = re.compile(r"authorization|cookie", re.IGNORECASE)
_HEADER_VALUE = re.compile(r"""\s{0,8}[^\r\n'"\\]+""")
_OPTION = re.compile(r"(?<![^\s'\"])--?([a-zA-Z][\w-]{1,63})(?:\s{1,8}(?=[^\s-])|['\"],\s{0,8}(?=['\"]))")
_WORD = re.compile(rf"{_QUOTED}|[^\s;&|'\"]+", re.DOTALL)
_LOGIN_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user"})
_LOGIN = re.compile(r"((?:-[uU])?(?!\d+:\d+$)[^:/\s=]+):(?!//)\S+")
"""``name:password``, and not the numbers of a user and a group."""
_PASSWORD_OPTIONS = {"sshpass": "-p", "mysql": "-p", "mysqldump": "-p", "mysqladmin": "-p", "mariadb": "-p"}
"""Of programs whose password has an option of one letter: with a word of its own or in the same."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Does a variable, option or field of this name hold a secret?"""
    if name in _HARMLESS_NAMES or name.startswith(_HARMLESS_PREFIXES):
        return False
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """``text`` without what looks like a secret."""
    if len(text) >= _SHORTEST_SECRET and any(map(text.__contains__, _SECRET_STEMS)):
        text = _SECRET_VALUE.sub(REDACTED, text)
    if "://" in text:
        text = _URL_LOGIN.sub(rf"\1:{REDACTED}", text)
    if any(map(text.__contains__, _BEARER_STEMS)):
        text = _BEARER.sub(rf"\1 {REDACTED}", text)
    if "=" in text or ":" in text:
        text = _without(text, _assigned(text))
    if "-" in text:
        text = _without(text, _given(text))
    return text


def _assigned(text: str) -> list[re.Match[str]]:
    """Values of ``secret=value``, ``"secret": "value"`` and the like."""
    found = []
    for named in _NAMED_REVERSED.finditer(text[::-1]):
        sign, name = named[1], named[2][::-1]
        if is_secret_name(name):
            is_header = sign == ":" and _HEADER_NAME.search(name) is not None
            pattern = _HEADER_VALUE if is_header else _VALUE
            found.append(pattern.match(text, len(text) - named.start()))
    return [value for value in reversed(found) if value is not None]


def _given(text: str) -> list[re.Match[str]]:
    """Values of ``--secret value`` in a command that is one text, or a list of words as text."""
    found = [
        _WORD.match(text, option.end()) for option in _OPTION.finditer(text) if is_secret_name(option[1])
    ]
    return [value for value in found if value is not None]


def _without(text: str, values: list[re.Match[str]]) -> str:
    parts = []
    done = 0
    for value in values:
        if value.start() >= done:  # not in another that is gone
            blank = len(value[0]) - len(value[0].lstrip())
            parts += [text[done : value.start() + blank], REDACTED]
            done = value.end()
    return "".join([*parts, text[done:]]) if parts else text


def redact_environment(environment: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names and values, without the values that are secret by name or by their looks."""
    for name, value in environment:
        yield name, REDACTED if value and is_secret_name(name) else redact(value)


def redact_words(words: Iterable[str]) -> Iterator[str]:
    """The words of a command, without secrets: ``--password X``, ``--token=X``, and what looks like one."""
    option = password_option = ""
    for word in words:
        takes_login = option in _LOGIN_OPTIONS or word[:2] in _LOGIN_OPTIONS
        if takes_login and (login := _LOGIN.fullmatch(word)) is not None:
            shown = f"{login[1]}:{REDACTED}"
        elif option and (option == password_option or is_secret_name(option.lstrip("-"))):
            shown = REDACTED
        elif password_option and word.startswith(password_option) and word != password_option:
            shown = f"{password_option}{REDACTED}"
        else:
            shown = redact(word)
        yield shown
        password_option = password_option or _PASSWORD_OPTIONS.get(word.rpartition("/")[2], "")
        option = word if word.startswith("-") and "=" not in word else ""
