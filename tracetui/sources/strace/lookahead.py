"""What only later lines tell: whose child a thread is, and which process a line without a pid belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tracetui.sources.strace.calls import NotACall, parse_tail
from tracetui.sources.strace.lines import MESSAGE, RESUMED, Line
from tracetui.sources.strace.processes import Clone, is_clone

_OWN_PID = re.compile(r"(?:set_tid_address|getpid|gettid)\(.*\)\s+= ([0-9]{1,7})\b")
_CHILD_PID = re.compile(r"(?:clone|clone3|fork|vfork)\(.*\)\s+= ([0-9]{1,7})\b")


class Undecided(Exception):
    """The lines so far do not tell."""


def parent_clone(tid: int, clones: Sequence[Clone], later: Iterable[Line], *, final: bool) -> Clone | None:
    """Which of the calls under way made thread ``tid``; None where none is under way.

    A child's lines may come before the call that made it returns. One call under way leaves no choice; of
    several, the one that returns ``tid`` did, or the one left when all others have returned something else.
    Raises Undecided where ``later`` lines do not tell, unless ``final``: then it is the last one begun.
    """
    if not clones:
        return None
    if len({(clone.caller, clone.makes_thread) for clone in clones}) == 1:
        return clones[0]
    results = dict(_clone_results(later))
    left = []
    for clone in clones:
        result = results.get(clone.caller_tid)
        if result == tid:
            return clone
        if result is None:
            left.append(clone)
    if len(left) == 1:
        return left[0]
    if final:
        return (left or list(clones))[-1]
    raise Undecided


def _clone_results(later: Iterable[Line]) -> Iterable[tuple[int, int]]:
    """(caller's tid, new pid) of the calls that return in ``later`` lines."""
    for line in later:
        match = RESUMED.match(line.body) if line.body.startswith("<...") else None
        if match is not None and is_clone(match["name"]) and line.tid is not None:
            try:
                call = parse_tail(match["name"], match["rest"])
            except NotACall:
                continue
            if call.new_pid is not None:
                yield line.tid, call.new_pid


def anonymous_pid(first: Line, later: Iterable[Line], *, final: bool) -> int:
    """The pid of the only process of a log, whose lines have none as long as it is the only one.

    It is what the process is told when it asks, or the pid that appears in lines once there is a second
    process. Raises Undecided where ``later`` lines do not tell, unless ``final``: then it is 0.
    """
    children: set[int] = set()
    for line in (first, *later):
        if (message := MESSAGE.fullmatch(line.body)) is not None:
            if message["tid"]:
                children.add(int(message["tid"]))
        elif line.tid is not None:
            if line.tid not in children:
                return line.tid
        elif (own := _OWN_PID.match(line.body)) is not None:
            return int(own[1])
        elif (child := _CHILD_PID.match(line.body)) is not None:
            children.add(int(child[1]))
    if final:
        return 0
    raise Undecided
