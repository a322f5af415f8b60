"""A call as rows of the trace: its system call, the bytes it moved, the program it started."""

from __future__ import annotations

from typing import Any

from tracetui.events.prototypes import MAX_ARGUMENTS, Argument, Prototype, prototype
from tracetui.sources.strace.calls import Call
from tracetui.sources.strace.constants import number, signed64
from tracetui.sources.strace.processes import NAMELESS
from tracetui.sources.strace.values import Value, argument_value, descriptor_path, string_bytes, string_list

Row = dict[str, Any]

UNRESOLVED_FILE = "?"
"""``fname`` of a read or write whose log has no paths (``-y``), as Penguin writes it."""

_UNUSED: Row = {
    key: value for i in range(MAX_ARGUMENTS) for key, value in ((f"arg{i}", 0), (f"arg{i}_repr", ""))
}
_CLONE_NAMES = {
    "flags": 0,
    "child_stack": 1,
    "stack": 1,
    "parent_tid": 2,
    "parent_tidptr": 2,
    "child_tidptr": 3,
}
_CLONE_NAMES["tls"] = 4


class _Slot:
    """One argument of one system call, with the values it had lately: most calls repeat most arguments."""

    __slots__ = ("_argument", "key", "recent", "repr_key")

    _ENTRIES = 1024
    _LONGEST = 200

    def __init__(self, position: int, argument: Argument) -> None:
        self.key = f"arg{position}"
        self.repr_key = f"arg{position}_repr"
        self.recent: dict[str, Value] = {}
        """By what strace printed: number and ``name=text``."""
        self._argument = argument

    def value(self, text: str) -> Value:
        """Number and ``name=text`` of what strace printed; kept in ``recent`` where it is short."""
        number, shown = argument_value(self._argument, text)
        value = number, f"{self._argument.name}={shown}"
        if len(text) <= self._LONGEST:
            if len(self.recent) >= self._ENTRIES:
                self.recent.clear()
            self.recent[text] = value
        return value


class RowMaker:
    """Makes rows of calls."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, list[_Slot]]] = {}

    def syscall(self, call: Call) -> Row:
        """The row of table ``syscall``, without the columns of ``event``."""
        found = self._known.get(call.name)
        if found is None:
            found = self._known[call.name] = _slots(prototype(call.name))
        name, slots = found
        row = {"name": name, "retno": call.result, "retno_repr": call.result_text, **_UNUSED}
        arguments = call.arguments
        if name == "sys_clone":
            arguments = _clone_arguments(arguments)
        for slot, text in zip(
            slots, arguments, strict=False
        ):  # more are comments of strace, as in rt_sigreturn
            if text:
                row[slot.key], row[slot.repr_key] = slot.recent.get(text) or slot.value(text)
        return row


def _slots(known: Prototype) -> tuple[str, list[_Slot]]:
    arguments = known.arguments
    if arguments is None:
        arguments = tuple(Argument(f"unknown{i + 1}", "long") for i in range(MAX_ARGUMENTS))
    return known.name, [_Slot(i, argument) for i, argument in enumerate(arguments[:MAX_ARGUMENTS])]


def _clone_arguments(named: list[str]) -> list[str]:
    """Put the arguments of clone, which strace names and orders as it likes, into the kernel's order."""
    ordered = [""] * (max(_CLONE_NAMES.values()) + 1)
    for argument in named:
        name, _, value = argument.partition("=")
        if name in _CLONE_NAMES:
            ordered[_CLONE_NAMES[name]] = value
    return ordered


def is_transfer(call: Call) -> bool:
    """Is it no call but bytes that were moved, as tracetui writes them: with two arguments?"""
    return call.name in ("read", "write") and len(call.arguments) == 2


def is_program(call: Call) -> bool:
    """Is it no call but a program, as tracetui writes it: without the address of its environment?"""
    return call.name == "execve" and len(call.arguments) == 3 and call.arguments[2].lstrip().startswith("/*")


def transfer(call: Call) -> tuple[Row, bool] | None:
    """The row of table ``read`` or ``write``, and whether the log has fewer bytes than were moved.

    None where nothing was moved or its bytes are not in the log.
    """
    if call.result is None or call.result <= 0 or len(call.arguments) < 2:
        return None
    raw = string_bytes(call.arguments[1])
    return None if raw is None else _moved(call, raw)


def stored_transfer(call: Call) -> tuple[Row, bool]:
    """The same of a line for which :func:`is_transfer`, which may tell of no bytes at all."""
    return _moved(call, string_bytes(call.arguments[1]))


def _moved(call: Call, raw: bytes | None) -> tuple[Row, bool]:
    descriptor = call.arguments[0]
    path = descriptor_path(descriptor)
    fd = number(descriptor.partition("<")[0].strip())
    row = {
        "fd": -1 if fd is None else signed64(fd),
        "fname": UNRESOLVED_FILE if path is None else path,
        "buffer": raw if raw is None or call.result is None else raw[: call.result],
    }
    return row, raw is not None and call.result is not None and len(raw) < call.result


_SELF = "/proc/self/exe"


class Program:
    """What an exec asked for."""

    __slots__ = ("argv", "envp", "filename")

    def __init__(self, call: Call) -> None:
        """Read the arguments of execve or execveat."""
        filename, argv, envp = (*call.arguments[call.name == "execveat" :], "", "", "")[:3]
        raw = string_bytes(filename)
        self.filename = "" if raw is None else raw.decode("utf-8", "replace")
        self.argv = list(string_list(argv) or ())
        self.envp = dict(entry.partition("=")[::2] for entry in string_list(envp) or ())

    @property
    def base_name(self) -> str:
        """Last part of the program's path; of argv[0] where a program runs itself under another name."""
        path = self.argv[0] if self.argv and self.filename == _SELF else self.filename
        return path.rpartition("/")[2]

    @property
    def name(self) -> str:
        """First word of argv[0], which is what the process is called from then on."""
        first = self.argv[0] if self.argv else ""
        if first.endswith("...") and self.filename.startswith(first[:-3]):
            first = self.filename  # strace has cut the one (-s) and never cuts the other
        words = first.split()
        return words[0] if words else self.base_name or NAMELESS

    def row(self) -> Row:
        """The row of table ``exec``, without the columns of ``event`` and without ids of users."""
        argv = str(self.argv)
        return {"calltree": "", "argc": str(len(self.argv)), "argv": argv, "envp": str(self.envp)}
