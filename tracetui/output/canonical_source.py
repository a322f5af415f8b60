"""Canonical events of the records of a trace, with what the fields that were asked for need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from tracetui.annotations import EMPTY, AnnotationError, Book, Notebook, may_exist
from tracetui.canonical import (
    FOLLOWED,
    CanonicalEvent,
    CanonicalField,
    ExecEnvironments,
    FilesAlong,
    NameStyle,
    Needs,
    ProcessState,
    States,
    ToldStates,
    canonical_event,
    compatible_json,
    event_json,
)
from tracetui.canonical.parameters import DELIMITER
from tracetui.canonical.state import ProcessNode
from tracetui.events import Record
from tracetui.events.flows import RECORDS
from tracetui.events.kevent_tables import KEVENT
from tracetui.output.layout import Selected
from tracetui.trace import Trace

if TYPE_CHECKING:
    from tracetui.filter import Field
    from tracetui.output.linked_states import LinkedStates
    from tracetui.process import Forest, Process
    from tracetui.reader import FlattenedReader

# What only processes need is imported where it is used: most queries print no processes.

_FOLLOWED = f"type in (exec, proc_start, proc_exit) or name in ({', '.join(sorted(FOLLOWED))})"


class CanonicalSource:
    """Makes canonical events, each once however many fields of it are shown.

    Processes, environments and open files are only looked for where a selected field needs them. Without a
    trace no field has a process; one from SysFlow knows all but open files. Records must come in order of
    id where open files are asked for. What the user wrote is that of the moment when it is first asked for.
    """

    def __init__(
        self,
        trace: Trace | None = None,
        *,
        style: NameStyle = NameStyle.SNAKE,
        delimiter: str = DELIMITER,
        compatible: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        """``warn`` is told of annotations that cannot be read, which are left out then."""
        self.knows_processes = trace is not None
        self.style = style
        """How the names of parameters are written where all are in one text."""
        self.delimiter = delimiter
        """What is between the name and the value of each."""
        self.to_json = compatible_json if compatible else event_json
        """How an event is written as JSON: in our form, or in that of Fibratus 1."""
        self._asked = trace
        self._warn = warn
        self._needs = Needs.NOTHING
        self._latest: tuple[Record, CanonicalEvent] | None = None

    @property
    def needs(self) -> Needs:
        """What the selected fields need beside the record."""
        return self._needs

    def need(self, needs: Needs) -> None:
        """Make events with all this from now on."""
        self._needs |= needs
        self._latest = None
        self.__dict__.pop("_states", None)

    def selected(self, name: str, field: CanonicalField) -> Selected:
        """A column that shows a field of canonical events."""
        self.need(field.needs)
        return Selected(name, lambda record: field.value(self.event(record)))

    def event(self, record: Record) -> CanonicalEvent:
        """The canonical event of a record."""
        if self._latest is None or self._latest[0] is not record:
            state = None if self._states is None else self._states.of(record)
            wanted = Needs.ANNOTATIONS in self._needs
            self._latest = (
                record,
                canonical_event(record, state, self.book[record.id].metadata if wanted else None),
            )
        return self._latest[1]

    def told_by_process(self, field: Field) -> Callable[[Record], object]:
        """The first value that the process of an event has of a field, as filters know it: by its pid."""
        of_process = field.process

        def value(record: Record) -> object:
            node = self._processes.of(record.pid, record.id)
            return None if node is None or of_process is None else next(iter(of_process(node)), None)

        return value

    @cached_property
    def _processes(self) -> _Processes:
        return _Processes(self._trace)

    @cached_property
    def book(self) -> Book:
        """What is annotated. Raises :class:`AnnotationError` where nobody wants to be warned."""
        if self._asked is None or not may_exist(self._asked.name):
            return EMPTY
        try:
            return Notebook(self._trace).read()
        except AnnotationError as error:
            if self._warn is None:
                raise
            self._warn(f"annotations are left out: {error}")
            return EMPTY

    @cached_property
    def _states(self) -> States | LinkedStates | ToldStates | None:
        if self._asked is None or Needs.PROCESS not in self._needs:
            return None
        if self._asked.schema.has(RECORDS):
            from tracetui.output.linked_states import LinkedStates

            return LinkedStates(self._reader)
        if self._asked.schema.has(KEVENT):
            return ToldStates(self._followed_state, stateless=self._asked.schema.states is None)
        return self._followed

    def _followed_state(self, record: Record) -> ProcessState | None:
        return self._followed.of(record)

    @cached_property
    def _followed(self) -> States:
        trace = self._trace
        return States(
            self._processes,
            ExecEnvironments(trace) if Needs.ENVIRONMENT in self._needs else None,
            self._files(trace) if Needs.FILES in self._needs else None,
            complete=not trace.era.is_penguin,
        )

    @cached_property
    def _trace(self) -> Trace:
        """A connection of its own: the other is in the middle of a scan, and may be closed before this."""
        assert self._asked is not None
        return self._asked.again()

    @cached_property
    def _reader(self) -> FlattenedReader:
        from tracetui.reader import FlattenedReader

        assert self._asked is not None
        return FlattenedReader(self._asked.path)

    @staticmethod
    def _files(trace: Trace) -> FilesAlong:
        from tracetui.filter import compile_filter, parse

        condition = compile_filter(parse(_FOLLOWED), trace.schema)

        def walk(first: int, last: int) -> Iterator[Record]:
            return trace.records(condition, start=first, stop=last)

        def newest() -> int:
            bounds = trace.bounds()
            return 0 if bounds is None else bounds[1]

        return FilesAlong(walk, newest)

    def close(self) -> None:
        """Close the connections that were opened."""
        if "_trace" in self.__dict__:
            self._trace.close()
        if "_reader" in self.__dict__:
            self._reader.close()


class _Processes:
    """The processes of a trace that may be growing."""

    def __init__(self, trace: Trace) -> None:
        from tracetui.process import ForestBuilder

        self._builder = ForestBuilder(trace)
        self._forest: Forest | None = None

    def of(self, pid: int | None, event_id: int) -> Process | None:
        return self._at(event_id).of(pid, event_id)

    def of_event(self, pid: int | None, procname: str, event_id: int) -> ProcessNode | None:
        return self._at(event_id).of_event(pid, procname, event_id)

    def _at(self, event_id: int) -> Forest:
        if self._forest is None or event_id > self._forest.counted_to:
            self._forest = self._builder.update()
        return self._forest
