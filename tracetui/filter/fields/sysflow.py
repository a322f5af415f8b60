"""Fields of what an event from SysFlow refers to: its process as it was then, container, pod, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tracetui.events.flows import RECORDS, opens_for
from tracetui.filter.field import Derived, Field, Kind, Number, Source, Stored, Values
from tracetui.filter.fields.values import of_process

if TYPE_CHECKING:
    from tracetui.events.record import Record

_NOTHING = frozenset({""})

Get = Callable[["Record"], Values]


def _get(member: str, column: str) -> Get:
    """A column of an entity, where it says something."""

    def values(record: Record) -> Values:
        found = record.entities.get(member, {}).get(column)
        return (found,) if isinstance(found, int | str) and found != "" else ()

    return values


def _stored(member: str, column: str) -> Stored:
    return Stored(f"=sf.{member}.{column}", _NOTHING)


def _number(member: str, column: str) -> Number:
    return Number(f"=sf.{member}.{column}", (RECORDS,))


def _made(of: Callable[..., Values], member: str, *columns: str) -> tuple[Get, Derived]:
    """What a function makes of columns of an entity."""

    def values(record: Record) -> Values:
        row = record.entities.get(member)
        return () if row is None else of(*(row.get(column) for column in columns))

    return values, Derived(tuple(f"=sf.{member}.{column}" for column in columns), of, repeats=True)


# What is made of stored texts.


def _command(exe: object, args: object) -> Values:
    """The command line, its arguments together, and each of them."""
    if not isinstance(exe, str):
        return
    words = args if isinstance(args, str) else ""
    yield f"{exe} {words}".rstrip()
    if words:
        yield words
        yield from words.split()


def _name(exe: object) -> Values:
    """The last part of a program's path."""
    return (exe.rpartition("/")[2] or exe,) if isinstance(exe, str) and exe else ()


def _listed(stored: object) -> Values:
    """The texts of a list that is stored as JSON."""
    try:
        found = json.loads(stored) if isinstance(stored, str) else None
    except (ValueError, RecursionError):
        return ()
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else ()


def _variables(stored: object) -> Values:
    """``NAME=value`` and ``NAME`` of each variable of an environment."""
    for entry in _listed(stored):
        yield entry
        yield str(entry).partition("=")[0]


def _opened(bit: int) -> Callable[[object], Values]:
    return lambda flags: (int(opens_for(flags, bit)),) if isinstance(flags, int) else ()


# The fields.

_PROGRAM: tuple[tuple[str, Kind, str, str, str], ...] = (
    ("cwd", Kind.TEXT, "current folder", "startswith /tmp", "cwd"),
    ("user", Kind.TEXT, "name of the user", "= root", "user"),
    ("group", Kind.TEXT, "name of the group", "= root", "group"),
    ("tty", Kind.FLAG, "whether it has a terminal", "= true", "tty"),
    ("entry", Kind.FLAG, "whether it is the first of its container", "= true", "entry"),
)
_PARENT: tuple[tuple[str, Kind, str, str, str], ...] = (
    ("exe", Kind.TEXT, "program", "endswith /sh", "exe"),
    ("uid", Kind.NUMBER, "user id", "= 0", "uid"),
    ("gid", Kind.NUMBER, "group id", "= 0", "gid"),
    ("createts", Kind.NUMBER, "start, in ns since 1970", "> 0", "create_time"),
)
_CONTAINER: tuple[tuple[str, Kind, str, str, str], ...] = (
    ("image", Kind.TEXT, "name of the image of the container", "contains nginx", "image"),
    ("imageid", Kind.TEXT, "id of the image of the container", "startswith sha256", "image_id"),
    ("type", Kind.TEXT, "kind of the container", "= CT_DOCKER", "type"),
    ("privileged", Kind.FLAG, "whether the container has privileges", "= true", "privileged"),
)
_POD: tuple[tuple[str, Kind, str, str, str], ...] = (
    ("id", Kind.TEXT, "id of the pod", "exists", "uid"),
    ("name", Kind.TEXT, "name of the pod", "contains mongo", "name"),
    ("nname", Kind.TEXT, "node of the pod", "= minikube", "node"),
    ("ns", Kind.TEXT, "namespace of the pod", "= kube-system", "namespace"),
    ("rstrtcnt", Kind.NUMBER, "restarts of the pod", "> 0", "restarts"),
)


_OF_ANY_PARENT = {
    "pproc.uid": of_process(lambda node: None if node.parent is None else node.parent.uid),
    "pproc.gid": of_process(lambda node: None if node.parent is None else node.parent.gid),
}
"""What the process tree of any trace tells, too."""


def _fields(
    prefix: str, member: str, whose: str, columns: Iterable[tuple[str, Kind, str, str, str]]
) -> Iterable[Field]:
    """A field for each column of an entity."""
    for name, kind, meaning, example, column in columns:
        full = f"{prefix}.{name}"
        source: Source = _stored(member, column) if kind is Kind.TEXT else _number(member, column)
        process = _OF_ANY_PARENT.get(full)
        about = f"{meaning}{whose}" if process else f"{meaning}{whose}, where SysFlow tells"
        places = _get(member, column), (source,)
        yield Field(full, kind, about, (f"sf.{full}",), f"{full} {example}", *places, process=process)


def _derived(name: str, meaning: str, example: str, of: Callable[..., Values], *columns: str) -> Field:
    prefix = name.partition(".")[0]
    values, source = _made(of, {"pproc": "parent"}.get(prefix, prefix), *columns)
    about = f"{meaning}, where SysFlow tells"
    aliases = (f"sf.{name}", *_ALSO.get(name, ()))
    return Field(name, Kind.TEXT, about, aliases, f"{name} {example}", values, (source,))


_ALSO = {"pproc.args": ("pproc.cmdline", "sf.pproc.cmdline")}


def _open_flag(name: str, meaning: str, bit: int) -> Field:
    of = _opened(bit)

    def values(record: Record) -> Values:
        return of(record.extras.get("file_flow", {}).get("openflags"))

    source = Derived(("file_flow.openflags",), of, repeats=True)
    return Field(name, Kind.FLAG, meaning, (f"sf.{name}",), f"{name} = true", values, (source,))


SYSFLOW_FIELDS: tuple[Field, ...] = (
    *_fields("proc", "process", " of the process", _PROGRAM),
    *_fields("pproc", "parent", " of the parent", (*_PARENT, *_PROGRAM)),
    _derived("pproc.args", "command line of the parent", "contains -c", _command, "exe", "args"),
    _derived("pproc.env", "environment of the parent", "startswith HOME=", _variables, "env"),
    *_fields("container", "container", "", _CONTAINER),
    Field(
        "container.name",
        Kind.TEXT,
        "name of the container, else what the recorder knew of it",
        ("sf.container.name",),
        "container.name contains web",
        lambda r: (*_get("container", "name")(r), *(() if r.container is None else (r.container,))),
        (_stored("container", "name"), Stored("context.container")),
    ),
    *_fields("pod", "pod", "", _POD),
    _derived("pod.hostip", "address of the pod's host", "exists", _listed, "host_ip"),
    _derived("pod.internalip", "address of the pod", "exists", _listed, "internal_ip"),
    *_fields("node", "header", "", (("ip", Kind.TEXT, "address of the host", "exists", "ip"),)),
    Field(
        "schema",
        Kind.NUMBER,
        "version of SysFlow's schema",
        ("sf.schema",),
        "schema = 5",
        _get("header", "version"),
        (_number("header", "version"),),
    ),
    Field(
        "sf.filename",
        Kind.TEXT,
        "name of the trace's file, as SysFlow's collector wrote it",
        (),
        "sf.filename exists",
        _get("header", "filename"),
        (_stored("header", "filename"),),
    ),
    Field(
        "file.newpath",
        Kind.TEXT,
        "new name of a file that was linked or renamed, where SysFlow tells",
        ("sf.file.newpath",),
        "file.newpath startswith /tmp",
        _get("newfile", "path"),
        (_stored("newfile", "path"),),
    ),
    _open_flag("file.is_open_read", "whether a flow's file was opened for reading", 1),
    _open_flag("file.is_open_write", "whether a flow's file was opened for writing", 2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _More:
    """What SysFlow adds to a field of any trace: names, values and where they are."""

    aliases: tuple[str, ...] = ()
    values: Get = lambda record: ()
    sources: tuple[Source, ...] = ()
    without: frozenset[str] = frozenset()
    """Aliases that are fields of their own."""


def _entity(member: str, column: str, *aliases: str, number: bool = False) -> _More:
    source = _number(member, column) if number else _stored(member, column)
    return _More(aliases, _get(member, column), (source,))


def _of_record(column: str) -> Get:
    def values(record: Record) -> Values:
        found = record.extras.get(RECORDS, {}).get(column)
        return (found,) if isinstance(found, int | str) else ()

    return values


def _derived_more(
    of: Callable[..., Values], member: str, *columns: str, aliases: tuple[str, ...] = ()
) -> _More:
    values, source = _made(of, member, *columns)
    return _More(aliases, values, (source,))


_MORE: dict[str, _More] = {
    "type": _More((), _of_record("kind"), (Stored("sysflow.kind"),)),
    "ret": _More((), _of_record("ret"), (Number("sysflow.ret"),)),
    "tid": _More(("proc.tid",)),
    "ts": _More(("ts_uts",)),
    "end_ts": _More(("endts", "endts_uts")),
    "host": _More(("node.id",)),
    "fd": _More(("file.fd",)),
    "fd.directory": _More(("file.directory",)),
    "container": _More(without=frozenset({"container.name", "sf.container.name"})),
    "file.type": _entity("file", "type"),
    "uid": _entity("process", "uid", number=True),
    "gid": _entity("process", "gid", number=True),
    "ppid": _entity("parent", "pid", "pproc.pid", number=True),
    "create_time": _entity("process", "create_time", "proc.createts", number=True),
    "exe": _entity("process", "exe"),
    "argv": _derived_more(_command, "process", "exe", "args"),
    "env": _derived_more(_variables, "process", "env"),
    "proc.pname": _derived_more(_name, "parent", "exe", aliases=("pproc.name",)),
}  # fmt: skip


def widened(field: Field) -> Field:
    """A field of any trace with what SysFlow adds to it."""
    more = _MORE.get(field.name)
    if more is None:
        return field
    kept = tuple(alias for alias in field.aliases if alias not in more.without)
    known, added = field.values, more.values

    def values(record: Record) -> Values:
        return (*known(record), *added(record))

    return replace(
        field,
        aliases=(*kept, *more.aliases),
        values=values if more.sources else known,
        sources=(*field.sources, *more.sources),
        again=len(more.sources),
    )
