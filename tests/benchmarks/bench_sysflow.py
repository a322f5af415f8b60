"""Records per second of the SysFlow source, per stage: python tests/benchmarks/bench_sysflow.py [SYSPRINT]

The input is the largest sample, repeated. Where the path of a ``sysprint`` (sysflow-tools) is given, it prints the
same file in the same run, as JSON, as a table and filtered. Seconds are those of processors, so that what else
the machine does counts little.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro

from tracetui.cli import main as tracetui
from tracetui.logger import Block
from tracetui.sources.sysflow import RecordFile, import_file
from tracetui.sources.sysflow.quick import QuickReaders

ROUNDS = 3
REPEATS = 10
SAMPLE = Path(__file__).parents[1] / "sources" / "data" / "sysflow" / "k8s_small.sf"
EVENTS = 5_247 * REPEATS
FILTER = ["-f", "type = NF and net.dport = 8080"]


def repeated(target: Path) -> None:
    """The sample, REPEATS times in one file."""
    with SAMPLE.open("rb") as source, target.open("wb") as output:
        reader = fastavro.reader(source, return_record_name=True)
        fastavro.writer(output, reader.writer_schema, list(reader) * REPEATS, codec="deflate")


def decode(file: Path) -> None:
    for _ in RecordFile(io.BytesIO(file.read_bytes()), QuickReaders().makers()):
        pass


class Nowhere:
    """Takes what is imported and forgets it."""

    def add_event(self, *event: Any) -> None:
        pass

    def add_block(self, block: Block) -> None:
        pass


def convert(file: Path) -> None:
    import_file(io.BytesIO(file.read_bytes()), Nowhere())


def write(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        tracetui(["import", str(file), "-o", str(Path(folder, "t.db"))])


def whole_command(*command: str) -> Callable[[Path], None]:
    def run(file: Path) -> None:
        subprocess.run(
            [*command, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )

    return run


def processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def main() -> None:
    stages = {"decoded": decode, "and linked": convert, "and written to a trace": write}
    target = str(Path(tempfile.gettempdir(), "bench_sysflow.db"))
    stages["tracetui import (process)"] = whole_command(
        sys.executable, "-m", "tracetui", "import", "--force", "-o", target
    )
    for sysprint in sys.argv[1:2]:
        stages["sysprint -o flatjson"] = whole_command(sysprint, "-o", "flatjson")
        stages["sysprint -o json"] = whole_command(sysprint, "-o", "json")
        stages["sysprint"] = whole_command(sysprint)
        stages["sysprint with a filter"] = whole_command(sysprint, "-o", "flatjson", *FILTER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "big.sf")
        repeated(file)
        seconds: dict[str, list[float]] = {name: [] for name in stages}
        for _ in range(ROUNDS):  # in turn, so that what else the machine does hits all alike
            for name, stage in stages.items():
                started = processor_seconds()
                stage(file)
                seconds[name].append(processor_seconds() - started)
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:28}{median:8.2f} s {EVENTS / median:12,.0f} events/s   (median of {ROUNDS})")


if __name__ == "__main__":
    main()
