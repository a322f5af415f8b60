"""A forest as lines, for a list that scrolls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from tracetui.process.model import Identity, Process

Order = Literal["start", "events", "failures", "name"]

ORDERS: tuple[Order, ...] = ("start", "events", "failures", "name")

GUIDES = 24
"""Levels of guides that a line has: more would not fit on a screen, and a chain of forks may be long."""


class Line(NamedTuple):
    """One process in a list of the tree."""

    process: Process
    depth: int
    """0 for a root."""
    guides: tuple[bool, ...]
    """For each of the innermost :data:`GUIDES` ancestors below the root, outermost first: whether a sibling
    of it follows, so that its guide goes on."""
    last: bool
    """Whether no sibling follows."""
    has_children: bool
    matched: bool
    """Whether the process itself has the text that was looked for; ``True`` where none was."""


_KEYS: dict[Order, Callable[[Process], Any]] = {
    "start": attrgetter("first_id"),
    "events": lambda process: (-process.subtree_events, process.first_id),
    "failures": lambda process: (-process.subtree_failures, process.first_id),
    "name": lambda process: (process.label.casefold(), process.first_id),
}


def flatten(
    roots: Sequence[Process],
    expanded: Collection[Identity] | None,
    order: Order,
    match: str = "",
    only: Collection[Process] | None = None,
) -> list[Line]:
    """Lines from top to bottom.

    ``expanded`` names the processes whose children are shown, ``None`` means all. ``order`` is that of
    siblings; counts are those of subtrees, largest first. ``match`` leaves only the processes that have the
    text in their pid, name or command line, whatever its case; ``only`` leaves some of these
    processes. Their ancestors are shown too, expanded or not.
    """
    matched = None if only is None else set(only)
    if match:
        matched = _matching(roots, match.casefold(), matched)
    shown = None if matched is None else _with_ancestors(matched)
    key = _KEYS[order]
    lines: list[Line] = []
    add, make = lines.append, tuple.__new__
    # (siblings still to come in reverse, depth, guides), instead of recursion
    stack: list[tuple[list[Process], int, tuple[bool, ...]]] = [
        (_siblings(roots, key, shown), 0, ()),
    ]
    while stack:
        siblings, depth, guides = stack[-1]
        if not siblings:
            stack.pop()
            continue
        process = siblings.pop()
        children = process.children
        is_match = matched is None or process in matched
        # Line(...) itself takes three times as long, which shows with 100,000 lines.
        add(make(Line, (process, depth, guides, not siblings, bool(children), is_match)))
        if children and (shown is not None or expanded is None or process.identity in expanded):
            below = (*guides, bool(siblings))[-GUIDES:] if depth else ()
            stack.append((_siblings(children, key, shown), depth + 1, below))
    return lines


def _siblings(
    processes: Sequence[Process], key: Callable[[Process], Any], shown: set[Process] | None
) -> list[Process]:
    """Processes in reverse order."""
    if shown is not None:
        processes = [process for process in processes if process in shown]
    if len(processes) == 1:
        return [processes[0]]
    ordered = sorted(processes, key=key)
    ordered.reverse()
    return ordered


def _matching(roots: Sequence[Process], text: str, among: set[Process] | None) -> set[Process]:
    """The processes that have a text."""
    matched: set[Process] = set()
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        waiting.extend(process.children)
        if (among is None or process in among) and text in _searched(process):
            matched.add(process)
    return matched


def _with_ancestors(processes: Iterable[Process]) -> set[Process]:
    found: set[Process] = set()
    for process in processes:
        ancestor: Process | None = process
        while ancestor is not None and ancestor not in found:
            found.add(ancestor)
            ancestor = ancestor.parent
    return found


def _searched(process: Process) -> str:
    programs = (step.stored or step.name for step in process.execs)
    return " ".join((str(process.pid or ""), process.name, process.label, *programs)).casefold()
