"""What the text commands share: from TRACE and EXPR to an open trace and a condition."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.trace import Condition, Schema, Trace


def add_trace(parser: argparse.ArgumentParser, expression: bool = True) -> None:
    """Declare TRACE and, where the verb filters, EXPR."""
    parser.add_argument("trace", metavar="TRACE", help="a database, or the folder of a run or a project")
    if expression:
        parser.add_argument(
            "expr", metavar="EXPR", nargs="?", help="filter expression (fields: tracetui fields)"
        )


def open_trace(target: str | Path) -> Trace:
    """The trace that ``target`` stands for. Raises :class:`tracetui.trace.TraceError`."""
    from tracetui.trace import Trace, locate

    return Trace(locate(target))


def condition_of(text: str | None, schema: Schema) -> Condition | None:
    """The compiled filter; ``None`` where there is none. Raises :class:`tracetui.filter.FilterError`."""
    if not text or not text.strip():
        return None
    from tracetui.filter import compile_filter, parse

    return compile_filter(parse(text), schema)
