"""Fields of the process that an event is of: identity, family, program and end."""

from __future__ import annotations

from tracetui.filter import derive, told
from tracetui.filter.field import Derived, Field, Kind, Number, Stored
from tracetui.filter.fields.values import of_process, of_state, one
from tracetui.filter.surroundings import ancestors

_PROC = "as the logger names it: argv[0] or the task's comm"

_parent_name = told.of_object("name")
_ppid = one(lambda r: r.ppid)
_state_ppid = of_state(derive.only_number, "ppid")
_state_exe = of_state(derive.only_text, "exe")
_state_command = of_state(told.command, "comm", "args")
_state_env = of_state(told.variables, "envs")


def _signal_names(word: str) -> tuple[str, ...]:
    """``SIGSEGV`` for ``SEGV`` and ``sigsegv`` too."""
    upper = word.upper()
    return tuple(dict.fromkeys((word, upper, f"SIG{upper}")))


PROCESS_FIELDS: tuple[Field, ...] = (
    Field(
        "pid",
        Kind.NUMBER,
        "process id, where the trace knows it",
        ("proc.pid", "sf.proc.pid"),
        "pid = 412",
        one(lambda r: r.pid),
        (Number("=pid", ("event", "proc_start", "proc_exit")),),
        in_words="procname",
    ),
    Field(
        "tid",
        Kind.NUMBER,
        "thread id, where the recorder knew it",
        ("thread.tid", "evt.tid", "kevt.tid", "sf.proc.tid"),
        "tid = 413",
        one(lambda r: r.tid),
        (Number("context.tid"),),
    ),
    Field(
        "ppid",
        Kind.NUMBER,
        "process id of the parent",
        ("proc.ppid", "sf.pproc.pid", "ps.ppid", "ps.parent.pid"),
        "ppid = 1",
        lambda r: (*_ppid(r), *_state_ppid(r)),
        (Number("proc_start.ppid"), Number("=ps.ppid", ("kevent",))),
        process=of_process(lambda p: p.ppid),
        in_words="proc.pname",
    ),
    Field(
        "procname",
        Kind.TEXT,
        f"process name, {_PROC}",
        ("proc.name", "proc", "process", "comm", "sf.proc.name", "ps.name", "proc.comm"),
        "procname endswith httpd",
        lambda r: (r.procname,) if r.procname else (),
        (Stored("event.procname", frozenset({""})),),
    ),
    Field(
        "uid",
        Kind.NUMBER,
        "user id of the process",
        ("user.uid", "sf.proc.uid", "proc.uid"),
        "uid != 0",
        one(lambda r: r.uid),
        (Number("proc_start.uid"),),
        process=of_process(lambda p: p.uid),
    ),
    Field(
        "euid",
        Kind.NUMBER,
        "effective user id of the process",
        ("user.euid", "proc.euid"),
        "euid = 0",
        one(lambda r: r.euid),
        (Number("exec.euid"), Number("proc_start.euid")),
        process=of_process(lambda p: p.euid),
    ),
    Field(
        "gid",
        Kind.NUMBER,
        "group id of the process",
        ("group.gid", "sf.proc.gid", "proc.gid"),
        "gid = 0",
        one(lambda r: r.gid),
        (Number("proc_start.gid"),),
        process=of_process(lambda p: p.gid),
    ),
    Field(
        "egid",
        Kind.NUMBER,
        "effective group id of the process",
        ("group.egid", "proc.egid"),
        "egid = 0",
        one(lambda r: r.egid),
        (Number("exec.egid"), Number("proc_start.egid")),
        process=of_process(lambda p: p.egid),
    ),
    Field(
        "proc.apid",
        Kind.NUMBER,
        "process id of any ancestor; proc.apid[1] is the parent's",
        ("apid", "sf.proc.apid"),
        "proc.apid = 1",
        process=lambda p: [a.pid for a in ancestors(p) if a.pid is not None],
        in_words="proc.aname",
    ),
    Field(
        "proc.aname",
        Kind.TEXT,
        "name of any ancestor; proc.aname[1] is the parent's",
        ("aname", "sf.proc.aname", "ps.ancestor", "ps.ancestors"),
        "proc.aname = httpd",
        process=lambda p: [name for a in ancestors(p) for name in a.names],
    ),
    Field(
        "proc.pname",
        Kind.TEXT,
        "name of the parent, any that it ever had",
        ("pname", "sf.pproc.name", "ps.parent.name", "proc.parent.name"),
        "proc.pname contains init",
        of_state(_parent_name, "parent"),
        (Derived(("=ps.parent",), _parent_name, repeats=True),),
        process=lambda p: () if p.parent is None else tuple(p.parent.names),
    ),
    Field(
        "proc.tree",
        Kind.NUMBER,
        "process id of the process or of any ancestor: a process with all below it",
        ("tree", "subtree"),
        "tree = 412",
        one(lambda r: r.pid),
        (Number("=pid", ("event", "proc_start", "proc_exit")),),
        process=lambda p: [q.pid for q in (p, *ancestors(p)) if q.pid is not None],
        in_words="proc.aname",
    ),
    Field(
        "argv",
        Kind.TEXT,
        "command line of an exec, or of a process whose state is told: the whole of it, or any word",
        (
            "proc.cmdline",
            "proc.args",
            "cmdline",
            "sf.proc.args",
            "sf.proc.cmdline",
            "ps.cmdline",
            "ps.args",
            "ps.comm",
        ),
        "argv icontains wget",
        lambda r: (*derive.command_line(r.argv), *_state_command(r)),
        (
            Derived(("exec.argv",), derive.command_of),
            Derived(("=ps.comm", "=ps.args"), told.command, repeats=True),
        ),
    ),
    Field(
        "exe",
        Kind.TEXT,
        "program of an exec (the first word of its command line), or of a process whose state is told",
        ("proc.exe", "sf.proc.exe", "ps.exe", "proc.exepath"),
        "exe endswith /sh",
        lambda r: (*(r.argv or ())[:1], *_state_exe(r)),
        (Derived(("exec.argv",), derive.program_of), Stored("=ps.exe")),
    ),
    Field(
        "env",
        Kind.TEXT,
        "environment of an exec, or of a process whose state is told: NAME=value or NAME of any variable",
        ("proc.env", "envp", "ps.envs", "sf.proc.env"),
        "env startswith LD_PRELOAD=",
        lambda r: (*derive.environment(r.env), *_state_env(r)),
        (
            Derived(("exec.envp",), derive.environment_of),
            Derived(("=ps.envs",), told.variables, repeats=True),
        ),
    ),
    Field(
        "code",
        Kind.NUMBER,
        "exit code of a process end; 128 + signal number for a death by signal",
        ("proc.exit.code", "exit.code", "exitcode"),
        "code != 0",
        one(lambda r: r.code),
        (Number("=code", ("proc_exit",)),),
        in_words="reason",
    ),
    Field(
        "reason",
        Kind.TEXT,
        "how a process ended: exit, exit_group, signal:SIGSEGV",
        ("proc.exit.reason", "exit.reason"),
        "reason startswith signal:",
        one(lambda r: r.reason),
        (Stored("proc_exit.reason"),),
        expand=lambda word: (word, f"signal:{word}"),
    ),
    Field(
        "signal",
        Kind.TEXT,
        "signal that ended a process",
        ("proc.exit.signal", "exit.signal"),
        "signal = SIGSEGV",
        one(lambda r: r.signal),
        (Derived(("proc_exit.reason",), derive.signal_of, repeats=True),),
        expand=_signal_names,
    ),
    Field(
        "create_time",
        Kind.NUMBER,
        "start of the process in ns since boot",
        ("proc.createtime", "proc.create_time", "sf.proc.createts"),
        "create_time > 0",
        one(lambda r: r.create_time),
        (
            Number("=create_time", ("event",)),
            Number("proc_start.create_time"),
            Number("proc_exit.create_time"),
        ),
    ),
)
