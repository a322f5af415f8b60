"""A recorded program does what it does unrecorded, and nothing it does is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from audit_helpers import Told, arguments, run, run_python

from tracetui.events import Exec, ProcExit, ProcStart, Syscall
from tracetui.sources.audit import Options, record


def plainly(source: str, *flags: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The same program, unrecorded."""
    command = [sys.executable, *flags, "-c", textwrap.dedent(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False, close_fds=False, **options)  # type: ignore[call-overload]


def assert_same(capfd: pytest.CaptureFixture[str], source: str, *flags: str) -> Told:
    """The program says and returns the same, recorded and not."""
    plain = plainly(source, *flags)
    told = run_python(source, *flags)
    said = capfd.readouterr()
    assert (said.out, said.err, told.status) == (plain.stdout, plain.stderr, plain.returncode % 256)
    return told


def lost(told: Told) -> int:
    """The number of lost events that the notes tell."""
    (count,) = re.findall(r"^([\d,]+) events were lost", told.notes, re.M)
    return int(count.replace(",", ""))


# Values


def test_no_code_of_the_program_runs_in_the_hook(capfd):
    told = assert_same(
        capfd,
        """
        import sys
        class Meta(type):
            def __getattribute__(self, name): print('meta', name); return type.__getattribute__(self, name)
            def __eq__(self, other): print('eq'); return True
            __hash__ = type.__hash__
        class Text(str):
            def __len__(self): print('len'); return 3
            __repr__ = __str__ = __format__ = encode = __len__
        class Sly(metaclass=Meta):
            def __repr__(self): print('repr'); return 'x'
            __str__ = __format__ = __len__ = __iter__ = __eq__ = __repr__
            __hash__ = object.__hash__
            __module__ = Text('odd')
            @property
            def __class__(self): print('class'); return str
        class List(list):
            def __iter__(self): print('iter'); return iter(())
            __len__ = __getitem__ = __iter__
        class Dict(dict):
            def keys(self): print('keys'); return []
            __iter__ = items = keys
        class Number(int):
            def __repr__(self): print('number'); return '1'
            __str__ = __format__ = __lt__ = __le__ = __index__ = __repr__
        sys.audit('test.sly', Sly(), Text('abc'), List([1]), Dict(a=1), Number(7), [Sly()], {Sly(): 1})
        """,
    )
    (row,) = told.calls("test.sly")
    assert arguments(row)[0] == "arg0=<?.Sly>"


def test_patched_builtins_and_modules_do_not_reach_the_hook(capfd):
    told = assert_same(
        capfd,
        """
        import builtins, sys, time, os, _thread, json
        real = builtins.print
        def say(*args, **kwargs): real('patched'); return 0
        for name in ('len', 'type', 'repr', 'str', 'int', 'isinstance', 'min', 'max', 'list', 'tuple', 'bytes', 'id'):
            setattr(builtins, name, say)
        time.monotonic_ns = time.time_ns = _thread.get_native_id = os.getpid = say
        sys.modules.clear()
        sys.audit('test.patched', 'a', 1, b'x', [1, 'two'], ('host', 80), {'k': 1}, 2.5)
        """,
    )
    assert arguments(told.calls("test.patched")[0]) == [
        'arg0=("a")',
        "arg1=1",
        'arg2=("x")',
        "arg3=([1, 'two'])",
        "arg4=(['host', 80])",
        "arg5={k}, arg6=2.5",
    ]


def test_arguments_are_bounded():
    told = run_python(
        """
        import sys
        sys.audit('test.big', 'x' * 10_000_000, b'y' * 10_000_000, ['z' * 5000] * 5000, 10 ** 10_000, {i: i for i in range(9999)})
        sys.audit('test.huge', *[['q' * 1000] * 40] * 8)
        """
    )
    texts = arguments(told.calls("test.big")[0])
    assert max(map(len, texts)) < 60_000
    assert "10,000,000 in all" in texts[0]
    assert "10,000,000 in all" in texts[1]
    assert "4952 more" in texts[2]
    assert texts[3] == "arg3=<int>"
    assert "bytes of arguments" in arguments(told.calls("test.huge")[0])[0]


def test_import_keeps_two_arguments_of_five():
    told = run_python("import colorsys")
    (row,) = [row for row in told.calls("import") if row["arg0_repr"] == 'module=("colorsys")']
    assert [text.partition("=")[0] for text in arguments(row)] == ["module", "filename"]


def test_any_name_and_any_number_of_arguments():
    told = run_python(
        "import sys; sys.audit('lib/thing.done'); sys.audit('a.b', *range(9)); sys.audit('\\n\\x00\"'.replace(chr(0), ''))"
    )
    assert arguments(told.calls("lib/thing.done")[0]) == []
    assert arguments(told.calls("a.b")[0]) == [f"arg{i}={i}" for i in range(5)] + [
        "arg5=5, arg6=6, arg7=7, arg8=8"
    ]
    assert told.calls('\n"')


def test_texts_that_are_no_unicode_and_numbers_that_fit_nowhere(tmp_path):
    told = run_python(
        """
        import os, sys
        sys.audit('test.odd', os.fsdecode(b'/x\\xff'), chr(0x1F600), 2**64 - 1, -2**63, 2**70, float('nan'))
        sys.audit('test.flags', True, None, -0.0, float('inf'))
        """
    )
    (row,) = told.calls("test.odd")
    assert arguments(row)[:2] == ['arg0=("/x\\xff")', 'arg1=("\N{GRINNING FACE}")']
    assert [row[f"arg{i}"] for i in range(2, 5)] == [-1, -(2**63), 0]
    assert arguments(told.calls("test.flags")[0]) == ["arg0=True", "arg1=None", "arg2=-0.0", "arg3=inf"]


def test_objects_die_when_they_would(capfd):
    assert_same(
        capfd,
        """
        import sys, weakref
        class A: pass
        a = A(); seen = weakref.ref(a)
        before = sys.getrefcount(a)
        sys.audit('test.keep', a, [a], {'a': a})
        print(sys.getrefcount(a) - before)
        del a
        print(seen())
        """,
    )


# Errors


def test_the_programs_own_hooks_work_as_before(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        def hook(event, args):
            if event == 'os.mkdir':
                raise PermissionError('no')
            if event == 'os.rmdir':
                sys.audit('test.nested', *args)
                open('/dev/null').close()
        sys.addaudithook(hook)
        for call in os.mkdir, os.rmdir:
            try:
                call('/nowhere/at/all')
            except OSError as error:
                print(type(error).__name__)
        """,
    )
    assert told.named("os.")[-2:] == ["mkdir", "rmdir"]
    assert told.calls("test.nested")


def test_what_a_signal_handler_raises_arrives(capfd):
    told = assert_same(
        capfd,
        """
        import signal, sys
        class Stop(Exception): pass
        def handler(*_): raise Stop
        signal.signal(signal.SIGALRM, handler)
        for error in range(30):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)
                while True:
                    sys.audit('test.spin', 1, 'a', b'b', [1, 2], {'x': 1}, None)
            except Stop:
                pass
        print('stopped')
        """,
    )
    assert told.calls("test.spin")


def test_deep_recursion_ends_as_it_would(capfd):
    told = assert_same(
        capfd,
        """
        import os
        depth = 0
        def deeper():
            global depth
            depth += 1
            os.path.exists('/') and open('/dev/null').close()
            deeper()
        try:
            deeper()
        except RecursionError:
            print('recursion', depth > 900)
        open('/dev/null').close()
        """,
    )
    assert len(told.calls("open")) > 900


def test_an_uncaught_exception_is_told_and_shown(capfd):
    told = assert_same(capfd, "import os\nos.mkdir('/dev/null/x')")
    assert told.status == 1
    assert arguments(told.calls("sys.excepthook")[0])[1] == "type=<class NotADirectoryError>"


def test_shutdown_is_quiet_and_recorded(capfd):
    told = assert_same(
        capfd,
        """
        import atexit, os, sys
        class Late:
            def __del__(self): sys.audit('test.del', 'x')
        keep = Late(); keep.cycle = keep
        sys.modules['late'] = Late()
        atexit.register(lambda: sys.audit('test.atexit'))
        """,
    )
    assert told.named("test.") == ["atexit", "del", "del"]
    assert told.calls("cpython.PyInterpreterState_Clear")
    assert told.exits == [(0, "exit_group")]


# Ends


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ("os._exit(7)", 7),
        ("os.kill(os.getpid(), 9)", 137),
        ("os.abort()", 134),
        ("os.execv('/bin/sh', ['sh', '-c', 'exit 5'])", 5),
        ("sys.exit(3)", 3),
        ("raise SystemExit(4)", 4),
    ],
)
def test_nothing_is_lost_at_the_end(last, status):
    told = run_python(f"import os, sys\nfor i in range(1000): sys.audit('test.count', i)\n{last}")
    assert [row["arg0"] for row in told.calls("test.count")] == list(range(1000))
    reason = {137: "signal:SIGKILL", 134: "signal:SIGABRT"}.get(status, "exit_group")
    assert told.exits == [(status, reason)]
    assert told.status == status


def test_more_than_the_files_hold_is_read_meanwhile_and_nothing_is_lost():
    told = run_python("import sys\nfor i in range(60_000): sys.audit('test.count', i, 'x' * 200)")
    assert [row["arg0"] for row in told.calls("test.count")] == list(range(60_000))
    assert "lost" not in told.notes


# Processes


def test_forks_are_followed(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        sys.audit('test.parent')
        if (child := os.fork()) == 0:
            sys.audit('test.child')
            if (grandchild := os.fork()) == 0:
                sys.audit('test.grandchild')
                os._exit(0)
            os.waitpid(grandchild, 0)
            sys.exit(0)
        os.waitpid(child, 0)
        sys.audit('test.end')
        """,
    )
    assert told.named("test.") == ["parent", "child", "grandchild", "end"]
    starts = told.of(ProcStart)
    assert [start["ppid"] for start in starts[1:]] == [start["pid"] for start in starts[:-1]]
    assert len({row["proc_id"] for row in told.of(Syscall)}) == 3
    assert sorted(told.exits) == [(-1, "atexit"), (-1, "unknown"), (0, "exit_group")]
    assert all(row["create_time"] > 0 for row in told.of(ProcExit))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_is_followed(tmp_path, method):
    program = tmp_path / "pool.py"
    program.write_text(
        textwrap.dedent(f"""
        import multiprocessing, sys
        def work(number):
            sys.audit('test.work', number)
        if __name__ == '__main__':
            with multiprocessing.get_context('{method}').Pool(2) as pool:
                pool.map(work, range(6))
        """)
    )
    told = run(sys.executable, str(program))
    assert sorted(row["arg0"] for row in told.calls("test.work")) == list(range(6))
    assert set(told.pids[1:]) >= {row["proc_id"] for row in told.calls("test.work")}
    assert told.status == 0


def test_subprocesses_are_followed_through_shells_and_environments():
    told = run_python(
        """
        import os, subprocess, sys
        child = [sys.executable, '-c', 'import sys; sys.audit("test.child")']
        subprocess.run(child)
        subprocess.run(['env', 'X=1', *child])
        subprocess.run(' '.join([sys.executable, '-c', '"import sys; sys.audit(\\'test.child\\')"']), shell=True)
        subprocess.run(child, env={**os.environ, 'A': 'b'}, close_fds=False, start_new_session=True, cwd='/')
        os.spawnv(os.P_WAIT, sys.executable, child)
        os.waitpid(os.posix_spawn(sys.executable, child, os.environ), 0)
        os.execv(sys.executable, child)
        """
    )
    assert len(told.calls("test.child")) == 7
    assert len(told.pids) == 9  # spawnv forks, then executes; the last one is the first again
    assert len(set(told.pids)) == 7
    again = [start for start in told.of(ProcStart) if start["pid"] == told.pids[0]]
    assert len(again) == 2
    assert len({start["create_time"] for start in again}) == 1
    assert "could not be followed" not in told.notes


def test_children_that_cannot_be_followed_are_named():
    told = run_python(
        """
        import os, subprocess, sys
        for flag in '-I', '-S', '-E':
            subprocess.run([sys.executable, flag, '-c', 'pass'])
        subprocess.run([sys.executable, '-c', 'pass'], env={})
        subprocess.run(['true'])
        subprocess.run(['true'])
        os.system('exit 0')
        """
    )
    python = Path(sys.executable).name
    assert "4 children running Python could not be followed" in told.notes
    assert f"{python} -I -c pass" in told.notes
    assert "3 children not Python, or never started: true (2), sh" in told.notes


@pytest.mark.parametrize("flag", ["-I", "-S", "-E"])
def test_a_command_that_cannot_be_followed(flag):
    told = run_python("raise SystemExit(9)", flag)
    assert told.recording is not None
    assert told.recording.recorded == 0
    assert told.status == 9
    assert told.exits == [(9, "exit_group")]


@pytest.mark.parametrize("flag", ["-s", "-P", "-B", "-O", "-u"])
def test_other_options_do_not_matter(flag):
    if flag == "-P" and sys.version_info < (3, 11):
        pytest.skip("Python 3.11 has it")
    assert run_python("import sys; sys.audit('test.x')", flag).calls("test.x")


def test_threads_have_their_ids():
    told = run_python(
        """
        import sys, threading
        def work(): sys.audit('test.thread', threading.get_native_id())
        for _ in range(3):
            thread = threading.Thread(target=work); thread.start(); thread.join()
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """
    )
    seen = [
        (row["arg0"], context["tid"]) for cls, row, context in told.events if row.get("name") == "test.thread"
    ]
    assert len(seen) == 6
    assert all(said == recorded for said, recorded in seen)


def test_threads_do_not_disturb_each_other():
    told = run_python(
        """
        import sys, threading
        sys.setswitchinterval(1e-6)
        def work(which):
            for i in range(5000): sys.audit('test.count', which, i, 'x' * 100)
        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """
    )
    seen = [(row["arg0"], row["arg1"]) for row in told.calls("test.count")]
    assert sorted(seen) == [(which, i) for which in range(6) for i in range(5000)]
    for which in range(6):
        assert [i for one, i in seen if one == which] == list(range(5000))


# What the program sees


def test_the_program_sees_no_trace_of_it(capfd):
    assert_same(
        capfd,
        """
        import sys
        print(sys.path, sorted(sys.path_importer_cache), sys.argv, sys.flags, sys.gettrace(), sys.getprofile())
        print(sorted(name for name in sys.modules if name not in ('encodings',)))
        import os, signal, threading, gc
        print(sorted(os.listdir('/proc/self/fd')), os.open('/dev/null', 0))
        print({name: value for name, value in os.environ.items() if name != 'PYTHONPATH'})
        print(threading.active_count(), signal.getsignal(signal.SIGINT), signal.pthread_sigmask(0, []))
        print([signal.getsignal(number) for number in (1, 2, 13, 15, 17, 25)])
        print(sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold(), sys.dont_write_bytecode)
        """,
    )


def test_ignored_signals_are_not_inherited(capfd):
    run("sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status")
    for line in capfd.readouterr().out.splitlines():
        assert int(line.split()[1], 16) & 0x7FFF_FFFF == 0  # beyond are those of the C library itself


def test_pythonpath_of_the_program_stays_and_is_told_as_it_was(capfd, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import sys; sys.audit('test.site'); print('custom', __name__, __file__)"
    )
    told = assert_same(capfd, "import sys, sitecustomize; print(sitecustomize.__file__, sys.path)")
    assert told.calls("test.site")
    (program,) = [row for cls, row, _ in told.events if cls.__name__ == "Exec"]
    assert f"'PYTHONPATH': '{tmp_path}'" in program["envp"]


def test_a_failing_sitecustomize_fails_as_it_would(capfd, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text("raise ImportError('gone', name='gone')")
    plain = plainly("print(1)")
    told = run_python("print(1)")
    said = capfd.readouterr()
    assert (said.out, told.status) == (plain.stdout, plain.returncode)
    assert said.err.strip().splitlines()[-1:] == plain.stderr.strip().splitlines()[-1:]


def test_descriptors_belong_to_the_program(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        os.closerange(3, 256)
        first = os.open('/dev/null', os.O_WRONLY)
        for i in range(20_000): sys.audit('test.count', i, 'x' * 200)
        print(first, os.fstat(first).st_rdev == os.stat('/dev/null').st_rdev, sorted(os.listdir('/proc/self/fd')))
        """,
    )
    assert len(told.calls("test.count")) == 20_000


def test_no_descriptor_is_free(capfd):
    told = assert_same(
        capfd,
        """
        import os, resource, sys
        resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        taken = []
        try:
            while True: taken.append(os.open('/dev/null', 0))
        except OSError as error:
            print(error)
        for i in range(20_000): sys.audit('test.count', i, 'x' * 200)
        """,
    )
    seen = len(told.calls("test.count"))
    assert 0 < seen < 20_000
    assert lost(told) >= 20_000 - seen


def test_room_that_comes_back_is_used(capfd):
    told = assert_same(
        capfd,
        """
        import os, resource, sys
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        for i in range(3_000): sys.audit('test.count', i, 'x' * 200)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for i in range(3_000, 6_000): sys.audit('test.count', i, 'x' * 200)
        """,
    )
    seen = [row["arg0"] for row in told.calls("test.count")]
    assert seen[-2000:] == list(range(4_000, 6_000))
    assert len(seen) + lost(told) == 6_001  # with the event of the second setrlimit
    assert not [row for row in told.calls("open") if "tracetui-" in row["arg0_repr"]]


def test_long_commands_and_environments(capfd, monkeypatch):
    monkeypatch.setenv("LONG", "x" * 120_000)
    for i in range(200):
        monkeypatch.setenv(f"MANY_{i}", "y" * 2000)
    told = run(sys.executable, "-c", "import sys; sys.audit('test.long')", *["\x01" * 50_000] * 8)
    assert told.calls("test.long")
    assert "more" in told.of(Exec)[0]["envp"] or "MANY_199" in told.of(Exec)[0]["envp"]


def test_no_space_is_left(capfd):
    told = assert_same(
        capfd,
        """
        import resource, sys
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for i in range(20_000): sys.audit('test.count', i, 'x' * 200)
        print('done')
        """,
    )
    assert lost(told) >= 20_000 - len(told.calls("test.count")) > 0


def test_other_user_other_root(capfd):
    if os.getuid() != 0:
        pytest.skip("needs root")
    told = assert_same(
        capfd,
        """
        import os, sys
        os.chroot('/proc'); os.chdir('/'); os.setuid(65534)
        for i in range(500): sys.audit('test.count', i)
        """,
    )
    assert len(told.calls("test.count")) == 500


def test_no_streams_and_no_folder(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    inner = "import os; os.mkdir('/nowhere/at/all')"
    told = run(
        "sh", "-c", f'cd {folder} && rmdir {folder} && exec {sys.executable} -c "{inner}" <&- >&- 2>&-'
    )
    assert told.named("os.mkdir") == [""]
    assert told.status == 1


def test_tracing_does_not_see_the_hook(capfd):
    assert_same(
        capfd,
        """
        import sys
        seen = []
        sys.settrace(lambda frame, *_: seen.append(frame.f_code.co_name))
        sys.setprofile(lambda frame, *_: seen.append(frame.f_code.co_name))
        open('/dev/null').close()
        sys.setprofile(None); sys.settrace(None)
        print(seen)
        """,
    )


def test_input_reaches_the_program(tmp_path):
    program = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    command = [
        sys.executable,
        "-m",
        "tracetui",
        "record",
        "--python",
        "-q",
        "-o",
        str(tmp_path / "t.db"),
        "--",
    ]
    done = subprocess.run(
        [*command, sys.executable, "-c", program], input=b"abc", capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ABC", b"")


def test_a_recording_in_a_recording(tmp_path):
    inner = [
        sys.executable,
        "-m",
        "tracetui",
        "record",
        "--python",
        "-q",
        "-o",
        str(tmp_path / "inner.db"),
        "--",
    ]
    told = run(*inner, sys.executable, "-c", "import sys; sys.audit('test.inner')")
    assert told.calls("test.inner")
    import sqlite3

    with sqlite3.connect(tmp_path / "inner.db") as connection:
        assert connection.execute("SELECT count(*) FROM syscall WHERE name = 'test.inner'").fetchone() == (1,)


def test_subinterpreters_are_recorded_in_their_process():
    told = run_python(
        """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        new = interpreters.create()
        interpreters.run_string(new, 'import sys; sys.audit("test.inside")')
        interpreters.destroy(new)
        """
    )
    assert told.status == 0
    assert told.calls("test.inside")
    assert len(told.pids) == len(told.of(Exec)) == 1


def test_emit_in_the_order_of_time():
    told = run_python(
        "import subprocess, sys\nfor _ in range(3): subprocess.run([sys.executable, '-c', 'import json'])"
    )
    times = [context["ts"] for _, _, context in told.events if context]
    assert times == sorted(times)


def test_a_command_that_does_not_exist():
    with pytest.raises(OSError, match="No such file"):
        record(["/no/such/command"], Told(), Options())
