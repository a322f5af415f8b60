"""Records per second of the Fibratus source: python tests/benchmarks/bench_fibratus.py [FILE]

Without a file, the sample is repeated until it has some hundred thousand events. Seconds are those of processors, so
that what else the machine does counts little. Memory is the most that the import has taken.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from tracetui.cli import main as tracetui
from tracetui.logger import Block
from tracetui.sources.fibratus import import_file

ROUNDS = 3
REPEATS = 10_000
SAMPLE = Path(__file__).parents[1] / "sources" / "data" / "fibratus" / "notepad.jsonl"


class Nowhere:
    """Takes what is imported and forgets it."""

    def add_event(self, *event: Any) -> None:
        pass

    def add_block(self, block: Block) -> None:
        pass


def parse(file: Path) -> None:
    with file.open("rb") as stream:
        for line in stream:
            json.loads(line)


def convert(file: Path) -> None:
    with file.open("rb") as stream:
        import_file(stream, Nowhere())


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tracetui(["import", str(file), "-o", f"{folder}/t.db"])


def seconds(stage: Callable[[Path], None], file: Path) -> float:
    start = process_time()
    stage(file)
    return process_time() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "events.jsonl")
        if len(sys.argv) == 1:
            file.write_bytes(SAMPLE.read_bytes() * REPEATS)
        with file.open("rb") as stream:
            records = sum(1 for _ in stream)
        stages = {"json alone": parse, "converted": convert, "imported": write}
        taken: dict[str, list[float]] = {name: [] for name in stages}
        for _ in range(ROUNDS):
            for name, stage in stages.items():
                taken[name].append(seconds(stage, file))
        for name, times in taken.items():
            median = statistics.median(times)
            print(f"{name:12} {median:6.2f} s  {records / median:10,.0f} records/s")
        print(
            f"{records:,} records, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB at most"
        )


if __name__ == "__main__":
    main()
