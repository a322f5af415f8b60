"""Canonical events: one shape for what any source tells, with typed parameters and the state of the process.

A record keeps the columns of its table; a canonical event has a name, a category, a description and
parameters, whatever table it came from. What a trace does not know is absent, never made up.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.canonical.catalogue import EventKind, kind_of, syscalls
    from tracetui.canonical.conversion import canonical_event
    from tracetui.canonical.event import CanonicalEvent
    from tracetui.canonical.naming import NameStyle, styled
    from tracetui.canonical.parameters import (
        Parameter,
        ParameterError,
        ParameterMissing,
        ParameterMistyped,
        Parameters,
    )
    from tracetui.canonical.state import Processes, ProcessState, States
    from tracetui.canonical.types import ParameterType

__all__ = [
    "CanonicalEvent",
    "EventKind",
    "NameStyle",
    "Parameter",
    "ParameterError",
    "ParameterMissing",
    "ParameterMistyped",
    "ParameterType",
    "Parameters",
    "ProcessState",
    "Processes",
    "States",
    "canonical_event",
    "kind_of",
    "styled",
    "syscalls",
]

__getattr__ = exports(
    __name__,
    {
        "catalogue": "EventKind kind_of syscalls",
        "conversion": "canonical_event",
        "event": "CanonicalEvent",
        "naming": "NameStyle styled",
        "parameters": "Parameter ParameterError ParameterMissing ParameterMistyped Parameters",
        "state": "ProcessState Processes States",
        "types": "ParameterType",
    },
)
