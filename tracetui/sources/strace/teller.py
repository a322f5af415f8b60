"""What a call, a start or an end of a process is in a trace: which rows, in which order, with which names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Syscall, Write
from tracetui.sources.report import Emit
from tracetui.sources.strace.calls import Call
from tracetui.sources.strace.processes import Process, learn_ids
from tracetui.sources.strace.rows import Program, Row, RowMaker, transfer
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


class Teller:
    """Gives events to ``emit``, all with ``host`` in their context."""

    def __init__(self, emit: Emit, host: str | None) -> None:
        self.told = Told()
        self._emit_event = emit
        self._host = host
        self._rows = RowMaker()

    def call(self, call: Call, tid: int, process: Process, ts: int | None, end: int | None) -> None:
        """A call has returned, or never will: its own row, then its bytes or the program it started."""
        context = self._context(tid, ts, end)
        process.last_call = call.name
        self._emit(Syscall, self._rows.syscall(call), process.name, process.pid, context)
        name = call.name
        if name in _TRANSFERS:
            moved = transfer(call)
            if moved is not None:
                row, cut = moved
                self.told.truncated += cut
                self._emit(_TRANSFERS[name], row, process.name, process.pid, context)
        elif name in _EXECS:
            self._exec(call, tid, process, context)
        elif name == "prctl" and call.result == 0 and "PR_SET_NAME" in call.arguments[0]:
            process.comm = (string_bytes(call.arguments[1]) or b"").decode("utf-8", "replace")[:_COMM_LENGTH]
        elif name.startswith(_IDS):
            learn_ids(process, call)

    def start(self, process: Process, name: str, comm: str, tid: int, ts: int | None) -> None:
        """A process has begun, or has begun to run the program ``name`` instead of ``comm``."""
        row = {
            "pid": process.pid,
            "ppid": process.ppid,
            "create_time": process.create_time,
            "comm": comm,
            **process.ids,
        }
        self._emit(ProcStart, row, name, process.pid, self._context(tid, ts, None))

    def end(self, process: Process, ts: int | None, code: int, signal: str | None) -> None:
        """A process has ended with ``code``, or of ``signal``."""
        reason = f"signal:{signal}" if signal else "exit" if process.last_call == "exit" else "exit_group"
        row = {"pid": process.pid, "create_time": process.create_time, "code": code, "reason": reason}
        self._emit(ProcExit, row, process.name, process.pid, self._context(process.pid, ts, None))

    def _exec(self, call: Call, tid: int, process: Process, context: Row) -> None:
        """Every attempt is a row of ``exec``; only a successful one starts a program."""
        program = Program(call)
        row = program.row() | {"euid": process.ids["euid"], "egid": process.ids["egid"]}
        succeeded = call.result == 0
        self._emit(Exec, row, program.name if succeeded else process.name, process.pid, context)
        if succeeded:
            old_comm, process.comm = process.comm, program.base_name[:_COMM_LENGTH]
            process.name = program.name
            self.start(process, program.base_name, old_comm, tid, context["ts"])

    def _context(self, tid: int, ts: int | None, end: int | None) -> Row:
        return {"ts": ts, "end_ts": end, "tid": tid, "host": self._host}

    def _emit(self, cls: type[Event], row: Row, name: str, pid: int, context: Row) -> None:
        row["procname"] = name
        row["proc_id"] = pid
        self.told.events[cls] += 1
        self._emit_event(cls, row, context)
