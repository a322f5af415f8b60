"""One event taken apart into lines that can be shown, copied and filtered on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING

from tracetui.annotations.book import NOTHING, Annotation, Kind
from tracetui.events.kevent_tables import KEVENT, PARAMETERS, table_of
from tracetui.events.sanitise import clean, clean_value
from tracetui.tui.detail.hexdump import HexDump, looks_like_text, text_lines, wrap
from tracetui.tui.detail.line import VALUE_LIMIT, Line
from tracetui.tui.detail.sysflow_lines import entity_lines, flow_lines, message_lines

if TYPE_CHECKING:
    from tracetui.events.arguments import Argument
    from tracetui.events.record import Record
    from tracetui.reader import Flattened

UNKNOWN = "unknown"

_SPARSE = frozenset({KEVENT, *map(table_of, PARAMETERS)})
"""Tables of which most columns of a row are empty."""


class Show(Enum):
    """How buffers are shown."""

    AUTO = "text or hex"
    TEXT = "text"
    HEX = "hex"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines, which may be made on demand."""

    title: str
    count: int
    line: Callable[[int], Line]


Fields = Iterator[Line]


def sections(
    record: Record,
    width: int,
    show: Show = Show.AUTO,
    linked: Flattened | None = None,
    annotation: Annotation = NOTHING,
) -> list[Section]:
    """What is known of ``record``, of what it is ``linked`` to, and what the user wrote on it.

    For a pane ``width`` cells wide.
    """
    label = 14 if width >= 50 else 10
    entities = entity_lines(linked) if linked is not None else ()
    made = [
        _listed("", _headline(record), width, label),
        _listed("annotations", _annotations(annotation), width, label),
        _listed("arguments", _arguments(record), width, label),
        _listed("argv", _argv(record), width, label),
        _listed("environment", _environment(record), width, label),
        _buffer(record, width, show),
        _listed("message", message_lines(record), width, label),
        _listed("context", _context(record), width, label),
        *(_listed(title, lines, width, label) for title, lines in entities),
        _listed("process as told", _told(record), width, label),
        *(_listed(clean(name), _extra(name, row), width, label) for name, row in record.extras.items()),
        _listed("stored columns", _stored(record), width, label),
    ]
    return [section for section in made if section.count]


def _listed(title: str, lines: Iterator[Line], width: int, label: int) -> Section:
    wrapped = [piece for line in lines for piece in _wrapped(line, width - label - 1)]
    return Section(title, len(wrapped), wrapped.__getitem__)


def _wrapped(line: Line, width: int) -> Iterator[Line]:
    """A line and its continuations."""
    for number, piece in enumerate(wrap(line.text, width)):
        label = line.label if number == 0 else ""
        yield Line(label, piece, line.style, "", line.field, line.value, line.copied or line.text)


def _headline(record: Record) -> Fields:
    from tracetui.events import summarise

    yield Line("event", f"{record.id:,}  {clean(record.type)}", "name", field="id", value=record.id)
    process = clean(record.procname) or "—"
    yield Line("process", process, "accent", field="procname", value=record.procname)
    yield from _pid(record)
    yield Line("what", summarise(record))
    yield from _result(record)
    yield from _file(record)
    yield from _process(record)
    yield from flow_lines(record)


def _annotations(annotation: Annotation) -> Fields:
    for kind, style in ((Kind.MARK, "good"), (Kind.TAG, "name"), (Kind.NOTE, "")):
        for value in annotation.values(kind):
            for number, line in enumerate(value[:VALUE_LIMIT].splitlines() or [value]):
                label = kind.value if number == 0 else ""
                yield Line(label, clean(line), style, field=kind.value, value=value)


def _pid(record: Record) -> Fields:
    if record.pid is not None:
        yield Line("pid", str(record.pid), field="pid", value=record.pid)
    else:
        yield Line("pid", f"{UNKNOWN}: the logger records none", "dim")
    if record.tid is not None and record.tid != record.pid:
        yield Line("tid", str(record.tid), field="tid", value=record.tid)


def _result(record: Record) -> Fields:
    from tracetui.events.errnos import errno_meaning

    if record.name is None:
        return
    if record.retno is None:
        why = "logged when the call begins" if record.era.is_penguin else "the call did not return"
        yield Line("result", f"{UNKNOWN}: {why}", "dim")
        return
    if record.failed:
        name = record.errno_name or ""
        text = f"{record.retno}  {clean(name)}  {errno_meaning(name) or ''}".rstrip()
        yield Line("result", text, "failure", field="errno", value=record.errno_name or record.errno)
        return
    yield Line("result", _number(record.retno), "good", field="ret", value=record.retno)


def _file(record: Record) -> Fields:
    if record.fd is not None:
        name = f"  {clean_value(record.fname, VALUE_LIMIT)}" if record.fname else ""
        yield Line("fd", f"{record.fd}{name}", field="fd", value=record.fd)
    for path in record.paths or ((record.path,) if record.path else ()):
        yield Line("path", clean_value(path, VALUE_LIMIT), "name", field="path", value=path)


def _process(record: Record) -> Fields:
    known: Sequence[tuple[str, str, str | int | None]] = (
        ("parent", "ppid", record.ppid),
        ("comm before", "comm", record.comm),
        ("uid", "uid", record.uid),
        ("gid", "gid", record.gid),
        ("euid", "euid", record.euid),
        ("egid", "egid", record.egid),
        ("reason", "reason", record.reason),
    )
    for label, field, value in known:
        if value is not None:
            yield Line(label, clean_value(value, VALUE_LIMIT), field=field, value=value)
    if record.code is not None:
        style = "failure" if record.code else "good"
        yield Line("exit code", str(record.code), style, field="code", value=record.code)
    if record.create_time is not None:
        seconds = record.create_time / 1e9
        yield Line("created", f"{seconds:,.6f} s after boot", field="create_time", value=record.create_time)


def _arguments(record: Record) -> Fields:
    from tracetui.events.decode import decode_arguments

    decoded = decode_arguments(record.name or "", record.arguments, record.arch)
    for argument, meaning in zip(record.arguments, decoded, strict=True):
        yield from _argument(argument, meaning)


def _argument(argument: Argument, decoded: str | None) -> Fields:
    label = clean(argument.name or f"arg{argument.index}")
    field = f"arg{argument.index}"
    number = "" if argument.value is None else _number(argument.value)
    if argument.string is not None:
        yield Line(label, _quoted(argument.string), "name", field=field, value=argument.string)
        yield Line("", number or "address unknown", "dim", field=field, value=argument.value)
        return
    shown = clean_value(decoded, VALUE_LIMIT) if decoded else clean_value(argument.text, VALUE_LIMIT)
    value = argument.value if argument.value is not None else argument.text
    yield Line(label, shown, field=field, value=value)
    stored = clean_value(argument.text, VALUE_LIMIT)
    if stored == shown or stored in number.split():
        stored = ""
    beside = "  ".join(text for text in (number, stored) if text and text != shown)
    if beside:
        yield Line("", beside, "dim", field=field, value=value)


def _argv(record: Record) -> Fields:
    for index, word in enumerate(record.argv or ()):
        yield Line(f"[{index}]", clean_value(word, VALUE_LIMIT), "name", field="argv", value=word)


def _environment(record: Record) -> Fields:
    for name, value in record.env or ():
        yield Line("", clean_value(f"{name}={value}", VALUE_LIMIT), field="env", value=f"{name}={value}")


def _buffer(record: Record, width: int, show: Show) -> Section:
    data = record.buffer
    if data is None:
        return Section("", 0, lambda index: Line())
    title = f"buffer  {len(data):,} bytes"
    as_text = show is Show.TEXT or (show is Show.AUTO and looks_like_text(data))
    if as_text:
        lines = text_lines(data, width - 2)
        return Section(title, len(lines), lambda index: Line(text=lines[index], field="buffer"))
    dump = HexDump(data, width)

    def line(index: int) -> Line:
        offset, hexed, ascii_text = dump.line(index)
        return Line(offset, f"{hexed}  {ascii_text}", field="buffer", copied=hexed)

    return Section(title, dump.count, line)


def _context(record: Record) -> Fields:
    if record.ts is not None:
        yield Line("time", _time(record.ts), field="ts", value=record.ts)
    if record.duration is not None:
        yield Line("duration", f"{record.duration / 1e6:,.3f} ms", field="duration", value=record.duration)
    for label, value in (("cpu", record.cpu), ("host", record.host), ("container", record.container)):
        if value is not None:
            yield Line(label, clean_value(value, VALUE_LIMIT), field=label, value=value)


_TOLD = {
    "pid": "ps.pid",
    "ppid": "ps.ppid",
    "comm": "ps.comm",
    "exe": "ps.exe",
    "cwd": "ps.cwd",
    "sid": "ps.sid",
    "sessionid": "ps.sessionid",
}
"""Columns of the state of a process that are fields, too."""


def _told(record: Record) -> Fields:
    """The state of the process that the event refers to."""
    for column, value in record.linked.items():
        if value is not None:
            field = _TOLD.get(column, "")
            yield Line(clean(column), _stored_text(value), field=field, value=_pointed(value))


def _extra(table: str, row: object) -> Fields:
    assert isinstance(row, dict)
    for column, value in row.items():
        if value is None and table in _SPARSE:
            continue  # an event has few of the parameters of its category
        yield Line(clean(column), _stored_text(value), field=f"{table}.{column}", value=_pointed(value))


def _stored(record: Record) -> Fields:
    from tracetui.output.stored import CONTEXT, stored_columns

    for column, value in stored_columns(record).items():
        if column == CONTEXT:
            continue
        yield Line(clean(column), _stored_text(value), "dim", copied=clean_value(value, VALUE_LIMIT))


def _stored_text(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes  {clean_value(value[:64])}"
    if isinstance(value, str):
        return _quoted(value)
    return str(value)


def _pointed(value: object) -> str | int | None:
    return value if isinstance(value, str | int) else None


def _quoted(text: str) -> str:
    more = f"… {len(text) - VALUE_LIMIT:,} more" if len(text) > VALUE_LIMIT else ""
    return f'"{clean(text[:VALUE_LIMIT])}"{more}'


def _number(value: int) -> str:
    """Decimal and hex, the latter unsigned: configurations name ioctls in decimal, headers in hex."""
    if -4096 < value < 10:
        return str(value)
    return f"{value}  {value & 0xFFFFFFFFFFFFFFFF:#x}" if value < 0 else f"{value}  {value:#x}"


def _time(ts: int) -> str:
    try:
        seconds, nanoseconds = divmod(ts, 1_000_000_000)
        local = datetime.fromtimestamp(seconds)
        utc = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return f"{ts} ns"
    return f"{local:%Y-%m-%d %H:%M:%S}.{nanoseconds:09d}  ({utc:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z)"
