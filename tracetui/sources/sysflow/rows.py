"""What each record is in a trace: which table, and what is in the row."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from tracetui.events import Event, Exec, ProcExit, ProcStart, Syscall, flows
from tracetui.events.errnos import errno_meaning, errno_name
from tracetui.events.flows import ipv4
from tracetui.events.signals import signal_name
from tracetui.events.sysflow import FileFlow, K8sEvent, NetworkEvent, NetworkFlow, ProcessFlow
from tracetui.logger import NULL
from tracetui.sources.sysflow.container import Values
from tracetui.sources.sysflow.entities import NO_FILE, Entities, Number, Standing

Row = list[Any]
"""The columns of an event's own table, in the order of :data:`COLUMNS`; the id is to be filled in."""

Made = tuple[type[Event], Row, Number, Number]
"""Class of an event, its row, and the numbers of the files it refers to."""

_Maker = Callable[[Values, Standing, Entities], Made]
_ProcessMaker = Callable[[Values, Standing, Entities], tuple[type[Event], Row]]

CLUSTER = "[k8s]"
"""In place of a process, for what the cluster does."""

_MOVED = ("rbytes", "rops", "wbytes", "wops")
_ENDS = ("sip", "sport", "dip", "dport", "proto")
_ARGUMENTS = 6
COLUMNS: dict[type[Event], tuple[str, ...]] = {
    FileFlow: ("id", "path", "file_type", "fd", "openflags", *_MOVED),
    NetworkFlow: ("id", *_ENDS, "fd", *_MOVED),
    NetworkEvent: ("id", *_ENDS),
    ProcessFlow: ("id", "nthreads", "nexits", "nerrors"),
    K8sEvent: ("id", "kind", "action", "message"),
    ProcStart: ("id", "pid", "ppid", "create_time", "comm", "uid", "gid", "euid", "egid"),
    ProcExit: ("id", "pid", "create_time", "code", "reason"),
    Exec: ("id", "calltree", "argc", "argv", "envp", "euid", "egid"),
    Syscall: (
        *("id", "name", "retno", "retno_repr"),
        *(f"arg{index}" for index in range(_ARGUMENTS)),
        *(f"arg{index}_repr" for index in range(_ARGUMENTS)),
    ),
}
"""What rows consist of."""

TYPES: dict[type[Event], str] = {cls: str(cls.__mapper__.polymorphic_identity) for cls in COLUMNS}
"""``event.type`` of each class."""

_COMM_LENGTH = 15
_MAX_ERRNO = 4095

_FILE_CALLS: dict[int, tuple[str, ...]] = {
    flows.MKDIR: ("sys_mkdir", "pathname"),
    flows.RMDIR: ("sys_rmdir", "pathname"),
    flows.LINK: ("sys_link", "oldname", "newname"),
    flows.UNLINK: ("sys_unlink", "pathname"),
    flows.SYMLINK: ("sys_symlink", "oldname", "newname"),
    flows.RENAME: ("sys_rename", "oldname", "newname"),
}
"""Operation on a file to the call and its arguments; SysFlow does not say whether it was the at() form."""

_TRAFFIC = "numRRecvBytes", "numRRecvOps", "numWSendBytes", "numWSendOps"
_of_file_flow = itemgetter("fd", "openFlags", *_TRAFFIC)
_of_network_flow = itemgetter("sip", "sport", "dip", "dport", "proto", "fd", *_TRAFFIC)


def _file_flow(values: Values, standing: Standing, entities: Entities) -> Made:
    file = entities.files.get(values["fileOID"], NO_FILE)
    return FileFlow, [None, file.path, file.type, *_of_file_flow(values)], file.number, NULL


def _network_flow(values: Values, standing: Standing, entities: Entities) -> Made:
    sip, sport, dip, dport, *more = _of_network_flow(values)
    return NetworkFlow, [None, ipv4(sip), sport, ipv4(dip), dport, *more], NULL, NULL


def _network_event(values: Values, standing: Standing, entities: Entities) -> Made:
    ends = ipv4(values["sip"]), values["sport"], ipv4(values["dip"]), values["dport"], values["proto"]
    return NetworkEvent, [None, *ends], NULL, NULL


def _process_flow(values: Values, standing: Standing, entities: Entities) -> Made:
    counts = values["numThreadsCloned"], values["numThreadsExited"], values["numCloneErrors"]
    return ProcessFlow, [None, *counts], NULL, NULL


def _k8s_event(values: Values, standing: Standing, entities: Entities) -> Made:
    message = values["message"].rstrip("\n\0")  # the collector leaves these at the end
    return K8sEvent, [None, values["kind"], values["action"], message], NULL, NULL


def _file_event(values: Values, standing: Standing, entities: Entities) -> Made:
    known = entities.files
    file, newfile = known.get(values["fileOID"], NO_FILE), known.get(values.get("newFileOID"), NO_FILE)
    operation = values["opFlags"]
    name, *arguments = _FILE_CALLS.get(operation) or (_unnamed(operation), "pathname", "newname")
    files = zip(arguments, (file, newfile), strict=False)
    texts = [f'{argument}=0x?("{found.path}")' for argument, found in files if found is not NO_FILE]
    cls, row = _call(name, values["ret"], texts)
    return cls, row, file.number, newfile.number


def _process_event(values: Values, standing: Standing, entities: Entities) -> Made:
    operation = values["opFlags"]
    maker = _PROCESS_EVENTS.get(operation)
    if maker is None:
        return *_call(_unnamed(operation), values["ret"], []), NULL, NULL
    return *maker(values, standing, entities), NULL, NULL


def _clone(values: Values, standing: Standing, entities: Entities) -> tuple[type[Event], Row]:
    process = standing.process
    if process is None or values["ret"] != 0 or values["tid"] != process.key[0]:
        return _call("sys_clone", values["ret"], [])
    pid, create_time = process.key
    ppid = 0 if process.parent is None else process.parent[0]
    ids = process.uid, process.gid
    return ProcStart, [None, pid, ppid, create_time, process.name[:_COMM_LENGTH], *ids, *ids]


def _exec(values: Values, standing: Standing, entities: Entities) -> tuple[type[Event], Row]:
    process = standing.process
    if process is None or values["ret"] < 0:
        return _call("sys_execve", values["ret"], [])  # the entity still has the program before
    calltree = " -> ".join(f"{member.name} ({member.key[0]})" for member in entities.ancestors(process))
    argc = ""  # where one argument ends is lost
    argv = str([process.exe, *process.args.split()])
    envp = str(dict(entry.partition("=")[::2] for entry in process.env))
    return Exec, [None, calltree, argc, argv, envp, process.uid, process.gid]


def _exit(values: Values, standing: Standing, entities: Entities) -> tuple[type[Event], Row]:
    status = values["ret"]
    pid, create_time = standing.key
    signal = status & 0x7F
    code = 128 + signal if signal else status >> 8 & 0xFF
    if values["tid"] != pid:
        return _call("sys_exit", None, [f"error_code={code:#x}"], [code])
    reason = f"signal:{signal_name(signal) or signal}" if signal else "exit_group"
    return ProcExit, [None, pid, create_time, code, reason]


def _setuid(values: Values, standing: Standing, entities: Entities) -> tuple[type[Event], Row]:
    return _call("sys_setuid", values["ret"], [f"uid=0x?({user})" for user in values["args"][:1]])


_PROCESS_EVENTS: dict[int, _ProcessMaker] = {
    flows.CLONE: _clone,
    flows.EXEC: _exec,
    flows.EXIT: _exit,
    flows.SETUID: _setuid,
}


MAKERS: dict[str, _Maker] = {
    "FileFlow": _file_flow,
    "NetworkFlow": _network_flow,
    "ProcessFlow": _process_flow,
    "ProcessEvent": _process_event,
    "FileEvent": _file_event,
    "NetworkEvent": _network_event,
    "K8sEvent": _k8s_event,
}
"""Record type to what makes the event of its fields.

Makers raise KeyError for a record that lacks a field, and what else fields of unexpected types lead to.
"""


def _call(
    name: str, result: int | None, texts: list[str], numbers: list[int] | None = None
) -> tuple[type[Event], Row]:
    values = numbers or []
    unused = _ARGUMENTS - len(values), _ARGUMENTS - len(texts)
    arguments = (*values, *(NULL,) * unused[0], *texts, *("",) * unused[1])
    return Syscall, [None, name, result, _result_text(result), *arguments]


def _result_text(result: int | None) -> str | None:
    """``0x3`` or, as Penguin has it, ``ENOENT(No such file or directory)``."""
    if result is None:
        return None
    name = errno_name(-result) if -_MAX_ERRNO <= result < 0 else None
    return f"{result:#x}" if name is None else f"{name}({errno_meaning(name)})"


def _unnamed(operation: int) -> str:
    """Name for a call that SysFlow's flags do not name with one word."""
    words = flows.operations(operation)
    return f"sys_{'_'.join(words).lower() or 'unknown'}"
