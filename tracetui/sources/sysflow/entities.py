"""Who and what records refer to: the entities known at one point of a file.

An object id is unique only at a time: it means the last entity of that id before the record, and nothing
from before the last header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tracetui.events.flows import ipv4
from tracetui.events.sysflow import (
    SysflowContainer,
    SysflowFile,
    SysflowHeader,
    SysflowPod,
    SysflowProcess,
)
from tracetui.logger import NULL
from tracetui.sources.compact_json import to_json
from tracetui.sources.sysflow.container import Values

ProcessKey = tuple[int, int]
"""(pid, create time)"""

ProcessIdentity = tuple[str | None, ProcessKey]
"""(host, key): what a process is in all files of a recording."""

AddRow = Callable[[type[Any], tuple[str, ...], tuple[Any, ...]], object]

Number = int | float
"""Of an entity among those of its file; :data:`~tracetui.logger.NULL` where there is none."""

NAMELESS = "[?]"
"""Name of a process whose program the recorder did not know, as Penguin writes it."""

_UNKNOWN = frozenset({"", "<NA>"})
_CHARACTERS = 0x110000


@dataclass(slots=True, frozen=True)
class Process:
    """One state of a process, as far as events need it."""

    number: int
    key: ProcessKey
    parent: ProcessKey | None
    name: str
    """Last part of the program's path."""
    exe: str
    args: str
    uid: int
    gid: int
    env: tuple[str, ...]
    container: str | None


@dataclass(slots=True, frozen=True)
class File:
    """One state of a file. What is not known of it is NULL."""

    number: Number
    path: str | float
    type: str | float


NO_FILE = File(NULL, NULL, NULL)


@dataclass(slots=True, frozen=True)
class Container:
    """One state of a container."""

    number: int
    pod: str | None


class Standing(NamedTuple):
    """What is known of the process of a record, and with it of its place."""

    name: str
    """Of its program, in one word."""
    key: ProcessKey
    process: Process | None
    container_uid: str | float
    numbers: tuple[Number, ...]
    """Of the states of header, pod, container, process and parent."""


class Entities:
    """Hands each entity to its table and remembers the last of each id.

    ``source`` is the number of the file in the trace; all entities of it are numbered from 1. ``add`` takes
    the class of an entity, its columns and a row.
    """

    def __init__(self, source: int, add: AddRow, fields: dict[str, frozenset[str]]) -> None:
        self.source = source
        self.header: Number = NULL
        self.host: str | None = None
        self.files: dict[bytes | None, File] = {}
        self.identities: set[ProcessIdentity] = set()
        """All processes met in the file."""
        self._pods: dict[str, int] = {}
        self._containers: dict[str, Container] = {}
        self._processes: dict[ProcessKey, Process] = {}
        self._standings: dict[ProcessKey, Standing] = {}
        self._add_row = add
        self._count = 0
        self._more = {kind: sorted(fields.get(kind, frozenset()) - known) for kind, known in _FIELDS.items()}

    def takers(self) -> dict[str, Callable[[Values], None]]:
        """What takes the records of each type that is an entity."""
        return {
            "SFHeader": self._take_header,
            "Pod": self._take_pod,
            "Container": self._take_container,
            "Process": self._take_process,
            "File": self._take_file,
        }

    def standing(self, oid: Values) -> Standing:
        """Of the process with this object id, as it is now."""
        key = oid["hpid"], oid["createTS"]
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = self._stand(key)
        return found

    def _stand(self, key: ProcessKey) -> Standing:
        process = self._processes.get(key)
        if process is None:
            return Standing(NAMELESS, key, None, NULL, (self.header, NULL, NULL, NULL, NULL))
        parent = self._processes.get(process.parent) if process.parent is not None else None
        container = self._containers.get(process.container) if process.container is not None else None
        pod = self._pods.get(container.pod) if container is not None and container.pod is not None else None
        numbers = (
            *(self.header, NULL if pod is None else pod, NULL if container is None else container.number),
            *(process.number, NULL if parent is None else parent.number),
        )
        place = NULL if process.container is None else process.container
        return Standing(process.name, key, process, place, numbers)

    def ancestors(self, process: Process) -> list[Process]:
        """The process and those that made it, eldest first, as far as they are known."""
        line = [process]
        seen = {process.key}
        while (key := line[-1].parent) is not None and key not in seen and key in self._processes:
            seen.add(key)
            line.append(self._processes[key])
        return line[::-1]

    def _take_header(self, values: Values) -> None:
        for known in (self._pods, self._containers, self._processes, self._standings, self.files):
            known.clear()
        self.host = values.get("exporter") or None
        row = {name: values.get(name) for name in ("version", "exporter", "ip", "filename")}
        self.header = self._add(SysflowHeader, "SFHeader", values, row)

    def _take_pod(self, values: Values) -> None:
        services = [
            {**service, "clusterIP": [ipv4(ip) for ip in service.get("clusterIP", ())]}
            for service in values.get("services", ())
        ]
        row = {
            "uid": values["id"],
            "ts": values.get("ts"),
            "name": values.get("name"),
            "node": values.get("nodeName"),
            "namespace": values.get("namespace"),
            "restarts": values.get("restartCount"),
            "host_ip": to_json([ipv4(ip) for ip in values.get("hostIP", ())]),
            "internal_ip": to_json([ipv4(ip) for ip in values.get("internalIP", ())]),
            "labels": to_json(values.get("labels", {})),
            "selectors": to_json(values.get("selectors", {})),
            "services": to_json(services),
        }
        self._standings.clear()
        self._pods[values["id"]] = self._add(SysflowPod, "Pod", values, row)

    def _take_container(self, values: Values) -> None:
        row = {
            "uid": values["id"],
            "name": values.get("name"),
            "image": values.get("image"),
            "image_id": values.get("imageid"),
            "type": values.get("type"),
            "privileged": values.get("privileged"),
            "pod_uid": values.get("podId"),
        }
        number = self._add(SysflowContainer, "Container", values, row)
        self._standings.clear()
        self._containers[values["id"]] = Container(number, values.get("podId"))

    def _take_process(self, values: Values) -> None:
        key = process_key(values["oid"])
        maker = values.get("poid")
        parent = None if maker is None else process_key(maker)
        exe, args = values.get("exe", ""), values.get("exeArgs", "")
        env = values.get("env")
        row = {
            "pid": key[0],
            "create_time": key[1],
            "parent_pid": parent and parent[0],
            "parent_create_time": parent and parent[1],
            "state": values.get("state") or values.get("type"),
            "ts": values.get("ts"),
            "exe": exe,
            "args": args,
            "uid": values.get("uid"),
            "user": values.get("userName"),
            "gid": values.get("gid"),
            "group": values.get("groupName"),
            "tty": values.get("tty"),
            "container_uid": values.get("containerId"),
            "entry": values.get("entry"),
            "cwd": values.get("cwd"),
            "env": None if env is None else to_json(env),
        }
        number = self._add(SysflowProcess, "Process", values, row)
        self.identities.add((self.host, key))
        self._standings.clear()
        self._processes[key] = Process(
            number=number,
            key=key,
            parent=parent,
            name=program_name(exe, args),
            exe=exe,
            args=args,
            uid=values.get("uid", -1),
            gid=values.get("gid", -1),
            env=tuple(env or ()),
            container=values.get("containerId"),
        )

    def _take_file(self, values: Values) -> None:
        code = values.get("restype", 0)
        kind = chr(code) if 0 < code < _CHARACTERS else "?"
        path = values.get("path", "")
        row = {
            "oid": values["oid"],
            "state": values.get("state"),
            "ts": values.get("ts"),
            "type": kind,
            "path": path,
            "container_uid": values.get("containerId"),
        }
        self.files[values["oid"]] = File(self._add(SysflowFile, "File", values, row), path, kind)

    def _add(self, cls: type[Any], kind: str, values: Values, row: dict[str, Any]) -> int:
        self._count += 1
        names = self._more[kind]
        extra = to_json({name: values[name] for name in names}) if names else None
        self._add_row(
            cls, ("source", "number", *row, "extra"), (self.source, self._count, *row.values(), extra)
        )
        return self._count


def process_key(oid: Values) -> ProcessKey:
    """Identity of a process by SysFlow's object id."""
    return oid["hpid"], oid["createTS"]


def program_name(exe: str, args: str) -> str:
    """Last part of the program's path; where the recorder has none, that of the first argument."""
    words = [exe, *args.split(maxsplit=1)[:1]]
    path = next((word for word in words if word not in _UNKNOWN), NAMELESS)
    return path.rpartition("/")[2] or path


_FIELDS = {
    "SFHeader": frozenset("version exporter ip filename".split()),
    "Pod": frozenset(
        "ts id name nodeName hostIP internalIP namespace restartCount labels selectors services".split()
    ),
    "Container": frozenset("id name image imageid type privileged podId".split()),
    "Process": frozenset(
        "state type oid poid ts exe exeArgs uid userName gid groupName tty containerId entry cwd env".split()
    ),
    "File": frozenset("state oid ts restype path containerId".split()),
}
"""Fields that have a column; what a file has beyond them is kept as JSON."""
