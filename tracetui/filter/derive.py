"""Values that take more than one column, for the database's side: pure functions over stored columns.

The evaluator takes the same values from :class:`tracetui.events.Record`; that both agree is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from tracetui.events.arguments import UNRESOLVED, Argument, parse_argument
from tracetui.events.calls import CALLS
from tracetui.events.decode import decode_arguments, holds_flags
from tracetui.events.errnos import ERRNO_SHOWN, errno_name
from tracetui.events.families import common_name
from tracetui.events.kinds import Kind, kind_of_stored
from tracetui.events.literals import argument_vector, environment_pairs
from tracetui.events.prototypes import prototype
from tracetui.events.text import text_of
from tracetui.filter.operands import Value

DATA_CALLS = frozenset({"sys_read", "sys_write", "sys_pread64", "sys_pwrite64"})
"""Calls whose string argument is data and no path."""

KIND_CALLS = {"exec": "execve", "proc_start": "clone", "proc_exit": "procexit"}
"""What sysdig calls the events that are no system calls; others keep the name of their kind."""


def argument_values(argument: Argument | None, stored: object) -> Iterator[Value]:
    """Number, whole text, text after ``name=`` and quoted string of one argument."""
    if argument is not None and argument.value is not None:
        yield argument.value
    yield from _argument_texts(argument, stored)


def _argument_texts(argument: Argument | None, stored: object) -> Iterator[str]:
    whole = stored if isinstance(stored, str) else text_of(stored)
    if argument is None or not whole:
        return
    yield whole
    if argument.text != whole:
        yield argument.text
    if argument.string is not None:
        yield argument.string


def one_argument(value: object, text: object) -> Iterator[str]:
    """Texts of an argument by its two columns."""
    return _argument_texts(parse_argument(0, value, text), text)


def named_argument(name: str, *columns: object) -> Iterator[Value]:
    """Values of the arguments called ``name``, in any case."""
    lowered = name.lower()
    for argument, stored in _arguments(columns):
        if argument.name.lower() == lowered:
            yield from argument_values(argument, stored)


def named_words(name: str, call: object, *columns: object) -> Iterator[str]:
    """What the numbers of the arguments called ``name`` stand for, in any case."""
    arguments = [argument for argument, _ in _arguments(columns)]
    return words_of(name, call if isinstance(call, str) else "", arguments)


def words_of(name: str, call: str, arguments: Sequence[Argument], arch: str | None = None) -> Iterator[str]:
    """``O_WRONLY|O_CREAT``, as lists show it, and each of the flags."""
    lowered = name.lower()
    if not any(argument.name.lower() == lowered for argument in arguments):
        return
    for argument, words in zip(arguments, decode_arguments(call, arguments, arch), strict=True):
        if argument.name.lower() == lowered and words and not words.lstrip("-").isdecimal():
            yield words
            if "|" in words:
                yield from words.split("|")


@lru_cache(maxsize=1)
def worded_names() -> frozenset[str]:
    """Names of arguments whose numbers stand for words in some call: ``flags``, ``prot``, ``dfd``."""
    return frozenset(
        argument.name.lower()
        for call, kinds in CALLS.items()
        for argument, kind in zip(prototype(call).arguments or (), kinds, strict=False)
        if kind == "dirfd" or (kind is not None and holds_flags(kind) is not None)
    )


def call_paths(name: object, *texts: object) -> tuple[str, ...]:
    """The files that a call names: the quoted paths, else the name behind its descriptor."""
    if name not in DATA_CALLS:
        candidates = [text for text in texts if isinstance(text, str) and ('("' in text or text[:1] == "/")]
        arguments = [parse_argument(0, None, text) for text in candidates]
        paths = tuple(a.string for a in arguments if a is not None and a.is_path and a.string is not None)
        if paths:
            return paths
    return fd_names(*texts)


def fd_names(*texts: object) -> tuple[str, ...]:
    """The resolved name of the first ``fd`` argument."""
    for text in texts:
        if isinstance(text, str) and text.startswith(("fd=", "FD:")):
            argument = parse_argument(0, None, text)
            return () if argument is None or argument.fd_name is None else (argument.fd_name,)
    return ()


def _arguments(columns: tuple[object, ...]) -> Iterator[tuple[Argument, object]]:
    for index in range(0, len(columns), 2):
        argument = parse_argument(index // 2, columns[index], columns[index + 1])
        if argument is not None:
            yield argument, columns[index + 1]


def only_text(value: object) -> tuple[str, ...]:
    """A value that is text."""
    return (value,) if isinstance(value, str) else ()


def only_number(value: object) -> tuple[int, ...]:
    """A value that is an integer."""
    return (value,) if isinstance(value, int) else ()


def known_name(name: object) -> tuple[str, ...]:
    """A file name, unless the logger could not resolve it."""
    return (name,) if isinstance(name, str) and name not in UNRESOLVED else ()


def event_call(kind: object, name: object) -> tuple[str, ...]:
    """The type of an event as sysdig names it: that of the call, or what the event stands for."""
    if isinstance(name, str):
        return (common_name(name),)
    return (KIND_CALLS.get(kind, kind),) if isinstance(kind, str) and kind not in ("", "syscall") else ()


def event_kind(kind: object) -> tuple[str, ...]:
    """:func:`event_call` of an event that is no system call."""
    return event_call(kind, None)


def category(kind: object, name: object = None) -> tuple[str, ...]:
    """The category of an event by its type and the stored name of the call."""
    found = _kind(kind, name)
    return () if found is None else (found.category,)


def description(kind: object, name: object = None) -> tuple[str, ...]:
    """What events of a type, or calls of a name, do."""
    found = _kind(kind, name)
    return () if found is None or not found.description else (found.description,)


def _kind(kind: object, name: object) -> Kind | None:
    if not isinstance(kind, str) or not kind:
        return None
    return kind_of_stored(kind, name if isinstance(name, str) else None)


def errno_text(errno: object, shown: object) -> tuple[str, ...]:
    """The name of an error, as the logger wrote it, else by its number."""
    if not isinstance(errno, int):
        return ()
    name = named_errno(shown) or errno_name(errno)
    return () if name is None else (name,)


def named_errno(shown: object) -> str | None:
    """``ENOENT`` of ``ENOENT(No such file or directory)``."""
    found = ERRNO_SHOWN.match(shown) if isinstance(shown, str) else None
    return None if found is None else found[1]


def outcome(retno: object, errno: object, shown: object) -> tuple[str, ...]:
    """``SUCCESS``, or the name of the error, or its negative number where it has none."""
    if not isinstance(retno, int):
        return ()
    if not isinstance(errno, int):
        return ("SUCCESS",)
    return errno_text(errno, shown) or (str(-errno),)


def argv_of(stored: object) -> tuple[str, ...]:
    """Argument vector as the exec event holds it: a Python list, or words between spaces."""
    return argument_vector(stored) if isinstance(stored, str) else ()


def command_line(argv: tuple[str, ...] | None) -> Iterator[str]:
    """The words joined by spaces, and each of them."""
    if argv:
        yield " ".join(argv)
        if len(argv) > 1:
            yield from argv


def command_of(stored: object) -> Iterator[str]:
    """:func:`command_line` of a stored argument vector."""
    return command_line(argv_of(stored))


def program_of(stored: object) -> tuple[str, ...]:
    """The first word of a stored argument vector."""
    return argv_of(stored)[:1]


def program_path(stored: object) -> tuple[str, ...]:
    """The first word, where it is a path."""
    return tuple(word for word in program_of(stored) if "/" in word)


def environment(pairs: tuple[tuple[str, str], ...] | None) -> Iterator[str]:
    """``NAME=value`` and ``NAME`` of each variable."""
    for name, value in pairs or ():
        yield f"{name}={value}"
        yield name


def environment_of(stored: object) -> Iterator[str]:
    """:func:`environment` of a stored one."""
    return environment(pairs_of(stored))


def pairs_of(stored: object) -> tuple[tuple[str, str], ...]:
    """Variables of a stored environment: a Python dict, or ``NAME=value`` between commas."""
    return environment_pairs(stored) if isinstance(stored, str) else ()


def variable(pairs: tuple[tuple[str, str], ...] | None, name: str) -> tuple[str, ...]:
    """The values of one variable."""
    return tuple(value for known, value in pairs or () if known == name)


def signal_of(reason: object) -> tuple[str, ...]:
    """``SIGSEGV`` of the reason ``signal:SIGSEGV``."""
    if isinstance(reason, str) and reason.startswith("signal:"):
        return (reason[len("signal:") :],)
    return ()


def buffer_bytes(stored: object) -> tuple[bytes, ...]:
    """A stored buffer as bytes; text is what eras v1 and v2a made of them as Latin-1."""
    if isinstance(stored, bytes):
        return (stored,)
    if stored is None:
        return ()
    text = str(stored)
    fits = text.isascii() or max(text) <= "\xff"
    return (text.encode("latin-1") if fits else text.encode("utf-8", "surrogateescape"),)


def text_length(stored: object) -> tuple[int, ...]:
    """The length in bytes of a buffer that was stored as text."""
    return tuple(map(len, buffer_bytes(stored)))


def directory(path: str) -> str | None:
    """The folder that a path names something in; ``None`` for what is no path."""
    if "/" not in path:
        return None
    return path.rpartition("/")[0] or "/"


def last_part(path: str) -> str | None:
    """The last component of a path; ``None`` for what is no path."""
    return path.rstrip("/").rpartition("/")[2] if "/" in path else None
