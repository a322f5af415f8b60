"""Packages that name many things and import each only when it is used.

SQLAlchemy takes longer to import than the first screen takes to paint, so a package must not import all of
its modules for one light one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def exports(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A module-level ``__getattr__`` for ``package``.

    ``modules`` maps a module name inside the package to the names that it exports, separated by blanks.
    """
    home = {name: module for module, names in modules.items() for name in names.split()}

    def resolve(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{home[name]}"), name)

    return resolve
