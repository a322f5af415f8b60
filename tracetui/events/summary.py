"""What happened, in one line: ``openat("/dev/nvram", O_RDWR|O_CLOEXEC)``, and the result beside it."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.events.arguments import Argument
from tracetui.events.decode import NUMBERS, argument_kind, decode_arguments, signed
from tracetui.events.families import common_name
from tracetui.events.flow_summary import flow_text
from tracetui.events.kevent_summary import kevent_status, kevent_text
from tracetui.events.record import Record
from tracetui.events.sanitise import bounded, clean, clean_value
from tracetui.events.types import Exec, ProcExit, ProcStart, Read, Syscall, Write

_LINE = 1024
_STRING = 120
_BUFFER = 80
_SMALL = 1 << 20
"""Numbers below this are counts, shown in decimal; above it they are addresses or masks."""
_POINTER = 0x10000
"""The lowest address that Linux gives a program by default."""
_FILLED = frozenset({"buf", "ubuf"})
"""Arguments that a call fills: after a failure they hold whatever was there before."""
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x1b": "\\e"}
)


def summarise(record: Record) -> str:
    """The event in one sanitised line, without its id, process and result.

    Of a system call only what tells something: no pointers, no ``AT_FDCWD``, no mode where no file is made.
    """
    event = record.event
    if isinstance(event, Syscall):
        name = record.name or "?"
        return bounded(f"{clean(common_name(name))}({', '.join(_telling(record, name))})", _LINE)
    if isinstance(event, Read | Write):
        return f"{record.type}({file_text(record)}, {buffer_text(record, _BUFFER)})"
    if isinstance(event, Exec):
        return bounded(" ".join(["exec", *map(_word, record.argv or ("?",))]), _LINE)
    if isinstance(event, ProcStart):
        return clean_value(f"start pid {record.pid} (parent {record.ppid}) {record.procname}", _LINE)
    if isinstance(event, ProcExit):
        return _exit(record)
    told = flow_text(record.type, record.extras) or kevent_text(record.extras)
    return bounded(told or " ".join([clean_value(record.type, _STRING), *_columns(record)]), _LINE)


def result_text(record: Record) -> str:
    """What a call returned: ``ENOENT``, ``3``, ``0x7f00``; ``?`` where unknown, empty where it has none."""
    event = record.event
    if isinstance(event, ProcExit):
        return clean_value(record.signal or code_text(record), _STRING)
    if isinstance(event, Read | Write):
        return str(record.buflen) if record.buflen is not None else ""
    if not isinstance(event, Syscall):
        return kevent_status(record.extras)
    if record.retno is None:
        return "?"
    if record.failed:
        return clean(record.errno_name or str(record.retno))
    return number_text(record.retno)


def quoted(text: str, limit: int = _STRING) -> str:
    """A string in double quotes, sanitised and bounded; quotes, newlines and tabs as C writes them."""
    more = "…" if len(text) > limit else ""
    shown = text[:limit]
    if not shown.isprintable() or '"' in shown or "\\" in shown:
        shown = clean(shown.translate(_ESCAPES))
    return f'"{shown}{more}"'


def file_text(record: Record) -> str:
    """The descriptor of an event with its name: ``3</etc/passwd>``; ``?`` where unknown."""
    return _descriptor(record.fd, record.fname, _STRING)


def buffer_text(record: Record, limit: int) -> str:
    """The start of a buffer as a quoted Latin-1 string."""
    data = record.buffer or b""
    text = quoted(data[:limit].decode("latin-1"), limit)
    return text if (record.buflen or 0) <= limit else f'{text[:-1]}…"'


def number_text(number: int) -> str:
    """A count in decimal, an address in hexadecimal."""
    return str(number) if -_SMALL < number < _SMALL else hex(number)


def _telling(record: Record, name: str) -> Iterator[str]:
    """The arguments of a call that say something, decoded."""
    arguments = record.arguments
    makes_file = True
    for argument, text in zip(arguments, decode_arguments(name, arguments, record.arch), strict=True):
        if text is None:
            if argument.string is not None:
                if argument.name not in _FILLED or not record.failed:
                    yield quoted(argument.string)
            elif not _says_nothing(argument, name):
                yield _plain_argument(argument, _STRING)
            continue
        if text.startswith("O_"):
            makes_file = "O_CREAT" in text or "O_TMPFILE" in text
        if text == "AT_FDCWD" or (argument.name == "mode" and not makes_file):
            continue
        if text != "0" or argument_kind(name, argument.index) in NUMBERS:
            yield text


def _says_nothing(argument: Argument, syscall: str) -> bool:
    """Whether an argument without a decoded form is no more than an address."""
    text = argument.text
    if text.endswith("(ptr)") or "(struct " in text or text == "[NULL]" or argument.name == "envp":
        return True
    kind, value = argument_kind(syscall, argument.index), argument.value or 0
    return kind == "noise" or (kind == "ptr" and (value == 0 or value >= _POINTER))


def _plain_argument(argument: Argument, limit: int) -> str:
    """An argument that has no decoded form."""
    if argument.string is not None:
        return quoted(argument.string, limit)
    value, text = argument.value, argument.text
    if argument.name == "fd" and value is not None:
        return _descriptor(signed(value), argument.fd_name, limit)
    if value is not None and text == hex(value):
        return number_text(value)
    if text == "[NULL]":
        return "NULL"
    if text.endswith("])"):
        text = text[text.find("(") + 1 : -1]
    return clean_value(text, limit)


def _descriptor(fd: int | None, name: str | None, limit: int) -> str:
    number = "?" if fd is None else str(fd)
    return f"{number}<{clean_value(name, limit)}>" if name else number


def _word(word: str) -> str:
    """A word of a command line, quoted where a shell would need it."""
    text = bounded(word, _STRING)
    return text if text.isprintable() and text and not any(c in text for c in " \"'\\") else quoted(word)


def _exit(record: Record) -> str:
    if record.signal:
        return f"killed by {clean_value(record.signal, _STRING)} pid {record.pid}"
    return f"exit {clean_value(code_text(record))} pid {record.pid}"


def code_text(record: Record) -> int | str:
    """The exit code, or ``?`` where it is not known."""
    return "?" if record.code is None else record.code


def _columns(record: Record) -> Iterator[str]:
    """``column=value`` of the tables that have no model."""
    for row in record.extras.values():
        for column, value in row.items():
            if column != "id":
                yield f"{clean_value(column, _STRING)}={clean_value(value, _STRING)}"
