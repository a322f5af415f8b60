"""What a recorded program sees of its surroundings is what it would see unrecorded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from audit_helpers import Told, assert_same, lost, plainly, run, run_python

from tracetui.events import Exec
from tracetui.sources.audit import Options, record


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


def test_forks_with_no_room_are_counted(capfd):
    told = assert_same(
        capfd,
        """
        import os, resource, sys
        read, write = os.pipe()
        os.dup2(read, 0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))
        for number in range(60):
            if not os.fork():
                for event in range(3): sys.audit('test.child', event)
                os.close(write)
                os.read(0, 1)  # until all are there
                os._exit(0)
        os.close(write)
        for number in range(60): os.wait()
        """,
    )
    seen = len(told.calls("test.child"))
    assert 0 < seen < 180
    assert lost(told) >= 180 - seen
    unheard = 61 - len(told.pids)
    assert f"{unheard} children forked with no room for what they tell" in told.notes


def test_room_that_comes_back_is_used(capfd):
    told = assert_same(
        capfd,
        """
        import os, resource, sys
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        for i in range(22_000): sys.audit('test.count', i, 'x' * 200)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for i in range(22_000, 25_000): sys.audit('test.count', i, 'x' * 200)
        """,
    )
    seen = [row["arg0"] for row in told.calls("test.count")]
    assert seen[-2000:] == list(range(23_000, 25_000))
    assert len(seen) + lost(told) == 25_001  # with the event of the second setrlimit
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
        if os.fork():
            os.wait()
        else:
            sys.audit('test.child')
        """,
    )
    assert len(told.calls("test.count")) == 500
    assert len(told.calls("test.child")) == 1


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


def test_a_subinterpreter_that_ends_closes_nothing_of_the_program(capfd):
    assert_same(
        capfd,
        """
        import os
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        new = interpreters.create()
        opened = [os.open('/dev/null', os.O_WRONLY) for _ in range(6)]
        interpreters.destroy(new)
        print([os.write(descriptor, b'x') for descriptor in opened])
        """,
    )


def test_emit_in_the_order_of_time():
    told = run_python(
        "import subprocess, sys\nfor _ in range(3): subprocess.run([sys.executable, '-c', 'import json'])"
    )
    times = [context["ts"] for _, _, context in told.events if context]
    assert times == sorted(times)


def test_a_command_that_does_not_exist():
    with pytest.raises(OSError, match="No such file"):
        record(["/no/such/command"], Told(), Options())
