"""Events of Fibratus in one line: ``CreateFile C:\\Windows\\win.ini open``, and their status beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracetui.events.flows import connection
from tracetui.events.kevent_tables import KEVENT, table_of
from tracetui.events.sanitise import clean_value

Row = Mapping[str, object]

_VALUE = 400
_NAME = 120


def kevent_text(extras: Mapping[str, Row]) -> str | None:
    """An event of Fibratus, sanitised; ``None`` for any other.

    ``extras`` are the rows of its tables, as in :class:`tracetui.events.Record`.
    """
    kevent = extras.get(KEVENT)
    if kevent is None:
        return None
    category = kevent.get("category")
    writer = _WRITERS.get(category) if isinstance(category, str) else None
    row = extras.get(table_of(str(category)))
    if writer is None or row is None:
        said = [clean_value(kevent.get("params"), _VALUE)]
    else:
        said = [clean_value(text, _VALUE) for text in writer(row)]
    return " ".join([clean_value(kevent.get("name"), _NAME) or "?", *filter(None, said)])


def kevent_status(extras: Mapping[str, Row]) -> str:
    """How an event of Fibratus ended, sanitised: ``success``, ``key not found``; empty where it has none."""
    category = extras.get(KEVENT, {}).get("category")
    return clean_value(extras.get(table_of(str(category)), {}).get("status"), _NAME)


def _first(row: Row, *columns: str) -> object:
    """The first of some columns that holds something; the names of versions differ."""
    return next((row[name] for name in columns if row.get(name) is not None), "")


def _file(row: Row) -> list[object]:
    size = row.get("io_size")
    moved = f"{size:,} B at {row.get('offset')}" if isinstance(size, int) else ""
    how = _first(row, "operation", "create_disposition", "class")
    return [_first(row, "file_name", "file_path"), how, moved]


def _registry(row: Row) -> list[object]:
    value = row.get("value")
    return [_first(row, "key_name", "key_path"), "" if value is None else f"= {value}"]


def _net(row: Row) -> list[object]:
    ends = connection(*(row.get(name) for name in ("sip", "sport", "dip", "dport")))
    size = row.get("size")
    return [ends, row.get("l4_proto"), f"{size:,} B" if isinstance(size, int) else ""]


def _image(row: Row) -> list[object]:
    base = row.get("base_address")
    return [_first(row, "file_name", "file_path"), "" if base is None else f"at {base}"]


def _thread(row: Row) -> list[object]:
    return [f"{row.get('tid')} of {row.get('pid')}", _first(row, "exe", "name")]


def _handle(row: Row) -> list[object]:
    return [row.get("handle_type"), row.get("handle_name"), row.get("handle_id")]


def _process(row: Row) -> list[object]:
    access = row.get("desired_access")
    return [row.get("pid"), _first(row, "exe", "name"), "" if access is None else f"access {access}"]


_WRITERS: dict[str, Callable[[Row], list[object]]] = {
    "file": _file,
    "registry": _registry,
    "net": _net,
    "image": _image,
    "thread": _thread,
    "handle": _handle,
    "process": _process,
}
