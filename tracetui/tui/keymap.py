"""The user's own keys: a TOML file that maps the ids of bindings to keys."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class KeymapError(ValueError):
    """A keymap that cannot be used; the message says why."""


def default_file() -> Path:
    """``keymap.toml`` where the system keeps the user's configuration."""
    import platformdirs

    return Path(platformdirs.user_config_dir("tracetui")) / "keymap.toml"


def load(file: Path) -> dict[str, str]:
    """Keys by the id of what they do: ``"filter.open" = "f,ctrl+f"``, alone or in a table ``[keys]``.

    Raises :class:`KeymapError`.
    """
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise KeymapError(f"{file} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise KeymapError(f"{file} is not TOML: {error}") from error
    keys = table.get("keys", table)
    flat = _flat(keys) if isinstance(keys, dict) else {"keys": keys}
    wrong = sorted(name for name, value in flat.items() if not isinstance(value, str) or not value.strip())
    if wrong:
        raise KeymapError(f"{file}: {wrong[0]} is not a text of keys, such as 'f,ctrl+f'")
    return {name: str(value) for name, value in flat.items()}


def _flat(table: dict[str, object], before: str = "") -> dict[str, object]:
    """TOML reads ``filter.open`` as a table in a table: back to the id."""
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found
