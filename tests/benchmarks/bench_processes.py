"""How long the forest of processes takes to build, to extend and to list.

    python tests/benchmarks/bench_processes.py [TRACE] [--processes N]

Without TRACE, a trace of N processes is made. Medians of three runs.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine

from tracetui.events import Base
from tracetui.process import ORDERS, ForestBuilder
from tracetui.trace import Trace


def make(path: Path, processes: int) -> Path:
    """A trace of starts and exits: each process is started by one of the last 50."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    rng = random.Random(1)
    connection = sqlite3.connect(path)
    pids = range(2, processes + 2)
    connection.executemany(
        "INSERT INTO event VALUES (?, 'proc_start', 'worker', ?)", ((pid, pid) for pid in pids)
    )
    connection.executemany(
        "INSERT INTO proc_start VALUES (?, ?, ?, ?, 'sh', 0, 0, 0, 0)",
        ((pid, pid, max(pid - rng.randint(1, 50), 1), pid) for pid in pids),
    )
    connection.commit()
    connection.close()
    return path


def median(work: Callable[[], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def measure(path: Path) -> None:
    with Trace.open(path) as trace:
        print(f"build             {median(lambda: ForestBuilder(trace).update()):8.3f} s")
        builder = ForestBuilder(trace)
        tracemalloc.start()
        forest = builder.update()
        memory = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        print(f"update, no news   {median(builder.update):8.3f} s")
        for order in ORDERS:
            print(f"list by {order:<9} {median(lambda order=order: forest.flatten(order=order)):8.3f} s")
        print(f"list a match      {median(lambda: forest.flatten(match='99')):8.3f} s")
        print(f"{len(forest.processes):,} processes, {memory:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trace", nargs="?", type=Path)
    parser.add_argument("--processes", type=int, default=100_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(args.trace or make(Path(folder) / "trace.db", args.processes))


if __name__ == "__main__":
    main()
