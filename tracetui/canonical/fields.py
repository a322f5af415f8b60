"""The fields of canonical events that templates and columns may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Flag

from tracetui.canonical.event import CanonicalEvent
from tracetui.canonical.naming import NameStyle
from tracetui.canonical.parameters import DELIMITER
from tracetui.canonical.state import ProcessState
from tracetui.events.times import iso_time

Value = Callable[[CanonicalEvent], object]


class Needs(Flag):
    """What has to be known beside the record for a field to have a value."""

    NOTHING = 0
    PROCESS = 1
    ENVIRONMENT = 2
    FILES = 4
    ANNOTATIONS = 8


@dataclass(frozen=True, slots=True)
class CanonicalField:
    """One field, or one family of fields where the name ends with a key."""

    dotted: str
    """Name in ``{{ .Name }}``, without the dot."""
    plain: str
    """Name in ``{name}``."""
    meaning: str
    value: Value
    needs: Needs = Needs.NOTHING


class UnknownCanonicalField(LookupError):
    """No field has this name; the message lists those that there are."""


def _of_process(get: Callable[[ProcessState], object]) -> Value:
    return lambda event: None if event.process is None else get(event.process)


def _of_parent(get: Callable[[ProcessState], object]) -> Value:
    return _of_process(lambda state: None if state.parent is None else get(state.parent))


def _pairs(pairs: Mapping[str, str] | Mapping[int, str] | None) -> tuple[str, ...] | None:
    return None if pairs is None else tuple(f"{name}={value}" for name, value in pairs.items())


def _fact(name: str) -> Callable[[ProcessState], object]:
    return lambda state: state.facts.get(name)


def _header(state: ProcessState) -> str | None:
    """What Fibratus prints of the header of an executable, in one line."""
    header = state.facts.get("pe")
    if not isinstance(header, dict):
        return None
    known = (f"{_HEADER.get(name, name)}: {_in_words(value)}" for name, value in header.items())
    return ", ".join(known)


_HEADER = {
    "nsections": "Number of sections",
    "nsymbols": "Number of symbols",
    "image_base": "Image base",
    "entrypoint": "Entrypoint",
    "link_time": "Link time",
    "sections": "Sections",
    "symbols": "Symbols",
    "imports": "Imports",
    "resources": "Version resources",
}
"""What Fibratus calls the members of a header."""


def _in_words(value: object) -> str:
    """A value of JSON as Go prints it: ``[Name: .text, Size: 132608]``, ``map[FileDescription:Notepad]``."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{item}' for name, item in value.items())}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_section, value))}]"
    return str(value)


def _section(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    return ", ".join(f"{name.capitalize()}: {value}" for name, value in item.items())


def _metadata(event: CanonicalEvent) -> str | None:
    return ", ".join(f"{name}:{value}" for name, value in event.metadata.items()) or None


def _timestamp(event: CanonicalEvent) -> str | None:
    return None if event.timestamp is None else iso_time(event.timestamp)


def _process_name(event: CanonicalEvent) -> str | None:
    return None if event.process is None else event.process.name


_A = Needs.ANNOTATIONS
_P, _E, _F = Needs.PROCESS, Needs.PROCESS | Needs.ENVIRONMENT, Needs.PROCESS | Needs.FILES

FIELDS: tuple[CanonicalField, ...] = (
    CanonicalField("Seq", "seq", "number of the event in the trace", lambda e: e.sequence),
    CanonicalField("Timestamp", "timestamp", "time of the event in ISO 8601", _timestamp),
    CanonicalField("Pid", "pid", "process id", lambda e: e.pid),
    CanonicalField("Tid", "tid", "thread id", lambda e: e.tid),
    CanonicalField("CPU", "cpu", "processor", lambda e: e.cpu),
    CanonicalField("Host", "host", "host", lambda e: e.host),
    CanonicalField("Type", "event", "name of the event: the call, or the type", lambda e: e.name),
    CanonicalField("Category", "category", "file, net, process, ...", lambda e: e.category),
    CanonicalField("Description", "description", "what such events mean", lambda e: e.description),
    CanonicalField("Meta", "meta", "all metadata, with what you wrote on the event", _metadata, _A),
    CanonicalField("Process", "ps.name", "name of the process", _process_name, _P),
    CanonicalField("Ppid", "ps.ppid", "process id of the parent", _of_process(lambda s: s.ppid), _P),
    CanonicalField("Exe", "ps.exe", "program of the process", _of_process(lambda s: s.exe), _P),
    CanonicalField("Cmd", "ps.cmdline", "its command line", _of_process(lambda s: s.command_line), _P),
    CanonicalField("Args", "ps.args", "arguments of the program", _of_process(lambda s: s.argv[1:]), _P),
    CanonicalField("Cwd", "ps.cwd", "its current folder", _of_process(lambda s: s.cwd), _P),
    CanonicalField("Uid", "ps.uid", "user id of the process", _of_process(lambda s: s.uid), _P),
    CanonicalField("Gid", "ps.gid", "group id of the process", _of_process(lambda s: s.gid), _P),
    CanonicalField("Sid", "ps.sid", "domain and name of its user", _of_process(_fact("sid")), _P),
    CanonicalField("Session", "ps.sessionid", "its session", _of_process(_fact("sessionid")), _P),
    CanonicalField("PE", "ps.pe", "what its executable's header says", _of_process(_header), _P),
    CanonicalField("Envs", "ps.envs", "its environment", _of_process(lambda s: _pairs(s.env)), _E),
    CanonicalField("Files", "ps.files", "its open files", _of_process(lambda s: _pairs(s.open_files)), _F),
    CanonicalField("Pname", "ps.parent.name", "name of the parent", _of_parent(lambda s: s.name), _P),
    CanonicalField("Pexe", "ps.parent.exe", "program of the parent", _of_parent(lambda s: s.exe), _P),
    CanonicalField(
        "Pcmd", "ps.parent.cmdline", "command line of the parent", _of_parent(lambda s: s.command_line), _P
    ),
    CanonicalField(
        "Ancestors",
        "ps.ancestors",
        "names of the ancestors, the parent first",
        _of_process(lambda s: tuple(a.name for a in s.ancestors)),
        _P,
    ),
)  # fmt: skip
"""Fields that have one name; parameters, tags and variables have one each beside."""

PARAMETERS = "params"
_SPELLINGS = {
    "name": "type",
    "sequence": "seq",
    "params": PARAMETERS,
    "kparams": PARAMETERS,
    "parameters": PARAMETERS,
    "metadata": "meta",
    "comm": "cmd",
}
"""Other names of fields, folded to lower case."""

_BY_DOTTED = {field.dotted.lower(): field for field in FIELDS}
_BY_PLAIN = {field.plain: field for field in FIELDS}
_PLAIN_SPELLINGS = {"sequence": "seq", "metadata": "meta", "parameters": PARAMETERS}


def known_names() -> tuple[str, ...]:
    """Every name that ``{{ .Name }}`` may have, families with their key in angle brackets."""
    families = ("Params", "Params.<name>", "Meta.<tag>", "Envs.<variable>")
    return tuple(sorted(f".{name}" for name in (*(field.dotted for field in FIELDS), *families)))


def plain_names() -> tuple[str, ...]:
    """Every name that only canonical events have, as ``{name}`` takes it."""
    return (*_BY_PLAIN, PARAMETERS, f"{PARAMETERS}.<name>", "meta.<tag>", "ps.envs.<variable>")


def dotted_field(name: str, style: NameStyle = NameStyle.SNAKE, delimiter: str = DELIMITER) -> CanonicalField:
    """The field called ``.name``, in any case. Raises :class:`UnknownCanonicalField`."""
    first, dot, key = name.partition(".")
    first = _SPELLINGS.get(first.lower(), first.lower())
    found = _family(first, key, style, delimiter) if not dot or key else None
    if found is None and not dot:
        found = _BY_DOTTED.get(first)
    if found is None:
        known = " ".join(known_names())
        raise UnknownCanonicalField(
            f".{name} is not a known field name. Maybe you meant one of the following fields: {known}"
        )
    return found


def plain_field(
    name: str, style: NameStyle = NameStyle.SNAKE, delimiter: str = DELIMITER
) -> CanonicalField | None:
    """The field called ``name`` in ``{name}``; ``None`` where that is no name of a canonical field."""
    first, _, key = name.partition(".")
    if first == "ps" and key.startswith("envs."):
        first, key = "envs", key.removeprefix("envs.")
    found = _family(_PLAIN_SPELLINGS.get(first, first), key, style, delimiter)
    return found or _BY_PLAIN.get(_PLAIN_SPELLINGS.get(name, name))


def _family(first: str, key: str, style: NameStyle, delimiter: str) -> CanonicalField | None:
    """One parameter, tag or variable, or all parameters."""
    if first == PARAMETERS and not key:
        return CanonicalField(
            "Params", PARAMETERS, "all parameters", lambda e: e.parameters.text(style, delimiter) or None
        )
    if not key:
        return None
    if first == PARAMETERS:
        return CanonicalField(f"Params.{key}", f"{PARAMETERS}.{key}", f"parameter {key}", _parameter(key))
    if first == "meta":
        return CanonicalField(f"Meta.{key}", f"meta.{key}", f"tag {key}", lambda e: e.metadata.get(key), _A)
    if first == "envs":
        get = _of_process(lambda state: (state.env or {}).get(key))
        return CanonicalField(f"Envs.{key}", f"ps.envs.{key}", f"environment variable {key}", get, _E)
    return None


def _parameter(name: str) -> Value:
    """The text of a parameter, whose name may be in any style; ``None`` where the event has none."""

    def value(event: CanonicalEvent) -> object:
        found = event.parameters.find(name)
        return None if found is None else found.text

    return value
