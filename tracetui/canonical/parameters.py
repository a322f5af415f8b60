"""Parameters of an event: name, type and value, asked for by name and type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partialmethod
from typing import Any

from tracetui.canonical.naming import NameStyle, folded, styled
from tracetui.canonical.types import (
    IN_HEXADECIMAL,
    INTEGERS,
    RANGES,
    TEXTS,
    WORDS,
    Address,
    ParameterType,
    coerced,
    written,
)

DELIMITER = "➜ "
"""Between name and value where a user has not chosen another."""


class ParameterError(ValueError):
    """A parameter is not what was asked for; the message names it."""


class ParameterMissing(ParameterError, LookupError):
    """The event has no parameter of that name."""


class ParameterMistyped(ParameterError, TypeError):
    """The parameter is of another type, or its value does not fit the type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named value. It is turned into a value of its type when made: ``"443"`` of a port is 443.

    Raises :class:`ParameterMistyped` for a value that is none of the type.
    """

    name: str
    type: ParameterType
    value: Any
    meaning: str | None = None
    """The value in words, where it is a code: ``O_RDWR|O_CLOEXEC``."""

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "value", coerced(self.type, self.value))
        except ValueError as error:
            raise ParameterMistyped(f'"{self.name}" parameter: {error}') from None

    @property
    def text(self) -> str:
        """The value for people: its meaning where it has one. Not sanitised."""
        return written(self.type, self.value) if self.meaning is None else self.meaning


class Parameters:
    """The parameters of one event, in order; names are unique.

    The getters (``get_uint32("size")``, ``get_path("filename")``) raise :class:`ParameterMissing` and
    :class:`ParameterMistyped`. They never guess: text is no number, a string is no address. Integers are
    given by any getter of integers whose range the value fits.
    """

    def __init__(self, parameters: Iterable[Parameter] = ()) -> None:
        self._by_name: dict[str, Parameter] = {}
        for parameter in parameters:
            self._by_name[parameter.name] = parameter

    def __repr__(self) -> str:
        return f"<Parameters {self.text(delimiter='=')}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and self._by_name == other._by_name

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    # Changes.

    def append(self, name: str, type: ParameterType, value: object, meaning: str | None = None) -> None:
        """Add a parameter, or put it in the place of the one with this name."""
        self._by_name[name] = Parameter(name, type, value, meaning)

    def set(self, name: str, value: object, type: ParameterType | None = None) -> None:
        """Change the value, and the type where one is given, of a parameter that is there."""
        known = self._by_name.get(name)
        if known is None:
            raise ParameterMissing(f'setting the value on a missing "{name}" parameter is not allowed')
        self._by_name[name] = replace(known, value=value, type=type or known.type, meaning=None)

    def remove(self, name: str) -> None:
        """Take a parameter away, if it is there."""
        self._by_name.pop(name, None)

    # Questions.

    def contains(self, name: str) -> bool:
        return name in self._by_name

    def find(self, name: str) -> Parameter | None:
        """The parameter called ``name``, in any style (``FileName`` finds ``file_name``), or ``None``."""
        found = self._by_name.get(name)
        if found is not None:
            return found
        wanted = folded(name)
        return next((parameter for parameter in self if folded(parameter.name) == wanted), None)

    def get(self, name: str) -> Parameter:
        """The parameter called exactly ``name``."""
        try:
            return self._by_name[name]
        except KeyError:
            raise ParameterMissing(f"couldn't find {name} in event parameters") from None

    def _typed(self, types: Collection[ParameterType], said: str, name: str) -> Any:
        """The value of a parameter that is of one of ``types``."""
        parameter = self.get(name)
        if parameter.type not in types:
            raise ParameterMistyped(f'unable to type cast "{name}" parameter to {said} value')
        return parameter.value

    def _integer(self, type: ParameterType, name: str) -> int:
        value = self._typed(INTEGERS | WORDS, type.value, name)
        low, high = RANGES[type]
        if not isinstance(value, int):
            raise ParameterMistyped(f'unable to type cast "{name}" parameter to {type.value} value')
        if not low <= value <= high:
            raise ParameterMistyped(
                f'"{name}" parameter: {value} does not fit {type.value} ({low} to {high})'
            )
        return value

    def _only(self, type: ParameterType, said: str, name: str) -> Any:
        """The value of a parameter of a type that nothing else is taken for."""
        parameter = self.get(name)
        if parameter.type is not type:
            raise ParameterMistyped(f'"{name}" parameter is not {said}')
        return parameter.value

    get_int8 = partialmethod(_integer, ParameterType.INT8)
    get_int16 = partialmethod(_integer, ParameterType.INT16)
    get_int32 = partialmethod(_integer, ParameterType.INT32)
    get_int64 = partialmethod(_integer, ParameterType.INT64)
    get_uint8 = partialmethod(_integer, ParameterType.UINT8)
    get_uint16 = partialmethod(_integer, ParameterType.UINT16)
    get_uint32 = partialmethod(_integer, ParameterType.UINT32)
    get_uint64 = partialmethod(_integer, ParameterType.UINT64)

    get_bool = partialmethod(_typed, (ParameterType.BOOL,), "bool")
    get_bytes = partialmethod(_typed, (ParameterType.BYTES,), "bytes")
    get_string = partialmethod(_typed, TEXTS, "string")
    get_path = partialmethod(_typed, (ParameterType.PATH,), "path")
    get_map = partialmethod(_typed, (ParameterType.MAP,), "map")
    get_time = partialmethod(_typed, (ParameterType.TIME,), "time")
    get_fd = partialmethod(_typed, (ParameterType.FD,), "fd")

    get_pid = partialmethod(_only, ParameterType.PID, "a PID")
    get_tid = partialmethod(_only, ParameterType.TID, "a TID")
    get_port = partialmethod(_only, ParameterType.PORT, "a port")
    get_address = partialmethod(_only, ParameterType.ADDRESS, "an address")
    get_ipv4 = partialmethod(_only, ParameterType.IPV4, "an IPv4 address")
    get_ipv6 = partialmethod(_only, ParameterType.IPV6, "an IPv6 address")
    get_slice = partialmethod(_only, ParameterType.SLICE, "a slice")

    def get_int(self, name: str) -> int:
        """An integer of any width and sign."""
        value = self._typed(INTEGERS | WORDS, "integer", name)
        if not isinstance(value, int):
            raise ParameterMistyped(f'unable to type cast "{name}" parameter to integer value')
        return value

    def get_float(self, name: str) -> float:
        """A number with a fraction."""
        return float(self._typed((ParameterType.FLOAT,), "float", name))

    def get_hex(self, name: str) -> str:
        """A number shown in hexadecimal, in that form: ``0x7ffd0001e598``."""
        return f"{self._typed(IN_HEXADECIMAL, 'Hex', name):#x}"

    def get_ip(self, name: str) -> Address:
        """An address of either version of IP."""
        parameter = self.get(name)
        if parameter.type not in (ParameterType.IPV4, ParameterType.IPV6):
            raise ParameterMistyped(f'"{name}" parameter is not an IP address')
        address: Address = parameter.value
        return address

    def get_enum(self, name: str) -> str:
        """The word for a code: ``SEEK_SET``; its number as text where nobody has a word for it."""
        self._only(ParameterType.ENUM, "an enumeration", name)
        return self._by_name[name].text

    def get_flags(self, name: str) -> tuple[str, ...]:
        """The words for a set of bits: ``("O_RDWR", "O_CLOEXEC")``."""
        self._only(ParameterType.FLAGS, "a set of flags", name)
        return tuple(self._by_name[name].text.split("|"))

    def text(
        self,
        style: NameStyle = NameStyle.SNAKE,
        delimiter: str = DELIMITER,
        shown: Callable[[Parameter], str] = lambda parameter: parameter.text,
    ) -> str:
        """All of them in one text, sorted by name: ``fd➜ 3, io_size➜ 4096``. ``shown`` gives the values."""
        ordered = sorted(self._by_name.values(), key=lambda parameter: parameter.name)
        return ", ".join(f"{styled(p.name, style)}{delimiter}{shown(p)}" for p in ordered)
