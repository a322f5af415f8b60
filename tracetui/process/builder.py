"""From a trace to its forest of processes, a bit further with each update."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter

from tracetui.process.callers import Callers
from tracetui.process.forest import Basis, Forest
from tracetui.process.model import ExecStep, Identity, Process
from tracetui.process.names import NameCount, NameCounts
from tracetui.process.pairing import Pairing, program_name
from tracetui.process.population import ExitRow, Population, StartRow
from tracetui.process.reading import (
    Cancelled,
    Counts,
    ExecRow,
    Tally,
    execs,
    exits,
    has_results,
    starts,
    states,
)
from tracetui.trace import Trace
from tracetui.trace.flushes import GROUPED_ERAS

Stopped = Callable[[], bool]


def build_forest(trace: Trace, cancelled: Cancelled = None) -> Forest:
    """The forest of all processes in a trace."""
    return ForestBuilder(trace).update(cancelled)


class ForestBuilder:
    """Builds the forest of one trace and extends it while the trace grows. It belongs to the trace's thread.

    Forests share their processes with later ones: a node that is held stays valid and gets newer.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._start_again()

    def _start_again(self) -> None:
        self._population = Population(grouped=self._trace.era in GROUPED_ERAS)
        self._names = NameCounts()
        self._named: dict[Identity, Process] = {}
        self._callers = Callers()
        self._pairing = Pairing()
        self._process_rows = 0
        self._pid_events = 0
        self._malformed = 0
        self._read_to = 0
        self._described_to = 0
        self._counted_to = {False: 0, True: 0}

    def update(self, cancelled: Cancelled = None) -> Forest:
        """Take in what is new.

        Where ``cancelled()`` turns true, the forest lacks a part, which the next update takes up;
        :attr:`Forest.counted_to` tells. Raises :class:`tracetui.trace.TraceError`.
        """
        bounds = self._trace.bounds()
        last = bounds[1] if bounds else 0
        if last < self._read_to:
            self._start_again()
        stopped = _latched(cancelled)
        if last > self._read_to:
            self._read_processes(last, stopped)
        for failures in (False, True):
            self._count(failures, stopped)
        if last > self._described_to and not stopped():
            self._read_states(stopped)
            self._described_to = last
        basis = self._basis()
        if basis is Basis.NAME:
            self._callers.read(self._trace, self._counted_to[False], stopped)
        return self._forest(basis)

    # Starts, exits and programs.

    def _read_processes(self, last: int, stopped: Stopped) -> None:
        first = self._read_to + 1
        rows: list[StartRow | ExecRow | ExitRow | None] = []
        for read in (starts, execs, exits):
            rows.extend(read(self._trace, first, last, stopped))
        if stopped():
            return  # what was read may be a part; nothing has been made of it
        sound = [row for row in rows if row is not None]
        self._malformed += len(rows) - len(sound)
        self._process_rows += sum(not isinstance(row, ExecRow) for row in sound)
        if self._trace.era.is_penguin:
            self._pairing.extend(row for row in sound if isinstance(row, ExecRow))
        for row in sorted(sound, key=attrgetter("event_id")):
            self._take(row)
        self._read_to = last

    def _read_states(self, stopped: Stopped) -> None:
        """Take in processes that are described beside the events, once those have been taken in."""
        known = list(states(self._trace, stopped))
        if not stopped():
            for row in known:
                self._population.know(row)

    def _take(self, row: StartRow | ExecRow | ExitRow) -> None:
        if isinstance(row, ExitRow):
            self._population.end(row)
        elif isinstance(row, StartRow):
            process = self._population.start(row)
            if self._trace.era.is_penguin:
                paired = self._pairing.take(row.pid, row.name)
                step = ExecStep(row.event_id, row.name, paired.argv if paired else None)
                self._population.became(process, step)
        elif row.pid:
            name = program_name(row.argv)
            process = self._population.saw(row.pid, name, row.event_id)
            self._population.became(process, ExecStep(row.event_id, name, row.argv))

    # Counts.

    def _count(self, failures: bool, stopped: Stopped) -> None:
        """Count up to where processes have been read, and failures up to where events have been counted."""
        last = self._counted_to[False] if failures else self._read_to
        if not failures or has_results(self._trace):
            counts = Counts(self._trace, failures)
            for low, high, tallies in counts.chunks(self._counted_to[failures] + 1, last, stopped):
                for tally in self._settled(counts, low, high, tallies):
                    self._add(tally, failures)
                self._counted_to[failures] = high
        if not stopped():
            self._counted_to[failures] = last

    def _settled(self, counts: Counts, low: int, high: int, tallies: list[Tally]) -> Iterator[Tally]:
        """Tallies each of which belongs to one process that is known, or to a name that is."""
        unclear = {tally.pid for tally in tallies if self._is_unclear(tally, low)}
        yield from (tally for tally in tallies if tally.pid not in unclear)
        if unclear:
            yield from counts.singly(unclear, low, high)

    def _is_unclear(self, tally: Tally, low: int) -> bool:
        """Whether the pid changes hands inside the chunk, or its first event has to be found."""
        if not tally.pid:
            return tally.name not in self._names
        owner = self._population.owner(tally.pid, tally.last_id)
        if owner is None or owner is not self._population.owner(tally.pid, low):
            return True
        return owner.placeholder or (owner.start_block < 0 and owner.first_id > low)

    def _add(self, tally: Tally, failures: bool) -> None:
        if not tally.pid:
            self._names.add(tally.name, tally.count, tally.last_id, failures)
            return
        if failures:
            # The events themselves were counted before, so that there is a process.
            process = self._population.owner(tally.pid, tally.last_id)
            if process is not None:
                process.own_failures += tally.count
            return
        process = self._population.saw(tally.pid, tally.name, tally.last_id)
        process.own_events += tally.count
        self._pid_events += tally.count

    # The result.

    def _forest(self, basis: Basis) -> Forest:
        processes = self._population.by_identity
        owners: dict[str, Process] = {}
        if basis is Basis.NAME:
            processes = self._named_processes()
            owners = {process.name: process for process in processes.values()}
        elif basis is Basis.PID_WITH_NAMES:
            owners = self._names.owners(processes.values())
        self._settle_counts(processes.values(), owners, counted=not basis.by_name)
        return Forest(
            processes,
            self._population,
            basis,
            owners=owners,
            spellings=self._names.spellings() if basis is Basis.PID_WITH_NAMES else {},
            counted_to=min(self._counted_to.values()),
            unassigned=sum(count.events for count in self._names if count.name not in owners),
            malformed=self._malformed,
        )

    def _basis(self) -> Basis:
        if not len(self._population):
            return Basis.NAME if len(self._names) else Basis.NONE
        if not self._process_rows:
            return Basis.PID_OF_EVENTS
        # Starts and exits have a pid in every trace that has them.
        return Basis.PID if self._pid_events > self._process_rows else Basis.PID_WITH_NAMES

    def _named_processes(self) -> dict[Identity, Process]:
        """A node a name, for a trace in which no process has a pid."""
        for count in self._names:
            identity = Identity(0, name=count.name)
            process = self._named.setdefault(identity, Process(identity))
            process.placeholder = False
            process.first_id, process.last_id = count.first_id, count.last_id
        self._callers.link({process.name: process for process in self._named.values()})
        return self._named

    def _settle_counts(
        self, processes: Iterable[Process], owners: Mapping[str, Process], counted: bool
    ) -> None:
        """Set the counts of all processes: those by pid, and those of the names that are theirs alone.

        Each is set once, because another thread may be reading it.
        """
        named: dict[Process, list[NameCount]] = {}
        for count in self._names:
            if count.name in owners:
                named.setdefault(owners[count.name], []).append(count)
        for process in processes:
            counts = named.get(process, ())
            process.events = process.own_events + sum(count.events for count in counts)
            process.failures = process.own_failures + sum(count.failures for count in counts)
            process.counted = counted or bool(counts)


def _latched(cancelled: Cancelled) -> Stopped:
    """``cancelled`` with a memory: once true, it stays so, whatever it says later."""
    seen = False

    def stopped() -> bool:
        nonlocal seen
        seen = seen or (cancelled is not None and cancelled())
        return seen

    return stopped
