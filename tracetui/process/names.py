"""Events counted by process name, for traces whose events have no pids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracetui.process.model import NAMELESS, Process


@dataclass(slots=True)
class NameCount:
    """Events without a pid that carry one process name."""

    name: str
    first_id: int
    last_id: int = 0
    events: int = 0
    failures: int = 0


class NameCounts:
    """Counts by process name; some belong to one process, which alone has that name."""

    def __init__(self) -> None:
        self._counts: dict[str, NameCount] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._counts

    def __iter__(self) -> Iterator[NameCount]:
        return iter(self._counts.values())

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, name: str, count: int, last_id: int, failures: bool) -> None:
        """Take in events of a name, or failures among them."""
        found = self._counts.get(name)
        if found is None:
            found = self._counts[name] = NameCount(name, last_id)
        found.last_id = max(found.last_id, last_id)
        if failures:
            found.failures += count
        else:
            found.events += count

    def spellings(self) -> dict[str, list[str]]:
        """Names in events by their last part: a program is called as its caller spelt it."""
        spelt: dict[str, list[str]] = {}
        for name in self._counts:
            if name not in NAMELESS:
                spelt.setdefault(base_name(name), []).append(name)
        return spelt

    def owners(self, processes: Iterable[Process]) -> dict[str, Process]:
        """The process of each name in events that only one process can have."""
        only = _only_ones(processes)
        owners = ((name, only.get(base_name(name))) for name in self._counts if name not in NAMELESS)
        return {name: owner for name, owner in owners if owner is not None}


def base_name(name: str) -> str:
    """Last part of a program's path, without the dash of a login shell or the colon of a title."""
    return name.rpartition("/")[2].removeprefix("-").removesuffix(":") or name


def _only_ones(processes: Iterable[Process]) -> dict[str, Process | None]:
    """Processes by the programs they became; ``None`` for a program that several became."""
    owners: dict[str, Process | None] = {}
    for process in processes:
        for name in {base_name(name) for name in process.names}:
            owners[name] = None if name in owners else process
    return owners
