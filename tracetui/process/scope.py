"""Filter expressions for the events of a process or of a subtree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracetui.process.model import Process
from tracetui.process.names import base_name

if TYPE_CHECKING:
    from tracetui.process.forest import Forest

_MOST_TERMS = 100
"""Alternatives in one expression; beyond them a subtree is bounded by the lifetime of its root."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the trace."""

    expression: str
    """In the filter language."""
    sentence: str
    """For people, sanitised."""


def scope_of(forest: Forest, process: Process, subtree: bool) -> Scope:
    """The filter for a process; with ``subtree``, for its descendants too."""
    below = process.subtree_size - 1 if subtree else 0
    who = process.label if process.pid is None else f"process {process.pid} ({process.label})"
    members = [process, *forest.descendants(process)] if below else [process]
    if forest.basis != "pid":
        expression = _or([_named(member.name) for member in members])
        return Scope(expression, f"all processes named {who}" if not below else f"{who} and {below:,} below")
    terms = [_tree(forest, process, members)] if below else [_lifetime(forest, process)]
    sentence = f"{who} and {below:,} below it" if below else who
    names = [] if forest.events_have_pids else _spellings(forest, members)
    if names:
        terms += [_named(name) for name in names]
        sentence += "; events without a pid by process name, which other processes may share"
    return Scope(_or(terms), sentence)


def _tree(forest: Forest, root: Process, members: Sequence[Process]) -> str:
    reused = [member for member in members if _is_reused(forest, member)]
    if not reused:
        return f"tree = {root.pid}"
    if len(reused) > _MOST_TERMS:
        last = max(member.last_id for member in members)
        return f"tree = {root.pid} and id in {root.first_id}..{last}"
    once = sorted({member.identity.pid for member in members} - {member.identity.pid for member in reused})
    return _or([*_pids(once), *(_lifetime(forest, member) for member in reused)])


def _pids(pids: Sequence[int]) -> list[str]:
    if len(pids) < 2:
        return [f"pid = {pid}" for pid in pids]
    return [f"pid in ({', '.join(map(str, pids))})"]


def _lifetime(forest: Forest, process: Process) -> str:
    pid = process.identity.pid
    lifetimes = list(forest.lifetimes(pid))
    if len(lifetimes) == 1:
        return f"pid = {pid}"
    first, last = next((first, last) for owner, first, last in lifetimes if owner is process)
    if last is None:
        return f"pid = {pid} and id >= {first}"
    return f"pid = {pid} and id in {first}..{last}" if first else f"pid = {pid} and id <= {last}"


def _is_reused(forest: Forest, process: Process) -> bool:
    return len(forest.instances(process.identity.pid)) > 1


def _spellings(forest: Forest, members: Iterable[Process]) -> list[str]:
    """Process names under which events of some processes may have been logged."""
    programs = {base_name(process.name) for process in members}
    return sorted({name for program in programs for name in forest.spellings.get(program, ())})


def _named(name: str) -> str:
    if not name:
        return "not proc exists"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'proc = "{"".join(map(_printable, escaped))}"'


def _printable(char: str) -> str:
    """A character as the filter language writes it inside quotes."""
    return char if char.isprintable() else char.encode("unicode_escape", "replace").decode("ascii")


def _or(terms: Sequence[str]) -> str:
    """Alternatives; those with an ``and`` in brackets where there are several."""
    if len(terms) == 1:
        return terms[0]
    return " or ".join(f"({term})" if " and " in term and term[:3] != "pro" else term for term in terms)
