"""Whole logs of strace: recognise one, import one."""

from __future__ import annotations

from typing import BinaryIO

from tracetui.sources.input import READ_ERRORS
from tracetui.sources.report import Emit, Progress, Report
from tracetui.sources.strace.clock import Clock
from tracetui.sources.strace.converter import Converter, Counts
from tracetui.sources.strace.lines import LIKELY, MESSAGE, split_line

_LINES_LOOKED_AT = 100
_LONGEST_LINE = 64 << 20
_LINES_PER_PROGRESS = 5_000


def detect(head: bytes) -> bool:
    """Is most of this text what strace prints?"""
    texts = [text for text in head.decode("latin-1").splitlines()[:_LINES_LOOKED_AT] if text]
    bodies = [split_line(text, Clock(0)).body for text in texts]
    if len(bodies) > 1 and not head.endswith(b"\n"):
        bodies.pop()  # it may be cut off
    good = sum(bool(LIKELY.match(body) or MESSAGE.fullmatch(body)) for body in bodies)
    return good > len(bodies) / 2


def import_file(
    stream: BinaryIO, emit: Emit, *, written: float | None = None, progress: Progress | None = None
) -> Report:
    """Give ``emit`` the events of a log; lines that are not strace's are counted.

    A compressed log that is damaged or was cut off gives what could be read of it, and a note.
    """
    converter = Converter(emit, clock=Clock(written))
    damage = None
    try:
        while raw := stream.readline(_LONGEST_LINE):
            converter.feed(raw.rstrip(b"\r\n").decode("latin-1"))
            if progress is not None and converter.counts.lines % _LINES_PER_PROGRESS == 0:
                progress()
    except READ_ERRORS as error:
        damage = f"the log cannot be read any further: {error}"
    converter.close()
    result = report(converter.counts)
    result.notes += [damage] if damage else []
    return result


def report(counts: Counts) -> Report:
    """The counts of a converter, and in words what a trace cannot hold."""
    notes = []
    if counts.signals:
        notes.append(f"{counts.signals:,} signals delivered: a trace has rows only for deaths by signal")
    if counts.truncated:
        notes.append(
            f"{counts.truncated:,} reads or writes are not complete: strace was told to cut them (-s)"
        )
    return Report(counts.lines, counts.events, counts.processes, counts.unparsed, counts.examples, notes)
