"""The user's own keys: a TOML file that maps the ids of bindings to keys."""

from __future__ import annotations

from pathlib import Path

from tracetui.tui import configuration
from tracetui.tui.configuration import ConfigurationError


def default_file() -> Path:
    """``keymap.toml`` where the system keeps the user's configuration."""
    return configuration.file("keymap.toml")


def load(file: Path) -> dict[str, str]:
    """Keys by the id of what they do: ``"filter.open" = "f,ctrl+f"``, alone or in a table ``[keys]``.

    Raises :class:`ConfigurationError`.
    """
    table = configuration.read(file)
    keys = table.get("keys", table)
    flat = _flat(keys) if isinstance(keys, dict) else {"keys": keys}
    wrong = sorted(name for name, value in flat.items() if not isinstance(value, str) or not value.strip())
    if wrong:
        raise ConfigurationError(f"{file}: {wrong[0]} is not a text of keys, such as 'f,ctrl+f'")
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
