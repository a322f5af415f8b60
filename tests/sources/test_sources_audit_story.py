"""From what the hook writes to rows: names, texts, noteworthy events, children that told nothing."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path

import pytest
from audit_helpers import Told, run, run_python

from tracetui.events import Exec, ProcExit, Syscall
from tracetui.events.audit_events import noise_names
from tracetui.sources.audit import audit_event, audit_events
from tracetui.sources.audit import spool as spool_module
from tracetui.sources.audit.launches import Launches
from tracetui.sources.audit.process import Process, process_name
from tracetui.sources.audit.reader import Reader
from tracetui.sources.audit.story import Story

INJECT_FOLDER = Path(spool_module.__file__).with_name("inject")

# The table


def test_the_table_is_whole():
    events = audit_events()
    assert len(events) == 202
    assert events["open"].arguments == ("path", "mode", "flags")
    assert all(name.isidentifier() for event in events.values() for name in event.arguments)
    assert all(event.secret in ("", *event.arguments) for event in events.values())
    assert {event.category for event in events.values()} == set(
        "file net process introspection native registry code io interpreter db thread time".split()
    )
    assert {"object.__getattr__", "builtins.id", "marshal.loads"} <= set(noise_names())


def test_unknown_events_are_taken_as_they_are():
    event = audit_event("mylib.connect")
    assert (event.category, event.argument(3), event.noteworthy, event.noise) == ("mylib", "arg3", "", False)


def test_the_running_python_raises_what_the_table_knows():
    told = run_python(
        "import asyncio, subprocess, sqlite3, tempfile; tempfile.mkdtemp(); open('/dev/null')",
        everything=True,
    )
    unknown = {row["name"] for row in told.of(Syscall)} - audit_events().keys()
    if unknown:
        warnings.warn(f"not in the table: {sorted(unknown)}", stacklevel=1)


# Rows


def test_a_row_claims_no_result():
    told = run_python("open('/etc/hostname')")
    (row,) = [row for row in told.calls("open") if "/etc/hostname" in row["arg0_repr"]]
    assert row["retno"] is None
    assert row["retno_repr"] == ""
    assert row["arg0_repr"] == 'path=("/etc/hostname")'
    assert row["arg1_repr"] == 'mode=("r")'
    assert row["arg2"] & os.O_CLOEXEC
    assert row["arg2_repr"] == f"flags={row['arg2']}"
    assert (row["arg3"], row["arg3_repr"]) == (0, "")
    assert row["procname"] == f"{os.path.basename(sys.executable)} -c"


def test_the_program_is_told_with_its_environment(monkeypatch):
    monkeypatch.setenv("API_TOKEN", "t0p")
    monkeypatch.setenv("GREETING", "hello")
    (program,) = run_python("pass", "-B").of(Exec)
    assert program["argv"] == str([sys.executable, "-B", "-c", "pass"])
    assert program["argc"] == "4"
    assert "'GREETING': 'hello'" in program["envp"]
    assert "'API_TOKEN': '<redacted>'" in program["envp"]
    assert "tracetui-" not in program["envp"]
    (program,) = run_python("pass", keep_secrets=True).of(Exec)
    assert "'API_TOKEN': 't0p'" in program["envp"]


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ([], "[none]"),
        (["python3.11", "/srv/app.py", "x"], "python3.11 app.py"),
        (["/usr/bin/python", "-W", "ignore", "-B", "-m", "pytest", "-q"], "python -m pytest"),
        (["python", "-c", "import x"], "python -c"),
        (["python"], "python"),
        (["python", "-"], "python"),
        (["/bin/sh", "-c", "python x.py"], "sh"),
    ],
)
def test_names_of_processes(argv, name):
    assert process_name(argv) == name


# Filters


def test_noise_is_left_out_unless_asked_for():
    source = "x = id(object()); import sys; sys._getframe()"
    plain, all_of_it = run_python(source), run_python(source, everything=True)
    assert not plain.calls("builtins.id")
    assert "not recorded without --all: builtins.id" in plain.notes
    assert all_of_it.calls("builtins.id")
    assert all_of_it.calls("sys._getframe")
    assert "--all" not in all_of_it.notes


def test_noise_that_is_included_by_name_is_recorded():
    told = run_python("import sys; id(sys); sys._getframe()", include=("builtins.id", "sys.*"))
    assert told.calls("builtins.id")
    assert not told.calls("sys._getframe")
    assert "builtins.id" not in told.facts["not_recorded"].split()


def test_names_can_be_included_and_excluded():
    source = "import sys; sys.audit('a.one'); sys.audit('a.two'); sys.audit('b.one')"
    told = run_python(source, include=("a.*", "b.*"), exclude=("*.two",))
    assert [row["name"] for row in told.of(Syscall)] == ["a.one", "b.one"]
    assert "filtered out" in told.notes


def test_the_trace_tells_what_is_not_in_it():
    told = run_python(
        "import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', ''])", exclude=("import",)
    )
    facts = told.facts
    assert facts["source"] == "Python audit events"
    assert facts["python"] == f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))}"
    assert (facts["processes"], facts["lost"], facts["redacted"], facts["exclude"]) == (
        "1",
        "0",
        "yes",
        "import",
    )
    assert int(facts["filtered"]) > 1
    assert "builtins.id" in facts["not_recorded"]
    assert "-I -c" in facts["unfollowed"]


def test_noteworthy_events_are_counted():
    told = run_python("import os, ctypes; os.system('true'); exec('1')")
    line = next(line for line in told.notes.splitlines() if line.startswith("noteworthy"))
    assert "runs a shell" in line


# Children that told nothing


def unfollowed(*starts, tid=1, pid=10):
    launches = Launches()
    for i, (event, *values) in enumerate(starts):
        launches.note(pid, i, tid, event, values)
    return launches


def test_one_start_may_raise_two_events():
    args = ["git", "status"]
    launches = unfollowed(("subprocess.Popen", "git", args), ("os.posix_spawn", "/bin/git", args))
    assert launches.unfollowed()[1] == {"git": 1}


def test_an_exec_that_comes_back_has_failed():
    launches = unfollowed(("os.exec", "/a/ls", ["ls"]), ("os.exec", "/b/ls", ["ls"]), ("open", "x"))
    assert launches.unfollowed() == ({}, {})
    launches = unfollowed(("os.exec", "/b/ls", ["ls"]))
    assert launches.unfollowed()[1] == {"ls": 1}


def test_the_likeliest_start_is_matched():
    launches = unfollowed(
        ("subprocess.Popen", None, ["python", "a.py"]),
        ("subprocess.Popen", None, ["/bin/sh", "-c", "python b.py"]),
        ("subprocess.Popen", None, ["tool", "x"]),
    )
    launches.match(Process(11, 10, 0, ["python", "b.py"]))
    launches.match(Process(12, 10, 0, ["/usr/bin/python", "/bin/tool", "x"]))
    launches.match(Process(13, 99, 0, ["python", "a.py"]))
    assert launches.unfollowed() == ({"python a.py": 1}, {})


# Live, through the command line's own way


def test_events_are_told_while_the_program_runs(tmp_path):
    go_on = tmp_path / "go"
    seen: list[bool] = []

    class Waited(Told):
        def add(self, cls, row, context=None, beside=None):
            if row.get("name") == "test.waiting":
                seen.append(True)
                go_on.touch()

    source = f"import os, sys, time; sys.audit('test.waiting')\nwhile not os.path.exists({json.dumps(str(go_on))}): time.sleep(0.01)"
    from tracetui.sources.audit import record

    assert record([sys.executable, "-c", source], Waited()).status == 0
    assert seen == [True]


def test_background_children_are_waited_for():
    told = run_python(
        """
        import subprocess, sys
        subprocess.Popen([sys.executable, '-c', 'import sys, time; time.sleep(0.4); sys.audit("test.late")'])
        """
    )
    assert told.calls("test.late")
    told = run("sh", "-c", f"({sys.executable} -c 'import sys; sys.audit(\"test.late\")' &) ; exit 4")
    assert told.calls("test.late")
    assert told.status == 4


def test_an_orderly_end_is_told_with_its_time_however_late_it_is_noticed(tmp_path):
    told = Told()
    reader = Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0))
    ended = Process(2**22 + 1, 1, 1, ["python3"], orderly_end=12345)
    reader.processes[ended.pid] = ended
    reader.drain()
    assert [(cls, context["ts"]) for cls, _, context in told.events] == [(ProcExit, 12346)]
