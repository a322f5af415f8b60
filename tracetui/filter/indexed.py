"""Fields with a name in brackets or after a point: ``ps.envs[Path]``, ``arg.file_name``, ``meta.env``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from tracetui.events.kevent_tables import KEVENT, PARAMETERS, Kept, table_of
from tracetui.filter import derive, told
from tracetui.filter.field import Derived, Field, Kind, Source, Values
from tracetui.filter.fields.values import PAIRS, TEXTS, of_state

if TYPE_CHECKING:
    from tracetui.events.record import Record

_INDEX = r"\[(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<bare>[^\]'\"]+))\]"
_VARIABLE = re.compile(rf"(?:ps|proc)\.envs?{_INDEX}", re.IGNORECASE)
_MODULE = re.compile(rf"ps\.modules{_INDEX}\.(?P<member>[a-z.]+)", re.IGNORECASE)
_SECTION = re.compile(rf"pe\.sections{_INDEX}\.(?P<member>entropy|size|md5)", re.IGNORECASE)
_RESOURCE = re.compile(rf"pe\.resources{_INDEX}", re.IGNORECASE)
_ARGUMENT = re.compile(
    rf"(?:evt\.|kevt\.)?(?:args?|params?)(?:\.(?P<dotted>[a-z_]\w*)|(?!\[\d){_INDEX})",
    re.ASCII | re.IGNORECASE,
)
_META = re.compile(rf"(?:(?:evt|kevt)\.)?meta(?:\.(?P<dotted>[a-z_]\w*)|{_INDEX})", re.ASCII | re.IGNORECASE)
_MODULE_MEMBERS = {
    "size": "size",
    "checksum": "checksum",
    "location": "location",
    "address.base": "address_base",
    "address.default": "address_default",
}
"""What may be asked of a module, and how states call it."""


@lru_cache(maxsize=256)
def indexed_field(name: str) -> Field | None:
    """The field that ``name`` is with its index; ``None`` where that is no such field."""
    for pattern, make in _FORMS:
        found = pattern.fullmatch(name)
        if found is not None:
            parts = found.groupdict()
            key = next(part for part in map(parts.get, _KEYS) if part is not None)
            return make(key, (parts.get("member") or "").lower())
    return None


_KEYS = ("dotted", "single", "double", "bare")


def _named(base: str, key: str, *, dotted: bool = False) -> str:
    """The name of a field with its index, as a filter can be made of it again."""
    if dotted and key.isascii() and key.isidentifier():
        return f"{base}.{key}"
    if not dotted and re.fullmatch(r"[\w.:-]+", key, re.ASCII):
        return f"{base}[{key}]"
    quote = '"' if "'" in key else "'"
    return f"{base}[{quote}{key}{quote}]"


def _of_state(
    name: str, kind: Kind, meaning: str, column: str, of: Callable[..., Values], *sources: Source
) -> Field:
    own = Derived((f"=ps.{column}",), of, repeats=True)
    return Field(name, kind, meaning, values=of_state(of, column), sources=(own, *sources))


def _variable(key: str, member: str) -> Field:
    """An environment variable, of an exec too."""

    def of_exec(stored: object) -> Values:
        return derive.variable(derive.pairs_of(stored), key)

    def of_told(stored: object) -> Values:
        return told.of_object(key)(stored)

    def values(record: Record) -> Values:
        return (*derive.variable(record.env, key), *of_told(record.linked.get("envs")))

    return Field(
        _named("ps.envs", key),
        Kind.MIXED,
        f"environment variable {key}",
        values=values,
        sources=(Derived(("exec.envp",), of_exec), Derived(("=ps.envs",), of_told, repeats=True)),
    )


def _module(key: str, member: str) -> Field | None:
    if member not in _MODULE_MEMBERS:
        return None
    of = told.of_named_item(key, _MODULE_MEMBERS[member])
    return _of_state(
        f"{_named('ps.modules', key)}.{member}", Kind.MIXED, f"{member} of the module {key}", "modules", of
    )


def _section(key: str, member: str) -> Field:
    of = told.of_section(key, member)
    return _of_state(
        f"{_named('pe.sections', key)}.{member}", Kind.MIXED, f"{member} of the section {key}", "pe", of
    )


def _resource(key: str, member: str) -> Field:
    of = told.of_object("resources", key)
    return _of_state(_named("pe.resources", key), Kind.MIXED, f"resource {key}", "pe", of)


def _argument(name: str, member: str) -> Field:
    """The argument that a call's prototype names so, or a parameter of Fibratus; in any case."""
    lowered = name.lower()
    places = [
        (table_of(category), kept)
        for category, columns in PARAMETERS.items()
        if (kept := columns.get(lowered))
    ]
    of_rest = told.of_member(name)
    is_worded = lowered in derive.worded_names()

    def values(record: Record) -> Values:
        stored = record.event.__dict__
        for argument in record.arguments:
            if argument.name.lower() == lowered:
                yield from derive.argument_values(argument, stored.get(f"arg{argument.index}_repr"))
        if is_worded:
            yield from derive.words_of(name, record.name or "", record.arguments, record.arch)
        for table, kept in places:
            yield from _READERS[kept](record.extras.get(table, {}).get(lowered))
        yield from of_rest(record.extras.get(KEVENT, {}).get("params"))

    return Field(
        _named("arg", name, dotted=True),
        Kind.MIXED,
        f"argument or parameter called {name}: its number, its text, or what the number stands for",
        values=values,
        sources=(
            Derived(PAIRS, lambda *columns: derive.named_argument(name, *columns), TEXTS),
            *(Derived((f"{table}.{lowered}",), _READERS[kept], repeats=True) for table, kept in places),
            Derived(("kevent.params",), of_rest, repeats=True),
            *([_words(name)] if is_worded else []),
        ),
        again=int(is_worded),
        wraps32=True,
    )


def _words(name: str) -> Derived:
    columns = ("syscall.name", *PAIRS)
    return Derived(columns, lambda *stored: derive.named_words(name, *stored), only_text=True)


_READERS: dict[Kept, Callable[[object], Values]] = {
    Kept.TEXT: derive.only_text,
    Kept.NUMBER: derive.only_number,
    Kept.LIST: told.members,
    Kept.EITHER: told.either,
    Kept.UNSIGNED: told.either,
}


def _meta(key: str, member: str) -> Field:
    of = told.of_object(key)
    return Field(
        _named("meta", key, dotted=True),
        Kind.MIXED,
        f"tag {key}: yours, as in {key}=VALUE, or of an event of Fibratus",
        values=lambda record: tuple(of(record.extras.get(KEVENT, {}).get("meta"))),
        sources=(Derived(("kevent.meta",), of, repeats=True),),
        note=f"meta.{key}",
    )


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str, str], Field | None]], ...] = (
    (_VARIABLE, _variable),
    (_MODULE, _module),
    (_SECTION, _section),
    (_RESOURCE, _resource),
    (_ARGUMENT, _argument),
    (_META, _meta),
)
