"""The children and threads of a recorded program: all are followed, or named."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from audit_helpers import assert_same, run, run_python

from tracetui.events import ProcExit, ProcStart, Syscall


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
