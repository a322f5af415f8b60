"""What is known of each audit event: argument names, category, why it is noteworthy, what may be secret.

``audit_events.tsv`` holds the documented events of CPython 3.8 to 3.14 and some undocumented ones. Programs
and libraries raise others of their own, and CPython changes its arguments: nothing here is taken for
complete.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class AuditEvent(NamedTuple):
    """An event that a program may raise."""

    name: str
    arguments: tuple[str, ...] = ()
    """Names of the arguments, in order; an event may have fewer or more."""
    category: str = "other"
    """``file``, ``net``, ``process``, ``code``, ... ; of an unknown event, what is before the dot."""
    noteworthy: str = ""
    """Why one would want to see it, in a few words; empty for most. It does not mean malicious."""
    secret: str = ""
    """Name of the argument that may hold a secret."""
    noise: bool = False
    """Is it raised so often, and tells so little, that it is recorded only when asked for?"""

    def argument(self, position: int) -> str:
        """Name of the argument at ``position``, ``arg3`` where it is not known."""
        return self.arguments[position] if position < len(self.arguments) else f"arg{position}"


@lru_cache(maxsize=1)
def audit_events() -> dict[str, AuditEvent]:
    """All known events by name."""
    text = Path(__file__).with_name("audit_events.tsv").read_text("ascii")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {row[0]: _event(*row) for row in rows[1:]}


def _event(name: str, arguments: str, category: str, noteworthy: str, secret: str, noise: str) -> AuditEvent:
    names = tuple(arguments.split(",")) if arguments else ()
    return AuditEvent(name, names, category, noteworthy, secret, noise == "yes")


@lru_cache(maxsize=4096)
def audit_event(name: str) -> AuditEvent:
    """What is known of the event ``name``."""
    known = audit_events().get(name)
    return known or AuditEvent(name, category=name.partition(".")[0] or "other")


def noise_names() -> tuple[str, ...]:
    """Events that are recorded only when asked for."""
    return tuple(event.name for event in audit_events().values() if event.noise)
