"""What the explorer costs the logger beside it: python tests/benchmarks/bench_harm.py [EVENTS] [FLUSHES]

A process writes as Penguin does (Core inserts, rollback journal, one transaction a flush, gives up after 5 s),
in turns alone, beside an explorer that filters and scrolls in a copy of the trace (which costs processor time and
no lock), and beside one in the trace itself. Then, under strace, how long the explorer holds
its read lock; locks of several threads that overlap are one, as the writer sees it.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert

from terminal import Terminal
from tracetui.events import Base, Event, Read, Syscall

ROUNDS = 4
SIZES = (5_000, 100_000)
"""Events in a flush: what comes in 2 s, and the most that there can be."""
PAUSE_SECONDS = 0.3
"""Between two flushes; Penguin's are 2 s apart, which leaves a reader less chance to be in the way."""

SCROLLING = ("\x1b[6~", "\x1b[5~", "\x1b[H", "\x1b[F")
CLEARING = ("f", "\x15")
KEYS = (*SCROLLING, *CLEARING, "procname contains ht\r", *SCROLLING, *CLEARING, "failed\r", *CLEARING, "\r")
KEY_SECONDS = 0.15
HISTOGRAM_MS = (1, 2, 5, 10, 15, 20, 25, 50, 100, 1000)


def syscall_row(event_id: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": event_id, "name": "sys_openat", "retno": -2 if event_id % 10 == 3 else 3}
    row["retno_repr"] = "0x3"
    for index in range(6):
        row[f"arg{index}"] = 0x7FFD0000 + event_id
        row[f"arg{index}_repr"] = (
            f'filename=0x7ffd0001e598("/dev/nvram{event_id}")' if index == 1 else "flags=0x0"
        )
    return row


class Writer:
    """Flushes of one open file, as Penguin makes them."""

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(self._engine)
        with self._engine.connect() as connection:
            self._next = (connection.exec_driver_sql("SELECT max(id) FROM event").scalar() or 0) + 1

    def flush(self, size: int) -> float:
        """Seconds that one flush of ``size`` events takes. Raises OperationalError where it is given up."""
        first, self._next = self._next, self._next + size
        calls = range(first, first + size * 9 // 10)
        reads = range(calls.stop, self._next)
        blocks: list[tuple[type[Event], str, list[dict[str, Any]]]] = [
            (Syscall, "httpd", [syscall_row(n) for n in calls]),
            (Read, "sh", [{"id": n, "fd": 3, "fname": "/etc/x", "buffer": b"x" * 100} for n in reads]),
        ]
        events = [
            [
                {
                    "id": row["id"],
                    "type": model.__tablename__,
                    "procname": f"{name}{row['id'] % 7}",
                    "proc_id": 0,
                }
                for row in rows
            ]
            for model, name, rows in blocks
        ]
        began = time.perf_counter()
        with self._engine.begin() as connection:
            for (model, _, rows), parents in zip(blocks, events, strict=True):
                if rows:
                    connection.execute(insert(Event.__table__), parents)
                    connection.execute(insert(model.__table__), rows)
        return time.perf_counter() - began


def write(path: Path, flushes: int, size: int) -> None:
    """The writer's process: prints the seconds of each flush; null for one that failed."""
    from sqlalchemy.exc import OperationalError

    writer = Writer(path)
    seconds: list[float | None] = []
    for _ in range(flushes):
        try:
            seconds.append(writer.flush(size))
        except OperationalError:
            seconds.append(None)
        time.sleep(PAUSE_SECONDS)
    print(json.dumps(seconds))


def written(path: Path, flushes: int, size: int) -> list[float | None]:
    argv = [sys.executable, __file__, "--write", str(path), str(flushes), str(size)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    seconds: list[float | None] = json.loads(done.stdout)
    return seconds


@contextmanager
def exploring(path: Path, *prefix: str) -> Iterator[None]:
    """An explorer on ``path`` whose keys are pressed all the time."""
    explorer = [sys.executable, "-m", "tracetui", str(path), "--follow", "--filter", "errno = ENOENT"]
    terminal = Terminal([*prefix, *explorer])
    terminal.wait(lambda text: "shown" in text.splitlines()[0], 60)
    over = threading.Event()
    driving = threading.Thread(target=_drive, args=(terminal, over))
    driving.start()
    try:
        yield
    finally:
        over.set()
        driving.join()
        terminal.send("\x11")
        try:
            terminal.exit_code(10)
        finally:
            terminal.close()


def _drive(terminal: Terminal, over: threading.Event) -> None:
    for keys in cycle(KEYS):
        terminal.send(keys)
        until = time.monotonic() + KEY_SECONDS
        while (left := until - time.monotonic()) > 0:
            terminal.pump(left, keep=False)
        if over.is_set():
            return


LOCKED = re.compile(
    r"\d+ +(?P<at>[\d.]+) fcntl\((?P<fd>\d+)<(?P<path>[^>]*)>, F_\w*SETLK\w*, "
    r"\{l_type=F_(?P<kind>\w+), l_whence=SEEK_SET, l_start=(?P<start>\d+), l_len=(?P<length>\d+)"
)
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510
"""The bytes of a database file whose lock lets read (https://sqlite.org/lockingv3.html)."""


def held(log: Path, trace: Path) -> list[float]:
    """Seconds of each read lock on ``trace`` in the output of strace."""
    found: list[float] = []
    since: float | None = None
    for line in log.read_text(errors="replace").splitlines():
        match = LOCKED.match(line)
        if match is None or match["path"] != str(trace) or line.rstrip().split(" = ")[-1] != "0":
            continue
        at, place = float(match["at"]), (int(match["start"]), int(match["length"]))
        if match["kind"] == "RDLCK" and place == (SHARED_FIRST, SHARED_SIZE):
            since = at
        elif match["kind"] == "UNLCK" and place == (0, 0) and since is not None:
            found.append(at - since)
            since = None
    return found


STRACE = ("strace", "-f", "--seccomp-bpf", "-y", "-ttt", "-e", "trace=fcntl", "-e", "signal=none", "-o")


def show_locks(seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    print(f"read locks: {len(ordered):,}", end="")
    for share in (0.5, 0.95, 0.99, 1.0):
        print(
            f"   {share:.0%} {ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000:.1f} ms",
            end="",
        )
    print()
    before = 0.0
    for limit in (*HISTOGRAM_MS, float("inf")):
        count = sum(before <= value * 1000 < limit for value in ordered)
        print(f"  {before:>6g} - {limit:<6g} ms {count:>8,}")
        before = limit


def show_flushes(name: str, seconds: Sequence[float | None]) -> float:
    done = [value for value in seconds if value is not None]
    median = statistics.median(done)
    failed = len(seconds) - len(done)
    print(f"{name:<13} median {median * 1000:8.1f} ms, longest {max(done) * 1000:8.1f} ms, failed {failed}")
    return median


def _compare(trace: Path, copy: Path, flushes: int, size: int) -> None:
    """Flushes of ``size`` events each way, in turns."""
    seconds: dict[str, list[float | None]] = {"alone": [], "beside a copy": [], "beside": []}
    for _ in range(ROUNDS):
        seconds["alone"] += written(trace, flushes, size)
        for name, explored in (("beside a copy", copy), ("beside", trace)):
            with exploring(explored):
                seconds[name] += written(trace, flushes, size)
    print(f"flushes of {size:,} events, {ROUNDS * flushes} each way")
    medians = {name: show_flushes(name, values) for name, values in seconds.items()}
    for name in ("beside a copy", "beside"):
        print(f"  {name} / alone: {medians[name] / medians['alone']:.3f}")


def main() -> None:
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    flushes = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "plugins.db"
        writer = Writer(trace)
        for _ in range(events // 100_000):
            writer.flush(100_000)
        copy = Path(folder) / "copy.db"
        shutil.copy(trace, copy)
        for size in SIZES:
            _compare(trace, copy, flushes, size)
        if shutil.which("strace"):
            log = Path(folder) / "locks"
            with exploring(trace, *STRACE, str(log)):
                show_flushes("traced", written(trace, flushes * 2, 20_000))
            show_locks(held(log, trace))


if __name__ == "__main__":
    main()
