"""Fields of what SysFlow records: flows, their operations and ends, and the events of clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.events.flows import PROTOCOLS, open_flags, operations
from tracetui.filter.field import Derived, Field, Kind, Number, Stored, Values

if TYPE_CHECKING:
    from tracetui.events.record import Record

_FLOWS = ("file_flow", "network_flow")
_ENDS = ("network_flow", "network_event")
_ALL_ENDS = (*_ENDS, "net_event")


def of_rows(kind: type[str] | type[int], *places: str) -> Callable[[Record], Values]:
    """The values of type ``kind`` at ``places`` (``table.column``) of tables beside the event's own."""
    split = [place.split(".") for place in places]

    def values(record: Record) -> Values:
        found = (record.extras.get(table, {}).get(column) for table, column in split)
        return tuple(value for value in found if isinstance(value, kind))

    return values


def numbers(name: str, meaning: str, example: str, aliases: tuple[str, ...], *places: str) -> Field:
    sources = tuple(map(Number, places))
    return Field(name, Kind.NUMBER, meaning, aliases, example, of_rows(int, *places), sources)


def texts(
    name: str,
    meaning: str,
    example: str,
    aliases: tuple[str, ...],
    *places: str,
    has_addresses: bool = False,
) -> Field:
    sources = tuple(map(Stored, places))
    values = of_rows(str, *places)
    return Field(name, Kind.TEXT, meaning, aliases, example, values, sources, has_addresses=has_addresses)


def _words(
    name: str, meaning: str, example: str, aliases: tuple[str, ...], place: str, of: Callable[[int], Values]
) -> Field:
    """A field of the names of the bits of a number."""

    def names(flags: object) -> Values:
        return of(flags) if isinstance(flags, int) else ()

    stored = of_rows(int, place)
    return Field(
        name,
        Kind.TEXT,
        meaning,
        aliases,
        example,
        lambda record: [word for flags in stored(record) for word in names(flags)],
        (Derived((place,), names, repeats=True),),
        expand=lambda word: (word.upper(),),
    )


def _protocol(number: object) -> Values:
    if not isinstance(number, int):
        return ()
    name = PROTOCOLS.get(number)
    return (number,) if name is None else (number, name)


def _places(tables: tuple[str, ...], *columns: str) -> tuple[str, ...]:
    return tuple(f"{table}.{column}" for table in tables for column in columns)


_PROTOCOL_PLACES = _places(_ENDS, "proto")
_protocol_names = of_rows(str, "net_event.l4_proto")
_protocol_numbers = of_rows(int, *_PROTOCOL_PLACES)

FLOW_FIELDS: tuple[Field, ...] = (
    texts("sf.type", "kind of SysFlow record: PE FE PF FF NF NE KE", "sf.type = NF", (), "sysflow.kind"),
    _words(
        "opflags",
        "operations of a SysFlow record: OPEN READ WRITE CLOSE CONNECT …",
        "opflags = CONNECT",
        ("sf.opflags", "flow.opflags"),
        "sysflow.opflags",
        operations,
    ),
    numbers(
        "opflags_bitmap",
        "operations of a SysFlow record, as a number",
        "opflags_bitmap = 0x400",
        (),
        "sysflow.opflags",
    ),
    _words(
        "openflags",
        "how a flow's file was opened: RDONLY WRONLY RDWR CREAT …",
        "openflags in (WRONLY, RDWR)",
        ("sf.file.openflags", "file.openflags"),
        "file_flow.openflags",
        open_flags,
    ),
    texts(
        "file.type",
        "kind of a flow's file: f file, d folder, u unix socket, p pipe; of Fibratus: file, directory, …",
        "file.type = u",
        ("sf.file.type", "fd.typechar"),
        "file_flow.file_type",
        "file_event.type",
    ),
    *(
        numbers(
            f"flow.{column}",
            meaning,
            f"flow.{column} > {limit}",
            (f"sf.flow.{column}",),
            *_places(_FLOWS, column),
        )
        for column, meaning, limit in (
            ("rbytes", "bytes that a flow read or received", "4k"),
            ("rops", "reads or receives of a flow", "1"),
            ("wbytes", "bytes that a flow wrote or sent", "4k"),
            ("wops", "writes or sends of a flow", "1"),
        )
    ),
    *(
        numbers(f"pf.{column}", meaning, f"pf.{column} > 0", (f"sf.pf.{column}",), f"process_flow.{column}")
        for column, meaning in (
            ("nthreads", "threads that a process made during a flow"),
            ("nexits", "threads that ended during a flow"),
            ("nerrors", "threads that could not be made during a flow"),
        )
    ),
    texts(
        "net.sip",
        "source address of a connection",
        "net.sip startswith 10.",
        ("sf.net.sip", "fd.cip", "sip", "ip.src"),
        *_places(_ALL_ENDS, "sip"),
        has_addresses=True,
    ),
    texts(
        "net.dip",
        "destination address of a connection",
        "net.dip = 127.0.0.1",
        ("sf.net.dip", "fd.sip", "dip", "ip.dst"),
        *_places(_ALL_ENDS, "dip"),
        has_addresses=True,
    ),
    texts(
        "net.ip",
        "source or destination address of a connection",
        "net.ip glob 192.168.*",
        ("sf.net.ip", "fd.ip", "ip.addr"),
        *_places(_ALL_ENDS, "sip", "dip"),
        has_addresses=True,
    ),
    numbers(
        "net.sport",
        "source port of a connection",
        "net.sport > 1023",
        ("sf.net.sport", "fd.cport", "sport"),
        *_places(_ALL_ENDS, "sport"),
    ),
    numbers(
        "net.dport",
        "destination port of a connection",
        "net.dport in (80, 443, 8080)",
        ("sf.net.dport", "fd.sport", "dport"),
        *_places(_ALL_ENDS, "dport"),
    ),
    numbers(
        "net.port",
        "source or destination port of a connection",
        "net.port = 53",
        ("sf.net.port", "fd.port"),
        *_places(_ALL_ENDS, "sport", "dport"),
    ),
    Field(
        "net.proto",
        Kind.MIXED,
        "protocol of a connection, by number or name: tcp udp icmp raw unknown",
        ("sf.net.proto", "net.l4.proto", "fd.l4proto"),
        "net.proto = tcp",
        lambda record: [
            *(value for number in _protocol_numbers(record) for value in _protocol(number)),
            *_protocol_names(record),
        ],
        (
            *(Derived((place,), _protocol, repeats=True) for place in _PROTOCOL_PLACES),
            Stored("net_event.l4_proto"),
        ),
        expand=lambda word: (word.lower(),),
    ),
    texts(
        "k8s.action",
        "what happened to a component of a cluster",
        "k8s.action exists",
        ("sf.k8s.action",),
        "k8s_event.action",
    ),
    texts(
        "k8s.kind",
        "component of a cluster that an event is about",
        "k8s.kind exists",
        ("sf.k8s.kind",),
        "k8s_event.kind",
    ),
    texts(
        "k8s.msg",
        "message of a cluster event",
        "k8s.msg contains nginx",
        ("sf.k8s.msg", "k8s.message"),
        "k8s_event.message",
    ),
)
