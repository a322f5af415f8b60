"""Fields of every event: what it is, when and where it was, what the user wrote on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.events.families import FAMILIES, PREFIX
from tracetui.events.text import text_of
from tracetui.filter import derive
from tracetui.filter.field import Anything, Derived, Field, Kind, Number, Stored, Values
from tracetui.filter.fields.values import one

if TYPE_CHECKING:
    from tracetui.events.record import Record

TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "event": ("procname",),
    "syscall": ("name", "retno_repr", *(f"arg{n}_repr" for n in range(6))),
    "read": ("fname", "buffer"),
    "write": ("fname", "buffer"),
    "exec": ("calltree", "argv", "envp"),
    "proc_start": ("comm",),
    "proc_exit": ("reason",),
    "context": ("host", "container"),
}
"""What a bare word is looked for in, beside all columns of unknown tables."""


def every_text(record: Record) -> Values:
    """All stored texts and buffers of an event."""
    stored = record.event.__dict__
    for table in ("event", record.type):
        for column in TEXT_COLUMNS.get(table, ()):
            value = record.buffer if column == "buffer" else stored.get(column)
            if value is not None:
                yield value if column == "buffer" else text_of(value)
    if record.argv:
        yield " ".join(record.argv)
    if record.context is not None:
        yield from (text for text in (record.host, record.container) if text is not None)
    for columns in record.extras.values():
        yield from (value for value in columns.values() if isinstance(value, str | bytes))


KINDS = ("syscall", "read", "write", "exec", "proc_start", "proc_exit")
"""Kinds of events: a bare word of these means the kind."""

_KIND_HINT = "evt.type is the name of the call, as in sysdig: for the kind of event write type = {}"

EVENT_FIELDS: tuple[Field, ...] = (
    Field(
        "id",
        Kind.NUMBER,
        "number of the event in the trace",
        ("evt.num", "evt.id", "frame.number"),
        "id in 1000..2000",
        lambda r: (r.id,),
        (Number("event.id"),),
    ),
    Field(
        "type",
        Kind.TEXT,
        "kind of event: syscall, read, write, exec, proc_start, proc_exit, or that of an unknown table",
        ("evt.kind", "kind"),
        "type = exec",
        lambda r: (r.type,) if r.type else (),
        (Stored("event.type", frozenset({""})),),
    ),
    Field(
        "evt.type",
        Kind.TEXT,
        "what sysdig calls the type: the name of the call, or read, write, execve, clone, procexit",
        (),
        "evt.type = openat",
        lambda r: derive.event_call(r.type, r.name),
        (
            Derived(("event.type", "syscall.name"), derive.event_call, repeats=True, computed="=event_call"),
            Derived(("event.type",), derive.event_kind, repeats=True, computed="=event_kind"),
        ),
        expand=lambda word: (*FAMILIES.get(word, ()), word.removeprefix(PREFIX)),
        refuse={kind: _KIND_HINT.format(kind) for kind in ("syscall", "proc_start", "proc_exit")},
    ),
    Field(
        "text",
        Kind.EVERYTHING,
        "any text or buffer of the event: what a bare word is looked for in",
        ("any",),
        "text icontains password",
        every_text,
        (Anything(),),
    ),
    Field(
        "ts",
        Kind.TIME,
        "time of the event, where the recorder had a clock: ns since 1970, or a date and time",
        ("time", "evt.time", "evt.rawtime", "sf.ts"),
        "ts >= 2026-01-31T12:00:00",
        one(lambda r: r.ts),
        (Number("context.ts"),),
    ),
    Field(
        "end_ts",
        Kind.TIME,
        "time of the event's end",
        ("endtime", "evt.endtime", "sf.endts"),
        "end_ts exists",
        one(lambda r: r.end_ts),
        (Number("context.end_ts"),),
    ),
    Field(
        "duration",
        Kind.DURATION,
        "time from start to end in ns, or with a unit (1ms)",
        ("evt.latency", "latency", "evt.duration"),
        "duration > 10ms",
        one(lambda r: r.duration),
        (Number("=duration", ("context",)),),
    ),
    Field(
        "cpu",
        Kind.NUMBER,
        "processor, where the recorder knew it",
        ("evt.cpu", "kevt.cpu"),
        "cpu = 0",
        one(lambda r: r.cpu),
        (Number("context.cpu"),),
    ),
    Field(
        "host",
        Kind.TEXT,
        "host of the event, where the recorder knew it",
        ("evt.host", "kevt.host", "sf.node.id", "hostname"),
        "host = router",
        one(lambda r: r.host),
        (Stored("context.host"),),
    ),
    Field(
        "container",
        Kind.TEXT,
        "container of the event, where the recorder knew it",
        ("container.id", "container.name", "sf.container.id", "sf.container.name"),
        "container exists",
        one(lambda r: r.container),
        (Stored("context.container"),),
    ),
    Field("mark", Kind.TEXT, "letter from a to z that marks the event", ("marks",), "mark = a", note="mark"),
    Field(
        "tag",
        Kind.TEXT,
        "words that you gave the event, as odd or env=prod",
        ("tags", "kevt.meta"),
        'tag = "odd"',
        note="tag",
    ),
    Field(
        "note",
        Kind.TEXT,
        "note that you wrote on the event",
        ("notes",),
        "note icontains driver",
        note="note",
    ),
)
