"""What processes tell through the spool, as events of the trace.

Every audit event is a row of ``syscall`` with the event's name, its arguments as ``name=value`` and no
result: it is raised before the operation, and nobody says how that went. Starts and ends of processes are
rows of ``proc_start``, ``exec`` and ``proc_exit``.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from tracetui.events.audit_events import AuditEvent, audit_event
from tracetui.logger import Block
from tracetui.sources.audit.process import Process
from tracetui.sources.audit.redact import redact_environment, redact_words
from tracetui.sources.audit.values import argument_text, is_secret, number, redacted_text, storable
from tracetui.sources.report import Target

_SLOTS = 6
_COMM_LENGTH = 15
_ARGUMENTS = tuple(column for i in range(_SLOTS) for column in (f"arg{i}", f"arg{i}_repr"))
_CALL = ("id", "name", "retno", "retno_repr", *_ARGUMENTS)
_START = ("id", "pid", "ppid", "create_time", "comm", "uid", "gid", "euid", "egid")
_PROGRAM = ("id", "calltree", "argc", "argv", "envp", "euid", "egid")
_END = ("id", "pid", "create_time", "code", "reason")
_CONTEXT = ("ts", "tid", "host")
UNKNOWN_CODE = -1
_MOST_KEPT = 8192
_LONGEST_KEPT = 512
_MOST_HELD = 10_000
"""Events that are held until they are written together."""
_LONGEST_HELD = 0.5
"""Seconds that an event is held, for whoever watches."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a line says, without when and in which thread."""

    name: str
    values: list[Any]
    row: tuple[Any, ...] | None
    """The row of ``syscall`` after its id; None where such events are not wanted."""
    noteworthy: str
    """Why it is, or empty."""


class Story:
    """Gives rows to ``target``, many at once: what is held waits for :meth:`write`.

    Times are taken on the monotonic clock; ``epoch_offset`` is what they lack.
    """

    def __init__(
        self,
        target: Target,
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
        self._target = target
        self._epoch_offset = epoch_offset
        self._host = os.uname().nodename
        self._keep_secrets = keep_secrets
        self._sayings: dict[bytes, Saying] = {}
        self._hold(Block())
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
        self._calls.append((self._add("syscall", process, ns, tid), *said.row))

    def _row(self, name: str, values: list[Any]) -> tuple[tuple[Any, ...] | None, str]:
        """The row of an event, None where it is not wanted, and why it is noteworthy."""
        if not self.wanted(name):
            return None, ""
        known = audit_event(name)
        arguments: list[Any] = []
        for value, text in zip(values, self._texts(known, values), strict=False):
            arguments += (number(value), text)
        unused = (0, "") * (_SLOTS - len(arguments) // 2)
        row = (storable(name), None, "", *arguments, *unused)
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
        ids = process.ids
        row = (process.pid, process.ppid, process.create_time, comm[:_COMM_LENGTH])
        owners = (ids["uid"], ids["gid"], ids["euid"], ids["egid"])
        position = self._add("proc_start", process, ns, process.pid)
        self._block.rows_of("proc_start", _START).append((position, *row, *owners))

    def program(self, process: Process, ns: int) -> None:
        """The process runs the program in its ``argv`` from now on."""
        argv, environment = process.argv, process.environment
        if not self._keep_secrets:
            argv, environment = list(redact_words(argv)), list(redact_environment(environment))
        texts = (str(len(argv)), str(argv), str(dict(environment)))
        position = self._add("exec", process, ns, process.pid)
        row = (position, "", *texts, process.ids["euid"], process.ids["egid"])
        self._block.rows_of("exec", _PROGRAM).append(row)

    def end(self, process: Process, ns: int, code: int, reason: str) -> None:
        """A process has ended; ``code`` is -1 where only its parent has been told."""
        position = self._add("proc_exit", process, ns, process.pid)
        row = (position, process.pid, process.create_time, code, reason)
        self._block.rows_of("proc_exit", _END).append(row)

    def _add(self, kind: str, process: Process, ns: int, tid: int) -> int:
        """An event of a type; its position in the block."""
        position = len(self._events)
        self._events.append((kind, process.name, process.pid))
        self._contexts.append((ns + self._epoch_offset, tid, self._host))
        return position

    def write(self) -> None:
        """Write what is held."""
        if self._events:
            block = self._block
            self._hold(Block())
            self.rows += len(block.events)
            self._target.add_block(block)

    def write_in_time(self) -> None:
        """Write what is held if it is much, or has waited long."""
        if len(self._events) >= _MOST_HELD or time.monotonic() - self._held_since > _LONGEST_HELD:
            self.write()

    def _hold(self, block: Block) -> None:
        self._block = block
        self._events = block.events
        self._calls = block.rows_of("syscall", _CALL)
        self._contexts = block.rows_of_all("context", _CONTEXT)
        self._held_since = time.monotonic()


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
