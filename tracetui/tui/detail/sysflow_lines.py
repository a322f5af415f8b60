"""What SysFlow tells beyond the event: a flow in words, and who and what it refers to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from tracetui.events.flows import PROTOCOLS, RECORDS, open_flags, operations
from tracetui.events.sanitise import clean_value
from tracetui.tui.detail.line import VALUE_LIMIT, Line

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.events.sysflow import SysflowContainer, SysflowPod, SysflowProcess
    from tracetui.reader import Flattened

TABLES = frozenset({RECORDS, "file_flow", "network_flow", "network_event", "process_flow", "k8s_event"})
"""Tables of which everything is told in words, too."""

_ENDS = ("network_flow", "network_event")
_FILE_TYPES = {"f": "file", "d": "folder", "u": "unix socket", "p": "pipe", "?": "unknown"}

Fields = Iterator[Line]


def flow_lines(record: Record) -> Fields:
    """The numbers of a flow or an operation in words."""
    row = record.extras.get(record.type, {})
    flags = record.extras.get(RECORDS, {}).get("opflags")
    if isinstance(flags, int):
        words = operations(flags)
        yield Line("operations", " ".join(words), field="opflags", value=words[0] if words else None)
    if record.type in _ENDS:
        yield from _ends(row)
    opened = row.get("openflags")
    if isinstance(opened, int):
        text = " ".join(open_flags(opened)) or "not in this flow"
        yield Line("opened", text, field="openflags", value=next(iter(open_flags(opened)), None))
    kind = row.get("file_type")
    if isinstance(kind, str):
        yield Line("file type", _FILE_TYPES.get(kind, clean_value(kind)), field="file.type", value=kind)
    for label, direction in (("in", "r"), ("out", "w")):
        size, count = row.get(f"{direction}bytes"), row.get(f"{direction}ops")
        if isinstance(size, int) and isinstance(count, int) and (size or count):
            text = f"{size:,} bytes in {count:,} operations"
            yield Line(label, text, field=f"flow.{direction}bytes", value=size)


def _ends(row: Mapping[str, object]) -> Fields:
    for label, address, port in (("from", "sip", "sport"), ("to", "dip", "dport")):
        ip, number = row.get(address), row.get(port)
        if isinstance(ip, str):
            yield Line(label, f"{clean_value(ip)} port {number}", field=f"net.{address}", value=ip)
    proto = row.get("proto")
    if isinstance(proto, int):
        yield Line("protocol", PROTOCOLS.get(proto, str(proto)), field="net.proto", value=proto)


def entity_lines(linked: Flattened) -> Iterator[tuple[str, Fields]]:
    """Titles and lines of what the event refers to, as it was then."""
    yield "program", _program(linked.proc)
    yield "environment", _environment(linked.proc)
    yield "parent", _program(linked.pproc)
    yield "container", _container(linked.cont)
    yield "pod", _pod(linked.pod)


def message_lines(record: Record) -> Fields:
    """The message of a cluster's event: JSON, indented."""
    message = record.extras.get("k8s_event", {}).get("message")
    if not isinstance(message, str):
        return
    with suppress(ValueError):
        message = json.dumps(json.loads(message), indent=2, ensure_ascii=False)
    for line in message[:VALUE_LIMIT].split("\n"):
        yield Line("", clean_value(line, VALUE_LIMIT), copied=line)


def _program(process: SysflowProcess | None) -> Fields:
    if process is None:
        return
    yield from _known(
        ("exe", process.exe),
        ("arguments", process.args),
        ("folder", process.cwd),
        ("pid", process.pid),
        ("user", _named(process.uid, process.user)),
        ("group", _named(process.gid, process.group)),
        ("terminal", None if process.tty is None else "yes" if process.tty else "no"),
        ("entry", "first process of its container" if process.entry else None),
    )


def _environment(process: SysflowProcess | None) -> Fields:
    try:
        words = json.loads((process and process.env) or "[]")
    except ValueError:
        return
    for word in words if isinstance(words, list) else ():
        yield Line("", clean_value(str(word), VALUE_LIMIT), copied=str(word))


def _container(container: SysflowContainer | None) -> Fields:
    if container is None:
        return
    yield from _known(
        ("name", container.name),
        ("id", container.uid),
        ("image", container.image),
        ("image id", container.image_id),
        ("type", container.type),
        ("privileged", "yes" if container.privileged else None),
    )


def _pod(pod: SysflowPod | None) -> Fields:
    if pod is None:
        return
    yield from _known(
        ("name", pod.name),
        ("namespace", pod.namespace),
        ("node", pod.node),
        ("restarts", pod.restarts),
        ("host ip", pod.host_ip),
        ("internal ip", pod.internal_ip),
        ("labels", pod.labels),
        ("services", pod.services),
    )


def _known(*values: tuple[str, object]) -> Fields:
    """A line for each value that says something."""
    for label, value in values:
        if value not in (None, "", "[]", "{}"):
            yield Line(label, clean_value(str(value), VALUE_LIMIT), copied=str(value))


def _named(number: int | None, name: str | None) -> str | None:
    """A user or group: ``1000  alice``; the name alone is not always known."""
    if number is None:
        return None
    return f"{number}  {name}" if name and name != "<NA>" else str(number)
