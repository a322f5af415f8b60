"""What happened, in one line."""

from __future__ import annotations

from tracetui.events.arguments import Argument
from tracetui.events.record import Record
from tracetui.events.sanitise import bounded, clean, clean_value
from tracetui.events.types import Exec, ProcExit, ProcStart, Read, Syscall, Write

_LINE = 1024


def summarise(record: Record) -> str:
    """The event in one sanitised line, without its id, process and result."""
    event = record.event
    if isinstance(event, Syscall):
        return bounded(clean(f"{record.short_name}({', '.join(map(_argument, record.arguments))})"), _LINE)
    if isinstance(event, Read | Write):
        buffer = record.buffer or b""
        return clean_value(f"{record.type}({record.fd}, {record.fname or '?'}, {buffer[:80]!r})", _LINE)
    if isinstance(event, Exec):
        return clean_value("exec " + " ".join(record.argv or ()), _LINE)
    if isinstance(event, ProcStart):
        return clean_value(f"start pid {record.pid} (parent {record.ppid}) {record.procname}", _LINE)
    if isinstance(event, ProcExit):
        return clean_value(f"end of pid {record.pid}: {record.reason}", _LINE)
    parts = (
        f"{column}={value}"
        for row in record.extras.values()
        for column, value in row.items()
        if column != "id"
    )
    return clean_value(f"{record.type} " + " ".join(parts), _LINE)


def result_text(record: Record) -> str:
    """What a call returned: ``ENOENT``, ``3``, ``0x7f00``; ``?`` where unknown, empty where it has none."""
    event = record.event
    if isinstance(event, ProcExit):
        return clean(record.signal or str(record.code))
    if isinstance(event, Read | Write):
        return str(record.buflen) if record.buflen is not None else ""
    if not isinstance(event, Syscall):
        return ""
    if record.retno is None:
        return "?"
    if record.failed:
        return clean(record.errno_name or str(record.retno))
    return str(record.retno) if abs(record.retno) < 1 << 20 else hex(record.retno)


def _argument(argument: Argument) -> str:
    if argument.string is not None:
        return f'"{bounded(argument.string, 120)}"'
    if argument.fd_name is not None:
        return f"{argument.value}<{argument.fd_name}>"
    return argument.text
