"""Who and what records refer to: the entities known at one point of a file.

An object id is unique only at a time: it means the last entity of that id before the record, and nothing
from before the last header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tracetui.events.flows import ipv4
from tracetui.logger.null import NULL
from tracetui.sources.compact_json import to_json
from tracetui.sources.sysflow.container import Values
from tracetui.sources.sysflow.fields import Number, ProcessKey, process_key

ProcessIdentity = tuple[str | None, ProcessKey]
"""(host, key): what a process is in all files of a recording."""

AddRow = Callable[[str, tuple[str, ...], tuple[Any, ...]], object]

NAMELESS = "[?]"
"""Name of a process whose program the recorder did not know, as Penguin writes it."""

CLUSTER = "[k8s]"
"""In place of a process, for what the cluster does."""

_UNKNOWN = frozenset({"", "<NA>"})
_CHARACTERS = 0x110000


class Process(NamedTuple):
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


class File(NamedTuple):
    """One state of a file. What is not known of it is NULL."""

    number: Number
    path: str | float
    type: str | float


NO_FILE = File(NULL, NULL, NULL)


class Container(NamedTuple):
    """One state of a container."""

    number: int
    pod: str | None


class Links(NamedTuple):
    """What an event's rows say of its process and of its place."""

    name: str
    """Of the program, in one word."""
    pid: int
    host: str | None
    container_uid: str | float
    source: int
    header: Number
    pod: Number
    container: Number
    process: Number
    parent: Number
    """The numbers of the states that they have."""


class Standing(NamedTuple):
    """What is known of the process of a record, and with it of its place."""

    key: ProcessKey
    process: Process | None
    links: Links


class _Standings(dict["ProcessKey | None", Standing]):
    """What is known of processes, looked up once until an entity changes."""

    def __init__(self, stand: Callable[[ProcessKey | None], Standing]) -> None:
        super().__init__()
        self._stand = stand

    def __missing__(self, key: ProcessKey | None) -> Standing:
        found = self[key] = self._stand(key)
        return found


class Entities:
    """Hands each entity to its table and remembers the last of each id.

    ``source`` is the number of the file in the trace; all entities of it are numbered from 1. ``add`` takes
    the table of an entity, its columns and a row.
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
        self._parents: set[ProcessKey] = set()
        """Of all processes, whether they are known themselves or not."""
        self.standings = _Standings(self._stand)
        """Of processes, and of no process but the cluster, as they are now."""
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

    def _stand(self, key: ProcessKey | None) -> Standing:
        if key is None:
            return self._unknown(CLUSTER, (0, 0))
        process = self._processes.get(key)
        if process is None:
            return self._unknown(NAMELESS, key)
        parent = self._processes.get(process.parent) if process.parent is not None else None
        container = self._containers.get(process.container) if process.container is not None else None
        pod = self._pods.get(container.pod) if container is not None and container.pod is not None else None
        links = Links(
            name=process.name,
            pid=key[0],
            host=self.host,
            container_uid=NULL if process.container is None else process.container,
            source=self.source,
            header=self.header,
            pod=NULL if pod is None else pod,
            container=NULL if container is None else container.number,
            process=process.number,
            parent=NULL if parent is None else parent.number,
        )
        return Standing(key, process, links)

    def _unknown(self, name: str, key: ProcessKey) -> Standing:
        """Of a process that the file does not describe."""
        nothing = (NULL, NULL, NULL, NULL)
        return Standing(key, None, Links(name, key[0], self.host, NULL, self.source, self.header, *nothing))

    def ancestors(self, process: Process) -> list[Process]:
        """The process and those that made it, eldest first, as far as they are known."""
        line = [process]
        seen = {process.key}
        while (key := line[-1].parent) is not None and key not in seen and key in self._processes:
            seen.add(key)
            line.append(self._processes[key])
        return line[::-1]

    def _take_header(self, values: Values) -> None:
        known = self._pods, self._containers, self._processes, self._parents, self.standings, self.files
        for entities in known:
            entities.clear()
        self.host = values.get("exporter") or None
        row = [values.get(name) for name in ("version", "exporter", "ip", "filename")]
        self.header = self._add("SFHeader", values, *row)

    def _take_pod(self, values: Values) -> None:
        services = [
            {**service, "clusterIP": [ipv4(ip) for ip in service.get("clusterIP", ())]}
            for service in values.get("services", ())
        ]
        get = values.get
        number = self._add(
            *("Pod", values, values["id"], get("ts")),
            *(get("name"), get("nodeName"), get("namespace"), get("restartCount")),
            *(_addresses(get("hostIP", ())), _addresses(get("internalIP", ()))),
            *(to_json(get("labels", {})), to_json(get("selectors", {})), to_json(services)),
        )
        self.standings.clear()
        self._pods[values["id"]] = number

    def _take_container(self, values: Values) -> None:
        uid, pod = values["id"], values.get("podId")
        row = [values.get(name) for name in ("name", "image", "imageid", "type", "privileged")]
        number = self._add("Container", values, uid, *row, pod)
        self.standings.clear()
        self._containers[uid] = Container(number, pod)

    def _take_process(self, values: Values) -> None:
        key = process_key(values["oid"])
        maker = values.get("poid")
        parent = None if maker is None else process_key(maker)
        exe, args = values.get("exe", ""), values.get("exeArgs", "")
        env, container = values.get("env"), values.get("containerId")
        get = values.get
        number = self._add(
            *("Process", values, *key, *(parent or (None, None))),
            *(get("state") or get("type"), get("ts"), exe, args),
            *(get("uid"), get("userName"), get("gid"), get("groupName"), get("tty")),
            *(container, get("entry"), get("cwd"), None if env is None else to_json(env)),
        )
        self.identities.add((self.host, key))
        if key in self._parents:
            self.standings.clear()  # its children stand otherwise, too
        else:
            self.standings.pop(key, None)
        if parent is not None:
            self._parents.add(parent)
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
            container=container,
        )

    def _take_file(self, values: Values) -> None:
        code = values.get("restype", 0)
        kind = chr(code) if 0 < code < _CHARACTERS else "?"
        path, oid = values.get("path", ""), values["oid"]
        times = values.get("state"), values.get("ts")
        number = self._add("File", values, oid, *times, kind, path, values.get("containerId"))
        self.files[oid] = File(number, path, kind)

    def _add(self, kind: str, values: Values, *row: Any) -> int:
        """Number an entity and have its row written, which lacks only what is in all tables."""
        self._count += 1
        names = self._more[kind]
        extra = to_json({name: values[name] for name in names}) if names else None
        self._add_row(*_TABLES[kind], (self.source, self._count, *row, extra))
        return self._count


def _addresses(numbers: Iterable[int]) -> str:
    return to_json([ipv4(number) for number in numbers])


def program_name(exe: str, args: str) -> str:
    """Last part of the program's path; where the recorder has none, that of the first argument."""
    words = [exe, *args.split(maxsplit=1)[:1]]
    path = next((word for word in words if word not in _UNKNOWN), NAMELESS)
    return path.rpartition("/")[2] or path


def _columns(names: str) -> tuple[str, ...]:
    return "source", "number", *names.split(), "extra"


_TABLES = {
    "SFHeader": ("sysflow_header", _columns("version exporter ip filename")),
    "Pod": (
        "sysflow_pod",
        _columns("uid ts name node namespace restarts host_ip internal_ip labels selectors services"),
    ),
    "Container": ("sysflow_container", _columns("uid name image image_id type privileged pod_uid")),
    "Process": (
        "sysflow_process",
        _columns(
            "pid create_time parent_pid parent_create_time state ts exe args uid user gid group tty "
            "container_uid entry cwd env"
        ),
    ),
    "File": ("sysflow_file", _columns("oid state ts type path container_uid")),
}
"""Where entities go: the table, and what rows consist of."""

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
