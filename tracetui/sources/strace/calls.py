"""A finished system call: name, arguments and result, parsed from one (joined) line of a log."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.sources.strace.arguments import split_arguments
from tracetui.sources.strace.constants import constants, number, signed64

_NAME = re.compile(r"(\w+)\(")
_RESULT = re.compile(
    r"\s*= (?P<value>\?|-?(?:0x[0-9a-f]{1,16}|[0-9]{1,20})(?![0-9a-f]))"
    r"(?P<rest>.*?)(?: <(?P<seconds>[0-9]{1,9}\.[0-9]{1,9})>)?\Z",
    re.S,
)
_ERROR = re.compile(
    r" (?:(?P<name>E[A-Z0-9_]+)(?: \((?P<text>.*?)\))?|\(errno (?P<code>[0-9]{1,4})\))"
    r"(?: \((?:INJECTED|DELAYED).*\))?\Z",
    re.S,
)
_OTHER_PID = re.compile(r"/\* ([0-9]{1,10}) in strace's PID NS \*/")
_TAIL = re.compile(r"\) += ")
_LONGEST_ERRNO = 4095


class NotACall(ValueError):
    """The text is not a finished system call."""


@dataclass(slots=True)
class Call:
    """A system call as strace printed it."""

    name: str
    """strace's name: ``fstat``, where the kernel says ``newfstat``."""
    arguments: list[str]
    """As written, outer spaces removed."""
    result: int | None
    """Signed, failures negative; None where the call did not return."""
    result_text: str | None
    """``ENOENT(No such file or directory)``, or the number in hex; None as ``result``."""
    new_pid: int | None
    """The result as a pid where it names one, in the numbering of the log's pid column."""
    duration: int | None
    """Nanoseconds, where the log has them (``-T``)."""

    @property
    def failed(self) -> bool:
        """Did the call return an error?"""
        return self.result is not None and -_LONGEST_ERRNO <= self.result < 0


def parse_call(text: str) -> Call:
    """Parse ``openat(AT_FDCWD, "/x", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000040>``.

    Raises NotACall where the text is anything else.
    """
    head = _NAME.match(text)
    if head is None:
        raise NotACall(text[:60])
    text = text.rstrip()
    try:
        arguments, end = split_arguments(text, head.end())
    except ValueError as error:
        raise NotACall(text[:60]) from error
    match = _RESULT.match(text, end)
    if match is None:
        raise NotACall(text[:60])
    return _finished(head[1], arguments, match)


def parse_tail(name: str, text: str) -> Call:
    """The end of a call whose beginning is not in the log: its result is known, its arguments are not."""
    text = text.rstrip()
    end = 0
    for end_match in _TAIL.finditer(text):
        end = end_match.start() + 1
    match = _RESULT.match(text, end) if end else None
    if match is None:
        raise NotACall(text[:60])
    return _finished(name, [], match)


def unfinished_call(text: str) -> Call:
    """A call that never returned, from what strace printed of it. Raises NotACall where that is nothing."""
    head = _NAME.match(text)
    if head is None:
        raise NotACall(text[:60])
    begun = text.rstrip().rstrip(",")
    for ending in (")", "", '")', "})", "])"):
        try:
            arguments, _ = split_arguments(begun + ending, head.end())
        except ValueError:
            continue
        return Call(head[1], arguments, None, None, None, None)
    return Call(head[1], [], None, None, None, None)


def _finished(name: str, arguments: list[str], match: re.Match[str]) -> Call:
    value, rest, seconds = match.groups()
    duration = None if seconds is None else nanoseconds(seconds)
    if len(arguments) == 1 and arguments[0].startswith("<... "):
        arguments = []  # restart_syscall(<... resuming interrupted read ...>)
    error = _ERROR.match(rest) if rest[:1] == " " else None
    if error is not None:
        code = constants().get(error["name"]) if error["code"] is None else int(error["code"])
        if code is not None:
            meaning = f"{error['name']}({error['text'] or ''})" if error["name"] else f"{-code:#x}"
            return Call(name, arguments, -code, meaning, None, duration)
    if value == "?":
        return Call(name, arguments, None, None, None, duration)
    result = signed64(number(value) or 0)
    other = _OTHER_PID.search(rest) if "/*" in rest else None
    pid = result if other is None else int(other[1])
    return Call(name, arguments, result, f"{result:#x}", pid, duration)


def nanoseconds(seconds: str) -> int:
    """``0.000040`` or ``1795240768.053259`` as whole nanoseconds, without a detour over floats."""
    whole, _, fraction = seconds.partition(".")
    return int(whole + fraction[:9].ljust(9, "0"))
