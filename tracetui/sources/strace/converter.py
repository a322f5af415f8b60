"""The lines of a log, one after the other, as events of a trace.

Events come in the order of strace's lines, which is the order in which calls returned: a call that others
interrupted is told when it is resumed, and one that never returned when its thread ends, or at the end of
the log.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tracetui.events import ProcStart
from tracetui.sources.report import Emit
from tracetui.sources.strace import lines
from tracetui.sources.strace.calls import Call, NotACall, parse_call, parse_tail, unfinished_call
from tracetui.sources.strace.clock import Clock
from tracetui.sources.strace.constants import constants
from tracetui.sources.strace.lines import Line, cut_glued_message, split_line
from tracetui.sources.strace.lookahead import Undecided, anonymous_pid, parent_clone
from tracetui.sources.strace.processes import Genealogy, Process, is_clone, makes_thread
from tracetui.sources.strace.teller import Teller
from tracetui.sources.strace.text import decode, unescape

_MESSAGE_BEGINS = ("s", "P", "[")
_EXAMPLES = 3


@dataclass(slots=True)
class Counts:
    """What became of a log's lines."""

    lines: int = 0
    events: int = 0
    processes: int = 0
    signals: int = 0
    """Deliveries of signals: a trace has no row for them, only for a death by one."""
    unparsed: int = 0
    """Lines that are nothing of strace's, mostly output of the traced program on the same terminal."""
    truncated: int = 0
    """Reads and writes of which the log has only the first bytes (``-s``)."""
    examples: list[str] = field(default_factory=list)
    """The first lines that were not understood."""


@dataclass(slots=True)
class _Begun:
    """The first part of a call that was interrupted."""

    text: str
    ts: int | None


class Converter:
    """Turns the lines of one log into events.

    ``emit`` takes the events. ``host`` is named in each event's context. ``root_ppid`` and ``root_ids`` are
    parent and user ids of the first process, where the caller started it; ``clock`` is for logs without
    full dates.
    """

    LOOKAHEAD = 5000
    """Lines waited for at most, to learn which process made a child."""

    def __init__(
        self,
        emit: Emit,
        *,
        host: str | None = None,
        clock: Clock | None = None,
        root_ppid: int = 0,
        root_ids: dict[str, int] | None = None,
    ) -> None:
        self.counts = Counts()
        self._teller = Teller(emit, host)
        self._clock = Clock() if clock is None else clock
        self._root_ppid = root_ppid
        self._root_ids = root_ids or {}
        self._tasks = Genealogy()
        self._begun: dict[int, _Begun] = {}
        self._of_name: dict[str | None, int] = {}
        """Numbers below 0 for processes of which only the name is known."""
        self._tells_starts = False
        """Do starts have lines of their own? Then none is told for the call that makes a process."""
        self._waiting: deque[Line] = deque()
        self._glued = ""
        self._torn: Line | None = None
        self._last_tid = 0
        self._start: int | None = None
        self._now: int | None = None

    def feed(self, text: str) -> None:
        """Take the next line of the log, without its newline."""
        self.counts.lines += 1
        if self._glued:
            text, self._glued = self._glued + text, ""
        if text.endswith(" attached") and (glued := cut_glued_message(text)) is not None:
            self._glued = glued
            return
        if not text:
            return
        line = split_line(text, self._clock)
        if self._waiting:
            self._waiting.append(line)
            self._retry()
        elif not self._take(line, final=False):
            self._waiting.append(line)

    def settle(self) -> None:
        """Decide with what is known, where lines wait for later ones: no more are expected soon."""
        while self._waiting:
            self._take(self._waiting.popleft(), final=True)
        self._teller.settle()

    def close(self) -> None:
        """The log has ended: tell of the calls that were still under way."""
        if self._glued:
            self.feed("")
        self.settle()
        if self._torn is not None:
            self._unparsed(self._torn)
        for tid in list(self._begun):
            self._give_up(tid)
        self._teller.settle()
        self.counts.processes = self._tasks.processes
        self.counts.events = self._teller.told.events.total()
        self.counts.truncated = self._teller.told.truncated

    def _retry(self) -> None:
        """Take waiting lines as far as they can be decided."""
        while self._waiting:
            line = self._waiting[0]
            if not self._take(line, final=len(self._waiting) > self.LOOKAHEAD):
                return
            self._waiting.popleft()

    def _take(self, line: Line, *, final: bool) -> bool:
        """Handle a line; False where a later one must tell whose it is, unless this is ``final``."""
        body = line.body
        if body[:1] in _MESSAGE_BEGINS and lines.MESSAGE.fullmatch(body) is not None:
            return True
        if self._torn is not None:
            line = self._mend(line)
            body = line.body
        if (line.tid is None or line.tid not in self._tasks) and lines.LIKELY.match(body) is None:
            self._odd(line)
            return True
        try:
            tid = self._tid(line, final=final)
            process = self._process(tid, line, final=final)
        except Undecided:
            return False
        if line.ts is not None:
            self._now = line.ts
        if not self._handle(line, tid, process):
            self._odd(line)
        return True

    def _odd(self, line: Line) -> None:
        """A line that is nothing whole of strace's: output of the program, or a call torn apart by it."""
        if self._torn is None and lines.TORN.match(line.body) is not None:
            self._torn = line
        else:
            self._unparsed(line)

    def _mend(self, line: Line) -> Line:
        """Put the end of a torn call to its beginning; any other line of strace's shows that it has none."""
        torn = self._torn
        if torn is None or (line.body[:1] != ")" and lines.LIKELY.match(line.body) is None):
            return line
        self._torn = None
        if line.body[:1] == ")":
            return Line(torn.tid, torn.ts, torn.comm, torn.body + line.body)
        self._unparsed(torn)
        return line

    def _unparsed(self, line: Line) -> None:
        self.counts.unparsed += 1
        if len(self.counts.examples) < _EXAMPLES:
            self.counts.examples.append(line.body[:200])

    # Whose line it is

    def _tid(self, line: Line, *, final: bool) -> int:
        if line.tid is not None:
            return line.tid
        if line.is_of_name:
            return self._of_name.setdefault(line.comm, -1 - len(self._of_name))
        alive = self._tasks.tids
        if len(alive) == 1:
            return alive[0]
        if alive:
            return self._last_tid
        return anonymous_pid(line, self._waiting, final=final)

    def _process(self, tid: int, line: Line, *, final: bool) -> Process:
        """The process of a thread, made known here where this is the first line of it."""
        self._last_tid = tid
        if tid in self._tasks:
            return self._tasks[tid]
        if self._start is None:
            self._start = line.ts
        if line.is_of_name:
            process = self._tasks.add(tid, 0)
            process.pid, process.name = 0, line.comm or ""
            return process
        clone = parent_clone(tid, self._tasks.open_clones(), self._waiting, final=final)
        if clone is not None:
            clone.child_tid = tid
            return self._born(tid, clone.caller, clone.makes_thread, line.ts)
        first = not self._tasks.processes
        process = self._tasks.add(tid, self._create_time(line.ts))
        if first:
            process.ppid = self._root_ppid
            process.ids.update(self._root_ids)
        if line.comm:
            process.name = process.comm = line.comm
        return process

    def _born(self, tid: int, parent: Process, thread: bool, ts: int | None) -> Process:
        if thread:
            self._tasks.add_thread(tid, parent)
            return parent
        process = self._tasks.add(tid, self._create_time(ts), parent)
        process.told.add(ProcStart)
        self._teller.start(process, process.name, process.comm, tid, ts)
        return process

    def _create_time(self, ts: int | None) -> int:
        if ts is None or self._start is None:
            return self._tasks.processes + 1
        return max(1, ts - self._start)

    # What the line says

    def _handle(self, line: Line, tid: int, process: Process) -> bool:
        """True where the line was understood."""
        body = line.body
        kind = body[:4]
        if kind == "<...":
            return self._resumed(line, tid, process)
        if kind == "--- ":
            known = lines.SIGNALLED.match(body) is not None
            self.counts.signals += known
            return known or self._started(line, tid, process)
        if kind == "+++ ":
            return not process.is_of_name and self._ended(line, tid)
        if body.endswith(" ...>"):
            if (cut := lines.UNFINISHED.search(body)) is not None:
                return self._interrupted(body[: cut.start()], line, tid)
            if (cut := lines.DETACHED.search(body)) is not None:
                self._begun[tid] = _Begun(body[: cut.start()], line.ts)
                self._give_up(tid)
                return True
        try:
            call = parse_call(body)
        except NotACall:
            return False
        if self._teller.is_row(call):
            self._teller.row(call, tid, process, line.ts)
            return True
        end = None if line.ts is None or call.duration is None else line.ts + call.duration
        self._returned(call, tid, process, line.ts, end)
        return True

    def _started(self, line: Line, tid: int, process: Process) -> bool:
        """A process of the line's own number has begun; True where the line says so."""
        match = lines.STARTED.match(line.body)
        if match is None or int(match["pid"]) != tid:
            return False
        self._tells_starts = True
        process.ppid = int(match["parent"])
        self._teller.started(process, decode(unescape(match["name"])), tid, line.ts)
        return True

    def _interrupted(self, text: str, line: Line, tid: int) -> bool:
        name = text.partition("(")[0]
        self._begun[tid] = _Begun(text, line.ts)
        if is_clone(name):
            self._tasks.begin_clone(tid, text)
        return True

    def _resumed(self, line: Line, tid: int, process: Process) -> bool:
        match = lines.RESUMED.match(line.body)
        if match is None:
            return False
        if line.body.endswith(" ...>") and (cut := lines.UNFINISHED.search(match["rest"])) is not None:
            if tid in self._begun:
                self._begun[tid].text += match["rest"][: cut.start()]
            return True
        begun = self._begun.pop(tid, None)
        rest = match["rest"].removeprefix(
            "<unfinished ...>"
        )  # how a call that dies with its thread is resumed
        try:
            if begun is not None and begun.text.startswith(match["name"] + "("):
                call = parse_call(begun.text.rstrip(", ") + rest if rest[:1] == ")" else begun.text + rest)
            else:
                call = parse_tail(match["name"], rest)
        except NotACall:
            return False
        start = line.ts if begun is None else begun.ts
        end = line.ts if call.duration is None or start is None else start + call.duration
        self._returned(call, tid, process, start, end)
        return True

    def _ended(self, line: Line, tid: int) -> bool:
        if (match := lines.SUPERSEDED.match(line.body)) is not None:
            other = int(match["tid"])
            self._tasks.supersede(tid, other)
            self._begun.pop(tid, None)
            if other in self._begun:
                self._begun[tid] = self._begun.pop(other)
            return True
        if (match := lines.EXITED.match(line.body)) is not None:
            code, signal = int(match["code"]), None
        elif (match := lines.KILLED.match(line.body)) is not None:
            code, signal = 128 + constants().get(match["signal"], 0), match["signal"]
        else:
            return False
        self._give_up(tid)
        process = self._tasks.remove(tid)
        if process is not None and process.pid == tid:
            self._teller.end(process, line.ts, code, signal)
        return True

    def _give_up(self, tid: int) -> None:
        """Tell of the call that ``tid`` had under way and that will not return."""
        begun = self._begun.pop(tid, None)
        if begun is None or tid not in self._tasks:
            return
        try:
            call = unfinished_call(begun.text)
        except NotACall:
            self._unparsed(Line(tid, begun.ts, None, begun.text))
            return
        self._returned(call, tid, self._tasks[tid], begun.ts, None)

    def _returned(self, call: Call, tid: int, process: Process, ts: int | None, end: int | None) -> None:
        self._teller.call(call, tid, process, ts, end)
        if is_clone(call.name):
            self._cloned(call, tid, process, end if end is not None else ts)

    def _cloned(self, call: Call, tid: int, process: Process, ts: int | None) -> None:
        """A call has returned in the parent: its child is known now, if its lines did not come first."""
        clone = self._tasks.end_clone(tid)
        child = call.new_pid
        if child is None or child <= 0 or (clone is not None and clone.child_tid is not None):
            return
        if process.is_of_name or self._tells_starts:
            return
        self._tasks.remove(child)
        thread = any(makes_thread(argument) for argument in call.arguments)
        self._born(child, process, thread, ts)
