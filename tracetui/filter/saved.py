"""Saved filters: a TOML file in the user's configuration folder, to be edited, copied and shared."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tracetui.filter.errors import FilterError
from tracetui.filter.parser import parse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
_TABLE = "filters"


def default_file() -> Path:
    """``filters.toml`` where the system keeps the user's configuration."""
    import platformdirs

    return Path(platformdirs.user_config_dir("tracetui")) / "filters.toml"


class SavedError(ValueError):
    """A name or a file that cannot be; the message says why."""


def load(file: Path | None = None) -> dict[str, str]:
    """Saved filters by name; none where there is no file. Raises :class:`SavedError`."""
    file = file or default_file()
    try:
        return loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SavedError(f"{file} cannot be read: {error}") from error
    except SavedError as error:
        raise SavedError(f"{file}: {error}") from error


def loads(text: str) -> dict[str, str]:
    """Filters of a TOML text. Raises :class:`SavedError`."""
    try:
        table = tomllib.loads(text).get(_TABLE, {})
    except tomllib.TOMLDecodeError as error:
        raise SavedError(f"not TOML: {error}") from error
    if not isinstance(table, dict):
        raise SavedError(f"[{_TABLE}] is no table")
    return {str(name): value for name, value in table.items() if isinstance(value, str)}


def dumps(filters: Mapping[str, str]) -> str:
    """Filters as a TOML text, by name."""
    lines = [f"{name} = {_string(text)}" for name, text in sorted(filters.items())]
    return f"[{_TABLE}]\n" + "".join(line + "\n" for line in lines)


def save(name: str, text: str, file: Path | None = None) -> None:
    """Add or replace one filter. Raises :class:`SavedError` and :class:`FilterError`."""
    if not _NAME.fullmatch(name):
        raise SavedError("a name is made of letters, digits, - and _")
    filters = load(file)
    filters[name] = text
    parse(text, saved=filters)
    _write(filters, file or default_file())


def remove(name: str, file: Path | None = None) -> None:
    """Forget one filter. Raises :class:`SavedError` where it is not there."""
    filters = load(file)
    if name not in filters:
        raise SavedError(f"no filter is saved as {name!r}")
    del filters[name]
    _write(filters, file or default_file())


def add_all(filters: Mapping[str, str], file: Path | None = None) -> list[str]:
    """Add those that parse, replacing others of their name; the names of those that do not.

    Raises :class:`SavedError`.
    """
    known = {**load(file), **filters}
    refused = [
        name for name, text in filters.items() if not _NAME.fullmatch(name) or not _parses(text, known)
    ]
    _write({n: t for n, t in known.items() if n not in refused}, file or default_file())
    return refused


def _parses(text: str, known: Mapping[str, str]) -> bool:
    try:
        parse(text, saved=known)
    except FilterError:
        return False
    return True


def _write(filters: Mapping[str, str], file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, dumps(filters))
    except OSError as error:
        raise SavedError(f"{file} cannot be written: {error.strerror}") from error


def replace_file(file: Path, text: str) -> None:
    """Replace the file as a whole: another program never reads half of it. Raises ``OSError``."""
    part = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it is closed, and removed where it stays a part
        "w", encoding="utf-8", dir=file.parent, prefix=file.name, delete=False
    )
    try:
        with part:
            part.write(text)
        os.replace(part.name, file)
    except BaseException:
        os.unlink(part.name)
        raise


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
