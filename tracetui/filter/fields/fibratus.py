"""Fields of what Fibratus tells: its events and their clock, states of processes, registry, threads, handles.

The names are Fibratus' own; ``evt.`` of its later versions stands for ``kevt.`` everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tracetui.events.kevent_tables import KEVENT
from tracetui.filter import derive, told
from tracetui.filter.derive import only_number, only_text
from tracetui.filter.field import Derived, Field, Kind, Number, Stored, Values
from tracetui.filter.fields.flow import numbers, of_rows, texts
from tracetui.filter.fields.values import of_state
from tracetui.filter.operands import Value, moment

if TYPE_CHECKING:
    from tracetui.events.record import Record

Made = Callable[..., Values]


def _derived(
    name: str,
    kind: Kind,
    meaning: str,
    example: str,
    place: str,
    of: Made,
    expand: Callable[[str], tuple[str, ...]] | None = None,
) -> Field:
    """A field of what ``of`` makes of an event's columns: ``table.column``, with blanks between."""
    places = tuple(place.split())
    columns = [(table, column) for table, _, column in (each.partition(".") for each in places)]
    return Field(
        name,
        kind,
        meaning,
        _ALSO.get(name, ()),
        f"{name} {example}",
        lambda record: tuple(of(*(record.extras.get(table, {}).get(column) for table, column in columns))),
        (Derived(places, of, repeats=True),),
        expand=expand,
    )


_ALSO = {
    "ps.parent.cmdline": ("ps.parent.comm", "ps.parent.args"),
    "registry.key.name": ("registry.path",),
    "image.name": ("image.path",),
    "thread.entrypoint": ("thread.start_address",),
}
"""Other names of fields, most of them from later versions of Fibratus."""


# The clock.


def _weekday(when: datetime) -> str:
    return _WEEKDAYS[when.weekday()]


_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_SHOWN: tuple[tuple[str, Kind, str, str, Callable[[datetime], Value]], ...] = (
    ("time.h", Kind.NUMBER, "hour of the day", "23", lambda when: when.hour),
    ("time.m", Kind.NUMBER, "minute of the hour", "54", lambda when: when.minute),
    ("time.s", Kind.NUMBER, "second of the minute", "0", lambda when: when.second),
    ("date", Kind.TEXT, "date", "2018-03-03", lambda when: f"{when:%Y-%m-%d}"),
    ("date.d", Kind.NUMBER, "day of the month", "12", lambda when: when.day),
    ("date.m", Kind.NUMBER, "month of the year", "11", lambda when: when.month),
    ("date.y", Kind.NUMBER, "year", "2020", lambda when: when.year),
    (
        "date.week",
        Kind.NUMBER,
        "week of the year (ISO 8601)",
        "2",
        lambda when: when.isocalendar()[1],
    ),
    ("date.weekday", Kind.TEXT, "day of the week", "Monday", _weekday),
)
"""What the clock of the host showed: name, kind, meaning, an example, and how it is read."""


def _offset(record: Record) -> object:
    return record.extras.get(KEVENT, {}).get("utc_offset")


def _clock(name: str, kind: Kind, meaning: str, example: str, of: Made) -> Field:
    return Field(
        f"kevt.{name}",
        kind,
        f"{meaning}, where the event was (in UTC where no zone was recorded)",
        (f"evt.{name}",),
        f"kevt.{name} = {example}",
        lambda record: of(record.ts, _offset(record)),
        (Derived(("context.ts", "=utc_offset"), of),),
    )


_time_of_day = told.of_clock(lambda when: f"{when:%H:%M:%S}")


def _nanoseconds(word: str) -> int | None:
    """The time that a word names; a time of day names none."""
    found = moment(word)
    return found if isinstance(found, int) else None


CLOCK_FIELDS = (
    Field(
        "kevt.time",
        Kind.MIXED,
        "time of the event: ns since 1970, a date and time, or the time of day '17:05:32' of its host",
        (),
        "kevt.time = '17:05:32'",
        lambda r: () if r.ts is None else (r.ts, *_time_of_day(r.ts, _offset(r))),
        (Number("context.ts"), Derived(("context.ts", "=utc_offset"), _time_of_day)),
        number_of=_nanoseconds,
        quoted_numbers=True,
    ),
    Field(
        "kevt.time.ns",
        Kind.NUMBER,
        "time of the event in ns since 1970",
        ("evt.time.ns",),
        "kevt.time.ns > 1591191629102337000",
        lambda record: only_number(record.ts),
        (Number("context.ts"),),
    ),
    *(
        _clock(name, kind, meaning, example, told.of_clock(read))
        for name, kind, meaning, example, read in _SHOWN
    ),
    _clock("date.tz", Kind.TEXT, "zone of the clock: UTC or +01:00", "UTC", told.zone),
)

# Events.


def _sequence(record: Record) -> Values:
    return only_number(record.extras.get(KEVENT, {}).get("seq")) or (record.id,)


def _own_pid(record: Record) -> Values:
    pid = only_number(record.extras.get(KEVENT, {}).get("pid"))
    return pid or only_number(record.pid)


def _state_pid(record: Record) -> Values:
    return only_number(record.linked.get("pid")) or only_number(record.pid)


def _kind_field(
    name: str, meaning: str, example: str, column: str, of: Made, aliases: tuple[str, ...]
) -> Field:
    """A field of what all events of one name have in common, as Fibratus tells it, else from our tables."""
    own = of_rows(str, f"{KEVENT}.{column}")

    def values(record: Record) -> Values:
        told_name = record.extras.get(KEVENT, {}).get("name")
        return (*own(record), *(() if isinstance(told_name, str) else of(record.type, record.name)))

    return Field(
        f"kevt.{name}",
        Kind.TEXT,
        meaning,
        (f"evt.{name}", *aliases),
        f"kevt.{name} {example}",
        values,
        (
            Stored(f"{KEVENT}.{column}"),
            Derived(("event.type", "syscall.name"), of, repeats=True, guard="syscall.name"),
            Derived(("=untold_type",), of, repeats=True, guard="=untold_type"),
        ),
    )


KEVENT_FIELDS = (
    Field(
        "kevt.seq",
        Kind.NUMBER,
        "number that Fibratus gave the event, which may repeat; id of other events",
        ("evt.seq",),
        "kevt.seq > 666",
        _sequence,
        (Number("=kevt.seq", ("event",)),),
    ),
    Field(
        "kevt.pid",
        Kind.NUMBER,
        "process that did it: of the start of a process, the one that started it",
        ("evt.pid",),
        "kevt.pid = 6",
        _own_pid,
        (Number("=kevt.pid", ("event",)),),
    ),
    _kind_field(
        "category",
        "category: file net process memory …; of Fibratus also registry thread image handle",
        "= registry",
        "category",
        derive.category,
        ("category",),
    ),
    _kind_field(
        "desc",
        "what such events do",
        "contains 'Creates a new process'",
        "description",
        derive.description,
        (),
    ),
    numbers(
        "kevt.nparams",
        "number of parameters of an event of Fibratus",
        "kevt.nparams > 2",
        ("evt.nparams",),
        "kevent.nparams",
    ),
)

# States of processes.

_STATE: tuple[tuple[str, Kind, str, str, str, Made], ...] = (
    ("ps.cwd", Kind.TEXT, "current folder", "startswith 'C:'", "cwd", only_text),
    ("ps.sid", Kind.TEXT, "user with its domain", "contains SYSTEM", "sid", only_text),
    ("ps.sessionid", Kind.NUMBER, "session", "= 1", "sessionid", only_number),
    (
        "ps.parent.exe",
        Kind.TEXT,
        "program of the parent",
        "endswith cmd.exe",
        "parent",
        told.of_object("exe"),
    ),
    (
        "ps.parent.cmdline",
        Kind.TEXT,
        "command line of the parent",
        "contains powershell",
        "parent",
        told.of_either("cmdline", "comm"),
    ),
    ("ps.parent.cwd", Kind.TEXT, "folder of the parent", "exists", "parent", told.of_object("cwd")),
    ("ps.parent.sid", Kind.TEXT, "user of the parent", "contains SYSTEM", "parent", told.of_object("sid")),
    (
        "ps.parent.sessionid",
        Kind.NUMBER,
        "session of the parent",
        "= 1",
        "parent",
        told.of_object("sessionid"),
    ),
    ("ps.uuid", Kind.MIXED, "number that no other process has", "exists", "extra", told.of_object("uuid")),
    ("ps.modules", Kind.TEXT, "loaded modules", "contains crypt32.dll", "modules", told.of_items("name")),
    ("ps.handles", Kind.TEXT, "names of the handles", "contains Pipe", "handles", told.of_items("name")),
    (
        "ps.handle.types",
        Kind.TEXT,
        "types of the handles",
        "in (Key, Mutant)",
        "handles",
        told.of_items("type"),
    ),
    ("pe.nsections", Kind.NUMBER, "number of sections", "< 5", "pe", told.of_object("nsections")),
    ("pe.nsymbols", Kind.NUMBER, "number of symbols", "> 230", "pe", told.of_object("nsymbols")),
    ("pe.address.base", Kind.TEXT, "base address", "= 140000000", "pe", told.of_object("image_base")),
    ("pe.address.entrypoint", Kind.TEXT, "entry point", "= 20110", "pe", told.of_object("entrypoint")),
    ("pe.symbols", Kind.TEXT, "imported symbols", "in (GetTextFaceW)", "pe", told.of_object("symbols")),
    ("pe.imports", Kind.TEXT, "imported libraries", "in (GDI32.dll)", "pe", told.of_object("imports")),
    ("pe.resources", Kind.TEXT, "names of resources", "exists", "pe", told.of_object("resources")),
    ("pe.sections", Kind.TEXT, "names of sections", "= .text", "pe", told.of_items_in("sections", "name")),
)
"""Name, kind, meaning, an example, column of the state, and what its values are."""

STATE_FIELDS = (
    Field(
        "ps.pid",
        Kind.NUMBER,
        "process id of the process whose state is told, else of the event",
        (),
        "ps.pid = 1024",
        _state_pid,
        (Number("=ps.own_pid", ("event",)),),
    ),
    *(
        Field(
            f"ps.{member}",
            Kind.TEXT,
            f"{meaning} of the process, as Fibratus tells it",
            (),
            f"ps.{member} contains SYSTEM",
            of_state(of, "extra", "sid"),
            (Derived(("=ps.extra", "=ps.sid"), of, repeats=True),),
        )
        for member, meaning, of in (
            ("username", "user, without the domain", told.of_user("username", 1)),
            ("domain", "domain of the user", told.of_user("domain", 0)),
        )
    ),
    *(
        Field(
            name,
            kind,
            f"{meaning} of the process{' (of its program)' if column == 'pe' else ''}, as Fibratus tells it",
            _ALSO.get(name, ()),
            f"{name} {example}",
            of_state(of, column),
            (Derived((f"=ps.{column}",), of, repeats=True),),
        )
        for name, kind, meaning, example, column, of in _STATE
    ),
)

# Parameters. Each line: name, meaning, an example, columns.

_TEXTS = (
    (
        *("registry.key.name", "registry key, with its value's name", "startswith HKEY_LOCAL_MACHINE"),
        "registry_event.key_name registry_event.key_path",
    ),
    ("registry.status", "how an operation on the registry ended", "!= success", "registry_event.status"),
    (
        *("registry.value.type", "type of a registry value", "= REG_SZ"),
        "registry_event.value_type registry_event.type",
    ),
    ("handle.name", "name of a handle", "contains NamedPipe", "handle_event.handle_name"),
    ("handle.type", "type of a handle", "= Mutant", "handle_event.handle_type"),
    (
        *("image.name", "module that is loaded or unloaded", "endswith advapi32.dll"),
        "image_event.file_name image_event.file_path",
    ),
    (
        *("file.operation", "what a file was opened for: open, create, overwrite, …", "= open"),
        "file_event.operation file_event.create_disposition",
    ),
    ("file.share.mask", "how a file is shared: r, w and d", "= rw-", "file_event.share_mask"),
    ("file.status", "how an operation on a file ended", "!= success", "file_event.status"),
    ("net.sport.name", "name of the source port", "= http", "net_event.sport_name"),
    ("net.dport.name", "name of the destination port", "= dns", "net_event.dport_name"),
    ("image.signature.type", "what a module is signed with", "!= NONE", "image_event.signature_type"),
    ("image.signature.level", "how far a module's signature goes", "exists", "image_event.signature_level"),
    ("ps.access.mask", "access that was asked for to a process", "= 0x1400", "process_event.desired_access"),
    ("ps.access.status", "how opening a process ended", "!= success", "process_event.status"),
    ("thread.access.mask", "access that was asked for to a thread", "= 0x40", "thread_event.desired_access"),
    ("thread.access.status", "how opening a thread ended", "!= success", "thread_event.status"),
    *(
        (f"ps.child.{member}", f"{meaning} of a process that starts, ends or is opened", example, at)
        for member, meaning, example, at in (
            ("name", "name", "= cmd.exe", "process_event.name"),
            ("exe", "program", "endswith cmd.exe", "process_event.exe"),
            ("cmdline", "command line", "contains powershell", "process_event.cmdline process_event.comm"),
            ("sid", "user", "contains SYSTEM", "process_event.sid"),
            ("username", "user, without the domain", "= SYSTEM", "process_event.username"),
            ("domain", "domain of the user", "= WORKGROUP", "process_event.domain"),
        )
    ),
)
_NUMBERS = (
    ("handle.id", "number of a handle", "= 24", "handle_event.handle_id"),
    ("image.size", "size of a module", "> 1024", "image_event.image_size"),
    ("image.checksum", "checksum of a module", "= 746424", "image_event.checksum"),
    ("thread.prio", "priority of a thread", "= 5", "thread_event.base_prio"),
    ("thread.io.prio", "priority of a thread's input and output", "= 4", "thread_event.io_prio"),
    ("thread.page.prio", "priority of a thread's pages", "= 12", "thread_event.page_prio"),
    ("net.size", "bytes that were sent or received", "> 512", "net_event.size"),
    ("image.pid", "process that a module is loaded into", "= 1024", "image_event.pid"),
    ("thread.pid", "process of a thread that starts, ends or is opened", "= 1024", "thread_event.pid"),
    ("ps.child.pid", "process that starts, ends or is opened", "= 1024", "process_event.pid"),
    ("ps.child.sessionid", "session of a process that starts or ends", "= 1", "process_event.session_id"),
)
_ADDRESSES = (
    ("ps.dtb", "page directory of a process that starts or ends", "process_event.directory_table_base"),
    ("registry.key.handle", "address of the object of a registry key", "registry_event.key_handle"),
    ("handle.object", "address of the object of a handle", "handle_event.handle_object"),
    ("image.base.address", "address to which a module is loaded", "image_event.base_address"),
    ("image.default.address", "address that a module would prefer", "image_event.default_address"),
    (
        *("thread.entrypoint", "address of the function that a thread runs"),
        "thread_event.entrypoint thread_event.start_address",
    ),
    ("thread.kstack.base", "base of a thread's stack in the kernel", "thread_event.kstack"),
    ("thread.kstack.limit", "limit of a thread's stack in the kernel", "thread_event.kstack_limit"),
    ("thread.ustack.base", "base of a thread's own stack", "thread_event.ustack"),
    ("thread.ustack.limit", "limit of a thread's own stack", "thread_event.ustack_limit"),
)
_LISTS = (
    ("file.attributes", "attributes of a file", "= HIDDEN", "file_event.attributes"),
    ("net.sip.names", "names of the source address", "in (github.com.)", "net_event.sip_names"),
    ("net.dip.names", "names of the destination address", "in (github.com.)", "net_event.dip_names"),
    (
        *("ps.access.mask.names", "rights that were asked for to a process", "in (VM_READ)"),
        "process_event.desired_access_names",
    ),
    (
        *("thread.access.mask.names", "rights that were asked for to a thread", "in (SET_CONTEXT)"),
        "thread_event.desired_access_names",
    ),
)
_WITHOUT_COLUMN = (
    ("dns.name", Kind.TEXT, "name that was asked for", "endswith github.com", "net", "name"),
    ("dns.rr", Kind.TEXT, "type of record that was asked for", "= AAAA", "net", "rr"),
    ("dns.options", Kind.TEXT, "options of a question to the name service", "exists", "net", "options"),
    ("dns.answers", Kind.TEXT, "what the name service answered", "in (140.82.121.4)", "net", "answers"),
    ("dns.rcode", Kind.TEXT, "how a question to the name service ended", "= NXDOMAIN", "net", "rcode"),
    ("mem.address", Kind.TEXT, "address of memory", "= 7ffe0000", "mem", "base_address"),
    ("mem.size", Kind.NUMBER, "size of memory", "> 4096", "mem", "region_size"),
    ("mem.alloc", Kind.TEXT, "how memory was asked for", "contains COMMIT", "mem", "alloc_type"),
    ("mem.type", Kind.TEXT, "type of memory", "= PRIVATE", "mem", "page_type"),
    ("mem.protection", Kind.TEXT, "protection of memory", "contains EXECUTE", "mem", "protection"),
    ("mem.protection.mask", Kind.TEXT, "protection in letters", "= RWX", "mem", "protection_mask"),
    ("file.view.base", Kind.TEXT, "address at which a file is mapped", "= 7ffe0000", "file", "view_base"),
    ("file.view.size", Kind.NUMBER, "size of what is mapped", "> 4096", "file", "view_size"),
    ("file.view.type", Kind.TEXT, "type of what is mapped", "= IMAGE", "file", "section_type"),
)
"""Name, kind, meaning, an example, category and name of parameters of later versions."""

_IN_HEXADECIMAL = frozenset({"base_address", "view_base"})

PARAMETER_FIELDS = (
    *(
        texts(name, meaning, f"{name} {example}", _ALSO.get(name, ()), *at.split())
        for name, meaning, example, at in _TEXTS
    ),
    *(numbers(name, meaning, f"{name} {example}", (), at) for name, meaning, example, at in _NUMBERS),
    *(
        _derived(name, Kind.TEXT, meaning, "= 7ffe0000", at, told.first_text, told.addresses)
        for name, meaning, at in _ADDRESSES
    ),
    *(
        _derived(
            *(name, kind, meaning, example, "kevent.category kevent.params"),
            told.of_parameter(category, parameter),
            told.addresses if parameter in _IN_HEXADECIMAL else None,
        )
        for name, kind, meaning, example, category, parameter in _WITHOUT_COLUMN
    ),
    *(_derived(name, Kind.TEXT, meaning, example, at, told.members) for name, meaning, example, at in _LISTS),
    _derived(
        *("registry.value", Kind.MIXED, "content of a registry value", "contains system32"),
        *("registry_event.value", told.either),
    ),
    _derived(
        *("file.object", Kind.MIXED, "address of the object of a file", "= 18446738026482168384"),
        *("file_event.file_object", told.either, told.addresses),
    ),
    _derived("file.offset", Kind.MIXED, "where in a file", "= 1024", "file_event.offset", told.either),
)

FIBRATUS_FIELDS: tuple[Field, ...] = (*KEVENT_FIELDS, *CLOCK_FIELDS, *STATE_FIELDS, *PARAMETER_FIELDS)
