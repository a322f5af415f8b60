"""Which verb is meant, what goes wrong, and how the program says so."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys

import pytest

from support import boot, write_trace
from tracetui import __version__
from tracetui.cli import main
from tracetui.cli.guard import UsageError, guarded
from tracetui.cli.opening import show_progress
from tracetui.cli.verbs import VERBS, load
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path):
    return write_trace(tmp_path / "t.db", boot())


def tracetui(*argv, **more):
    command = [sys.executable, "-m", "tracetui", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, module in VERBS.items():
        assert f"  {name} " in shown
        assert load(module).HELP in shown
    commands = shown.partition("commands")[2].splitlines()[1:]
    columns = {line.index(load(module).HELP) for line, module in zip(commands, VERBS.values(), strict=True)}
    assert len(columns) == 1, "in one column"


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_help(name, capsys):
    assert main([name, "--help"]) == 0
    assert f"tracetui {name}" in capsys.readouterr().out


def test_every_verb_module_knows_its_name():
    assert {name: load(module).NAME for name, module in VERBS.items()} == {name: name for name in VERBS}


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tracetui {__version__}\n"


def test_a_misspelt_command_is_corrected(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["qurey", "t.db"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean 'query'?" in captured.err


def test_a_file_named_like_a_misspelt_command_is_a_file(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quer").write_text("not a database")
    assert main(["quer"]) == 3
    assert "not a SQLite database" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"GIF89a and so on", "not a SQLite database"),
        (b"SQLite format 3\0" + b"\x10\0\1\1\0@  " + b"\xff" * 2000, "t.db"),
        (b"\xfd7zXZ\0", "damaged"),
    ],
)
@pytest.mark.parametrize("argv", [["info"], ["query"], ["export", "-o", "part.db"], []])
def test_what_cannot_be_read_is_code_3_and_a_message(content, said, argv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "t.db").write_bytes(content)
    assert main([*argv[:1], "t.db", *argv[1:]]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tracetui: ")
    assert said in captured.err


def test_a_foreign_database_is_named(tmp_path, capsys):
    path = write_trace(tmp_path / "other.db", [], ["DROP TABLE event", "CREATE TABLE 'x\x1b[31m' (a)"])
    assert main(["info", str(path)]) == 3
    shown = capsys.readouterr().err
    assert "no table 'event'" in shown
    assert "\x1b" not in shown


def test_the_explorer_needs_a_terminal(trace, capsys):
    assert main([str(trace)]) == 2
    assert "needs a terminal" in capsys.readouterr().err


def test_so_does_the_demo():
    result = tracetui("demo", stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout) == (2, "")
    assert "needs a terminal" in result.stderr
    assert "--no-ui" in result.stderr


def test_options_of_the_explorer_are_checked_first(trace, capsys):
    assert main([str(trace), "--goto", "x"]) == 2
    assert main([str(trace), "--keymap", "/nonexistent.toml"]) == 2
    assert "--keymap" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_trace_comes_through_a_pipe(name, packed, trace, tmp_path):
    content = trace.read_bytes()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "tracetui", "query", name, "--count"]
    result = subprocess.run(
        command,
        input=gzip.compress(content) if packed else content,
        capture_output=True,
        check=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    with Trace.open(trace) as opened:
        assert result.stdout == b"%d\n" % opened.count()
    assert b"to a temporary copy" in result.stderr
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(("content", "said"), [("hello", "/dev/stdin is not a SQLite"), ("", "is empty")])
def test_what_comes_through_a_pipe_may_be_no_trace(content, said):
    result = tracetui("query", "-", input=content)
    assert (result.returncode, result.stdout) == (3, "")
    assert said in result.stderr
    assert "tracetui-" not in result.stderr


def test_how_much_has_come_through_a_pipe_is_shown_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show_progress(5 << 20, None)
    assert capsys.readouterr().err == "copying: 5 MiB\r"


@pytest.mark.parametrize("argv", [["annotate", "-", "id = 1", "--tag", "x"], ["-"]])
def test_what_comes_through_a_pipe_is_neither_annotated_nor_explored(argv):
    result = tracetui(*argv, input="SQLite format 3")
    assert (result.returncode, result.stdout) == (3, "")
    assert "Save it to a file first" in result.stderr


def test_no_trace_at_all_says_where_it_looked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PENGUIN_PROJECT_DIR", raising=False)
    assert main([]) == 3
    assert "plugins.db" in capsys.readouterr().err


@pytest.mark.parametrize("position", [1, 2, 3])
def test_options_may_stand_anywhere(trace, position, capsys):
    words = [str(trace), "type = exec"]
    words[position - 1 : position - 1] = ["--count"]
    assert main(["query", *words]) == 0
    assert capsys.readouterr().out == "1\n"


def test_a_filter_that_the_shell_has_split_is_explained(trace, capsys):
    for argv, is_split in ((["failed", "and", "id = 4"], True), (["failed", "--nope"], False)):
        assert main(["query", str(trace), *argv]) == 2
        said = capsys.readouterr().err
        assert "unrecognized arguments" in said
        assert ("written in quotes: '... and id = 4'" in said) == is_split


def test_short_options(trace, capsys):
    assert main(["query", str(trace), "-c", "-n", "3"]) == 0
    assert capsys.readouterr().out == "3\n"
    assert main(["query", str(trace), "-f", "-n", "1", "--format", "{id}"]) == 0
    assert capsys.readouterr().out == "1\n"
    assert main(["stats", str(trace), "--by", "type", "-n", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_defect_of_the_program_is_not_hidden():
    def defective(argv):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded(defective, [])


def test_messages_are_sanitised(capsys):
    def run(argv):
        raise UsageError("bad \x1b[31m file", "line\none")

    assert guarded(run, []) == 2
    assert capsys.readouterr().err == "tracetui: bad ␛[31m file\nline\none\n"


def test_output_that_cannot_be_written(trace, capsys):
    assert main(["query", str(trace), "-o", "/nonexistent/folder/out"]) == 2
    assert "/nonexistent/folder/out" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_a_message():
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "tracetui", "fields"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr == "tracetui: standard output: No space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_message_that_nobody_can_read_leaves_the_code(tmp_path):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "tracetui", "info", str(tmp_path / "missing.db")]
        assert subprocess.run(command, stderr=full, timeout=60, check=False).returncode == 3


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc, where nobody can make files")
@pytest.mark.parametrize(
    "argv", [["record", "-o", "/proc/t.db", "--", "true"], ["replay", "-o", "/proc/t.db"]]
)
def test_a_trace_that_cannot_be_written_is_told_before_anything_is_done(argv, trace, capsys):
    assert main([*argv, *([str(trace)] if argv[0] == "replay" else [])]) == 2
    assert "/proc/t.db cannot be written" in capsys.readouterr().err


def test_a_broken_pipe_is_silent(tmp_path):
    path = write_trace(tmp_path / "big.db", boot(rounds=300))
    command = [sys.executable, "-m", "tracetui", "query", str(path), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_closed_output_is_no_traceback(trace):
    result = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m tracetui info "{trace}" >&-'],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in result.stderr


def test_an_ascii_locale_escapes_what_it_cannot_show(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), ["UPDATE event SET procname = 'caf\u00e9\u4e2d'"])
    result = tracetui("query", path, "--fields", "procname", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert "caf\\xe9\\u4e2d" in result.stdout


def test_sigint_ends_it_quietly(trace):
    command = [sys.executable, "-m", "tracetui", "query", str(trace), "--follow", "--fields", "id"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b""
