"""Lines as strace prints them: ``PID call(arguments) = result``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.events import Exec, ProcExit, Read, Record, Syscall, Write, clean_value
from tracetui.events.errnos import errno_meaning
from tracetui.events.summary import (
    buffer_text,
    call_text,
    code_text,
    file_text,
    number_text,
    quoted,
    summarise,
)
from tracetui.output.layout import Layout

_STRING_LIMIT = 4096
_BUFFER_LIMIT = 256


def strace(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """One line an event; process name where the pid is unknown, time where the trace has one."""
    for record in records:
        yield strace_line(record) + "\n"


def strace_line(record: Record) -> str:
    """One event as a strace line, sanitised."""
    who = str(record.pid) if record.pid is not None else clean_value(record.procname, 64) or "?"
    return " ".join(part for part in (f"{who:<5}", _time(record.ts), _what(record)) if part)


def _time(ts: int | None) -> str:
    """Seconds since the epoch with six decimals, as ``strace -ttt`` prints them."""
    return "" if ts is None else f"{ts // 1_000_000_000}.{ts % 1_000_000_000 // 1000:06d}"


def _what(record: Record) -> str:
    event = record.event
    if isinstance(event, Syscall):
        return f"{call_text(record, _STRING_LIMIT)} = {_result(record)}"
    if isinstance(event, Read | Write):
        length = "?" if record.buflen is None else record.buflen
        return f"{record.type}({file_text(record)}, {buffer_text(record, _BUFFER_LIMIT)}) = {length}"
    if isinstance(event, Exec):
        argv = record.argv or ()
        words = ", ".join(quoted(word, _STRING_LIMIT) for word in argv)
        program = quoted(argv[0], _STRING_LIMIT) if argv else "?"
        return f"execve({program}, [{words}], /* {len(record.env or ())} vars */) = ?"
    if isinstance(event, ProcExit):
        return (
            f"+++ killed by {clean_value(record.signal)} +++"
            if record.signal
            else f"+++ exited with {code_text(record)} +++"
        )
    return f"--- {summarise(record)} ---"


def _result(record: Record) -> str:
    """``-1 ENOENT (No such file or directory)``, ``3``, ``0x7f0000000000``, ``?`` where unknown."""
    if record.retno is None:
        return "?"
    if record.errno is not None:
        name = record.errno_name or f"errno {record.errno}"
        meaning = errno_meaning(name)
        return clean_value(f"-1 {name} ({meaning})" if meaning else f"-1 {name}")
    return number_text(record.retno)
