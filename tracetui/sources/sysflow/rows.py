"""What each record is in a trace: which table, and what is in the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracetui.events import Event, Exec, ProcExit, ProcStart, Syscall, flows
from tracetui.events.errnos import errno_meaning, errno_name
from tracetui.events.flows import ipv4
from tracetui.events.signals import signal_name
from tracetui.events.sysflow import FileFlow, K8sEvent, NetworkEvent, NetworkFlow, ProcessFlow
from tracetui.sources.sysflow.container import Values
from tracetui.sources.sysflow.entities import NAMELESS, Entities, Known, process_key

Row = dict[str, Any]
Made = tuple[type[Event], Row]
"""Class of an event and its columns."""

_Maker = Callable[[Values, Known, Entities], Made]

_CLUSTER = "[k8s]"
"""In place of a process, for what the cluster does."""

_COMM_LENGTH = 15
_MAX_ERRNO = 4095
_UNUSED: Row = {key: value for i in range(6) for key, value in ((f"arg{i}", None), (f"arg{i}_repr", ""))}

_FILE_CALLS: dict[int, tuple[str, ...]] = {
    flows.MKDIR: ("sys_mkdir", "pathname"),
    flows.RMDIR: ("sys_rmdir", "pathname"),
    flows.LINK: ("sys_link", "oldname", "newname"),
    flows.UNLINK: ("sys_unlink", "pathname"),
    flows.SYMLINK: ("sys_symlink", "oldname", "newname"),
    flows.RENAME: ("sys_rename", "oldname", "newname"),
}
"""Operation on a file to the call and its arguments; SysFlow does not say whether it was the at() form."""


def make(kind: str, values: Values, known: Known, entities: Entities) -> Made:
    """The event of a record of type ``kind``.

    Raises KeyError for a record that is no event, or lacks a field, and what else fields of other types than
    SysFlow's lead to.
    """
    cls, row = _MAKERS[kind](values, known, entities)
    if known.process is not None:
        row["procname"] = known.process.name
    else:
        row["procname"] = _CLUSTER if cls is K8sEvent else NAMELESS
    row["proc_id"] = 0 if known.key is None else known.key[0]
    return cls, row


def _file_flow(values: Values, known: Known, entities: Entities) -> Made:
    file = known.file
    return FileFlow, {
        "path": None if file is None else file.path,
        "file_type": None if file is None else file.type,
        "fd": values["fd"],
        "openflags": values["openFlags"],
        "rbytes": values["numRRecvBytes"],
        "rops": values["numRRecvOps"],
        "wbytes": values["numWSendBytes"],
        "wops": values["numWSendOps"],
    }


def _network_flow(values: Values, known: Known, entities: Entities) -> Made:
    return NetworkFlow, {
        "sip": ipv4(values["sip"]),
        "sport": values["sport"],
        "dip": ipv4(values["dip"]),
        "dport": values["dport"],
        "proto": values["proto"],
        "fd": values["fd"],
        "rbytes": values["numRRecvBytes"],
        "rops": values["numRRecvOps"],
        "wbytes": values["numWSendBytes"],
        "wops": values["numWSendOps"],
    }


def _network_event(values: Values, known: Known, entities: Entities) -> Made:
    return NetworkEvent, {
        "sip": ipv4(values["sip"]),
        "sport": values["sport"],
        "dip": ipv4(values["dip"]),
        "dport": values["dport"],
        "proto": values["proto"],
    }


def _process_flow(values: Values, known: Known, entities: Entities) -> Made:
    return ProcessFlow, {
        "nthreads": values["numThreadsCloned"],
        "nexits": values["numThreadsExited"],
        "nerrors": values["numCloneErrors"],
    }


def _k8s_event(values: Values, known: Known, entities: Entities) -> Made:
    return K8sEvent, {
        "kind": values["kind"],
        "action": values["action"],
        "message": values["message"].rstrip("\n\0"),  # the collector leaves these at the end
    }


def _file_event(values: Values, known: Known, entities: Entities) -> Made:
    operation = values["opFlags"]
    name, *arguments = _FILE_CALLS.get(operation) or (_unnamed(operation), "pathname", "newname")
    files = zip(arguments, (known.file, known.newfile), strict=False)
    texts = [f'{argument}=0x?("{found.path}")' for argument, found in files if found is not None]
    return _call(name, values["ret"], texts)


def _process_event(values: Values, known: Known, entities: Entities) -> Made:
    operation = values["opFlags"]
    maker = _PROCESS_EVENTS.get(operation)
    if maker is None:
        return _call(_unnamed(operation), values["ret"], [])
    return maker(values, known, entities)


def _clone(values: Values, known: Known, entities: Entities) -> Made:
    process = known.process
    if process is None or values["ret"] != 0 or values["tid"] != process.key[0]:
        return _call("sys_clone", values["ret"], [])
    pid, create_time = process.key
    return ProcStart, {
        "pid": pid,
        "ppid": 0 if process.parent is None else process.parent[0],
        "create_time": create_time,
        "comm": process.name[:_COMM_LENGTH],
        "uid": process.uid,
        "gid": process.gid,
        "euid": process.uid,
        "egid": process.gid,
    }


def _exec(values: Values, known: Known, entities: Entities) -> Made:
    process = known.process
    if process is None or values["ret"] < 0:
        return _call("sys_execve", values["ret"], [])  # the entity still has the program before
    line = entities.ancestors(process)
    return Exec, {
        "calltree": " -> ".join(f"{member.name} ({member.key[0]})" for member in line),
        "argc": "",  # where one argument ends is lost
        "argv": str([process.exe, *process.args.split()]),
        "envp": str(dict(entry.partition("=")[::2] for entry in process.env)),
        "euid": process.uid,
        "egid": process.gid,
    }


def _exit(values: Values, known: Known, entities: Entities) -> Made:
    status = values["ret"]
    pid, create_time = process_key(values["procOID"])
    signal = status & 0x7F
    code = 128 + signal if signal else status >> 8 & 0xFF
    if values["tid"] != pid:
        return _call("sys_exit", None, [f"error_code={code:#x}"], [code])
    name = signal_name(signal)
    return ProcExit, {
        "pid": pid,
        "create_time": create_time,
        "code": code,
        "reason": f"signal:{name or signal}" if signal else "exit_group",
    }


def _setuid(values: Values, known: Known, entities: Entities) -> Made:
    return _call("sys_setuid", values["ret"], [f"uid=0x?({user})" for user in values["args"][:1]])


_PROCESS_EVENTS: dict[int, _Maker] = {
    flows.CLONE: _clone,
    flows.EXEC: _exec,
    flows.EXIT: _exit,
    flows.SETUID: _setuid,
}


_MAKERS: dict[str, _Maker] = {
    "FileFlow": _file_flow,
    "NetworkFlow": _network_flow,
    "ProcessFlow": _process_flow,
    "ProcessEvent": _process_event,
    "FileEvent": _file_event,
    "NetworkEvent": _network_event,
    "K8sEvent": _k8s_event,
}


def _call(name: str, result: int | None, texts: list[str], numbers: list[int] | None = None) -> Made:
    row = {"name": name, "retno": result, "retno_repr": _result_text(result), **_UNUSED}
    row |= {f"arg{index}_repr": text for index, text in enumerate(texts)}
    row |= {f"arg{index}": number for index, number in enumerate(numbers or ())}
    return Syscall, row


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
