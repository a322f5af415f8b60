"""The events of a trace for programs and notebooks: JSON, CSV, tables, data frames, functions."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import get_terminal_size
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import Self

from tracetui.canonical import FIELDS as CANONICAL_FIELDS
from tracetui.events import Record
from tracetui.events.flows import RECORDS
from tracetui.filter import FIELDS
from tracetui.output.canonical_source import CanonicalSource
from tracetui.output.columns import select
from tracetui.output.csv_format import csv_rows
from tracetui.output.flat_fields import FLAT_FIELDS
from tracetui.output.layout import Layout, Selected
from tracetui.output.members import Column, Members, value_of
from tracetui.output.progress import watched
from tracetui.output.table_format import table
from tracetui.reader import EventReader, Flattened, FlattenedReader, condition

if TYPE_CHECKING:
    from pandas import DataFrame

Target = str | Path | IO[str] | None
"""A path, an open text file, or ``None`` for standard output."""

INDEX = "idx"
"""The row's number, from 1 on."""

_BY_NAME = {field.name: field for field in FLAT_FIELDS}
_SYSFLOW_DEFAULTS = (
    "ts_uts type proc.exe proc.args pproc.pid proc.pid proc.tid opflags res flow.rbytes flow.wbytes "
    "container.id"
).split()
_DEFAULTS = "id type event proc.pid proc.name result summary".split()
_ONLY_IMPORTED = frozenset(
    {"state", "opflags", "opflags_bitmap", "schema", "filename", "pod", "k8s", "pf", "node"}
)
"""Fields, or first parts of their names, that only a trace from SysFlow has."""

_READABLE = {
    "summary": "the event in one line, without id, process and result",
    "result": "what a call returned: a number, an address, the name of an error",
    "args": "arguments of a call, as stored",
    "params": "all parameters, typed and decoded; params.<name> is one of them",
}

_encode = json.JSONEncoder(allow_nan=False).encode


class MissingExtra(ImportError):
    """A package that is not installed with tracetui by itself; the message says how to get it."""


class Formatter:
    """Writes the events of a trace, one after the other, in constant memory.

    In every method ``fields`` are names of :meth:`get_fields`, in the order wanted, and ``expr`` is an
    expression of the filter language. They raise :class:`tracetui.output.UnknownField`,
    :class:`tracetui.filter.FilterError` and :class:`tracetui.annotations.AnnotationError`, before anything is
    written. Those that write return how many events they wrote. ``progress`` shows a bar on standard error:
    where that is a terminal and the events go elsewhere, unless told otherwise.
    """

    def __init__(self, reader: str | Path | EventReader | FlattenedReader) -> None:
        """``reader``: a reader, which stays the caller's, or the path of a trace.

        Raises :class:`tracetui.trace.TraceError`.
        """
        if isinstance(reader, EventReader):
            reader = reader.trace.path
        self._own = not isinstance(reader, FlattenedReader)
        self._reader = reader if isinstance(reader, FlattenedReader) else FlattenedReader(reader)
        self._trace = self._reader.trace
        self._latest: tuple[Record, Flattened] | None = None
        self._sources: list[CanonicalSource] = []

    # What there is.

    def get_fields(self) -> list[tuple[str, str]]:
        """(name, description) of the fields of any trace; columns of this one have names beside."""
        known = {INDEX: "number of the row, from 1 on"}
        known |= {field.name: field.description for field in FLAT_FIELDS}
        for field in FIELDS:
            known.setdefault(field.name, field.meaning)
        known |= {name: known.get(name, meaning) for name, meaning in _READABLE.items()}
        known |= {field.plain: field.meaning for field in CANONICAL_FIELDS if field.plain not in known}
        return list(known.items())

    @property
    def default_fields(self) -> tuple[str, ...]:
        """The columns of a table where none are asked for."""
        return tuple(_SYSFLOW_DEFAULTS if self._is_imported else _DEFAULTS)

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The members of an object and the columns of CSV and data frames where none are asked for."""
        if self._is_imported:
            return tuple(_BY_NAME)
        return tuple(name for name in _BY_NAME if not {name, name.partition(".")[0]} & _ONLY_IMPORTED)

    @property
    def damage(self) -> str | None:
        """What of the trace could not be read so far, in words; ``None`` where nothing is missing."""
        return self._trace.damage.sentence or None

    # Text.

    def to_json(
        self,
        target: Target = None,
        *,
        fields: Sequence[str] | None = None,
        expr: str | None = None,
        flat: bool = False,
        progress: bool | None = None,
    ) -> int:
        """One array of objects; ``proc.pid`` is ``pid`` inside ``proc``, or as it is where ``flat``."""
        members, records = self._asked_members(fields, expr)
        with self._opened(target) as file:
            before = "["
            for record in self._watched(records, file, progress):
                file.write(f"{before}\n{_encode(_shaped(members.of(record), flat))}")
                before = ","
            file.write("[]\n" if before == "[" else "\n]\n")
        return records.number

    def to_jsonl(
        self,
        target: Target = None,
        *,
        fields: Sequence[str] | None = None,
        expr: str | None = None,
        flat: bool = True,
        progress: bool | None = None,
    ) -> int:
        """One object a line."""
        members, records = self._asked_members(fields, expr)
        with self._opened(target) as file:
            for record in self._watched(records, file, progress):
                file.write(f"{_encode(_shaped(members.of(record), flat))}\n")
        return records.number

    def to_csv(
        self,
        target: Target = None,
        *,
        fields: Sequence[str] | None = None,
        expr: str | None = None,
        header: bool = True,
        progress: bool | None = None,
    ) -> int:
        """CSV with the names of the fields in the first row, also where no event matches."""
        columns, records = self._asked(fields or self.all_fields, expr)
        with self._opened(target) as file:
            layout = Layout(self._trace.schema, self._selected(columns), exact=not file.isatty())
            rows = csv_rows(self._watched(records, file, progress), layout)
            first = next(rows)
            file.writelines([first] if header else [])
            file.writelines(rows)
        return records.number

    def to_table(
        self,
        target: Target = None,
        *,
        fields: Sequence[str] | None = None,
        expr: str | None = None,
        pretty_headers: bool = True,
        index: bool = True,
        width: int | None = None,
        progress: bool | None = None,
    ) -> int:
        """An aligned table of sanitised text.

        ``pretty_headers`` are headings for people in place of the names of fields, ``index`` is a column with
        the number of the row, ``width`` is what a line may take: the width of a terminal where there is one.
        """
        names = [*([INDEX] if index else ()), *(fields or self.default_fields)]
        columns, records = self._asked(names, expr)
        with self._opened(target) as file:
            if width is None and file.isatty():
                width = get_terminal_size().columns
            layout = Layout(self._trace.schema, self._selected(columns, pretty_headers), width=width)
            file.writelines(table(self._watched(records, file, progress), layout))
        return records.number

    # Objects.

    def apply(
        self,
        func: Callable[[dict[str, Any]], object],
        *,
        fields: Sequence[str] | None = None,
        expr: str | None = None,
        flat: bool = True,
    ) -> int:
        """Call ``func`` with the object of each event; how many there were."""
        members, records = self._asked_members(fields, expr)
        for record in records:
            func(_shaped(members.of(record), flat))
        return records.number

    def objects(
        self, *, fields: Sequence[str] | None = None, expr: str | None = None, flat: bool = True
    ) -> Iterator[dict[str, Any]]:
        """The object of each event, in types that JSON has. An unknown value is ``None``."""
        members, records = self._asked_members(fields, expr)
        return (_shaped(members.of(record), flat) for record in records)

    def to_dataframe(self, *, fields: Sequence[str] | None = None, expr: str | None = None) -> DataFrame:
        """A data frame of pandas with a column a field; all of it is held in memory.

        A column of integers of which some are unknown has pandas' type ``Int64``, which holds each exactly.
        Raises :class:`MissingExtra` where pandas is not installed.
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            raise MissingExtra("data frames need pandas: pip install 'tracetui[pandas]'") from error
        members, records = self._asked_members(fields, expr)
        rows = [tuple(members.of(record).values()) for record in records]
        frame = DataFrame(rows, columns=list(dict.fromkeys(fields or self.all_fields)), dtype=object)
        return _with_types(frame)

    # The end.

    def close(self) -> None:
        """Close what the formatter has opened."""
        for source in self._sources:
            source.close()
        self._sources.clear()
        if self._own:
            self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    # How.

    @property
    def _is_imported(self) -> bool:
        return self._trace.schema.has(RECORDS)

    def _flattened(self, record: Record) -> Flattened:
        """An event with what it refers to; each is looked up once, however many fields it has."""
        if self._latest is None or self._latest[0] is not record:
            self._latest = record, self._reader.flatten(record)
        return self._latest[1]

    def _asked(self, names: Sequence[str], expr: str | None) -> tuple[list[tuple[str, Column]], _Counted]:
        """The columns and the records that were asked for; what is wrong with either is found at once."""
        source = CanonicalSource(self._trace)
        self._sources.append(source)
        columns = [(name, self._column(name, source)) for name in names]
        return columns, _Counted(self._trace.records(condition(self._trace, expr)))

    def _asked_members(self, fields: Sequence[str] | None, expr: str | None) -> tuple[Members, _Counted]:
        columns, records = self._asked(fields or self.all_fields, expr)
        return Members(columns, self._flattened), records

    def _selected(self, columns: Iterable[tuple[str, Column]], pretty: bool = False) -> list[Selected]:
        """Columns for the writers of rows."""
        return [
            Selected(_heading(name) if pretty else name, value_of(column, self._flattened))
            for name, column in columns
        ]

    def _column(self, name: str, source: CanonicalSource) -> Column:
        if name == INDEX:
            rows = count(1)
            return Selected(name, lambda record: next(rows))
        field = _BY_NAME.get(name.removeprefix("sf."))
        if field is not None:
            return field
        return select(name, self._trace.schema, stored_first=False, source=source)

    def _watched(self, records: Iterable[Record], file: IO[str], progress: bool | None) -> Iterator[Record]:
        shown = sys.stderr.isatty() and not file.isatty() if progress is None else progress
        return watched(records, self._trace.bounds(), shown)

    @contextmanager
    def _opened(self, target: Target) -> Iterator[IO[str]]:
        """The file to write to; one that is opened here is closed here, and is never the trace."""
        if target is None:
            yield sys.stdout
        elif isinstance(target, str | Path):
            path = Path(target)
            if path.exists() and path.samefile(self._trace.path):
                raise ValueError(f"{path} is the trace itself")
            with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                yield file
        else:
            yield target


class _Counted:
    """Records, counted as they pass."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.number = 0

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            self.number += 1
            yield record


def _heading(name: str) -> str:
    field = _BY_NAME.get(name)
    return "rec #" if name == INDEX else name if field is None else field.header


def _with_types(frame: DataFrame) -> DataFrame:
    """Give each column the type of what it holds; pandas' own choice has no room for large integers."""
    from pandas import api

    for name in frame.columns:
        column = frame[name]
        found = _COLUMN_TYPES.get((api.types.infer_dtype(column, skipna=True), bool(column.isna().any())))
        if found is not None:
            with suppress(OverflowError, TypeError):  # a number that fits no column of numbers
                frame[name] = column.astype(found)
    return frame


_COLUMN_TYPES = {
    ("integer", False): "int64",
    ("integer", True): "Int64",
    ("floating", False): "float64",
    ("floating", True): "float64",
    ("boolean", False): "bool",
    ("boolean", True): "boolean",
}
"""By what the values of a column are, and whether some are unknown."""


def _shaped(members: dict[str, Any], flat: bool) -> dict[str, Any]:
    """The object as it is, or with the members of ``proc`` and the like inside of it."""
    return members if flat else _nested(members)


def _nested(members: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in members.items():
        *folders, last = name.split(".")
        place = nested
        for folder in folders:
            inner = place.setdefault(folder, {})
            if not isinstance(inner, dict):  # ``params`` and ``params.x`` cannot both be members
                place, last = nested, name
                break
            place = inner
        place[last] = value
    return nested
