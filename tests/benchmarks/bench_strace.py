"""Lines per second of the strace source, per stage and kind of log: python tests/benchmarks/bench_strace.py [LOG ...]

Without arguments: the sample logs of the tests, repeated with ever new addresses and times.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tracetui.logger import DB
from tracetui.sources.strace import Converter
from tracetui.sources.strace.calls import NotACall, parse_call
from tracetui.sources.strace.clock import Clock
from tracetui.sources.strace.lines import split_line

ROUNDS = 5
LINES = 30_000
DATA = Path(__file__).parents[1] / "sources" / "data"


def sample(path: Path) -> list[str]:
    """A log of about LINES lines: the sample again and again, with other addresses each time."""
    once = path.read_text("latin-1").splitlines()
    made: list[str] = []
    while len(made) < LINES:
        shift = len(made) << 4
        made += [re.sub(r"0x7f[0-9a-f]{10}", partial(moved, shift), line) for line in once]
    return made


def moved(shift: int, address: re.Match[str]) -> str:
    """An address, ``shift`` bytes further."""
    return f"{int(address[0], 16) + shift:#x}"


def nothing(cls: type[Any], row: dict[str, Any], context: dict[str, Any] | None) -> None:
    """Take an event and forget it."""


def columns(lines: list[str]) -> None:
    clock = Clock(0)
    for line in lines:
        split_line(line, clock)


def calls(lines: list[str]) -> None:
    clock = Clock(0)
    for line in lines:
        with suppress(NotACall):
            parse_call(split_line(line, clock).body)


def events(lines: list[str]) -> None:
    converter = Converter(nothing)
    for line in lines:
        converter.feed(line)
    converter.close()


def trace(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, DB(folder, order="arrival") as db:
        converter = Converter(db.add_event)
        for line in lines:
            converter.feed(line)
        converter.close()


STAGES: dict[str, Callable[[list[str]], None]] = {
    "columns only": columns,
    "and calls parsed": calls,
    "and mapped to events": events,
    "and written to a trace": trace,
}


def main() -> None:
    paths = [Path(argument) for argument in sys.argv[1:]]
    logs = {path.name: path.read_text("latin-1").splitlines() for path in paths}
    logs = logs or {path.name: sample(path) for path in sorted(DATA.glob("*.strace"))}
    print(f"{'log':24}" + "".join(f"{stage:>24}" for stage in STAGES) + "   (lines/s, medians)")
    for name, lines in logs.items():
        rates = []
        for stage in STAGES.values():
            seconds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                stage(lines)
                seconds.append(time.perf_counter() - started)
            rates.append(len(lines) / statistics.median(seconds))
        print(f"{name:24}" + "".join(f"{rate:24,.0f}" for rate in rates))


if __name__ == "__main__":
    main()
