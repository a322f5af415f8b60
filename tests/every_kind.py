"""One trace with events of every kind that there is, and with every value that is hard to show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from support import NO_ARGUMENTS, boot, write_trace
from tracetui.cli import main
from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Syscall, Write
from tracetui.events.sysflow import K8sEvent, NetworkEvent, ProcessFlow
from tracetui.logger import DB

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07\r\n\ttab \"q\" 'a', {x} {{ .Seq }} [b]bold[/b] \x00nul \u202ertl \x9bcsi "
    "\ud7ff \u2028 é中文 \\x41"
)
"""What a terminal, a table, CSV, markup and templates may take for something else."""

LARGEST = 2**63 - 1
SMALLEST = -(2**63)

_SAMPLES = Path(__file__).parent / "sources" / "data"
_NULLS = {f"arg{n}": None for n in range(6)} | {f"arg{n}_repr": None for n in range(6)}

_FOREIGN = (
    'CREATE TABLE foreign_kind (id INTEGER PRIMARY KEY REFERENCES event(id), fd INTEGER, sport INTEGER, "we ird, '
    '""name" TEXT, data BLOB, real REAL, procname TEXT, retno)',
    "CREATE TABLE settings (name TEXT, value)",
    "INSERT INTO settings VALUES ('arch', 'mipsel'), ('arch', NULL)",
)


def every_kind(path: Path) -> Path:
    """Write the trace, and annotations beside it."""
    write_trace(path, _penguins(), _FOREIGN)
    _flows(path)
    _foreign_rows(path)
    samples = ["single.strace", "fibratus/notepad.jsonl"]
    if find_spec("fastavro"):
        samples += ["sysflow/files.sf", "sysflow/tcp.sf"]
    for sample in samples:
        assert main(["import", str(_SAMPLES / sample), "-o", str(path), "--append"]) == 0
    trace = str(path)
    note = 'line\n[b]x[/b] \x1b[31m, "q"\n# heading'
    assert main(["annotate", trace, "id = 4", "--mark", "a", "--tag", "env=prod", "--note", note]) == 0
    assert main(["annotate", trace, "id in 2..6", "--tag", "<b>&|`", "--tag", "odd"]) == 0
    return path


def _penguins() -> list[Event]:
    """Events of all of Penguin's tables, with NULL where it may be and integers at both ends."""
    process = {"uid": -1, "gid": LARGEST, "euid": 0, "egid": 0}
    call = {"retno": SMALLEST, "retno_repr": HOSTILE}
    return [
        *boot(),
        Event(type=HOSTILE, procname=HOSTILE, proc_id=LARGEST),
        Event(type="unknown", procname="\r", proc_id=SMALLEST),
        Read(procname=HOSTILE, proc_id=77, fd=SMALLEST, fname=HOSTILE, buffer=b""),
        Read(procname="x", proc_id=77, fd=LARGEST, fname="?", buffer=None),
        Write(procname="x", proc_id=77, fd=3, fname=None, buffer=bytes(range(256)) * 99),
        Syscall(procname="x", proc_id=77, name="sys_openat", retno=None, retno_repr=None, **_NULLS),
        Syscall(procname="x", proc_id=77, name=HOSTILE, **call, **NO_ARGUMENTS),
        Syscall(
            procname=HOSTILE,
            proc_id=77,
            name="sys_openat",
            retno=-2,
            retno_repr="ENOENT(No such file or directory)",
            **NO_ARGUMENTS
            | {"arg0": -100, "arg0_repr": "dfd=0xffffff9c", "arg1": LARGEST, "arg2": SMALLEST, "arg3": -1}
            | {"arg1_repr": f'filename=0x1("{HOSTILE}")', "arg2_repr": "flags=0x0", "arg4": None},
        ),
        Syscall(
            procname="x",
            proc_id=0,
            name="sys_write",
            retno=3,
            retno_repr="0x3",
            **NO_ARGUMENTS | {"arg1": 2, "arg1_repr": 'buf=0x2("' + "A" * 2**20 + "\n\x1b," + '")'},
        ),
        Exec(
            procname="[?]",
            proc_id=77,
            calltree=HOSTILE,
            argc="x",
            argv=repr([HOSTILE, "a b", ""]),
            envp=repr({"A": HOSTILE, "=": "", "PATH": "/bin"}),
            euid=-1,
            egid=LARGEST,
        ),
        Exec(procname="[?]", proc_id=77, calltree="", argc="", argv="['no end", envp="{'", euid=0, egid=0),
        ProcStart(procname=HOSTILE, proc_id=77, pid=77, ppid=77, create_time=-1, comm=HOSTILE, **process),
        ProcStart(procname="a", proc_id=78, pid=78, ppid=79, create_time=5, comm="", **process),
        ProcStart(procname="b", proc_id=79, pid=79, ppid=78, create_time=6, comm="", **process),
        ProcExit(procname="", proc_id=77, pid=77, create_time=-1, code=-1, reason="unknown"),
        ProcExit(procname="", proc_id=78, pid=78, create_time=5, code=LARGEST, reason=HOSTILE),
    ]


def _flows(path: Path) -> None:
    """Kinds of SysFlow's that no small sample has, and audit events of Python, by way of the logger."""
    with DB(path.parent, filename=path.name, order="arrival") as db:
        db.add_event(
            K8sEvent,
            {
                "procname": "",
                "proc_id": 0,
                "kind": "K8S_PODS",
                "action": "K8S_COMPONENT_ADDED",
                "message": HOSTILE,
            },
            {"ts": LARGEST, "end_ts": SMALLEST, "tid": -1, "cpu": LARGEST, "host": HOSTILE, "container": ""},
        )
        nothing = {"procname": "x", "proc_id": 5}
        db.add_event(ProcessFlow, {**nothing, "nthreads": LARGEST, "nexits": None, "nerrors": 0}, {"ts": 0})
        db.add_event(
            NetworkEvent, {**nothing, "sip": HOSTILE, "sport": -1, "dip": "::1", "dport": 2**16, "proto": 6}
        )
        audit = {"name": "open", "retno": None, "retno_repr": "", **NO_ARGUMENTS}
        arguments = {
            "arg0_repr": "path=/etc/passwd",
            "arg1_repr": "mode=r",
            "arg2": 524288,
            "arg2_repr": "flags=524288",
        }
        db.add_event(Syscall, {**nothing, **audit, **arguments}, {"ts": 1_700_000_000_000_000_000})


def _foreign_rows(path: Path) -> None:
    """Events of a table that nobody knows, and values that no model would store."""
    with closing(sqlite3.connect(path)) as db:
        last = db.execute("SELECT max(id) FROM event").fetchone()[0]
        db.execute(
            "INSERT INTO event VALUES (?, 'foreign_kind', CAST(x'ff41001b' AS TEXT), 'a text')", (last + 1,)
        )
        row = (last + 1, SMALLEST, -1, HOSTILE, b"\x00\xff\x1b", float("inf"), "twice", None)
        db.execute("INSERT INTO foreign_kind VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO event VALUES (?, 'foreign_kind', x'ff00', 1.5)", (last + 2,))
        row = (last + 2, "a text", 80, "\r", "text in a blob", 1.5, None, b"b")
        db.execute("INSERT INTO foreign_kind VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO event VALUES (?, 'syscall', 'odd values', 3)", (last + 3,))
        odd = (
            "INSERT INTO syscall (id, name, retno, arg0, arg0_repr) VALUES (?, x'ff41', 'text', 1.5, x'00ff')"
        )
        db.execute(odd, (last + 3,))
        db.execute("INSERT INTO event VALUES (?, 'write', 'without its row', 3)", (last + 4,))
        db.commit()
