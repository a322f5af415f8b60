"""What a filter may refer to beside the event at hand.

The selected event, the processes of the trace, the user's annotations and saved filters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tracetui.events.record import Record


class ProcessNode(Protocol):
    """A process of the trace, as the process room knows it."""

    @property
    def pid(self) -> int | None: ...
    @property
    def ppid(self) -> int | None: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def gid(self) -> int | None: ...
    @property
    def euid(self) -> int | None: ...
    @property
    def egid(self) -> int | None: ...
    @property
    def names(self) -> Collection[str]: ...
    @property
    def parent(self) -> ProcessNode | None: ...


class Genealogy(Protocol):
    """The processes of a trace and which events are theirs."""

    def lifetimes(self) -> Iterable[tuple[ProcessNode, int, int | None]]:
        """Each process with the first and last event id at which its pid was its own (``None``: still is)."""


class Annotations(Protocol):
    """What the user has written about events."""

    def ids(self, kind: str, test: Callable[[str], bool]) -> Collection[int]:
        """Ids of the events with an annotation of ``kind`` (mark, tag, note) that passes ``test``."""

    def of(self, kind: str, event_id: int) -> Collection[str]:
        """The annotations of ``kind`` of one event."""


@dataclass(frozen=True)
class Surroundings:
    """All of it; each part may be missing."""

    tables: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Columns of each table of the trace, for fields ``table.column``."""
    selected: Record | None = None
    """The event that ``${field}`` refers to."""
    saved: Mapping[str, str] = field(default_factory=dict)
    """Saved filters by name, for ``@name``."""
    genealogy: Genealogy | None = None
    annotations: Annotations | None = None


NOTHING = Surroundings()


def ancestors(node: ProcessNode) -> Iterator[ProcessNode]:
    """Parent, grandparent and so on; ends at a cycle."""
    seen = {id(node)}
    parent = node.parent
    while parent is not None and id(parent) not in seen:
        seen.add(id(parent))
        yield parent
        parent = parent.parent
