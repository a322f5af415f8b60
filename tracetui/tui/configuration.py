"""The user's configuration: TOML files, read when the program starts and never written."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


class ConfigurationError(ValueError):
    """A file that cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``config.toml`` says; ``None`` where it says nothing."""

    theme: str | None = None
    row_format: str | None = None
    """A template for the list's lines, as ``tracetui query --format`` takes it."""


def file(name: str) -> Path:
    """The file called ``name`` where the system keeps the user's configuration."""
    import platformdirs

    return Path(platformdirs.user_config_dir("tracetui")) / name


def read(path: Path) -> dict[str, object]:
    """What a TOML file holds. Raises :class:`ConfigurationError`."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from error


def load() -> Configuration:
    """``config.toml``, where there is one: ``theme = "…"`` and ``[list] format = "…"``.

    Raises :class:`ConfigurationError`.
    """
    path = file("config.toml")
    if not path.is_file():
        return Configuration()
    table = read(path)
    listed = table.get("list", {})
    if not isinstance(listed, dict):
        raise ConfigurationError(f"{path}: list is not a table, such as [list] with a format below")
    found = {"theme": table.get("theme"), "list.format": listed.get("format")}
    for name, value in found.items():
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{path}: {name} is not a text")
    return Configuration(*found.values())  # type: ignore[arg-type]
