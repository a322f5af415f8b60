"""Make a large trace that looks like a recorded one: for benchmarks, and for trying things out at scale.

    python tests/benchmarks/generate.py OUT --events 10000000 --seed 1 [--like TRACE]

OUT is a new database. Each process of the recorded trace is a template: its events, in their order. A
generated trace runs many lives of these templates beside each other, the frequent ones more often, in bursts
of consecutive events; now and then a call is tried again and again and fails. The same seed gives the same
events.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracetui.events import ProcExit, ProcStart, Syscall
from tracetui.events.record import NO_RESULT
from tracetui.logger import DB
from tracetui.trace import Trace

DEMO = Path(__file__).parents[2] / "demo_db" / "plugins.db"

LIVING = 40
"""Processes that run at the same time."""

BURST = 60
"""Events that a process has in a row, in the mean."""

LIFE = 2_000
"""Events of a process from start to exit, in the mean."""

FAILING = 0.02
"""Share of the bursts in which one call fails over and over."""

VARIED = 0.1
"""Share of the calls whose path gets a number, so that there are many paths."""

FAILURES = (
    (-2, "ENOENT(No such file or directory)"),
    (-11, "EAGAIN(Try again)"),
    (-25, "ENOTTY(Not a typewriter)"),
)

Row = tuple[type[Any], dict[str, Any]]


@dataclass
class Process:
    """A running process: its template and how far it has come."""

    name: str
    pid: int
    template: list[Row]
    place: int
    left: int


def templates(path: Path) -> dict[str, list[Row]]:
    """Events of the recorded trace by process name, in their order."""
    found: dict[str, list[Row]] = defaultdict(list)
    with Trace.open(path) as trace:
        for record in trace.records():
            if not isinstance(record.event, ProcStart | ProcExit):
                row = {key: value for key, value in record.event.__dict__.items() if not key.startswith("_")}
                del row["id"], row["type"]
                found[record.procname].append((type(record.event), row))
    return dict(found)


def events(like: dict[str, list[Row]], count: int, seed: int) -> Iterator[Row]:
    """``count`` events; the same ones for the same seed."""
    left = count
    for burst in _bursts(like, random.Random(seed)):
        yield from burst[:left]
        left -= len(burst)
        if left <= 0:
            return


def _bursts(like: dict[str, list[Row]], rng: random.Random) -> Iterator[list[Row]]:
    names = list(like)
    weights = [len(like[name]) for name in names]
    pids = iter(range(1, sys.maxsize))
    living: list[Process] = []
    while True:
        if len(living) < LIVING:
            (name,) = rng.choices(names, weights)
            parent = rng.choice(living).pid if living else 0
            process = Process(name, _pid(next(pids)), like[name], rng.randrange(len(like[name])), 0)
            process.left = 1 + int(rng.expovariate(1 / LIFE))
            living.append(process)
            yield [_start(process, parent)]
        # The processes that were started first are the busiest.
        place = min(int(rng.expovariate(4 / LIVING)), len(living) - 1)
        process = living[place]
        yield _burst(process, rng)
        if process.left <= 0:
            living.remove(process)
            yield [_exit(process, rng)]


def _pid(number: int) -> int:
    """Pids are given again after the highest."""
    return 1 + (number - 1) % 32_767


def _burst(process: Process, rng: random.Random) -> list[Row]:
    length = min(1 + int(rng.expovariate(1 / BURST)), process.left)
    process.left -= length
    rows = []
    for _ in range(length):
        cls, row = process.template[process.place % len(process.template)]
        process.place += 1
        rows.append((cls, _varied(row, process.pid, rng)))
    if rng.random() < FAILING:
        rows = _failing(rows, rng)
    return rows


def _varied(row: dict[str, Any], pid: int, rng: random.Random) -> dict[str, Any]:
    copied = row | {"proc_id": pid}
    if rng.random() < VARIED:
        for name in ("arg0_repr", "arg1_repr"):
            text = copied.get(name)
            if text and text.endswith('")') and "name=" in text:
                copied[name] = f'{text[:-2]}.{int(rng.paretovariate(0.7)) % 100_000}")'
    return copied


def _failing(rows: list[Row], rng: random.Random) -> list[Row]:
    """One call of a burst in the place of all: a retry that never succeeds."""
    calls = [row for row in rows if row[0] is Syscall and row[1]["name"] not in NO_RESULT]
    if not calls:
        return rows
    cls, row = rng.choice(calls)
    number, text = rng.choice(FAILURES)
    return [(cls, row | {"retno": number, "retno_repr": text})] * len(rows)


def _start(process: Process, parent: int) -> Row:
    ids = dict.fromkeys(("uid", "gid", "euid", "egid"), 0)
    return ProcStart, {
        "procname": process.name,
        "proc_id": process.pid,
        "pid": process.pid,
        "ppid": parent,
        "create_time": process.pid * 1_000_000,
        "comm": process.name.rpartition("/")[2][:15],
        **ids,
    }


def _exit(process: Process, rng: random.Random) -> Row:
    crashed = rng.random() < 0.02
    return ProcExit, {
        "procname": process.name,
        "proc_id": process.pid,
        "pid": process.pid,
        "create_time": process.pid * 1_000_000,
        "code": 139 if crashed else int(rng.random() < 0.1),
        "reason": "signal:SIGSEGV" if crashed else "exit_group",
    }


def generate(path: Path, count: int, seed: int, like: Path = DEMO) -> Counter[str]:
    """Write ``count`` events to a new database; how many there are of each type."""
    if path.exists():
        raise SystemExit(f"{path} exists")
    found: Counter[str] = Counter()
    db = DB(path.parent, bufsize=50_000, filename=path.name, order="arrival")
    for number, (cls, row) in enumerate(events(templates(like), count, seed), 1):
        db.add_event(cls, row)
        found[cls.__tablename__] += 1
        if number % 100_000 == 0:
            db.flush()
    db.uninit()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a large trace that looks like a recorded one.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--like", type=Path, default=DEMO, help="the recorded trace; default: the demo")
    args = parser.parse_args()
    begun = time.perf_counter()
    found = generate(args.out, args.events, args.seed, args.like)
    print(f"{found.total():,} events in {time.perf_counter() - begun:.1f} s: {dict(found.most_common())}")


if __name__ == "__main__":
    main()
