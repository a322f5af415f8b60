"""What processes tell through the spool, as events of the trace.

Every audit event is a row of ``syscall`` with the event's name, its arguments as ``name=value`` and no
result: it is raised before the operation, and nobody says how that went. Starts and ends of processes are
rows of ``proc_start``, ``exec`` and ``proc_exit``.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from tracetui.events import Event, Exec, ProcExit, ProcStart, Syscall
from tracetui.events.audit_events import AuditEvent, audit_event
from tracetui.sources.audit.process import Process
from tracetui.sources.audit.redact import redact_environment, redact_words
from tracetui.sources.audit.values import argument_text, is_secret, number, redacted_text, storable
from tracetui.sources.report import Emit

_SLOTS = 6
_COMM_LENGTH = 15
_EMPTY: dict[str, Any] = {"retno": None, "retno_repr": ""} | {
    key: value for i in range(_SLOTS) for key, value in ((f"arg{i}", 0), (f"arg{i}_repr", ""))
}
UNKNOWN_CODE = -1
_MOST_KEPT = 8192
_LONGEST_KEPT = 512


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saying:
    """What a line says, without when and in which thread."""

    name: str
    values: list[Any]
    row: Row | None
    """The row of ``syscall``; None where such events are not wanted."""
    noteworthy: str
    """Why it is, or empty."""


class Story:
    """Gives rows to ``emit``. Times are taken on the monotonic clock; ``epoch_offset`` is what they lack."""

    def __init__(
        self,
        emit: Emit,
        *,
        epoch_offset: int,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        keep_secrets: bool = False,
    ) -> None:
        self.rows = 0
        self.noteworthy: Counter[str] = Counter()
        """How many events are noteworthy, by reason."""
        self.left_out = 0
        """Events that were filtered out."""
        self._emit_event = emit
        self._epoch_offset = epoch_offset
        self._host = os.uname().nodename
        self._keep_secrets = keep_secrets
        self._sayings: dict[bytes, Saying] = {}
        self.wanted = lru_cache(maxsize=4096)(lambda name: _wanted(name, include, exclude))

    def saying(self, text: bytes) -> Saying:
        """What a line says after time and thread. Most repeat an earlier one.

        Raises ValueError, TypeError or LookupError for text that is no event.
        """
        known = self._sayings.get(text)
        if known is None:
            name, *values = json.loads(f"[{text.decode('ascii')}")
            if not isinstance(name, str):
                raise TypeError
            known = Saying(name, values, *self._row(name, values))
            if len(text) <= _LONGEST_KEPT:
                if len(self._sayings) >= _MOST_KEPT:
                    self._sayings.clear()
                self._sayings[text] = known
        return known

    def event(self, process: Process, ns: int, tid: int, said: Saying) -> None:
        """An audit event."""
        if said.row is None:
            self.left_out += 1
            return
        if said.noteworthy:
            self.noteworthy[said.noteworthy] += 1
        self._emit(Syscall, said.row.copy(), process, ns, tid)

    def _row(self, name: str, values: list[Any]) -> tuple[Row | None, str]:
        """The row of an event, None where it is not wanted, and why it is noteworthy."""
        if not self.wanted(name):
            return None, ""
        known = audit_event(name)
        row = {"name": storable(name), **_EMPTY}
        for i, (value, text) in enumerate(zip(values, self._texts(known, values), strict=False)):
            row[f"arg{i}"] = number(value)
            row[f"arg{i}_repr"] = text
        return row, known.noteworthy if _is_noteworthy(name, values) else ""

    def _texts(self, known: AuditEvent, values: list[Any]) -> list[str]:
        """``name=value`` of each argument; the sixth holds all that there is no column for."""
        texts = []
        for i, value in enumerate(values):
            name = known.argument(i)
            hidden = not self._keep_secrets and is_secret(known.name, name, known.secret, values)
            if hidden:
                shown = redacted_text(value)
            elif name == "mode" and type(value) is int:
                shown = f"{value:#o}"
            else:
                shown = argument_text(value, keep_secrets=self._keep_secrets)
            texts.append(f"{name}={shown}")
        return [*texts[: _SLOTS - 1], ", ".join(texts[_SLOTS - 1 :])] if len(texts) > _SLOTS else texts

    def start(self, process: Process, comm: str, ns: int) -> None:
        """A process has begun, or has begun to run another program than ``comm``."""
        row = {
            "pid": process.pid,
            "ppid": process.ppid,
            "create_time": process.create_time,
            "comm": comm[:_COMM_LENGTH],
            **process.ids,
        }
        self._emit(ProcStart, row, process, ns, process.pid)

    def program(self, process: Process, ns: int) -> None:
        """The process runs the program in its ``argv`` from now on."""
        argv, environment = process.argv, process.environment
        if not self._keep_secrets:
            argv, environment = list(redact_words(argv)), list(redact_environment(environment))
        row = {
            "calltree": "",
            "argc": str(len(argv)),
            "argv": str(argv),
            "envp": str(dict(environment)),
            "euid": process.ids["euid"],
            "egid": process.ids["egid"],
        }
        self._emit(Exec, row, process, ns, process.pid)

    def end(self, process: Process, ns: int, code: int, reason: str) -> None:
        """A process has ended; ``code`` is -1 where only its parent has been told."""
        row = {"pid": process.pid, "create_time": process.create_time, "code": code, "reason": reason}
        self._emit(ProcExit, row, process, ns, process.pid)

    def _emit(self, cls: type[Event], row: dict[str, Any], process: Process, ns: int, tid: int) -> None:
        row["procname"], row["proc_id"] = process.name, process.pid
        self.rows += 1
        context = {"ts": ns + self._epoch_offset, "end_ts": None, "tid": tid, "host": self._host}
        self._emit_event(cls, row, context)


def _wanted(name: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    included = not include or any(fnmatchcase(name, pattern) for pattern in include)
    return included and not any(fnmatchcase(name, pattern) for pattern in exclude)


def _is_noteworthy(name: str, values: list[Any]) -> bool:
    """Of the code that runs, only what did not come from a file is worth a note."""
    if name == "exec":
        return bool(values) and isinstance(values[0], dict) and values[0].get("file") == "<string>"
    if name == "compile":
        return len(values) > 1 and values[1] == "<string>"
    return True
