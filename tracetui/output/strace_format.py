"""Lines as strace prints them: ``PID call(arguments) = result``; ``?<name>`` for a pid that is not known.

What is no call has a form of its own, by which an import knows it: bytes that were moved have two arguments,
``read(3</x>, "abc") = 3``, a program has no address before the comment on its environment, and other events
are comments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.events import Exec, ProcExit, ProcStart, Read, Record, Syscall, Write, clean_value
from tracetui.events.errnos import errno_meaning
from tracetui.events.summary import code_text, number_text, summarise
from tracetui.output.layout import Layout
from tracetui.output.strace_calls import c_bytes, c_string, call_line, descriptor, in_angles

_BUFFER_LIMIT = 256


def strace(records: Iterable[Record], layout: Layout) -> Iterator[str]:
    """One line an event; time where the trace has one."""
    for record in records:
        yield strace_line(record) + "\n"


def strace_line(record: Record) -> str:
    """One event as a strace line, sanitised."""
    who = f"?<{in_angles(record.procname)}>" if record.pid is None else str(record.pid)
    return " ".join(part for part in (f"{who:<5}", _time(record.ts), _what(record)) if part)


def _time(ts: int | None) -> str:
    """Seconds since the epoch with six decimals, as ``strace -ttt`` prints them."""
    return "" if ts is None else f"{ts // 1_000_000_000}.{ts % 1_000_000_000 // 1000:06d}"


def _what(record: Record) -> str:
    event = record.event
    if isinstance(event, Syscall):
        return f"{call_line(record)} = {_result(record)}"
    if isinstance(event, Read | Write):
        return _transfer(record)
    if isinstance(event, Exec):
        argv = record.argv or ()
        words = ", ".join(map(c_string, argv))
        program = c_string(argv[0]) if argv else "?"
        return f"execve({program}, [{words}], /* {len(record.env or ())} vars */) = ?"
    if isinstance(event, ProcExit):
        return (
            f"+++ killed by {clean_value(record.signal)} +++"
            if record.signal
            else f"+++ exited with {code_text(record)} +++"
        )
    if isinstance(event, ProcStart):
        return f"--- start pid {record.pid} (parent {record.ppid}) {in_angles(record.procname)} ---"
    return f"--- {summarise(record)} ---"


def _transfer(record: Record) -> str:
    """``read(3</etc/passwd>, "root:"...) = 1024``: the first bytes, and how many there were."""
    data, length = record.buffer, record.buflen
    if data is None or length is None:
        return f"{record.type}({descriptor(record.fd, record.fname)}, ?) = ?"
    more = "..." if length > _BUFFER_LIMIT else ""
    file = descriptor(record.fd, record.fname)
    return f"{record.type}({file}, {c_bytes(data[:_BUFFER_LIMIT])}{more}) = {length}"


def _result(record: Record) -> str:
    """``-1 ENOENT (No such file or directory)``, ``3``, ``0x7f0000000000``, ``?`` where unknown."""
    if record.retno is None:
        return "?"
    if record.errno is not None:
        name = record.errno_name or f"(errno {record.errno})"
        meaning = errno_meaning(name)
        return clean_value(f"-1 {name} ({meaning})" if meaning else f"-1 {name}")
    return number_text(record.retno)
