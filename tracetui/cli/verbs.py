"""The verbs, and where each lives. A verb module has NAME, HELP, ``add_arguments`` and ``run``."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

VERBS: dict[str, str] = {
    "query": "tracetui.cli.query",
    "stats": "tracetui.cli.stats",
    "tree": "tracetui.cli.tree",
    "connections": "tracetui.cli.connections",
    "annotate": "tracetui.cli.annotate",
    "info": "tracetui.cli.info",
    "fields": "tracetui.cli.fields",
    "filters": "tracetui.cli.filters",
    "record": "tracetui.cli.record",
    "import": "tracetui.cli.import_",
    "export": "tracetui.cli.export",
    "replay": "tracetui.cli.replay",
    "demo": "tracetui.cli.demo",
}
"""Verb to module, in the order of the help text. The modules are cheap to import; their work is not."""

EXPLORER = "tracetui.cli.explore"
"""What runs where no verb is given."""


class Verb(Protocol):
    """What a verb module offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the verb."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the result is the exit code."""


def load(module: str) -> Verb:
    """The verb in ``module``."""
    return cast(Verb, import_module(module))
