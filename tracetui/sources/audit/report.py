"""What became of a recording, in words: what is in the trace and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracetui.sources.audit.reader import Reader
from tracetui.sources.report import Report

_NAMED = 6
"""Names told before the rest is only counted."""


def report(reader: Reader, skipped: Sequence[str]) -> Report:
    """The counts, and in words what the trace does not hold."""
    notes = [
        *unfollowed_children(reader),
        *_left_out(reader, skipped),
        *_noteworthy(reader.story.noteworthy),
    ]
    return Report(
        records=reader.lines,
        events=reader.story.rows,
        processes=reader.process_count,
        bad=reader.bad,
        examples=reader.examples,
        notes=notes,
    )


def unfollowed_children(reader: Reader) -> list[str]:
    """What ran unrecorded, by name."""
    pythons, others = reader.launches.unfollowed()
    notes = []
    if total := pythons.total():
        notes.append(
            f"{_children(total)} running Python could not be followed (-I, -S or -E, an environment of its "
            f"own, or never started): {_names(pythons)}"
        )
    if total := others.total():
        notes.append(f"{_children(total)} not Python, or never started: {_names(others)}")
    if reader.unheard > 0:
        notes.append(f"{_children(reader.unheard)} have hooks of their own that refused ours")
    if reader.homeless:
        notes.append(f"{_children(reader.homeless)} forked with no room for what they tell")
    return notes


def _left_out(reader: Reader, skipped: Sequence[str]) -> list[str]:
    notes = []
    if reader.lost:
        notes.append(f"{reader.lost:,} events were lost: there was no room for them, or no stack")
    if reader.story.left_out:
        notes.append(f"{reader.story.left_out:,} events were filtered out (--include, --exclude)")
    if skipped:
        notes.append(f"not recorded without --all: {', '.join(skipped)}")
    return notes


def _noteworthy(reasons: Counter[str]) -> list[str]:
    return [f"noteworthy: {_names(reasons)}"] if reasons else []


def _names(counted: Counter[str]) -> str:
    most = [f"{name} ({count:,})" if count > 1 else name for name, count in counted.most_common(_NAMED)]
    rest = len(counted) - len(most)
    return ", ".join([*most, f"{rest} more"] if rest > 0 else most)


def _children(count: int) -> str:
    return "1 child" if count == 1 else f"{count:,} children"
