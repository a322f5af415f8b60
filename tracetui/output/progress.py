"""A progress bar for people who wait for a file to be written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tracetui.events import Record

_STEP = 500
"""Records between two updates."""


def watched(records: Iterable[Record], bounds: tuple[int, int] | None, shown: bool) -> Iterator[Record]:
    """The same records, with a bar on standard error that shows how far in the trace they are."""
    if not shown or bounds is None:
        yield from records
        return
    from rich.console import Console
    from rich.progress import Progress

    first, last = bounds
    with Progress(console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("events", total=last - first + 1)
        for number, record in enumerate(records):
            if number % _STEP == 0:
                progress.update(task, completed=record.id - first)
            yield record
