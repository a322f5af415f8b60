"""Parameters of a system call or an audit event: its arguments, typed, and its result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from tracetui.canonical.catalogue import EventKind
from tracetui.canonical.parameters import Parameter
from tracetui.canonical.types import RANGES, WORDS, ParameterType
from tracetui.events import Argument, Record
from tracetui.events.decode import argument_kind, decode_arguments, decode_value, holds_flags, signed
from tracetui.events.literals import argument_vector

RESULT = "ret"
ERROR = "errno"
FILE_NAME = "file_name"

_LAST_PORT = RANGES[ParameterType.PORT][1]
_SIGNED = frozenset({ParameterType.INT32, ParameterType.FD, ParameterType.PID, ParameterType.TID})
_KINDS = {
    "dirfd": ParameterType.FD,
    "fd": ParameterType.FD,
    "int": ParameterType.INT32,
    "pid": ParameterType.PID,
    "ptr": ParameterType.ADDRESS,
    "dev": ParameterType.UINT32,
}
"""Kinds of arguments by call and position; they know more than a name that many calls share."""

_GIVES_ADDRESS = frozenset("mmap mmap2 mmap_pgoff old_mmap mips_mmap mips_mmap2 mremap brk shmat".split())
_GIVES_PID = frozenset(
    "fork vfork clone clone3 getpid getppid wait4 waitpid getpgid getpgrp setsid getsid".split()
)
_GIVES_TID = frozenset({"gettid", "set_tid_address"})
_GIVES_FD = frozenset(
    "open openat openat2 creat dup dup2 dup3 socket accept accept4 epoll_create epoll_create1 eventfd "
    "eventfd2 signalfd signalfd4 timerfd_create inotify_init inotify_init1 fanotify_init memfd_create "
    "memfd_secret pidfd_open pidfd_getfd perf_event_open userfaultfd io_uring_setup mq_open "
    "open_by_handle_at open_tree fsopen fsmount fspick".split()
)

_INTERNET = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\).*?(?:inet_addr\(\"|inet_pton\(AF_INET6, \")(?P<ip>[0-9a-fA-F.:]+)\""
    r"|[(\[]'(?P<python_ip>[0-9a-fA-F.:]+)', (?P<python_port>\d+)",
    re.S,
)
"""An address as strace writes one, or as a pair of Python's."""

_OWN_END = frozenset({"bind", "getsockname", "socket.bind"})
"""Calls whose address is that of the socket itself, and not of the other end."""


def call_parameters(record: Record, kind: EventKind) -> Iterator[Parameter]:
    """Arguments in order, addresses inside them, the name behind the descriptor, the result."""
    arguments = record.arguments
    words = decode_arguments(record.name or "", arguments, record.arch)
    for argument, meaning in zip(arguments, words, strict=True):
        parameter = _argument(argument, kind, meaning)
        yield parameter
        if parameter.type in (ParameterType.STRING, ParameterType.SLICE):
            yield from _internet_address(kind.name, argument.text)
    if record.fname is not None:
        yield file_name(record.fname)
    yield from _result(record, kind.name)


def file_name(name: str) -> Parameter:
    """What is behind a file descriptor: a path, or a name such as ``pipe:[7]``."""
    kind = ParameterType.PATH if name.startswith("/") else ParameterType.STRING
    return Parameter(FILE_NAME, kind, name)


def _argument(argument: Argument, kind: EventKind, meaning: str | None) -> Parameter:
    fact = kind.argument(argument.index, argument.name)
    name = fact.name
    if argument.string is not None:
        is_path = fact.type is ParameterType.PATH
        return Parameter(name, ParameterType.PATH if is_path else ParameterType.STRING, argument.string)
    if (listed := _LIST.search(argument.text)) is not None:
        return Parameter(name, ParameterType.SLICE, argument_vector(listed[1]))
    if argument.value is None or not _is_number(argument):
        return Parameter(name, ParameterType.STRING, argument.text)
    expected = _type(kind, argument.index, fact.type)
    if expected is ParameterType.PORT and not 0 <= argument.value <= _LAST_PORT:
        expected = kind.numbers
    if fact.code:
        meaning = decode_value(fact.code, argument.value)
    return Parameter(name, expected, fitted(expected, argument.value), _telling(expected, meaning))


def _type(kind: EventKind, index: int, expected: ParameterType) -> ParameterType:
    """The type of a number: as this call means it, else as its name promises."""
    special = argument_kind(kind.name, index)
    if special in _KINDS:
        return _KINDS[special]
    flags = None if special is None else holds_flags(special)
    if flags is not None:
        return ParameterType.FLAGS if flags else ParameterType.ENUM
    return expected if expected in RANGES or expected in WORDS else kind.numbers


def _is_number(argument: Argument) -> bool:
    """Whether the text shows no more than the number, or what it points to is not told."""
    text = argument.text
    return bool(_PLAIN.match(text)) or text == "[NULL]" or not text


_LIST = re.compile(r"\((\[['\"].*\])\)\Z", re.S)
"""The words of ``0x..(['sh', '-c'])``."""

_PLAIN = re.compile(r"-?(?:0x|0o)?[0-9a-fA-F]+(?:\(|\Z)")


def _telling(expected: ParameterType, meaning: str | None) -> str | None:
    """The meaning of a number where it is more than the number: a signed 32-bit integer tells itself."""
    if expected in _SIGNED and meaning is not None and not meaning.isidentifier():
        return None
    return meaning


def fitted(expected: ParameterType, value: int) -> int:
    """A stored number as one of its type: columns hold 32-bit numbers unsigned and 64-bit ones signed."""
    if expected in _SIGNED:
        return signed(value)
    if expected not in RANGES:
        return value
    low, high = RANGES[expected]
    if low <= value <= high:
        return value
    span = high - low + 1
    return (value - low) % span + low


def _internet_address(call: str, text: str) -> Iterator[Parameter]:
    """Address and port where an argument shows them: ``dip`` and ``dport``, or ``sip`` and ``sport``."""
    found = _INTERNET.search(text)
    if found is None:
        return
    end = "s" if call in _OWN_END else "d"
    port = int(found["port"] or found["python_port"])
    try:
        address = ip_address(found["ip"] or found["python_ip"])
    except ValueError:
        return
    version = ParameterType.IPV4 if address.version == 4 else ParameterType.IPV6
    yield Parameter(f"{end}ip", version, address)
    if port <= _LAST_PORT:
        yield Parameter(f"{end}port", ParameterType.PORT, port)


def _result(record: Record, call: str) -> Iterator[Parameter]:
    """What the call returned, and the error in words where it failed."""
    if record.retno is None:
        return
    if record.errno is not None:
        yield Parameter(RESULT, ParameterType.INT64, record.retno)
        yield Parameter(ERROR, ParameterType.ENUM, record.errno, record.errno_name)
        return
    expected = _result_type(call)
    yield Parameter(RESULT, expected, fitted(expected, record.retno))


def _result_type(call: str) -> ParameterType:
    for calls, expected in _RESULTS:
        if call in calls:
            return expected
    return ParameterType.INT64


_RESULTS = (
    (_GIVES_FD, ParameterType.FD),
    (_GIVES_ADDRESS, ParameterType.ADDRESS),
    (_GIVES_PID, ParameterType.PID),
    (_GIVES_TID, ParameterType.TID),
)
