"""Small traces for tests, written through the models and plain SQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tracetui.events import Base, Event, Exec, ProcExit, ProcStart, Read, Syscall, Write

NO_ARGUMENTS = {f"arg{n}": 0 for n in range(6)} | {f"arg{n}_repr": "" for n in range(6)}


def syscall(
    name: str,
    *args: str | tuple[int, str],
    retno: int | None = 0,
    procname: str = "/bin/sh",
    proc_id: int = 0,
) -> Syscall:
    """A row as Penguin v3 writes it; an argument is its repr, or (value, repr)."""
    columns: dict[str, object] = dict(NO_ARGUMENTS)
    for index, argument in enumerate(args):
        value, text = argument if isinstance(argument, tuple) else (0x1000 + index, argument)
        columns |= {f"arg{index}": value, f"arg{index}_repr": text}
    names = {
        -2: "ENOENT(No such file or directory)",
        -25: "ENOTTY(Not a typewriter)",
        -11: "EAGAIN(Try again)",
    }
    shown = None if retno is None else names.get(retno, f"{retno:#x}")
    return Syscall(
        procname=procname, proc_id=proc_id, name=f"sys_{name}", retno=retno, retno_repr=shown, **columns
    )


def openat(path: str, retno: int = 3, **columns: object) -> Syscall:
    """An openat as Penguin v3 writes it."""
    quoted = f'filename=0x7ffd0001e598("{path}")'
    arguments = ((0xFFFFFF9C, "dfd=0xffffff9c"), (0x7FFD0001E598, quoted), (0, "flags=0x0"), (0, "mode=0x0"))
    return syscall("openat", *arguments, retno=retno, **columns)  # type: ignore[arg-type]


def boot(rounds: int = 1) -> list[Event]:
    """A little boot: init, a shell that misses files, a daemon that dies; with process rows."""
    events: list[Event] = [
        Exec(
            procname="[?]",
            proc_id=0,
            calltree="",
            argc="2",
            euid=0,
            egid=0,
            argv="['/sbin/init', '-s']",
            envp="{'PATH': '/bin:/sbin', 'HOME': '/root'}",
        ),
        ProcStart(
            procname="init",
            proc_id=1,
            pid=1,
            ppid=0,
            create_time=1_000,
            comm="swapper",
            uid=0,
            gid=0,
            euid=0,
            egid=0,
        ),
        ProcStart(
            procname="httpd",
            proc_id=12,
            pid=12,
            ppid=1,
            create_time=5_000,
            comm="init",
            uid=0,
            gid=0,
            euid=0,
            egid=0,
        ),
    ]
    for _ in range(rounds):
        events += [
            openat("/dev/nvram", -2, procname="/sbin/init"),
            openat("/etc/passwd", 4, procname="/usr/sbin/httpd"),
            syscall("ioctl", (4, "fd=0x4(/dev/mtd0)"), (0x5401, "cmd=0x5401"), (0, "arg=0x0"), retno=-25),
            Read(
                procname="/usr/sbin/httpd",
                proc_id=0,
                fd=4,
                fname="/etc/passwd",
                buffer=b"root:x:0:0\n\x00\x1b[31m",
            ),
            Write(procname="/usr/sbin/httpd", proc_id=0, fd=1, fname="/dev/console", buffer=b"started\n"),
            syscall("newfstatat", (0, "dfd=0x0"), (1, 'filename=0x1("/www")'), procname="/usr/sbin/httpd"),
        ]
    events.append(
        ProcExit(procname="", proc_id=12, pid=12, create_time=5_000, code=139, reason="signal:SIGSEGV")
    )
    return events


def write_trace(
    path: Path, events: Iterable[Event], statements: Sequence[str] = (), first_id: int = 1
) -> Path:
    """Write ``events`` with ids from ``first_id``, in order, then run SQL ``statements``."""
    if path.exists():
        _make_tables(path)
    else:
        path.write_bytes(_empty_trace())
    with _writing(path) as engine, Session(engine) as session:
        for event_id, event in enumerate(events, first_id):
            if event.id is None:
                event.id = event_id
            session.add(event)
        session.commit()
    if statements:
        run_sql(path, *statements)
    return path


_PATH: ContextVar[Path] = ContextVar("_PATH")
"""The trace that is being written."""


def _connect() -> sqlite3.Connection:
    connection = sqlite3.connect(_PATH.get())
    # What a test writes need not survive a power cut: no disk is waited for.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


_ENGINE = create_engine("sqlite://", creator=_connect, poolclass=NullPool)
"""One for all traces, so that statements are compiled once."""


@contextmanager
def _writing(path: Path) -> Iterator[Engine]:
    token = _PATH.set(path)
    try:
        yield _ENGINE
    finally:
        _PATH.reset(token)


def _make_tables(path: Path) -> None:
    with _writing(path) as engine:
        Base.metadata.create_all(engine)


@cache
def _empty_trace() -> bytes:
    """A trace without events, made once for all tests of a process."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        _make_tables(path)
        return path.read_bytes()


def append(path: Path, events: Iterable[Event]) -> int:
    """Commit more events above the highest id; returns the last id."""
    with _writing(path) as engine, Session(engine) as session:
        last = session.query(Event.id).order_by(Event.id.desc()).limit(1).scalar() or 0
        for last, event in enumerate(events, last + 1):  # noqa: B020 - the highest id is wanted after the loop
            event.id = last
            session.add(event)
        session.commit()
    return last


def run_sql(path: Path, *statements: str) -> None:
    """Run SQL on a trace with a writing connection."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


_KILLED = """
import os, signal, sqlite3, sys
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
writer.execute("PRAGMA cache_size = 1")
writer.execute("BEGIN IMMEDIATE")
writer.execute("UPDATE syscall SET name = 'sys_lost', arg0_repr = hex(randomblob(2000))")
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_writer(path: Path) -> Path:
    """Let a writer be killed in the middle of a flush to an existing trace; returns its path."""
    subprocess.run([sys.executable, "-c", _KILLED, path], check=False)
    assert path.with_name(f"{path.name}-journal").stat().st_size
    return path
