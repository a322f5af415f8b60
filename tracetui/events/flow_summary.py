"""Flows and events of clusters in one line: ``O   R   C   /etc/passwd read 324 B in 1``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracetui.events.flows import PROTOCOLS, RECORDS, connection, operation_columns, operations
from tracetui.events.sanitise import clean_value

Row = Mapping[str, object]

_VALUE = 400


def flow_text(kind: str, extras: Mapping[str, Row]) -> str | None:
    """An event of a type of SysFlow's, sanitised; ``None`` for any other type.

    ``extras`` are the rows of its tables, as in :class:`tracetui.events.Record`. A flow begins with its
    operations in columns (see :func:`tracetui.events.flows.operation_columns`), so that lines align.
    """
    writer = _WRITERS.get(kind)
    row = extras.get(kind)
    if writer is None or row is None:
        return None
    flags = extras.get(RECORDS, {}).get("opflags")
    return writer(row, flags if isinstance(flags, int) else 0)


def _file_flow(row: Row, flags: int) -> str:
    moved = _moved(row, "read", "wrote")
    return " ".join([operation_columns(flags), _text(row.get("path")), *moved])


def _network_flow(row: Row, flags: int) -> str:
    moved = _moved(row, "received", "sent")
    return " ".join([operation_columns(flags), _ends(row), *moved])


def _network_event(row: Row, flags: int) -> str:
    return " ".join([*(name.lower() for name in operations(flags)), _ends(row)])


def _process_flow(row: Row, flags: int) -> str:
    made, ended, failed = (_text(row.get(name)) for name in ("nthreads", "nexits", "nerrors"))
    return f"threads: {made} made, {ended} ended, {failed} not made"


def _k8s_event(row: Row, flags: int) -> str:
    return " ".join(_text(row.get(name)) for name in ("kind", "action", "message"))


def _ends(row: Row) -> str:
    """``172.17.0.3:42188-172.17.0.1:4444 tcp``."""
    sip, sport, dip, dport = (row.get(name) for name in ("sip", "sport", "dip", "dport"))
    proto = row.get("proto")
    name = PROTOCOLS.get(proto) if isinstance(proto, int) else None
    return clean_value(f"{connection(sip, sport, dip, dport)} {name or proto}", _VALUE)


def _moved(row: Row, got: str, gave: str) -> list[str]:
    """``read 324 B in 1``, for each direction in which something was moved."""
    texts = []
    for word, size, count in (
        (got, row.get("rbytes"), row.get("rops")),
        (gave, row.get("wbytes"), row.get("wops")),
    ):
        if size or count:
            number = f"{size:,}" if isinstance(size, int) else _text(size)
            texts.append(f"{word} {number} B in {_text(count)}")
    return texts


def _text(value: object) -> str:
    return "?" if value is None else clean_value(value, _VALUE)


_WRITERS: dict[str, Callable[[Row, int], str]] = {
    "file_flow": _file_flow,
    "network_flow": _network_flow,
    "network_event": _network_event,
    "process_flow": _process_flow,
    "k8s_event": _k8s_event,
}
