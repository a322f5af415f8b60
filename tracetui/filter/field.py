"""What a field is: a name, a type, how an event tells it, and where the database keeps it. No SQL here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tracetui.filter.operands import Value
from tracetui.filter.operators import ORDERS, Operator, Relation

if TYPE_CHECKING:
    from tracetui.events.record import Record
    from tracetui.filter.surroundings import ProcessNode

Values = Iterable[Value]


class Kind(Enum):
    """What values of a field are, which decides what may be asked of it."""

    NUMBER = "number"
    TEXT = "text"
    BYTES = "bytes"
    FLAG = "true or false"
    MIXED = "number or text"
    TIME = "time"
    DURATION = "duration"
    EVERYTHING = "text or bytes"
    STORED = "as stored"

    @property
    def has_numbers(self) -> bool:
        return self not in (Kind.TEXT, Kind.BYTES, Kind.EVERYTHING)

    @property
    def has_text(self) -> bool:
        return self in (Kind.TEXT, Kind.MIXED, Kind.EVERYTHING, Kind.STORED)

    @property
    def has_bytes(self) -> bool:
        return self in (Kind.BYTES, Kind.EVERYTHING, Kind.STORED)

    def takes(self, operator: Operator) -> bool:
        """Whether ``operator`` is of use with such values."""
        if self is Kind.FLAG:
            return operator.relation is Relation.EQUAL and not operator.takes_set and not operator.fold
        if operator.hexadecimal:
            return self.has_bytes
        if operator.relation in ORDERS:
            return self.has_numbers
        if operator.relation is Relation.EQUAL and not operator.fold:
            return True
        return self.has_text or self.has_bytes


# Where values are kept. A name ``table.column`` is a column; a name ``=what`` is an expression over columns
# that the compiler knows by that name.


@dataclass(frozen=True, slots=True)
class Stored:
    """A text column whose content is the value; texts in ``absent`` stand for no value."""

    column: str
    absent: frozenset[str] = frozenset()
    also: Callable[[str], str] | None = None
    """Another text by which the same value is known; it is a part of the stored one."""


@dataclass(frozen=True, slots=True)
class Number:
    """An integer column or expression."""

    column: str
    tables: tuple[str, ...] = ()
    """Tables that the expression reads beside that of the column."""


@dataclass(frozen=True, slots=True)
class Data:
    """A buffer column."""

    column: str


@dataclass(frozen=True, slots=True)
class Derived:
    """Values that a Python function makes of columns of one row."""

    columns: tuple[str, ...]
    values: Callable[..., Values]
    """Gets the columns' values in order: text as ``str``, all else as stored."""
    within: tuple[str, ...] = ()
    """Columns of which one contains each text value; they are searched before the function is asked."""
    whole: bool = False
    """Whether each text column of ``within`` is itself a value: it alone tells what a value contains."""
    guard: str = ""
    """Column without whose value there are no values: the function need not be asked."""
    repeats: bool = False
    """Whether the same columns' values come again and again, so that answers are worth remembering."""
    only_text: bool = False
    """Whether all values are texts: the function need not be asked for numbers."""
    computed: str = ""
    """Expression that gives the only value, a text, in SQL: the function is asked what SQLite cannot say."""
    as_stored: bool = False
    """Whether blobs in text columns are not to be taken for text."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Every text and buffer column of every table, those of unknown tables included."""


Source = Stored | Number | Data | Derived | Anything


@dataclass(frozen=True, slots=True)
class Field:
    """An entry of the table that drives parser, help, completion and both back ends."""

    name: str
    kind: Kind
    meaning: str
    aliases: tuple[str, ...] = ()
    example: str = ""
    values: Callable[[Record], Values] = lambda record: ()
    sources: tuple[Source, ...] = ()
    again: int = 0
    """How many sources, the last ones, may tell again what others tell: frequency tables leave them out."""
    process: Callable[[ProcessNode], Values] | None = None
    """What the process of an event tells, where the event itself does not."""
    note: str = ""
    """Name of the annotation (mark, tag, note, meta.KEY) that it is, if it is one or may be."""
    wraps32: bool = False
    """Whether 32-bit numbers may be stored signed or unsigned."""
    number_of: Callable[[str], int | None] | None = None
    """What a word means as a number."""
    in_words: str = ""
    """Name of the field that tells in words what this one tells in numbers."""
    quoted_numbers: bool = False
    """Whether a quoted word, too, may stand for a number, though values may be texts."""
    expand: Callable[[str], tuple[str, ...]] | None = None
    """Stored texts that a written text equals."""
    words: Callable[[], Iterable[str]] | None = None
    """The words that are values; another one must be quoted, and is an error if it is not even a word."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Values that are surely a mistake, with what is meant."""
    has_addresses: bool = False
    """Whether values are addresses of the internet: four numbers with points must be one."""

    def __hash__(self) -> int:
        return hash(self.name)
