"""Other programs, each put the questions that it can answer, on a trace that they take whole."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from terminal import Terminal

ALL = """
import resource, sys, time
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, with_polymorphic
from tracetui.events import Event, Syscall
began = time.perf_counter()
with Session(create_engine("sqlite:///" + sys.argv[1])) as session:
    query = session.query(with_polymorphic(Event, "*"))
    if sys.argv[2] == "first match":
        query = session.query(Syscall).filter(Syscall.arg1_repr.contains("/etc/passwd"))
    events = query.all()
    print(events[0])
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
"""What Penguin's command does."""


def _all(trace: Path, question: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ALL, trace, question], check=True, capture_output=True, text=True
    )
    took, memory = map(float, done.stdout.splitlines()[-1].split())
    return f"{memory:.0f} MB" if question == "memory" else f"{took:.2f} s"


def _in_terminal(argv: list[str], marker: str, question: str) -> str:
    """Time until ``marker`` is on the screen, or the memory then."""
    terminal = Terminal(argv)
    try:
        terminal.wait(lambda text: re.search(marker, text) is not None, 60)
        took = time.perf_counter() - terminal.started
        terminal.settle(1.0)
        return f"{terminal.memory()[0] / 1e6:.0f} MB" if question == "memory" else f"{took:.2f} s"
    except TimeoutError:
        return "nothing within a minute"
    finally:
        terminal.close()


def _visidata(trace: Path, question: str) -> str:
    return _in_terminal(["vd", f"{trace}", "+:event::"], r"syscall.*\n.*syscall", question)


def _lnav(trace: Path, question: str) -> str:
    """lnav reads text: the lines that strace would print."""
    log = trace.with_suffix(".strace")
    if not log.exists():
        command = [
            sys.executable,
            "-m",
            "tracetui",
            "query",
            str(trace),
            "--format",
            "strace",
            "-o",
            str(log),
        ]
        subprocess.run(command, check=True)
    if question == "first match":
        began = time.perf_counter()
        subprocess.run(
            ["lnav", "-n", "-c", ":filter-in /etc/passwd", str(log)], check=True, capture_output=True
        )
        return f"{time.perf_counter() - began:.2f} s"
    return _in_terminal(["lnav", str(log)], r"execve|brk|open", question)


@dataclass(frozen=True)
class Other:
    """A program, the questions that it is put, and how."""

    asked: Callable[[Path, str], str]
    program: str = ""
    """The command that must be installed, if any."""
    questions: frozenset[str] = field(default=frozenset({"first page", "first match", "memory"}))

    @property
    def is_there(self) -> bool:
        return not self.program or shutil.which(self.program) is not None


OTHERS = {
    "SQLAlchemy .all()": Other(_all),
    "lnav": Other(_lnav, "lnav"),
    "visidata": Other(_visidata, "vd", frozenset({"first page", "memory"})),
}


def others(trace: Path, question: str) -> list[str]:
    """What each program that is installed says."""
    return [
        f"{name} {other.asked(trace, question)}"
        for name, other in OTHERS.items()
        if other.is_there and question in other.questions
    ]
