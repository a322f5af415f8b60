"""What each record is in a trace: which table, and what is in the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracetui.events import flows
from tracetui.events.errnos import errno_meaning, errno_name
from tracetui.events.flows import ipv4
from tracetui.logger.null import NULL
from tracetui.sources.sysflow.entities import NO_FILE, Entities, Standing
from tracetui.sources.sysflow.fields import Call, Number

Row = list[Any]
"""The columns of an event's own table in the order of :data:`COLUMNS`; the id is 0 until it is known."""

Made = tuple[str, Row, Number, Number]
"""Table of an event, its row, and the numbers of the files it refers to."""

Own = tuple[Any, ...]
"""What only this kind of record has, as in :data:`~tracetui.sources.sysflow.fields.OWN`."""

_Maker = Callable[[Own, Call, Standing, Entities], Made]
_ProcessMaker = Callable[[Own, Call, Standing, Entities], tuple[str, Row]]

_MOVED = ("rops", "wops", "rbytes", "wbytes")
_ENDS = ("sip", "sport", "dip", "dport", "proto")
_ARGUMENTS = 6
COLUMNS: dict[str, tuple[str, ...]] = {
    "file_flow": ("id", "path", "file_type", "fd", "openflags", *_MOVED),
    "network_flow": ("id", *_ENDS, "fd", *_MOVED),
    "network_event": ("id", *_ENDS),
    "process_flow": ("id", "nthreads", "nexits", "nerrors"),
    "k8s_event": ("id", "kind", "action", "message"),
    "proc_start": ("id", "pid", "ppid", "create_time", "comm", "uid", "gid", "euid", "egid"),
    "proc_exit": ("id", "pid", "create_time", "code", "reason"),
    "exec": ("id", "calltree", "argc", "argv", "envp", "euid", "egid"),
    "syscall": (
        *("id", "name", "retno", "retno_repr"),
        *(f"arg{index}" for index in range(_ARGUMENTS)),
        *(f"arg{index}_repr" for index in range(_ARGUMENTS)),
    ),
}
"""What rows consist of, by table; ``event.type`` has the name of the table."""

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


def _file_flow(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    oid, fd, openflags, rops, wops, rbytes, wbytes = own
    number, path, kind = entities.files.get(oid, NO_FILE)
    return "file_flow", [0, path, kind, fd, openflags, rops, wops, rbytes, wbytes], number, NULL


def _network_flow(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    sip, sport, dip, *more = own
    return "network_flow", [0, ipv4(sip), sport, ipv4(dip), *more], NULL, NULL


def _network_event(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    sip, sport, dip, *more = own
    return "network_event", [0, ipv4(sip), sport, ipv4(dip), *more], NULL, NULL


def _process_flow(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    return "process_flow", [0, *own], NULL, NULL


def _k8s_event(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    kind, action, message = own
    return "k8s_event", [0, kind, action, message.rstrip("\n\0")], NULL, NULL  # the collector leaves these


def _file_event(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    (_, operation, ret), (oid, new_oid) = call, own
    file, newfile = entities.files.get(oid, NO_FILE), entities.files.get(new_oid, NO_FILE)
    name, *arguments = _FILE_CALLS.get(operation) or (_unnamed(operation), "pathname", "newname")
    files = zip(arguments, (file, newfile), strict=False)
    texts = [f'{argument}=0x?("{found.path}")' for argument, found in files if found is not NO_FILE]
    return *_call(name, ret, texts), file.number, newfile.number


def _process_event(own: Own, call: Call, standing: Standing, entities: Entities) -> Made:
    _, operation, ret = call
    maker = _PROCESS_EVENTS.get(operation)
    if maker is None:
        return *_call(_unnamed(operation), ret, []), NULL, NULL
    return *maker(own, call, standing, entities), NULL, NULL


def _clone(own: Own, call: Call, standing: Standing, entities: Entities) -> tuple[str, Row]:
    process, (tid, _, ret) = standing.process, call
    if process is None or ret != 0 or tid != process.key[0]:
        return _call("sys_clone", ret, [])
    pid, create_time = process.key
    ppid = 0 if process.parent is None else process.parent[0]
    ids = process.uid, process.gid
    return "proc_start", [0, pid, ppid, create_time, process.name[:_COMM_LENGTH], *ids, *ids]


def _exec(own: Own, call: Call, standing: Standing, entities: Entities) -> tuple[str, Row]:
    process, (_, _, ret) = standing.process, call
    if process is None or ret < 0:
        return _call("sys_execve", ret, [])  # the entity still has the program before
    calltree = " -> ".join(f"{member.name} ({member.key[0]})" for member in entities.ancestors(process))
    argc = ""  # where one argument ends is lost
    argv = str([process.exe, *process.args.split()])
    envp = str(dict(entry.partition("=")[::2] for entry in process.env))
    return "exec", [0, calltree, argc, argv, envp, process.uid, process.gid]


def _exit(own: Own, call: Call, standing: Standing, entities: Entities) -> tuple[str, Row]:
    tid, _, status = call
    pid, create_time = standing.key
    signal = status & 0x7F
    code = 128 + signal if signal else status >> 8 & 0xFF
    if tid != pid:
        return _call("sys_exit", None, [f"error_code={code:#x}"], [code])
    reason = f"signal:{_signal_name(signal)}" if signal else "exit_group"
    return "proc_exit", [0, pid, create_time, code, reason]


def _signal_name(number: int) -> str:
    from tracetui.events.signals import signal_name  # a large table, which few imports need

    return signal_name(number) or str(number)


def _setuid(own: Own, call: Call, standing: Standing, entities: Entities) -> tuple[str, Row]:
    (users,) = own
    return _call("sys_setuid", call[-1], [f"uid=0x?({user})" for user in users[:1]])


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

Makers raise what fields of unexpected types lead to.
"""


def _call(
    name: str, result: int | None, texts: list[str], numbers: list[int] | None = None
) -> tuple[str, Row]:
    values = numbers or []
    unused = _ARGUMENTS - len(values), _ARGUMENTS - len(texts)
    arguments = (*values, *(NULL,) * unused[0], *texts, *("",) * unused[1])
    return "syscall", [0, name, result, _result_text(result), *arguments]


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
