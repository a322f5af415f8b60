"""The audit hook: one line of JSON per event, ``[ns, thread, event, argument, ...]``.

Opens, the most frequent of all, are numbered: the first one with certain arguments is told as
``=number,ns,thread,event,argument,...]``, and those with the same after it by a record of 16 bytes.

It runs inside operations of the program, so it must not fail, run the program's code, keep its objects or
change what it sees. Only values of exactly the built-in types are looked into; what the hook needs is bound
when it is made, for it outlives modules and must not notice patched built-ins.
"""

from __future__ import annotations

import atexit
import builtins
import posix
import sys
from _functools import partial  # type: ignore[import-not-found]
from _struct import Struct
from itertools import count, repeat
from time import monotonic_ns, time_ns

import tracetui_audit_spool  # type: ignore[import-not-found]
import tracetui_audit_values  # type: ignore[import-not-found]
from tracetui_audit_spool import Spool
from tracetui_audit_values import LONGEST, describe_all, quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Hook = Callable[[str, tuple[Any, ...]], None]

__builtins__ = dict(vars(builtins))  # type: ignore[assignment]  # a copy: programs patch them, exits clear them

OUR_ERRORS = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    MemoryError,
    ArithmeticError,
    NameError,
    SystemError,
)
"""What the hook's own statements may raise; anything else comes from a signal handler of the program."""
OUR_FILES = frozenset((__file__, tracetui_audit_spool.__file__, tracetui_audit_values.__file__))

AGAIN = Struct("<IIQ")
"""An open as before: its number above ``AGAIN_MARK``, thread and time."""
AGAIN_MARK = ord("@")
MOST_NUMBERS = 1 << 24
MOST_NAMES = 4096
LONGEST_LINE = 1 << 16
LONGEST_TEXT = 1 << 13
"""Bytes of a word or variable of the program that are kept."""
MOST_TEXT = 100_000
"""Characters of all words, and of all variables."""
CHECK = "tracetui.check"
"""Raised once at the start: a hook installed earlier may have refused ours, which says so to nobody."""
BEFORE_FORK, IN_FORK, AT_EXIT = "tracetui.before_fork", "tracetui.in_fork", "tracetui.at_exit"
"""Raised by ourselves, see :func:`unseen`; hooks that were installed after ours do not hear of them."""


def unseen(event: str) -> Callable[[], object]:
    """A function that raises an event of ours: what is called here and there, as work of the hook.

    It has no frame, and the interpreter traces no hook: so it is in no profile or coverage of the program.
    Our hook ends the event by StopIteration, which goes no further than this.
    """
    raises: Callable[[], object] = partial(next, map(sys.audit, repeat(event)), None)
    return raises


def make_hook(spool: Spool, skipped: Iterable[str], own: dict[str, Callable[[], None]]) -> Hook:  # noqa: PLR0915
    """The hook that writes all events but the ``skipped`` to ``spool``, and does what ``own`` events mean."""
    names: dict[str, str | None] = dict.fromkeys(skipped, "")
    names.update(dict.fromkeys(own))
    numbers = spool.numbers
    next_number = count(1).__next__
    names["import"] = shortened = quote("import")  # the other arguments are sys.path and the like

    def name_of(event: str) -> str:
        name: str = quote(event)
        if len(names) < MOST_NAMES:
            names[event] = name
        return name

    def learn(tid: int, args: tuple[Any, ...]) -> None:
        """Tell an open whose arguments have no number yet, and give them one, unless the path is long."""
        told = f'{monotonic_ns()},{tid},"open"{describe_all(args)}]\n'
        if len(args[0]) > LONGEST or (number := next_number()) >= MOST_NUMBERS:
            spool.put(f"[{told}".encode())
            return
        lost = spool.lost
        spool.put(f"={number},{told}".encode())
        if spool.lost == lost:
            if len(numbers) >= MOST_NAMES:
                numbers.clear()
            numbers[args] = number << 8 | AGAIN_MARK

    def hook(  # noqa: PLR0912 - every call costs a tenth of it
        event: str,
        args: tuple[Any, ...],
        again: Any = AGAIN.pack,
        known: Any = names.get,
        stop: Any = StopIteration,
        thread: Any = spool.thread,
        now: Any = monotonic_ns,
        type: Any = type,
        str: Any = str,
        int: Any = int,
        fragile: bool = sys.version_info < (3, 10),  # who catches this error and goes on is ended there
    ) -> None:
        try:
            if event == "open" and (tid := thread.ready):
                new = False
                try:
                    path, mode, flags = args
                    if type(path) is str and type(flags) is int and (mode is None or type(mode) is str):
                        spool.write(again(numbers[args], tid, now()))
                        return
                except KeyError:
                    new = True
                except ValueError:  # other arguments, or no room
                    pass
                if new:
                    learn(tid, args)
                    return
            name = known(event, 0)
            if not name:
                if name == "":
                    return
                if name is None:
                    own[event]()
                    raise stop
                name = name_of(event)
            elif name is shortened:
                args = args[:2]
            tid = thread.tid
            if not tid:
                if tid is None:
                    tid = thread.greet()
                elif spool.is_own(event, args):
                    return
            line = f"[{now()},{tid or thread.native},{name}{describe_all(args)}]\n".encode()
            if len(line) > LONGEST_LINE:
                size = f'{{"object":"{len(line)} bytes of arguments"}}'
                line = f"[{now()},{thread.native},{name},{size}]\n".encode()
            if not tid:
                spool.late.append(line)
                return
            try:
                spool.write(line)
            except ValueError:
                spool.full(line)
        except RecursionError:  # no frame is left to look into it
            spool.lost += 1
            if fragile:
                raise
        except OUR_ERRORS as error:
            if is_foreign(error):
                raise
            spool.lost += 1

    return hook


def is_foreign(error: BaseException) -> bool:
    """Was the error raised by other code that ran meanwhile: a signal handler of the program?"""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename not in OUR_FILES


class Recording:
    """The recording of this process and of its forks."""

    def __init__(self, folder: str) -> None:
        """Install the hook. Raises OSError where nothing can be written to ``folder``."""
        about = _start(_program())
        self.spool = Spool(folder)
        self._tell("start", about)
        own = {BEFORE_FORK: self.spool.share, IN_FORK: self._forked, AT_EXIT: self._end}
        sys.addaudithook(make_hook(self.spool, _skipped(folder), own))
        posix.register_at_fork(before=unseen(BEFORE_FORK), after_in_child=unseen(IN_FORK))
        atexit.register(unseen(AT_EXIT))
        before = self.spool.position()
        sys.audit(CHECK)
        self.heard = self.spool.position() != before

    def _tell(self, what: str, about: dict[str, str]) -> None:
        members = ",".join(f'"{key}":{value}' for key, value in about.items())
        self.spool.put(f'{{"is":"{what}",{members}}}\n'.encode())

    def _forked(self) -> None:
        """Go on in regions of this process's own; its thread has another native id, too."""
        thread = self.spool.thread
        thread.mute()
        try:
            self.spool.forked()
            self._tell("fork", _start({}))
        finally:
            thread.greet()

    def _end(self) -> None:
        self._tell("end", {"ns": repr(monotonic_ns()), "lost": repr(self.spool.lost)})


def _start(about: dict[str, str]) -> dict[str, str]:
    """What identifies this process, as JSON, with what else is known ``about`` it."""
    ids = {"uid": posix.getuid(), "gid": posix.getgid(), "euid": posix.geteuid(), "egid": posix.getegid()}
    numbers = {
        "ns": monotonic_ns(),
        "epoch": time_ns(),
        "pid": posix.getpid(),
        "ppid": posix.getppid(),
        **ids,
    }
    return {**{name: repr(number) for name, number in numbers.items()}, **about}


def _program() -> dict[str, str]:
    """What this process runs, as JSON. It opens files, so it must come before the hook."""
    words = _read("/proc/self/cmdline").split(b"\0")[:-1]
    environment = [name + b"=" + value for name, value in posix.environ.items()]
    version = ".".join(map(str, sys.version_info[:3]))
    return {
        "argv": _texts(words),
        "environ": _texts(environment),
        "version": quote(f"{sys.implementation.name} {version}"),
        "stat": quote(_read("/proc/self/stat").decode("latin-1")),
    }


def _texts(values: list[bytes]) -> str:
    """A list as JSON, as far as it fits into a file of the spool together with another."""
    texts = []
    room = MOST_TEXT
    for i, value in enumerate(values):
        text = quote(value[:LONGEST_TEXT].decode("latin-1"))
        room -= len(text)
        if room < 0:
            texts.append(quote(f"... and {len(values) - i} more"))
            break
        texts.append(text)
    return f"[{','.join(texts)}]"


def _read(path: str) -> bytes:
    """The first megabyte of a file; nothing where it cannot be read."""
    try:
        descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return b""
    try:
        whole = b""
        while len(whole) < 1 << 20:
            part = posix.read(descriptor, 1 << 16)
            if not part:
                break
            whole += part
        return whole
    finally:
        posix.close(descriptor)


def _skipped(folder: str) -> list[str]:
    return _read(f"{folder}/skipped").decode().split()


def begin() -> bool:
    """Record this process, into the folder above this file's; false where another hook has refused ours."""
    return bool(Recording(__file__.rpartition("/")[0].rpartition("/")[0]).heard)
