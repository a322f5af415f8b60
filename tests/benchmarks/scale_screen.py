"""The explorer in a terminal, as bench_scale.py drives it: keys, filters, memory."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_index import build
from bench_tail import processor_seconds
from typing_extensions import Self

from terminal import Terminal
from tracetui.analysis.index import ColumnIndex, plan
from tracetui.filter import FilterError, parse
from tracetui.trace import Trace

PAGE_DOWN, PAGE_UP, DOWN, UP, HOME, END = "\x1b[6~", "\x1b[5~", "\x1b[B", "\x1b[A", "\x1b[H", "\x1b[F"
CLEAR = "\x15"
FILTERING = "⏎ Apply"
"""What the last line says while the filter line has the keys."""

NEAR = 100_000
"""Events within which a match must be found at once."""

JUMPS = 40


@dataclass(frozen=True)
class Latency:
    """How long a typed filter took to show its first match."""

    text: str
    first: int | None
    seconds: float

    @property
    def is_near(self) -> bool:
        return self.first is not None and self.first <= NEAR


class Explorer:
    """An explorer of a trace; the first event is on the screen."""

    def __init__(self, trace: Path) -> None:
        self._terminal = Terminal([sys.executable, "-m", "tracetui", str(trace), "--no-follow"])
        self._terminal.wait(_starts_with(1), 60)
        self.opened_in = time.perf_counter() - self._terminal.started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.close()

    def settle(self, seconds: float = 1.5) -> None:
        self._terminal.settle(seconds)

    def key_latencies(self) -> dict[str, list[float]]:
        """Seconds from a key to the last byte of what it makes the explorer paint."""
        rng = random.Random(1)
        found = {"line": [self._painted(rng.choice((UP, DOWN, DOWN))) for _ in range(JUMPS)]}
        found["page"] = [self._painted(rng.choice((PAGE_UP, PAGE_DOWN, PAGE_DOWN))) for _ in range(JUMPS)]
        found["end, home"] = [self._painted(key) for key in (END, HOME) * (JUMPS // 2)]
        found["jump anywhere"] = [self._jump(f"{rng.randint(1, 99)}%") for _ in range(JUMPS)]
        self._painted(HOME)
        return found

    def _jump(self, target: str) -> float:
        self._terminal.send(":")
        self._terminal.wait(lambda screen: "Go to event" in screen)
        self._terminal.send(target)
        self._terminal.wait(lambda screen: target in screen)
        return self._painted("\r")

    def _painted(self, keys: str) -> float:
        began = painted = time.perf_counter()
        self._terminal.send(keys)
        while self._terminal.pump(0.1 if painted > began else 2.0) and painted < began + 2.0:
            painted = time.perf_counter()
        return painted - began

    def type_filter(self, text: str, first: int | None, whole: bool) -> float:
        """Seconds from the last key of a filter until its first match, or that there is none, is shown.

        ``whole``: all keys at once, where the last one alone would not change what is shown.
        """
        self.filter("")
        self._terminal.wait(lambda screen: " shown" not in screen)
        self._terminal.send(HOME)
        self._terminal.wait(_starts_with(1))
        self._focus_line()
        before = "" if whole else text[:-1]
        self._terminal.send(before)
        self.settle(0.5)
        began = time.perf_counter()
        self._terminal.send(text[len(before) :])
        if first is None:
            self._terminal.wait(lambda screen: re.search(r" 0 of [\d,]+ ", screen) is not None, 120)
        else:
            shown = _starts_with(first)
            self._terminal.wait(lambda screen: shown(screen) and " shown" in screen, 120)
        return time.perf_counter() - began

    def filter(self, text: str) -> None:
        """Filter by ``text``, and nothing else."""
        self._focus_line()
        self._terminal.send(CLEAR)
        self.settle(0.2)
        self._terminal.send(f"{text}\r")
        self._terminal.wait(lambda screen: FILTERING not in screen)

    def _focus_line(self) -> None:
        if FILTERING not in self._terminal.text():
            self._terminal.send("f")
            self._terminal.wait(lambda screen: FILTERING in screen)

    def await_index(self, seconds: float = 300.0) -> None:
        """Filter once, and wait until the index is there: nothing moves any more."""
        self.filter("failed")
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and not self._is_idle():
            pass

    def _is_idle(self, seconds: float = 5.0) -> bool:
        """Whether the explorer used next to no processor for a while, and does not wait for one."""
        before, until = self._busy(), time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._terminal.pump(left)
        return self._busy() - before < 0.1 * seconds and not self._is_runnable()

    def _is_runnable(self) -> bool:
        threads = Path(f"/proc/{self._terminal.pid}/task").glob("*/stat")
        return any(thread.read_text().rpartition(")")[2].split()[0] == "R" for thread in threads)

    def _busy(self) -> float:
        return processor_seconds(self._terminal.pid)

    def scroll(self, seconds: float) -> int:
        """The most memory so far, after going through the list for a while, in bytes."""

        def step(rng: random.Random) -> None:
            self._terminal.send(rng.choice((PAGE_DOWN, PAGE_UP, DOWN, END, HOME)))
            if rng.random() < 0.1:
                self._jump(f"{rng.randint(1, 99)}%")

        return self._watched(seconds, step)

    def scroll_and_filter(self, seconds: float, filters: Sequence[str]) -> int:
        """The same with filters, for which an index is built: what that takes counts, too."""

        def step(rng: random.Random) -> None:
            self._terminal.send(rng.choice((PAGE_DOWN, DOWN, END, HOME)))
            if rng.random() < 0.1:
                self.filter(rng.choice(filters))

        self.await_index()
        return self._watched(seconds, step)

    def _watched(self, seconds: float, step: Callable[[random.Random], None]) -> int:
        rng = random.Random(1)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            step(rng)
            self.settle(0.1)
        return self._terminal.memory()[1]


def typed_latencies(trace: Path, filters: Sequence[str]) -> list[Latency]:
    """Type each filter in an explorer whose index is ready."""
    index = build(trace)
    firsts = {text: _first_match(trace, index, text) for text in filters}
    befores = {text: _first_match(trace, index, text[:-1]) for text in filters}
    del index
    found = []
    with Explorer(trace) as explorer:
        explorer.await_index()
        for text, first in firsts.items():
            took = explorer.type_filter(text, first, whole=befores[text] == first)
            found.append(Latency(text, first, took))
    return found


def _first_match(trace: Path, index: ColumnIndex, text: str) -> int | None:
    """The first event that matches; ``None`` where there is none, or the filter is not valid."""
    try:
        expression = parse(text)
    except FilterError:
        return None
    with Trace.open(trace) as opened:
        chunks = plan(expression, index, opened.schema).chunks(opened)
        return next((chunk.ids[0] for chunk in chunks if chunk.ids), None)


def _starts_with(event_id: int) -> Callable[[str], bool]:
    """Whether an event is the first of the list."""
    row = re.compile(rf"^\D*{event_id} \w+ ")
    return lambda screen: any(row.match(line) for line in screen.splitlines()[2:4])
