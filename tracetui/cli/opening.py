"""What the text commands share: from TRACE and EXPR to an open trace and a condition."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.cli.guard import complain

if TYPE_CHECKING:
    from tracetui.trace import Condition, Schema, Trace


def add_trace(parser: argparse.ArgumentParser, expression: bool = True) -> None:
    """Declare TRACE and, where the verb filters, EXPR."""
    parser.add_argument("trace", metavar="TRACE", help="a database, or the folder of a run or a project")
    if expression:
        parser.add_argument(
            "expr", metavar="EXPR", nargs="?", help="filter expression (fields: tracetui fields)"
        )


@contextmanager
def open_trace(target: str | Path) -> Iterator[Trace]:
    """The trace that ``target`` stands for; says on standard error what of it could not be read.

    Raises :class:`tracetui.trace.TraceError`.
    """
    from tracetui.trace import Trace, locate

    with Trace(locate(target)) as trace:
        yield trace
        if trace.damage.sentence:
            complain(f"{trace.path} is {trace.damage.sentence}")


def condition_of(text: str | None, schema: Schema) -> Condition | None:
    """The compiled filter; ``None`` where there is none. Raises :class:`tracetui.filter.FilterError`."""
    if not text or not text.strip():
        return None
    from tracetui.filter import compile_filter, parse

    return compile_filter(parse(text), schema)
