"""States of processes in a trace from SysFlow, which writes them down with each event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from tracetui.canonical import ProcessState
from tracetui.events import Record
from tracetui.events.sysflow import SysflowProcess
from tracetui.reader import FlattenedReader

_GENERATIONS = 64
"""Ancestors told of at most."""

_REMEMBERED = 10_000


class LinkedStates:
    """Gives the state of a process as SysFlow wrote it; ancestors beyond the parent as they were last."""

    def __init__(self, reader: FlattenedReader) -> None:
        self._reader = reader
        self._last_of = lru_cache(maxsize=_REMEMBERED)(reader.getProcess)

    def of(self, record: Record) -> ProcessState | None:
        """The state of a record's process; ``None`` for an event that has none."""
        flattened = self._reader.flatten(record)
        if flattened.proc is None:
            return None
        return self._state(flattened.proc, flattened.pproc, _GENERATIONS)

    def _state(
        self, process: SysflowProcess, parent: SysflowProcess | None, generations: int
    ) -> ProcessState:
        above = None
        if parent is not None and generations:
            above = self._state(parent, self._parent(parent), generations - 1)
        exe = process.exe or ""
        return ProcessState(
            pid=process.pid,
            ppid=process.parent_pid,
            name=exe.rpartition("/")[2],
            exe=exe,
            argv=tuple(word for word in (exe, process.args) if word),  # where one argument ends is lost
            uid=process.uid,
            gid=process.gid,
            create_time=process.create_time,
            cwd=process.cwd or None,
            env=_environment(process.env),
            parent=above,
        )

    def _parent(self, process: SysflowProcess) -> SysflowProcess | None:
        if process.parent_pid is None:
            return None
        return self._last_of(process.parent_pid, process.parent_create_time)


def _environment(stored: str | None) -> Mapping[str, str] | None:
    """The variables of a stored JSON list of ``NAME=value``."""
    try:
        words = json.loads(stored or "null")
    except ValueError:
        return None
    if not isinstance(words, list):
        return None
    pairs = (str(word).partition("=") for word in words)
    return {name: value for name, _, value in pairs}
