"""Until a key that is typed into the filter line can be read: python tests/benchmarks/bench_typing.py TRACE

Filters are typed at an even rate while what matches is looked for and shown: with no index, while it is built,
and with it ready. The output is only stamped with its time as it comes; the terminal is emulated afterwards.
"""

from __future__ import annotations

import argparse
import os
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from terminal import Terminal

FILTERS = ("procname endswith httpd and failed", "errno = ENOTTY and name = ioctl")
STATES = ("without index", "index being built", "index ready")
CLEAR = "\x15"
AFTER_SECONDS = 1.0
"""How long output is waited for after the last key."""

INDEX_SECONDS = 5.0

Output = list[tuple[float, bytes]]


def opened(trace: Path, state: str, size: tuple[int, int]) -> Terminal:
    """An explorer whose filter line has the keys and is empty."""
    terminal = Terminal([sys.executable, "-m", "tracetui", str(trace), "--no-follow"], *size)
    terminal.wait(lambda screen: "filter ›" in screen)
    terminal.settle(1.5)
    if state != STATES[0]:
        terminal.send("ffailed\r")
        terminal.wait(lambda screen: "indexing" in screen or " so far" in screen)
    if state == STATES[2]:
        terminal.settle(INDEX_SECONDS, 600.0)
    terminal.send("f")
    terminal.settle(0.4, 1.0)
    terminal.send(CLEAR)
    terminal.settle(0.6, 1.5)
    return terminal


def typed(terminal: Terminal, text: str, gap: float) -> tuple[list[float], Output]:
    """When each key was pressed, and what was painted when."""
    pressed: list[float] = []
    output: Output = []
    begin = time.perf_counter()
    for number, key in enumerate(text):
        _record(terminal, output, begin + number * gap)
        pressed.append(time.perf_counter())
        terminal.send(key)
    _record(terminal, output, time.perf_counter() + AFTER_SECONDS)
    return pressed, output


def _record(terminal: Terminal, output: Output, until: float) -> None:
    while (left := until - time.perf_counter()) > 0:
        if select.select([terminal.fd], [], [], left)[0]:
            output.append((time.perf_counter(), os.read(terminal.fd, 65536)))


def echoes(terminal: Terminal, text: str, pressed: Sequence[float], output: Output) -> list[float]:
    """Seconds until each key stood on the screen; those of blanks cannot be seen."""
    shown: dict[int, float] = {}
    for when, data in output:
        terminal.feed(data)
        line = next((row for row in terminal.screen.display if row.startswith("filter ›")), "")
        for number, at in enumerate(pressed):
            if number not in shown and at < when and text[: number + 1] in line:
                shown[number] = when
    return [
        shown.get(number, at + AFTER_SECONDS) - at
        for number, at in enumerate(pressed)
        if not text[number].isspace()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("--rate", type=float, default=10.0, help="keys a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", default="120x40")
    options = parser.parse_args()
    columns, lines = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        for state in STATES:
            took: list[float] = []
            for _ in range(options.rounds):
                for text in FILTERS:
                    cache = "ready" if state == STATES[2] else f"{state} {len(took)}"
                    os.environ["XDG_CACHE_HOME"] = os.path.join(folder, cache)
                    terminal = opened(options.trace, state, (columns, lines))
                    took += echoes(terminal, text, *typed(terminal, text, 1 / options.rate))
                    terminal.close()
            _tell(state, took)


def _tell(state: str, took: list[float]) -> None:
    late = sum(seconds > 0.05 for seconds in took)
    worst = sorted(took)[int(0.95 * len(took))]
    print(
        f"{state:<18} median {statistics.median(took) * 1000:5.1f} ms   95 % {worst * 1000:5.1f} ms   "
        f"most {max(took) * 1000:5.1f} ms   over 50 ms: {late} of {len(took)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
