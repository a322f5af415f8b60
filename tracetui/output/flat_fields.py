"""Fields of an event with all that it refers to, under the names that users of SysFlow know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracetui.canonical import kind_of
from tracetui.events import Record
from tracetui.events.flows import RECORDS, connection, operation_columns
from tracetui.events.sysflow import SysflowProcess
from tracetui.events.times import iso_time
from tracetui.reader import Flattened


@dataclass(frozen=True, slots=True)
class FlatField:
    """A field that any trace may have; ``None`` where an event has no value."""

    name: str
    header: str
    """Heading of its column in a table."""
    description: str
    value: Callable[[Flattened], object]
    entity: str = ""
    """Member of the flattened event that alone decides the value; empty where the record has a say."""


def record_of(flattened: Flattened) -> Record:
    """The event itself, be it one or a flow."""
    record = flattened.evt or flattened.flow
    assert record is not None
    return record


def _row(flattened: Flattened) -> Mapping[str, object]:
    """The columns of a type that has a table without a model: a flow, an event of a cluster."""
    record = record_of(flattened)
    return record.extras.get(record.type, {})


def _links(flattened: Flattened) -> Mapping[str, object]:
    """What an import from SysFlow keeps of the record."""
    return record_of(flattened).extras.get(RECORDS, {})


def _of_record(get: Callable[[Record], object]) -> Callable[[Flattened], object]:
    return lambda flattened: get(record_of(flattened))


def _of_row(column: str) -> Callable[[Flattened], object]:
    return lambda flattened: _row(flattened).get(column)


def _of(member: str, attribute: str) -> Callable[[Flattened], object]:
    """An attribute of an entity; an empty text is no value."""

    def value(flattened: Flattened) -> object:
        found = getattr(getattr(flattened, member), attribute, None)
        return None if found == "" else found

    return value


def _of_json(member: str, attribute: str) -> Callable[[Flattened], object]:
    """An attribute that holds JSON."""
    stored = _of(member, attribute)

    def value(flattened: Flattened) -> object:
        text = stored(flattened)
        try:
            return json.loads(text) if isinstance(text, str) else text
        except ValueError:
            return text

    return value


def _of_file(position: int, attribute: str) -> Callable[[Flattened], object]:
    def value(flattened: Flattened) -> object:
        file = flattened.files[position] if flattened.files else None
        return getattr(file, attribute, None) or None

    return value


def _environment(member: str) -> Callable[[Flattened], object]:
    """The variables in one line; entries that say nothing, which recorders write, are left out."""
    stored = _of_json(member, "env")

    def value(flattened: Flattened) -> object:
        found = stored(flattened)
        if not isinstance(found, list):
            return found
        return ";".join(str(entry) for entry in found if entry not in ("", "=")) or None

    return value


def _name(member: str) -> Callable[[Flattened], object]:
    exe = _of(member, "exe")

    def value(flattened: Flattened) -> object:
        found = exe(flattened)
        return found.rpartition("/")[2] if isinstance(found, str) else None

    return value


def _command_line(member: str) -> Callable[[Flattened], object]:
    def value(flattened: Flattened) -> object:
        process: SysflowProcess | None = getattr(flattened, member)
        return None if process is None else " ".join(filter(None, (process.exe, process.args))) or None

    return value


def _process_id(flattened: Flattened) -> int | None:
    known = None if flattened.proc is None else flattened.proc.pid
    return record_of(flattened).pid if known is None else known


def _parent_id(flattened: Flattened) -> int | None:
    if flattened.pproc is not None:
        return flattened.pproc.pid
    if flattened.proc is None or RECORDS in record_of(flattened).extras:
        return None
    return flattened.proc.parent_pid


def _state(flattened: Flattened) -> object:
    return _of("proc", "state")(flattened) or _of_file(0, "state")(flattened)


def _bitmap(flattened: Flattened) -> int | None:
    flags = _links(flattened).get("opflags")
    return flags if isinstance(flags, int) else None


def _operations(flattened: Flattened) -> str | None:
    flags = _bitmap(flattened)
    return None if flags is None else operation_columns(flags)


def _result(flattened: Flattened) -> object:
    links, record = _links(flattened), record_of(flattened)
    if links:
        return links.get("ret")
    return record.code if record.retno is None else record.retno


def _time(get: Callable[[Record], int | None]) -> Callable[[Flattened], object]:
    def value(flattened: Flattened) -> object:
        ns = get(record_of(flattened))
        return None if ns is None else iso_time(ns)

    return value


def _descriptor(flattened: Flattened) -> object:
    row = _row(flattened)
    return row["fd"] if "fd" in row else record_of(flattened).fd


def _part_of_path(part: int) -> Callable[[Flattened], object]:
    path = _of_file(0, "path")

    def value(flattened: Flattened) -> object:
        found = path(flattened)
        return (found.rpartition("/")[part] or None) if isinstance(found, str) else None

    return value


def _resource(flattened: Flattened) -> str | None:
    """What the event is about: a file, two files, or both ends of a connection."""
    row = _row(flattened)
    if "sip" in row:
        return connection(row["sip"], row["sport"], row["dip"], row["dport"])
    first, second = flattened.files or (None, None)
    path = ("" if first is None else first.path) or ""
    paths = path if second is None else f"{path}, {second.path or ''}"
    if paths or _links(flattened):
        return paths or None
    return record_of(flattened).path


def _flat(text: str, entity: str = "", **values: Callable[[Flattened], Any]) -> tuple[FlatField, ...]:
    """Fields from lines ``name | header | description``; the values have ``_`` in place of a dot."""
    rows = (tuple(part.strip() for part in line.split("|")) for line in text.strip().splitlines())
    return tuple(
        FlatField(name, header, description, values[name.replace(".", "_")], entity)
        for name, header, description in rows
    )


EVENT_FIELDS = _flat(
    """
    id | Event | number of the event in the trace
    type | T | type of the record
    event | Name | name of the call or event
    category | Category | file, net, process, ...
    state | State | why the process, or the file, was written down
    opflags | Op Flags | operations
    opflags_bitmap | Op Bits | operations as a number
    ret | Ret | result
    ts | Start Time | time of the event in ISO 8601
    ts_uts | Start Time | time of the event in ns since 1970
    endts | End Time | time of its end in ISO 8601
    endts_uts | End Time | time of its end in ns since 1970
    res | Resource | file, files or connection that the event is about
    """,
    id=_of_record(lambda record: record.id),
    type=lambda flattened: flattened.objtype,
    event=_of_record(lambda record: kind_of(record).name),
    category=_of_record(lambda record: kind_of(record).category),
    state=_state,
    opflags=_operations,
    opflags_bitmap=_bitmap,
    ret=_result,
    ts=_time(lambda record: record.ts),
    ts_uts=_of_record(lambda record: record.ts),
    endts=_time(lambda record: record.end_ts),
    endts_uts=_of_record(lambda record: record.end_ts),
    res=_resource,
)


def _process_fields(member: str, header: str, whose: str) -> tuple[FlatField, ...]:
    """Fields of the process or of its parent."""
    attributes = {
        "uid": ("UID", "user id"),
        "user": ("User", "user name"),
        "gid": ("GID", "group id"),
        "group": ("Group", "group name"),
        "cwd": ("Cwd", "current folder"),
        "exe": ("Cmd", "program"),
        "args": ("Args", "arguments"),
        "tty": ("TTY", "whether it has a terminal"),
        "entry": ("Entry", "whether it is the first of its container"),
    }
    plain = (
        FlatField(f"{member}.{name}", f"{header}{title}", f"{whose}: {meaning}", _of(member, name), member)
        for name, (title, meaning) in attributes.items()
    )
    return (
        *plain,
        FlatField(f"{member}.name", f"{header}Proc. Name", f"{whose}: name", _name(member), member),
        FlatField(
            f"{member}.cmdline", f"{header}Cmd Line", f"{whose}: command line", _command_line(member), member
        ),
        FlatField(f"{member}.env", f"{header}Env", f"{whose}: environment", _environment(member), member),
        FlatField(
            f"{member}.createts",
            f"{header}Created",
            f"{whose}: time of its start",
            _of(member, "create_time"),
        ),
    )


PROCESS_FIELDS = (
    FlatField("proc.pid", "PID", "process: id", _process_id),
    FlatField("proc.tid", "TID", "thread id", _of_record(lambda record: record.tid)),
    *_process_fields("proc", "", "process"),
    FlatField("pproc.pid", "PPID", "parent: id", _parent_id),
    *_process_fields("pproc", "P", "parent"),
)

OBJECT_FIELDS = _flat(
    """
    file.fd | FD | file descriptor
    file.path | Path | path of the file
    file.newpath | New Path | new path of the file
    file.name | File Name | last part of the path
    file.directory | Dir | path of its folder
    file.type | File Type | f file, d folder, u unix socket, p pipe
    file.openflags | Open Flags | open flags of a flow, as SysFlow numbers them
    net.proto | Proto | protocol number
    net.sip | SIP | source address
    net.sport | SPort | source port
    net.dip | DIP | destination address
    net.dport | DPort | destination port
    flow.rbytes | NoBRead | bytes read or received
    flow.rops | NoOpsRead | reads
    flow.wbytes | NoBWrite | bytes written or sent
    flow.wops | NoOpsWrite | writes
    pf.nthreads | NoThreads | threads made
    pf.nexits | NoThrExits | threads ended
    pf.nerrors | NoThrErrs | threads not made
    """,
    file_fd=_descriptor,
    file_path=_of_file(0, "path"),
    file_newpath=_of_file(1, "path"),
    file_name=_part_of_path(2),
    file_directory=_part_of_path(0),
    file_type=_of_file(0, "type"),
    file_openflags=_of_row("openflags"),
    net_proto=_of_row("proto"),
    net_sip=_of_row("sip"),
    net_sport=_of_row("sport"),
    net_dip=_of_row("dip"),
    net_dport=_of_row("dport"),
    flow_rbytes=_of_row("rbytes"),
    flow_rops=_of_row("rops"),
    flow_wbytes=_of_row("wbytes"),
    flow_wops=_of_row("wops"),
    pf_nthreads=_of_row("nthreads"),
    pf_nexits=_of_row("nexits"),
    pf_nerrors=_of_row("nerrors"),
)

CONTAINER_FIELDS = _flat(
    """
    container.id | Cont ID | container id
    container.name | Cont Name | container name
    container.imageid | Image ID | image id
    container.image | Image Name | image name
    container.type | Cont Type | kind of container
    container.privileged | Privileged | whether the container has privileges
    """,
    entity="cont",
    container_id=_of("cont", "uid"),
    container_name=_of("cont", "name"),
    container_imageid=_of("cont", "image_id"),
    container_image=_of("cont", "image"),
    container_type=_of("cont", "type"),
    container_privileged=_of("cont", "privileged"),
)

POD_FIELDS = _flat(
    """
    pod.id | Pod Id | pod id
    pod.name | Pod Name | pod name
    pod.nname | Pod Node Name | node of the pod
    pod.hostip | Pod Host IP | addresses of the pod's host
    pod.internalip | Pod Intern IP | addresses of the pod
    pod.ns | Pod Namespace | namespace of the pod
    pod.rstrtcnt | Rstrt Cnt | restarts of the pod
    pod.services | Pod Services | services of the pod
    """,
    entity="pod",
    pod_id=_of("pod", "uid"),
    pod_name=_of("pod", "name"),
    pod_nname=_of("pod", "node"),
    pod_hostip=_of_json("pod", "host_ip"),
    pod_internalip=_of_json("pod", "internal_ip"),
    pod_ns=_of("pod", "namespace"),
    pod_rstrtcnt=_of("pod", "restarts"),
    pod_services=_of_json("pod", "services"),
)

CLUSTER_FIELDS = _flat(
    """
    k8s.action | K8s EV Action | what happened to a component
    k8s.kind | K8s EV Comp Type | kind of component
    k8s.msg | K8s EV Msg | message about it
    """,
    k8s_action=_of_row("action"),
    k8s_kind=_of_row("kind"),
    k8s_msg=_of_row("message"),
)

NODE_FIELDS = _flat(
    """
    node.id | Node ID | name of the recording node
    node.ip | Node IP | its address
    schema | SF Schema | version of SysFlow
    filename | File name | file of the recording
    """,
    entity="header",
    node_id=_of("header", "exporter"),
    node_ip=_of("header", "ip"),
    schema=_of("header", "version"),
    filename=_of("header", "filename"),
)

FLAT_FIELDS = (
    *EVENT_FIELDS,
    *PROCESS_FIELDS,
    *OBJECT_FIELDS,
    *CONTAINER_FIELDS,
    *POD_FIELDS,
    *CLUSTER_FIELDS,
    *NODE_FIELDS,
)
"""All of them, in the order in which they are written."""
