"""One line of a log: the process and time columns, and which kind of line it is.

The kinds and their texts are those of strace 4.x to 6.x, on standard error and in ``-o`` files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.sources.strace.clock import Clock
from tracetui.sources.strace.text import decode, unescape

# What `strace -f -ttt -o` writes: nearly all lines of nearly all logs, so they have a pattern of their own.
_USUAL = re.compile(r"([0-9]{1,7}) +([0-9]{9,10}\.[0-9]{6,9}) (?=[^(\[])")
_COLUMNS = re.compile(
    r"""
    \s*
    (?:\[pid \s+ (?P<bracketed>[0-9]{1,7})(?:<(?P<bracketed_comm>[^>]*)>)?\]\s+
      |(?P<bare>[0-9]{1,7})(?:<(?P<bare_comm>[^>]*)>)?\s+
      |\?<(?P<name>[^<>]*)>\s+)?
    (?:(?P<epoch>[0-9]{9,10}(?:\.[0-9]{1,9})?)\s+
      |(?P<of_day>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)\s+)?
    (?:(?P<relative>[0-9]{1,9}\.[0-9]{1,9})\s+ | \(\+\s+[\d.]+\)\s+)?
    (?:\[\s*\d+\]\s+)?                                      # the call's number, of -n
    (?:\[[0-9a-f?]{8,16}\]\s+)?                             # the instruction pointer, of -i
    """,
    re.X,
)


@dataclass(slots=True)
class Line:
    """A line without its columns."""

    tid: int | None
    """Thread; None in a log of one process, which has no such column."""
    ts: int | None
    """Nanoseconds since the epoch, where the log has times."""
    comm: str | None
    """Name of the thread, where strace was told to show it (``-Y``)."""
    body: str
    is_of_name: bool = False
    """Whether ``comm`` is all that is known of the process: such lines are written by tracetui only."""


def split_line(text: str, clock: Clock) -> Line:
    """Take the columns off a line."""
    usual = _USUAL.match(text)
    if usual is not None:
        return Line(int(usual[1]), clock.epoch(usual[2]), None, text[usual.end() :])
    columns = _COLUMNS.match(text)
    if columns is None:  # cannot be: every part is optional
        return Line(None, None, None, text)
    pid = columns["bracketed"] or columns["bare"]
    ts = None
    if columns["epoch"]:
        ts = clock.epoch(columns["epoch"])
    elif columns["of_day"]:
        ts = clock.of_day(columns["of_day"])
    elif columns["relative"]:
        ts = clock.relative(columns["relative"])
    body = text[columns.end() :]
    if columns["name"] is not None:
        return Line(None, ts, decode(unescape(columns["name"])), body, is_of_name=True)
    comm = columns["bracketed_comm"] or columns["bare_comm"]
    return Line(None if pid is None else int(pid), ts, comm, body)


LIKELY = re.compile(
    r"[a-z_]\w*\(.*(?: = |\.\.\.>)|<\.\.\. \w+ resumed>|--- (?:SIG|stopped|start pid )"
    r"|\+\+\+ (?:exited|killed|superseded)",
    re.S,
)
"""Begins what strace says of a process; most output of other programs does not match."""

UNFINISHED = re.compile(r" ?<(?:unfinished \.\.\.|pid changed to \d+ \.\.\.)>\Z")
"""Ends the first part of a call that another thread's line interrupted."""

DETACHED = re.compile(r" ?<detached \.\.\.>\Z")
"""Ends a call that strace did not wait for."""

RESUMED = re.compile(r"<\.\.\. (?P<name>\w+|\?+) resumed>[ ]?(?P<rest>.*)", re.S)
"""The second part of such a call."""

SIGNALLED = re.compile(r"--- (?:SIG\w+|stopped by SIG\w+)\b.*---\Z", re.S)
"""A signal was delivered, or stopped the process."""

STARTED = re.compile(
    r"--- start pid (?P<pid>[0-9]{1,7}) \(parent (?P<parent>[0-9]{1,7})\) (?P<name>.*) ---\Z", re.S
)
"""A process began, or began to run another program: tracetui's own form of such an event."""

EXITED = re.compile(r"\+\+\+ exited with (?P<code>[0-9]{1,3}) \+\+\+\Z")

KILLED = re.compile(r"\+\+\+ killed by (?P<signal>\w+)(?: \(core dumped\))? \+\+\+\Z")

SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (?P<tid>[0-9]{1,7}) \+\+\+\Z")
"""The thread leader's pid now belongs to another thread of it, which called exec."""

MESSAGE = re.compile(
    r"(?:strace: )?(?:Process (?P<tid>[0-9]{1,7})(?:<[^>]*>)? (?P<what>attached|detached|resumed|suspended)"
    r"(?: \(waiting for parent\)| with \d+ threads| \(parent \d+ ready\))?"
    r"|\[ Process PID=\d+ runs in [\w ]+ mode\. \])\Z"
)
"""What strace itself says: a process is now traced, or no longer."""

TORN = re.compile(r"write\([12](?:<[^>]*>)?, ", re.S)
"""Begins a call that writes to the terminal to which strace writes, too: what is written comes between."""


def cut_glued_message(text: str) -> str | None:
    """The call in the middle of which strace said on standard error that a process is attached.

    The call goes on in the next line. None where ``text`` is no such line.
    """
    at = text.rfind("strace: Process ")
    return text[:at] if at > 0 and MESSAGE.fullmatch(text, at) is not None else None
