"""Events: the ORM models, one table a class, and what each column means in each era.

Everything that depends on which version of Penguin wrote a trace is decided here.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.events.arguments import Argument
    from tracetui.events.base import KNOWN_TYPES, Base, Event
    from tracetui.events.context import Context
    from tracetui.events.eras import Era
    from tracetui.events.record import Record
    from tracetui.events.sanitise import bounded, clean, clean_value
    from tracetui.events.summary import result_text, summarise
    from tracetui.events.types import Exec, ProcExit, ProcStart, Read, Syscall, Write

__all__ = [
    "KNOWN_TYPES",
    "Argument",
    "Base",
    "Context",
    "Era",
    "Event",
    "Exec",
    "ProcExit",
    "ProcStart",
    "Read",
    "Record",
    "Syscall",
    "Write",
    "bounded",
    "clean",
    "clean_value",
    "result_text",
    "summarise",
]

__getattr__ = exports(
    __name__,
    {
        "arguments": "Argument",
        "base": "KNOWN_TYPES",
        "context": "Context",
        "eras": "Era",
        "record": "Record",
        "sanitise": "bounded clean clean_value",
        "summary": "result_text summarise",
        "types": "Base Event Exec ProcExit ProcStart Read Syscall Write",
    },
)
