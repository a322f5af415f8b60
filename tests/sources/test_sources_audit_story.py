"""From what the hook writes to rows: names, texts, secrets, noteworthy events, children that told nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from audit_helpers import Told, arguments, run, run_python

from tracetui.events import Exec, ProcExit, Syscall
from tracetui.events.audit_events import noise_names
from tracetui.sources.audit import audit_event, audit_events
from tracetui.sources.audit import spool as spool_module
from tracetui.sources.audit.launches import Launches
from tracetui.sources.audit.prepare import as_without, injected, make_spool
from tracetui.sources.audit.process import Process, process_name
from tracetui.sources.audit.reader import Reader
from tracetui.sources.audit.redact import redact, redact_environment, redact_words
from tracetui.sources.audit.spool import (
    HEAD,
    OWNER,
    OWNER_AT,
    PAGE,
    RECORD,
    RECORD_MARK,
    SLOTS_AT,
    Spool,
    SpoolFile,
)
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


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        "token ghp_" + "a1B2" * 9,
        "key AKIA" + "ABCD" * 4,
        "sk_live_" + "a1B2" * 6,
        "AIza" + "a1B2c" * 7,
        "npm_" + "a1B2" * 9,
        "xoxb-1234567890",
        "SG." + "a1B2" * 5 + "." + "a1B2" * 5,
        "dop_v1_" + "a1b2" * 16,
        "https://hooks.slack.com/services/T0/B0/x",
        "postgres://user:hunter2@host/db",
        "Authorization: Bearer abcdefgh12345678",
        "password=hunter2 user=x",
        '{"api_key": "x", "secret":"hunter2"}'.replace('"', "'").replace("'secret':", "secret:"),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc",
    ],
)
def test_secrets_are_recognised_by_their_looks(text):
    assert redact(text) != text
    assert "hunter2" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3.11/tokenize.py",
        "/etc/passwd",
        "a=b",
        "http://host:80/x",
        "PWD=/home/x",
        "key=1",
        "hf",
        "",
    ],
)
def test_what_is_no_secret_is_kept(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "words",
    [
        ["x", "--api-key", "hunter2"],
        ["curl", "-u", "me:hunter2", "http://host/"],
        ["curl", "--user", "me:hunter2"],
        ["curl", "-ume:hunter2"],
        ["curl", "-H", "X-Api-Key: hunter2"],
        ["curl", "-H", "Authorization: token hunter2"],
        ["curl", "-H", "Cookie: a=1; b=hunter2"],
        ["curl", "--header=X-Auth-Token: hunter2"],
        ["curl", "https://host/?x=1&access_token=hunter2&y=2"],
        ["curl", "https://host/#access_token=hunter2"],
        ["curl", "https://me:p@hunter2@host/"],
        ["sh", "-c", "x --password hunter2"],
        ["sh", "-c", "x --password 'very hunter2'"],
        ["python", "-c", "run(['x', '--password', 'hunter2'])"],
        ["x", '{"user": "me", "password": "a \\" hunter2"}'],
        ["x", '{\\"api_key\\": \\"hunter2\\"}'],
        ["kubectl", "--from-literal=password=hunter2"],
        ["/usr/bin/sshpass", "-p", "hunter2", "ssh", "host"],
        ["mysql", "-phunter2", "base"],
        ["x", "bearer hunter2hunter2"],
        ["x", "-eSTRIPE_KEY=hunter2"],
    ],
)
def test_secrets_in_any_form_a_command_has(words):
    shown = list(redact_words(words))
    assert "hunter2" not in str(shown)
    assert shown[0] == words[0]


@pytest.mark.parametrize(
    "words",
    [
        ["docker", "run", "-u", "1000:1000", "image"],
        ["python", "-u", "prog.py", "a:b"],
        ["sort", "--sort-key", "name", "--max-tokens", "5"],
        ["pytest", "-k", "token or secret", "--no-pass", "x"],
        ["mysql", "-P", "3306", "-u", "root"],
        ["x", "-u", "http://host:80/"],
        ["date", "2026-01-01 10:00:00"],
    ],
)
def test_words_that_are_no_secrets_are_kept(words):
    assert list(redact_words(words)) == words


@pytest.mark.parametrize("name", ["SSHPASS", "AUTH_HEADER", "OPENAI_KEY", "githubToken", "SLACK_WEBHOOK_URL"])
def test_variables_that_hold_secrets(name):
    assert dict(redact_environment([(name, "hunter2")])) == {name: "<redacted>"}


@pytest.mark.parametrize(
    "name", ["SSH_AUTH_SOCK", "XDG_SESSION_ID", "TOKENIZERS_PARALLELISM", "COMPASS", "PUBLIC_KEY", "AUTHOR"]
)
def test_variables_that_hold_none(name):
    assert dict(redact_environment([(name, "x")])) == {name: "x"}


def test_secrets_in_words_and_variables():
    words = ["mysql", "--password", "hunter2", "--token=abc", "-u", "root"]
    assert list(redact_words(words)) == [
        "mysql",
        "--password",
        "<redacted>",
        "--token=<redacted>",
        "-u",
        "root",
    ]
    variables = [
        ("DB_PASSWORD", "x"),
        ("PWD", "/x"),
        ("PATH", "/bin"),
        ("EMPTY_TOKEN", ""),
        ("URL", "a://b:c@d"),
    ]
    assert dict(redact_environment(variables)) == {
        "DB_PASSWORD": "<redacted>",
        "PWD": "/x",
        "PATH": "/bin",
        "EMPTY_TOKEN": "",
        "URL": "a://b:<redacted>@d",
    }


def test_secrets_do_not_reach_the_trace():
    source = """
        import os, subprocess, sys
        os.environ['DB_PASSWORD'] = 'hunter2'
        os.environ['HARMLESS'] = 'visible'
        subprocess.run(['true', '--password', 'hunter2'], env={'MY_SECRET': 'hunter2'})
        sys.audit('http.client.send', None, b'user=me hunter2')
        sys.audit('builtins.input/result', 'hunter2')
        sys.audit('my.event', 'password=hunter2', [b'token=hunter2'], ['--token', 'hunter2'])
    """
    told = run_python(source, exclude=("compile", "cpython.run_command"))
    assert "hunter2" not in str([row for row in told.of(Syscall) if row["name"] != "exec"])
    assert "visible" in str(told.calls("os.putenv"))
    assert arguments(told.calls("http.client.send")[0])[1] == "data=<redacted, 15 long>"
    assert arguments(told.calls("subprocess.Popen")[0])[3] == "env={MY_SECRET}"
    told = run_python(source, keep_secrets=True)
    assert "hunter2" in str(told.calls("os.putenv"))
    assert "hunter2" in str(told.calls("builtins.input/result"))


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


# The spool


def spool_file(tmp_path, data: bytes, state: bytes = b"A", name: str = "7.1.0"):
    head = state.ljust(8, b"\0") + (3).to_bytes(8, "little")
    path = tmp_path / name
    path.write_bytes(head.ljust(HEAD, b"\0") + data)
    return SpoolFile(path)


def test_only_whole_lines_are_read_and_each_once(tmp_path):
    file = spool_file(tmp_path, b"one\ntwo\nthr\0\0\0")
    assert list(file.lines()) == [b"one", b"two"]
    assert file.lost == 3
    assert file.has_torn_line()
    file.path.write_bytes(file.path.read_bytes().replace(b"thr\0\0\0", b"three\n"))
    assert list(file.lines()) == [b"three"]
    assert not file.has_torn_line()
    assert list(file.lines()) == []


def test_records_say_again_what_a_line_has_said(tmp_path):
    told = Told()
    again = RECORD.pack(258 << 8 | RECORD_MARK, 10, 10 << 8)  # of bytes that look like the ends of lines
    torn = RECORD.pack(258 << 8 | RECORD_MARK, 10, 0)
    spool_file(tmp_path, b'=258,5,7,"open","/x",null,0]\n', name="7.1.0")
    spool_file(tmp_path, again + b'[6,7,"a.b",1]\n' + again + torn, name="7.1.1")
    spool_file(tmp_path, RECORD.pack(259 << 8 | RECORD_MARK, 11, 20 << 8), name="8.1.0")
    spool_file(tmp_path, b'=259,1,7,"open","/y",null,0]\n', name="8.1.1")  # 8.1.0 was used again
    spool_file(tmp_path, again, name="7.2.0")
    reader = Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0))
    reader.drain()
    assert [row["name"] for row in told.of(Syscall)] == ["open", "open", "a.b", "open", "open", "open"]
    assert [context["tid"] for kind, _, context in told.events if kind is Syscall] == [7, 7, 7, 10, 10, 11]
    assert reader.bad == 1  # the number of another spool


def test_a_full_file_is_given_back_cleared(tmp_path, monkeypatch):
    monkeypatch.setattr("tracetui.sources.audit.spool._REST", -1.0)
    file = spool_file(tmp_path, b"one\n" + bytes(10), state=b"F")
    assert list(file.lines()) == [b"one"]
    assert list(file.lines()) == []
    assert file.path.read_bytes()[:1] == b"E"
    assert not file.path.read_bytes()[HEAD:].strip(b"\0")
    assert file.offset == HEAD


class ArenaFile:
    """A file of three regions of 256 bytes, as process 7 makes it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "arena.7.1"
        self.path.write_bytes(b"256 256 256\n".ljust(PAGE, b"\0") + bytes(3 * 256))

    def set(self, region: int, state: bytes, pid: int, data: bytes = b"") -> None:
        whole = bytearray(self.path.read_bytes())
        begin = PAGE + 256 * region
        whole[begin : begin + 256] = state.ljust(HEAD, b"\0") + data.ljust(256 - HEAD, b"\0")
        OWNER.pack_into(whole, begin + OWNER_AT, pid, 1)
        self.path.write_bytes(whole)

    def get(self, region: int) -> tuple[bytes, int, bytes]:
        begin = PAGE + 256 * region
        whole = self.path.read_bytes()[begin : begin + 256]
        return whole[:1], OWNER.unpack_from(whole, OWNER_AT)[0], whole[HEAD:].strip(b"\0")


def test_regions_belong_to_whoever_uses_them_and_come_back(tmp_path):
    arena = ArenaFile(tmp_path)
    arena.set(0, b"A", 7, b"one\n")
    arena.set(1, b"K", 7)
    arena.set(2, b"G", 7)
    spool = Spool(tmp_path)
    spool.look()
    assert [list(file.lines()) for file in spool.files[7]] == [[b"one"]]
    arena.set(1, b"A", 8, b"two\n" + b"x" * (256 - HEAD - 4))
    arena.set(2, b"K", 8)
    spool.look()
    (region,) = spool.files[8]
    assert list(region.lines()) == [b"two"]
    assert region.has_torn_line()
    spool.forget(8)
    assert [arena.get(number) for number in (1, 2)] == [(b"K", 7, b""), (b"K", 7, b"")]
    arena.set(1, b"A", 9, b"three\n")
    spool.look()
    assert [list(file.lines()) for file in spool.files[9]] == [[b"three"]]
    spool.forget(7)
    assert arena.path.exists()  # for 9
    spool.forget(9)
    assert list(tmp_path.iterdir()) == []


def test_what_forks_without_a_region_have_lost_is_counted(tmp_path):
    arena = ArenaFile(tmp_path)
    for region in range(3):
        arena.set(region, b"K", 7)
    whole = bytearray(arena.path.read_bytes())
    whole[SLOTS_AT + 8 : SLOTS_AT + 24] = (3).to_bytes(8, "little") + (4).to_bytes(8, "little")
    arena.path.write_bytes(whole)
    spool = Spool(tmp_path)
    spool.look()
    assert spool.all_lost_by_forks() == [3, 4]
    spool.forget(7)
    assert spool.all_lost_by_forks() == [3, 4]
    assert not arena.path.exists()


def test_regions_are_given_back_in_haste_when_few_are_left(tmp_path):
    arena = ArenaFile(tmp_path)
    for region in range(3):
        arena.set(region, b"K", 7)
    reader = Reader(tmp_path, tmp_path / "inject", Story(Told(), epoch_offset=0))
    reader.poll()
    at_leisure = reader.tick
    for region in range(3):
        arena.set(region, b"A", 8 + region)
    reader.poll()
    assert reader.tick < at_leisure


def test_a_process_never_runs_out_of_regions_that_come_back(tmp_path):
    source = f"""
import sys
sys.path.insert(0, {str(INJECT_FOLDER)!r})
from tracetui_audit_spool import KEPT, Spool
spool = Spool({str(tmp_path)!r})
for fork in range(200):
    spool.share()
    assert spool.thread.given, fork
    for region in spool.thread.given:
        region[0:1] = KEPT  # as the recorder does
"""
    subprocess.run([sys.executable, "-c", source], check=True)


def test_a_thread_that_died_at_work_is_not_waited_for(tmp_path):
    source = f"""
import sys
sys.path.insert(0, {str(INJECT_FOLDER)!r})
import tracetui_audit_spool
tracetui_audit_spool.PATIENCE = 0.01
spool = tracetui_audit_spool.Spool({str(tmp_path)!r})
spool._lock.acquire()
for line in range(20_000):
    spool.put(b'x' * 99)
assert spool.lost > 10_000, spool.lost
"""
    subprocess.run([sys.executable, "-c", source], check=True, timeout=60)


def test_a_line_longer_than_what_is_read_at_once(tmp_path):
    long = b"x" * 300_000
    file = spool_file(tmp_path, b"one\n" + long + b"\ntwo\n" + bytes(100_000))
    assert list(file.lines()) == [b"one", long, b"two"]


def test_lines_that_are_not_understood_are_counted_and_shown(tmp_path):
    told = Told()
    lines = [
        b"[1,2]",
        b"nonsense",
        b"[1,2,3]",
        b'{"is":"start","ns":1}',
        b'[5,7,"a.b",1]',
        b'[6,7,"\xff"]',
        b"[[[[",
    ]
    spool_file(tmp_path, b"\n".join(lines) + b"\n")
    reader = Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0))
    reader.drain()
    assert [row["name"] for row in told.of(Syscall)] == ["a.b"]
    assert reader.bad == 6
    assert reader.examples[0] == "[1,2]"


def test_processes_are_put_in_the_order_of_time(tmp_path):
    told = Told()
    for pid in (7, 8):
        data = b"".join(b'[%d,1,"e.%d"]\n' % (i * 10 + pid, pid) for i in range(5))
        spool_file(tmp_path, data, name=f"{pid}.1.0")
    Reader(tmp_path, tmp_path / "inject", Story(told, epoch_offset=0)).drain()
    assert [row["name"] for row in told.of(Syscall)] == ["e.7", "e.8"] * 5


@pytest.mark.parametrize("bytecode", ["none", "fresh", "stale"])
def test_no_process_has_to_compile_the_hook(tmp_path, monkeypatch, bytecode):
    package = tmp_path / "package"
    shutil.copytree(INJECT_FOLDER, package / "inject", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("tracetui.sources.audit.prepare.__file__", str(package / "prepare.py"))
    if bytecode != "none":
        subprocess.run([sys.executable, "-m", "compileall", "-q", package], check=True)
    if bytecode == "stale":
        for module in package.glob("inject/*.py"):
            os.utime(module, (5, 5))
    spool = tmp_path / "spool"
    spool.mkdir()
    environment = injected({**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, make_spool(spool))
    command = [sys.executable, "-v", "-c", "pass"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
    for module in INJECT_FOLDER.glob("[st]*.py"):
        assert re.search(rf"{module.stem}\.[\w-]+\.pyc matches {spool}", said)


def test_pythonpath_is_put_before_and_taken_away(tmp_path):
    assert injected({}, tmp_path) == {"PYTHONPATH": str(tmp_path)}
    with_it = injected({"PYTHONPATH": "/a:/b"}, tmp_path)["PYTHONPATH"]
    assert with_it == f"{tmp_path}:/a:/b"
    assert as_without(with_it, tmp_path) == "/a:/b"


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
