"""What a call, a start or an end of a process is in a trace: which rows, in which order, with which names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Syscall, Write
from tracetui.sources.report import Emit
from tracetui.sources.strace.calls import Call
from tracetui.sources.strace.processes import Process, learn_ids
from tracetui.sources.strace.rows import (
    Program,
    Row,
    RowMaker,
    is_program,
    is_transfer,
    stored_transfer,
    transfer,
)
from tracetui.sources.strace.values import string_bytes

_TRANSFERS: dict[str, type[Event]] = {"read": Read, "write": Write}
_EXECS = frozenset({"execve", "execveat"})
_IDS = ("getu", "gete", "getg", "setu", "setg", "setre")
_COMM_LENGTH = 15


@dataclass(slots=True)
class Told:
    """How many events were told."""

    events: Counter[type[Event]] = field(default_factory=Counter)
    truncated: int = 0
    """Reads and writes of which the log has only the first bytes (``-s``)."""


@dataclass(slots=True)
class _Held:
    """An event that follows from a call, and that the next line may tell again and better."""

    cls: type[Event]
    row: Row
    name: str
    pid: int
    context: Row
    cut: bool = False
    """Are bytes missing?"""


class Teller:
    """Gives events to ``emit``, all with ``host`` in their context."""

    def __init__(self, emit: Emit, host: str | None) -> None:
        self.told = Told()
        self._emit_event = emit
        self._host = host
        self._rows = RowMaker()
        self._held: _Held | None = None

    def call(self, call: Call, tid: int, process: Process, ts: int | None, end: int | None) -> None:
        """A call has returned, or never will: its own row, then its bytes or the program it started."""
        context = self._context(tid, ts, end)
        process.last_call = name = call.name
        process.told.clear()
        self._emit(Syscall, self._rows.syscall(call), process.name, process.pid, context)
        if process.is_of_name:
            return
        if name in _TRANSFERS:
            moved = transfer(call)
            if moved is not None:
                row, cut = moved
                self._held = _Held(_TRANSFERS[name], row, process.name, process.pid, context, cut)
        elif name in _EXECS:
            self._exec(call, tid, process, context)
        elif name == "prctl" and call.result == 0 and "PR_SET_NAME" in call.arguments[0]:
            process.comm = (string_bytes(call.arguments[1]) or b"").decode("utf-8", "replace")[:_COMM_LENGTH]
        elif name.startswith(_IDS):
            learn_ids(process, call)

    def is_row(self, call: Call) -> bool:
        """Does the line stand for a row of another table and for no call? strace writes no such lines."""
        return is_transfer(call) or is_program(call)

    def row(self, call: Call, tid: int, process: Process, ts: int | None) -> None:
        """A line for which :meth:`is_row`: the row is told, unless the line before has told it."""
        if is_transfer(call):
            self._moved(call, tid, process, ts)
        elif Exec in process.told:
            process.told.remove(Exec)
        else:
            self._program(Program(call), process, process.name, self._context(tid, ts, None))

    def settle(self) -> None:
        """Tell what waits for the next line."""
        held, self._held = self._held, None
        if held is not None:
            self.told.truncated += held.cut
            self._emit(held.cls, held.row, held.name, held.pid, held.context)

    def start(self, process: Process, name: str, comm: str, tid: int, ts: int | None) -> None:
        """A process has begun, or has begun to run the program ``name`` instead of ``comm``."""
        row = {
            "pid": process.pid,
            "ppid": process.ppid,
            "create_time": process.create_time,
            "comm": comm,
            **process.ids,
        }
        self.settle()
        self._held = _Held(ProcStart, row, name, process.pid, self._context(tid, ts, None))

    def started(self, process: Process, name: str, tid: int, ts: int | None) -> None:
        """A line says that a process has begun, and of which parent; perhaps a call has told of it before."""
        if ProcStart not in process.told:
            process.name = name
            self.start(process, name, process.comm, tid, ts)
            return
        process.told.remove(ProcStart)
        held = self._held
        if held is not None and held.cls is ProcStart and held.pid == process.pid:
            held.row["ppid"] = process.ppid

    def end(self, process: Process, ts: int | None, code: int, signal: str | None) -> None:
        """A process has ended with ``code``, or of ``signal``."""
        reason = f"signal:{signal}" if signal else "exit" if process.last_call == "exit" else "exit_group"
        row = {"pid": process.pid, "create_time": process.create_time, "code": code, "reason": reason}
        self._emit(ProcExit, row, process.name, process.pid, self._context(process.pid, ts, None))

    def _exec(self, call: Call, tid: int, process: Process, context: Row) -> None:
        """Every attempt is a row of ``exec``; only a successful one starts a program."""
        program = Program(call)
        process.told.add(Exec)
        succeeded = call.result == 0
        self._program(program, process, program.name if succeeded else process.name, context)
        if succeeded:
            old_comm, process.comm = process.comm, program.base_name[:_COMM_LENGTH]
            process.name = program.name
            process.told.add(ProcStart)
            self.start(process, program.base_name, old_comm, tid, context["ts"])

    def _program(self, program: Program, process: Process, name: str, context: Row) -> None:
        row = program.row() | {"euid": process.ids["euid"], "egid": process.ids["egid"]}
        self._emit(Exec, row, name, process.pid, context)

    def _moved(self, call: Call, tid: int, process: Process, ts: int | None) -> None:
        row, cut = stored_transfer(call)
        told = _Held(_TRANSFERS[call.name], row, process.name, process.pid, self._context(tid, ts, None), cut)
        held = self._held
        if held is not None and (held.cls, held.pid, held.context["ts"]) == (told.cls, told.pid, ts):
            if len(held.row["buffer"]) < len(row["buffer"] or b""):
                held.row["buffer"], held.cut = row["buffer"], cut
            told, self._held = held, None
        self.settle()
        self._held = told
        self.settle()

    def _context(self, tid: int, ts: int | None, end: int | None) -> Row:
        return {"ts": ts, "end_ts": end, "tid": tid if tid > 0 else None, "host": self._host}

    def _emit(self, cls: type[Event], row: Row, name: str, pid: int, context: Row) -> None:
        self.settle()
        row["procname"] = name
        row["proc_id"] = pid
        self.told.events[cls] += 1
        says_nothing = not pid and context["ts"] is None
        self._emit_event(cls, row, None if says_nothing else context)
