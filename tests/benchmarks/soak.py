"""A run with all that happens in one, watched to the event: python tests/benchmarks/soak.py [MINUTES] [SEED]

Bursts of a writer as Penguin's, or of tracetui's own logger, in flushes of three sizes; now and then it is stopped
or killed in the middle of one, and starts again. Beside it are an explorer in a terminal, with a filter and without,
two ``tracetui query --follow``, and a reader that counts. At each pause all must know every committed event, once
and in order. Prints a line a pause; ends with 1 where an event was lost or doubled or a flush given up.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench_harm import Writer, syscall_row

from terminal import Terminal
from tracetui.events import Read, Syscall
from tracetui.logger import DB

MINUTES = 30.0
SIZES = (50, 5_000, 100_000)
"""Events in a flush: a trickle, the usual, the most that there can be."""
MOST_FLUSHES = {50: 20, 5_000: 8, 100_000: 2}
PATIENCE_SECONDS = 30.0
"""Until what was committed must be shown; it takes a fraction of that."""
FILTER = "errno = ENOENT"
MATCHING = "SELECT id FROM syscall WHERE retno = -2 AND id > ? ORDER BY id"
ALL = "SELECT id FROM event WHERE id > ? ORDER BY id"


# The process that writes.


def write(path: Path) -> None:
    """Obey orders, ``WRITER SIZE`` a line; answers the seconds of the flush, or the error that it ended with."""
    penguin = Writer(path)
    for line in sys.stdin:
        name, size = line.split()
        began = time.perf_counter()
        try:
            if name == "penguin":
                penguin.flush(int(size))
            else:
                _log(path, int(size))
                penguin = Writer(path)
            print(json.dumps(time.perf_counter() - began), flush=True)
        except Exception as error:
            print(json.dumps(str(error)), flush=True)


def _log(path: Path, size: int) -> None:
    with DB(path.parent, filename=path.name, interval=3600, bufsize=1 << 30) as logger:
        for number in range(size):
            about = {"procname": f"sh{number % 5}", "proc_id": 0}
            if number % 9:
                call = syscall_row(number)
                del call["id"]
                logger.add_event(Syscall, call | about)
            else:
                logger.add_event(Read, about | {"fd": 3, "fname": "/dev/x", "buffer": b"x" * 200})
        logger.flush()
        if logger.rejected_count:
            raise RuntimeError(str(logger.rejected[0]))


class Writing:
    """The writing process, from here."""

    def __init__(self, path: Path) -> None:
        self._argv = [sys.executable, __file__, "--write", str(path)]
        self._start()

    def _start(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._argv, stdin=pipe, stdout=pipe, text=True)

    def order(self, name: str, size: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name} {size}\n")
        self._process.stdin.flush()

    def answer(self) -> float | str:
        assert self._process.stdout is not None
        answered: float | str = json.loads(self._process.stdout.readline() or '"the writer ended"')
        return answered

    def hold(self, seconds: float) -> None:
        """Stop it wherever it is, and let it go on."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def kill(self, pause: float) -> None:
        """End it wherever it is; another begins after a while, and takes back what was not committed."""
        self._process.kill()
        self._process.wait()
        time.sleep(pause)
        self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


# Those who watch.


class Follower:
    """``tracetui query --follow``: all ids that it has printed."""

    def __init__(self, path: Path, expression: str | None) -> None:
        argv = [sys.executable, "-m", "tracetui", "query", str(path), *([expression] if expression else [])]
        self._process = subprocess.Popen(
            [*argv, "--follow", "--format", "{id}"], stdout=subprocess.PIPE, text=True
        )
        self.ids: array[int] = array("q")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.ids.append(int(line))

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Explorer:
    """The program on a terminal, pumped by a thread of its own."""

    _COUNT = re.compile(r"([\d,]+) (?:of [\d,]+ shown|events)")
    _ROW = re.compile(r"^\W*(\d+) (?:call|read)\b")

    def __init__(self, path: Path) -> None:
        self._terminal = Terminal([sys.executable, "-m", "tracetui", str(path), "--follow"])
        self._terminal.wait(lambda text: "f Filter" in text, 60)
        self.filtered = False
        self._over = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._pump, daemon=True).start()

    def _pump(self) -> None:
        while not self._over.is_set():
            with self._lock:
                self._terminal.pump(0.02)
            time.sleep(0.001)

    def filter(self, filtered: bool) -> None:
        self.filtered = filtered
        for keys in ("f", "\x15", f"{FILTER if filtered else ''}\r", "\x1b[F"):
            self._terminal.send(keys)
            time.sleep(0.3)

    def scroll(self, chance: random.Random) -> None:
        self._terminal.send(chance.choice(("\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F")))

    def text(self) -> str:
        with self._lock:
            return self._terminal.text()

    @property
    def count(self) -> int | None:
        """How many events it says that there are; of those that match, under a filter."""
        found = self._COUNT.search(self.text().splitlines()[0])
        return int(found[1].replace(",", "")) if found else None

    @property
    def ids(self) -> list[int]:
        """The ids of the rows that can be seen."""
        return [int(found[1]) for line in self.text().splitlines() if (found := self._ROW.match(line))]

    @property
    def megabytes(self) -> float:
        return self._terminal.memory()[1] / 1e6

    def end(self) -> None:
        """Go to the end of the list."""
        self._terminal.send("\x1b[F")

    def stop(self) -> None:
        self._over.set()
        self._terminal.close()


@contextmanager
def counting(path: Path) -> Iterator[None]:
    """A reader beside that counts all the time, a little at once."""
    over = threading.Event()

    def count() -> None:
        last = 0
        while not over.wait(0.2):
            try:
                with closing(_connect(path)) as connection:
                    last = len(connection.execute(ALL + " LIMIT 20000", (last,)).fetchall()) + last
            except sqlite3.OperationalError:
                continue

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)


# The soak.


@dataclass
class Soak:
    """What is known of the trace, and what was seen of it."""

    path: Path
    chance: random.Random
    explorer: Explorer
    all: Follower
    matching: Follower
    writing: Writing
    committed: array[int] = field(default_factory=lambda: array("q"))
    matches: array[int] = field(default_factory=lambda: array("q"))
    flushes: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def burst(self) -> str:
        """Some flushes; says which."""
        name, size = self.chance.choice(("penguin", "logger")), self.chance.choice(SIZES)
        count = self.chance.randint(1, MOST_FLUSHES[size])
        for _ in range(count):
            self.writing.order(name, size)
            if self.chance.random() < 0.3:
                self.explorer.scroll(self.chance)
            self._take(self.writing.answer())
        said = f"{name:<8}{count:>3} x {size:>7,}"
        accident = self.chance.random()
        if accident < 0.15:
            self.writing.order("penguin", 100_000)
            time.sleep(self.chance.uniform(0.2, 1.5))
            if accident < 0.08:
                self.writing.kill(self.chance.uniform(0.0, 2.0))
                # Until the next flush undoes what was not committed, nobody can read the trace.
                self.writing.order("penguin", 10)
                self._take(self.writing.answer())
                return f"{said} killed"
            self.writing.hold(self.chance.uniform(0.5, 3.0))
            self._take(self.writing.answer())
            return f"{said} held"
        return said

    def _take(self, answer: float | str) -> None:
        if isinstance(answer, str):
            self.wrong.append(f"a flush was given up: {answer}")
        else:
            self.flushes.append(answer)

    def check(self) -> float:
        """Compare what all have seen with what is there; the seconds until they had."""
        began = time.perf_counter()
        with closing(_connect(self.path)) as connection:
            for known, sql in ((self.committed, ALL), (self.matches, MATCHING)):
                rows = connection.execute(sql, (known[-1] if known else 0,)).fetchall()
                known.extend(event_id for (event_id,) in rows)
        shown = self.matches if self.explorer.filtered else self.committed
        self.explorer.end()
        self._wait(lambda: self.explorer.count == len(shown))
        lag = time.perf_counter() - began
        self._wait(
            lambda: len(self.all.ids) >= len(self.committed) and len(self.matching.ids) >= len(self.matches)
        )
        self._wait(lambda: self._has_end(shown))
        time.sleep(0.5)
        if self.explorer.count != len(shown):
            self.wrong.append(f"the explorer shows {self.explorer.count} of {len(shown)} events")
        if not self._has_end(shown):
            self.wrong.append(f"the explorer ends with {self.explorer.ids}, not with {list(shown[-5:])}")
        for name, follower, expected in (
            ("all", self.all, self.committed),
            ("matching", self.matching, self.matches),
        ):
            if follower.ids != expected:
                self.wrong.append(
                    f"query --follow printed {len(follower.ids)} of {len(expected)} {name} events"
                )
        return lag

    def _has_end(self, shown: array[int]) -> bool:
        """Whether the explorer's list ends as it should."""
        rows = self.explorer.ids
        return bool(rows) and rows == list(shown[-len(rows) :])

    def _wait(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not done() and time.monotonic() < until:
            time.sleep(0.02)

    def run(self, seconds: float) -> None:
        began = time.monotonic()
        print(f"{'time':>6}  {'burst':<30}{'filter':<8}{'events':>11}{'matches':>10}{'flush':>9}{'lag':>9}")
        while time.monotonic() - began < seconds and len(self.wrong) < 5:
            flushes, told = len(self.flushes), len(self.wrong)
            if self.chance.random() < 0.4:
                self.explorer.filter(not self.explorer.filtered)
            said = self.burst()
            lag = self.check()
            self.lags.append(lag)
            flush = statistics.median(self.flushes[flushes:] or [0.0])
            print(
                f"{time.monotonic() - began:5.0f}s  {said:<30}{'on' if self.explorer.filtered else 'off':<8}"
                f"{len(self.committed):>11,}{len(self.matches):>10,}{flush * 1000:>6.0f} ms{lag * 1000:>6.0f} ms",
                *self.wrong[told:],
                flush=True,
            )
            time.sleep(self.chance.uniform(0.0, 3.0))


def show(soak: Soak) -> None:
    lags = sorted(soak.lags)
    print(f"{len(lags)} pauses, {len(soak.committed):,} events in {len(soak.flushes):,} flushes")
    print(f"lag {statistics.median(lags) * 1000:.0f} ms median, {lags[-1] * 1000:.0f} ms at most")
    print(f"explorer {soak.explorer.megabytes:.0f} MB at most")
    print("\n".join(soak.wrong) or "every committed event was seen once and in order")


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--write"]:
        write(Path(arguments[1]))
        return 0
    minutes = float(arguments[0]) if arguments else MINUTES
    seed = int(arguments[1]) if len(arguments) > 1 else int.from_bytes(os.urandom(4), "little")
    print(f"{minutes:g} minutes, seed {seed}")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "plugins.db"
        Writer(path).flush(10)
        writing = Writing(path)
        stack.callback(writing.stop)
        explorer = Explorer(path)
        stack.callback(explorer.stop)
        followers = Follower(path, None), Follower(path, FILTER)
        for follower in followers:
            stack.callback(follower.stop)
        stack.enter_context(counting(path))
        soak = Soak(path, random.Random(seed), explorer, *followers, writing)
        soak.run(minutes * 60)
        show(soak)
        return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
