"""The live tail, seen through a terminal: python tests/benchmarks/bench_tail.py

From a commit to the screen, whether the explorer keeps up with the logger, and what it costs when nothing comes.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from terminal import Terminal
from tracetui.events import Syscall, Write
from tracetui.logger import DB

COMMITS = 60
WRITE_SECONDS = 15.0
IDLE_SECONDS = 20.0
ROW: dict[str, Any] = {"procname": "/bin/sh", "proc_id": 0, "fd": 1, "fname": "/dev/console"}


def following(trace: Path, *options: str) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "tracetui", str(trace), "--follow", *options])
    terminal.wait(lambda text: "FOLLOW" in text and "f Filter" in text)
    terminal.settle(1.0)
    return terminal


def to_the_screen(folder: Path) -> list[float]:
    """Seconds from the end of a commit of one event until it is on the screen."""
    seconds = []
    with DB(folder, interval=3600) as logger:
        logger.add_event(Write, ROW | {"buffer": b"first"})
        logger.flush()
        terminal = following(logger.path)
        for number in range(COMMITS):
            mark = f"commit-{number}-"
            logger.add_event(Write, ROW | {"buffer": mark.encode()})
            logger.flush()
            seconds.append(terminal.wait(lambda text, mark=mark: mark in text))
            until = time.monotonic() + random.uniform(0.3, 0.7)
            while (left := until - time.monotonic()) > 0:
                terminal.pump(left)
        terminal.close()
    return sorted(seconds)


def write(folder: Path) -> None:
    """The writer's process: as fast as the logger takes events; prints how many, in how many seconds."""
    began = time.monotonic()
    row = {
        "procname": "/usr/sbin/httpd",
        "proc_id": 0,
        "name": "sys_openat",
        "retno": -2,
        "retno_repr": "ENOENT",
    }
    row |= {f"arg{n}": n for n in range(6)} | {f"arg{n}_repr": f"flags={n:#x}" for n in range(6)}
    with DB(folder) as logger:
        while time.monotonic() - began < WRITE_SECONDS:
            for _ in range(1_000):
                logger.add_event(Syscall, row)
            while logger.pending > 2 * logger.buffer_size:
                time.sleep(0.001)
    print(logger.written, time.monotonic() - began)


def keep_up(folder: Path, *options: str) -> tuple[float, float]:
    """(events a second written, seconds from the end of the writing until the screen counts all of them)."""
    argv = [sys.executable, __file__, "--write", str(folder)]
    with DB(folder, interval=3600) as logger:
        logger.add_event(Write, ROW | {"buffer": b"first"})
    terminal = following(logger.path, *options)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        while writer.poll() is None:
            terminal.pump(0.05)
        ended = time.perf_counter()
        assert writer.stdout is not None
        written, took = map(float, writer.stdout.read().split())
    count = str(int(written) + (not options))
    terminal.wait(lambda text: count in text.splitlines()[0].replace(",", ""), 120)
    lag = time.perf_counter() - ended
    terminal.close()
    return written / took, lag


def idle(folder: Path) -> float:
    """Share of one core that the explorer uses while nothing is written."""
    with DB(folder, interval=3600) as logger:
        for number in range(100_000):
            logger.add_event(Write, ROW | {"buffer": b"%d" % number})
    terminal = following(logger.path)
    terminal.settle(2.0)
    before = processor_seconds(terminal.pid)
    until = time.monotonic() + IDLE_SECONDS
    while (left := until - time.monotonic()) > 0:
        terminal.pump(left)
    share = (processor_seconds(terminal.pid) - before) / IDLE_SECONDS
    terminal.close()
    return share


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = to_the_screen(folder / "latency")
        median, most = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
        print(
            f"commit to screen    {median * 1000:.0f} ms median, {most * 1000:.0f} ms for 95 % "
            f"(of {COMMITS}), {seconds[-1] * 1000:.0f} ms at most"
        )
        for title, options in (("all events", ()), ("under a filter", ("--filter", "errno = ENOENT"))):
            rate, lag = keep_up(folder / title.replace(" ", "-"), *options)
            print(
                f"{title:<19} {rate:,.0f} events/s written; all are counted {lag * 1000:.0f} ms after the last"
            )
        print(f"nothing new         {idle(folder / 'idle'):.1%} of one core")


if __name__ == "__main__":
    main()
