"""A recorded program does what it does unrecorded, and nothing it does is lost: values, errors, ends."""

from __future__ import annotations

import pytest
from audit_helpers import arguments, assert_same, run_python

from tracetui.events import Syscall

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


def test_opens_are_told_as_they_are_however_alike(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        class Path(str):
            def __hash__(self): print('hash'); return hash('/dev/null')
            def __eq__(self, other): print('eq'); return True
        sys.audit('test.from')
        for _ in range(3):
            sys.audit('open', '/dev/null', None, 0)
            sys.audit('open', '/dev/null', None, False)
            sys.audit('open', '/dev/null', None, 0.0)
            sys.audit('open', Path('/dev/null'), None, 0)
            sys.audit('open', '/dev/null', 'r', 0)
            sys.audit('open', '/' + 'x' * 2000, None, 0)
            sys.audit('open', '/dev/null')
            sys.audit('open')
            if os.fork() == 0:
                sys.audit('open', '/dev/null', None, 0)
                os._exit(0)
            os.wait()
        sys.audit('test.to')
        """,
    )
    names = [row["name"] for row in told.of(Syscall)]
    between = told.of(Syscall)[names.index("test.from") + 1 : names.index("test.to")]
    texts = [arguments(row)[-1:] + arguments(row)[1:2] for row in between if row["name"] == "open"]
    flags, plain = ("flags=0", "flags=False", "flags=0.0", "flags=0", "flags=0", "flags=0"), "mode=None"
    modes = (plain, plain, plain, plain, 'mode=("r")', plain)
    once = [list(pair) for pair in zip(flags, modes, strict=True)] + [['path=("/dev/null")'], []]
    assert texts == [*once, ["flags=0", plain]] * 3


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


def test_the_programs_own_hooks_see_nothing_of_it(capfd):
    told = assert_same(
        capfd,
        """
        import sys
        seen = []
        sys.addaudithook(lambda event, args: seen.append(event))
        for i in range(12_000):
            sys.audit('test.long', 'x' * 70)
        print(len(seen), seen.count('open'))
        """,
    )
    assert len(told.calls("test.long")) == 12_000


def test_the_programs_own_hooks_see_nothing_of_it_in_forks(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        seen = []
        sys.addaudithook(lambda event, args: seen.append(event))
        for depth in range(2):
            for fork in range(3):
                if not os.fork():
                    sys.audit('test.child')
                    if depth == 0:
                        if os.fork():
                            os.wait()
                        else:
                            sys.audit('test.grandchild')
                    print(seen, flush=True)
                    os._exit(0)
                os.waitpid(-1, 0)
        """,
    )
    assert len(told.calls("test.child")) == 6
    assert len(told.calls("test.grandchild")) == 3
    assert len(told.pids) == 10


def test_the_programs_own_hooks_see_nothing_of_it_before_an_exec(capfd):
    assert_same(
        capfd,
        """
        import os, subprocess, sys
        seen = []
        sys.addaudithook(lambda event, args: seen.append(event))
        subprocess.run(['true'], preexec_fn=lambda: print(seen, flush=True))
        """,
    )


def test_profiles_and_coverage_see_nothing_of_it_in_forks_and_at_the_end(capfd):
    assert_same(
        capfd,
        """
        import os, sys, threading
        told = []
        def tell(frame, event, arg):
            told.append((event, os.path.basename(frame.f_code.co_filename), frame.f_code.co_name))
            if len(told) > 100: os.write(1, str(told.pop()).encode())  # at the end of the interpreter
        sys.settrace(lambda *about: tell(*about))
        sys.setprofile(tell)
        child = os.fork()
        if child: os.wait()
        os.write(1, str(told).encode())
        if not child: os._exit(0)
        told += [None] * 100
        """,
    )


def test_more_forks_than_files_are_kept_for(capfd):
    told = assert_same(
        capfd,
        """
        import os, sys
        for number in range(24):
            if not os.fork():
                sys.audit('test.child', number)
                os._exit(0)
        for number in range(24): os.wait()
        """,
    )
    assert sorted(row["arg0"] for row in told.calls("test.child")) == list(range(24))


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
