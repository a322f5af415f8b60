"""Functions of a field's values: ``lower(procname)``, ``len(path)``, ``basename(path)``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import md5
from typing import TYPE_CHECKING

from tracetui.filter import derive
from tracetui.filter.field import Data, Derived, Field, Kind, Source, Stored, Values
from tracetui.filter.operands import Value

if TYPE_CHECKING:
    from tracetui.events.record import Record


def _basename(value: str | bytes) -> str | None:
    return None if isinstance(value, bytes) else derive.last_part(value) or value


def _md5(value: str | bytes) -> str:
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    return md5(data, usedforsecurity=False).hexdigest()


def _dirname(value: str | bytes) -> str | None:
    return None if isinstance(value, bytes) else derive.directory(value)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one value."""

    meaning: str
    of: Callable[[str | bytes], Value | None]
    kind: Kind | None = None
    """Kind of the result; ``None``: that of the field."""
    takes_networks: bool = False
    """Whether networks follow the field, of which one is to hold the address."""


FUNCTIONS: dict[str, Function] = {
    "lower": Function("the value in lower case", lambda value: value.lower()),
    "upper": Function("the value in upper case", lambda value: value.upper()),
    "len": Function("number of characters, or of bytes", len, Kind.NUMBER),
    "length": Function("the same as len", len, Kind.NUMBER),
    "basename": Function("last component of a path", _basename, Kind.TEXT),
    "dirname": Function("folder of a path", _dirname, Kind.TEXT),
    "md5": Function("MD5 of the value, in small hexadecimal digits", _md5, Kind.TEXT),
    "cidr_contains": Function(
        "whether an address is in a network: cidr_contains(net.dip, '10.0.0.0/8', …)",
        lambda value: None,
        Kind.FLAG,
        takes_networks=True,
    ),
}

_KINDS = (Kind.TEXT, Kind.MIXED, Kind.BYTES)


def can_transform(field: Field) -> bool:
    """Whether functions can be asked of ``field``: of text and bytes that the event itself tells."""
    return field.kind in _KINDS and field.process is None and (not field.note or bool(field.sources))


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> Network | None:
    """The network that a text like ``10.0.0.0/8`` is; ``None`` where it is none."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _within(networks: Sequence[Network]) -> Callable[[str | bytes], int | None]:
    """Whether an address is in one of ``networks``; ``None`` for what is no address."""

    def test(value: str | bytes) -> int | None:
        try:
            address = ipaddress.ip_address(value) if isinstance(value, str) else None
        except ValueError:
            return None
        return None if address is None else int(any(address in known for known in networks))

    return test


def transformed(field: Field, name: str, networks: Sequence[Network] = ()) -> Field | None:
    """The field ``name(field)``; ``None`` where the function cannot be asked of it."""
    if not can_transform(field):
        return None
    kind, function = FUNCTIONS[name].kind, FUNCTIONS[name].of
    if FUNCTIONS[name].takes_networks:
        function = _within(networks)
    sources: list[Source] = []
    for source in field.sources:
        derived = _derived(source, function)
        if derived is not None:
            sources.append(derived)

    def values(record: Record) -> Values:
        return _changed(field.values(record), function)

    return Field(
        f"{name}({', '.join([field.name, *map(str, networks)])})",
        kind or (Kind.TEXT if field.kind is Kind.MIXED else field.kind),
        f"{name} of: {field.meaning}",
        values=values,
        sources=tuple(sources),
    )


def _changed(values: Values, function: Callable[[str | bytes], Value | None]) -> Values:
    found = (function(value) for value in values if isinstance(value, str | bytes))
    return [value for value in found if value is not None]


def _derived(source: Source, function: Callable[[str | bytes], Value | None]) -> Source | None:
    """The same source with ``function`` applied to its values; numbers have no text to change."""
    if isinstance(source, Stored):
        stored = source

        def of_text(value: object) -> Values:
            if not isinstance(value, str) or value in stored.absent:
                return ()
            forms = (value,) if stored.also is None else (value, stored.also(value))
            return _changed(forms, function)

        return Derived((source.column,), of_text, repeats=True)
    if isinstance(source, Data):
        return Derived((source.column,), lambda value: _changed(derive.buffer_bytes(value), function))
    if isinstance(source, Derived):
        inner = source.values
        return replace(
            source,
            values=lambda *columns: _changed(inner(*columns), function),
            within=(),
            whole=False,
            only_text=False,
            computed="",
        )
    return None
