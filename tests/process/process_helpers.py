"""Process rows for small traces."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from support import write_trace
from tracetui.events import Event, Exec, ProcExit, ProcStart
from tracetui.process import Forest, build_forest
from tracetui.trace import Trace

RECORDED = (
    "CREATE TABLE context (id INTEGER PRIMARY KEY, ts BIGINT, end_ts BIGINT, tid INTEGER, cpu INTEGER, "
    "host VARCHAR, container VARCHAR)",
    "INSERT INTO context (id, ts) SELECT id, id FROM event",
)
"""Makes a trace one of tracetui's own, with exact ids and a pid in every event."""


def start(
    pid: int, ppid: int = 0, name: str = "", created: int = 0, comm: str = "sh", uid: int = 0
) -> ProcStart:
    """A row as Penguin's ``processes`` plugin writes it."""
    return ProcStart(
        procname=name or f"p{pid}",
        proc_id=pid,
        pid=pid,
        ppid=ppid,
        create_time=created,
        comm=comm,
        uid=uid,
        gid=uid,
        euid=uid,
        egid=uid,
    )


def end(pid: int, code: int = 0, reason: str = "exit_group", created: int = 0) -> ProcExit:
    """A row as Penguin's ``processes`` plugin writes it."""
    return ProcExit(procname="", proc_id=pid, pid=pid, create_time=created, code=code, reason=reason)


def executed(*argv: str, pid: int = 0) -> Exec:
    """A row as Penguin's ``exec_logger`` writes it; with a pid, as tracetui does."""
    return Exec(
        procname="[?]",
        proc_id=pid,
        calltree="",
        argc=str(len(argv)),
        argv=str(list(argv)),
        envp="{}",
        euid=0,
        egid=0,
    )


def forest_of(path: Path, events: Iterable[Event], *statements: str) -> Forest:
    """The forest of a new trace at ``path`` with these events, ids from 1."""
    write_trace(path, events, statements)
    with Trace.open(path) as trace:
        return build_forest(trace)


def outline(forest: Forest) -> list[str]:
    """The tree as indented lines of pids (names, where there are none)."""
    return ["  " * line.depth + str(line.process.pid or line.process.name) for line in forest.flatten()]
