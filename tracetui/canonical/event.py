"""The canonical event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracetui.canonical.parameters import Parameters
from tracetui.canonical.state import ProcessState


@dataclass(slots=True)
class CanonicalEvent:
    """An event of any source in one shape. ``None`` is what the trace does not know."""

    sequence: int
    """Identifies the event in its trace: the event id, which goes on counting when the recorder is started
    again. Of an event from Fibratus it is the number that Fibratus gave it, and may repeat."""
    name: str
    """Of a system call the kernel's name (``openat``), of an audit event Python's, else the type."""
    category: str = "other"
    """``file``, ``net``, ``process``, ...; ``other`` of an unknown kind."""
    description: str = ""
    """What such events mean; empty where nobody knows."""
    pid: int | None = None
    tid: int | None = None
    cpu: int | None = None
    host: str | None = None
    timestamp: int | None = None
    """ns since the Unix epoch."""
    utc_offset: int | None = None
    """Seconds east of Greenwich that the clock showed, where the trace tells."""
    parameters: Parameters = field(default_factory=Parameters)
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What is known beside: the type and source of the event, its container; of what the user wrote ``mark``,
    ``tags`` and ``note``, and the value of each tag ``key=value`` under its key."""
    process: ProcessState | None = None
    """The process as it was at the event; ``None`` where it is not known or was not asked for."""
