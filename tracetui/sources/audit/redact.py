"""Passwords, tokens and keys in what a recording keeps, recognised by their names and by their looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

REDACTED = "<redacted>"

_SECRET_NAME = re.compile(
    r"(?!no[_-])(?:.*"
    r"(?:pass(?:w(?:or)?d|phrase|code)|secret|token(?!iz|s$)|credential|authorization|cookie|webhook|"
    r"api[_-]?key|(?:access|private|signing|encryption|account|master|auth)[_-]?key|"
    r"session[_-]?(?:id|key)|connection[_-]?string)|"
    r"(?:.*[_-])?(?:pass|pwd|pw|auth|dsn|jwt|pat|otp|sig|signature)(?:$|[_-])|"
    r"(?:db|ssh|pg|my|root|user|admin|mail|smtp|ftp|proxy)pass$|"
    r".*(?<!public)(?<!primary)(?<!foreign)(?<!sort)(?<!cache)[_-]key$)",
    re.IGNORECASE,
)
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
_URL_LOGIN = re.compile(r"(?<=://)([^/\s:@]*):[^/\s]+(?=@)")
_QUOTED = r"""\\"(?:(?!\\").)*|\\'(?:(?!\\').)*|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?"""
_NAMED = re.compile(r"""(?<![\w-])([\w-]{1,64})((?:\\?["'])?\s{0,8}[=:]\s{0,8})""")
_OPTION = re.compile(r"(?<![^\s'\"])--?([a-zA-Z][\w-]{1,63})(\s{1,8}(?=[^\s-])|['\"],\s{0,8}(?=['\"]))")
_VALUE = re.compile(rf"{_QUOTED}|(?:(?:Bearer|Basic) )?[^\s&;,'\"]+", re.DOTALL)
_WORD = re.compile(rf"{_QUOTED}|[^\s;&|'\"]+", re.DOTALL)
_HEADER = re.compile(r"""[^\r\n'"\\]+""")
_HEADER_NAME = re.compile(r"authorization|cookie", re.IGNORECASE)
_SUSPECT = re.compile(
    r"[=:]|(?:^|[\s'\"])--?\w\S*\s|[Bb]earer|[Bb]asic|gh[oprsu]_|github_pat_|glpat-|xox|xapp-|A[KS]IA|sk-|[rs]k_|"
    r"pypi-|hf_|npm_|AIza|ya29|hvs\.|SG\.|dckr_|shp|do[opr]_|eyJ|hooks\.|-----BEGIN"
)
"""One of these is in every text that has something to redact."""
_BEARER = re.compile(r"\b(Bearer|Basic) +[\w.~+/-]{8,}=*", re.IGNORECASE)
_LOGIN_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user"})
_LOGIN = re.compile(r"((?:-[uU])?(?!\d+:\d+$)[^:/\s=]+):(?!//)\S+")
"""``name:password``, and not the numbers of a user and a group."""
_PASSWORD_OPTIONS = {"sshpass": "-p", "mysql": "-p", "mysqldump": "-p", "mysqladmin": "-p", "mariadb": "-p"}
"""Of programs whose password has an option of one letter: with a word of its own or in the same."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Does a variable, option or field of this name hold a secret?"""
    return name not in _HARMLESS_NAMES and _SECRET_NAME.match(name) is not None


def redact(text: str) -> str:
    """``text`` without what looks like a secret."""
    return text if _SUSPECT.search(text) is None else _redact(text)


def _redact(text: str) -> str:
    text = _SECRET_VALUE.sub(REDACTED, text)
    if "://" in text:
        text = _URL_LOGIN.sub(rf"\1:{REDACTED}", text)
    text = _BEARER.sub(rf"\1 {REDACTED}", text)
    if "=" in text or ":" in text:
        text = _redact_named(text, _NAMED, _VALUE)
    return _redact_named(text, _OPTION, _WORD) if "-" in text else text


def _redact_named(text: str, named: re.Pattern[str], value: re.Pattern[str]) -> str:
    """Without the values after secret names; a value of another name may hold names of its own."""
    parts = []
    done = 0
    for name in named.finditer(text):
        if name.start() < done or not is_secret_name(name[1]):
            continue
        is_header = ":" in name[2] and _HEADER_NAME.search(name[1]) is not None
        found = (_HEADER if is_header else value).match(text, name.end())
        if found is not None:
            parts += [text[done : name.end()], REDACTED]
            done = found.end()
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
