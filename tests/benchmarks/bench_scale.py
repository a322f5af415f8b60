"""Everything that ten million events must not slow down, as one table in Markdown.

    python tests/benchmarks/bench_scale.py TRACE [--runs N] [--seconds N] [--only WORD ...]

Make TRACE with generate.py (10,000,000 events). Each question is put in turn, in the same run, to this program
and to the others: the sqlite3 shell, and, on a trace of 100,000 events which they take whole, SQLAlchemy's
``.all()`` as Penguin's command uses it, and lnav and visidata where they are installed. Medians.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bench_logger
import bench_tail
import scale_questions as questions
from bench_index import COLUMNS, build, seconds, shell
from bench_start import EMPTY_APP, start
from generate import generate
from scale_others import OTHERS, others
from scale_screen import Explorer, typed_latencies

from tracetui.analysis.index import ColumnIndex, plan
from tracetui.filter import compile_filter, parse
from tracetui.trace import Trace

SMALL = 100_000
"""Events of the trace for programs that read all of it at once."""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    ours: str
    shell: str = ""
    others: str = ""
    compared: str = ""
    bar: str = ""

    def __str__(self) -> str:
        return f"| {self.what} | {self.ours} | {self.shell} | {self.others} | {self.compared} | {self.bar} |"


HEAD = Line("what", "tracetui", "sqlite3 shell", "others", "compared", "bar")


class Bench:
    """The traces, and how often each thing is measured."""

    def __init__(self, trace: Path, small: Path, runs: int, seconds: float) -> None:
        self.trace, self.small, self.runs, self.seconds = trace, small, runs, seconds

    def start(self) -> Iterator[Line]:
        """From start to the first events, beside an empty application, for both traces."""
        for path in (self.small, self.trace):
            empty, opened = [], []
            for _ in range(self.runs):
                took, terminal = start([sys.executable, "-c", EMPTY_APP], "ready to go")
                empty.append(took)
                terminal.close()
                with Explorer(path) as explorer:
                    opened.append(explorer.opened_in)
            base, ours = statistics.median(empty), statistics.median(opened)
            beside = f"empty application {_time(base)}"
            if path == self.small:
                beside = "; ".join([beside, *others(self.small, "first page")])
            name = f"start to first events, {_size(path)}"
            yield Line(name, _time(ours), "", beside, f"{ours / base:.2f} x", "1.5 x the empty application")

    def keys(self) -> Iterator[Line]:
        """From a key to the last byte that it paints."""
        with Explorer(self.trace) as explorer:
            explorer.settle()
            for name, times in explorer.key_latencies().items():
                shell = ""
                if name == "jump anywhere":
                    shell = _time(self._median(lambda: self._shell(questions.JUMP))) + " with OFFSET"
                yield Line(name, _spread(times), shell, "", "", "50 ms for 95 %")

    def typed(self) -> Iterator[Line]:
        """From the last key of a filter to the first page of what matches."""
        shell = self._median(lambda: self._shell(questions.FIRST_MATCH))
        latencies = typed_latencies(self.trace, questions.TYPED)
        near = sorted(one.seconds for one in latencies if one.is_near)
        far = sorted(one.seconds for one in latencies if one.first is not None)
        for one in sorted(latencies, key=lambda one: -one.seconds)[:12]:
            print(f"  {one.seconds:7.3f} s  first match {one.first}  {one.text}", file=sys.stderr)
        beside = "; ".join(others(self.small, "first match"))
        yield Line("filter, match within 100,000 events", _spread(near), _time(shell), beside, "", "100 ms")
        yield Line(f"filter, any of {len(far)}", _spread(far), "", "", "", "300 ms for 95 %")

    def counts(self) -> Iterator[Line]:
        """Exact counts with the index ready, and of texts."""
        index = build(self.trace)
        for known, bar, asked in (
            (index, 20.0, questions.INDEXED),
            (None, 1.5, questions.TEXT),
            (index, 1.5, questions.TEXT),
        ):
            for text, statement in asked.items():
                yield self._count(known, text, statement, bar)
        for field, statement in questions.GROUPS.items():
            yield self._faster(
                f"events by {field}",
                lambda s=statement: self._shell(s),
                lambda f=field: index.group_count(f),
                30,
            )

    def _count(self, index: ColumnIndex | None, text: str, statement: str, bar: float) -> Line:
        with Trace.open(self.trace) as trace:
            expression = parse(text)

            def count() -> int:
                if index is None:
                    return trace.count(compile_filter(expression, trace.schema))
                return plan(expression, index, trace.schema).count(trace)

            found = count()
            if int(self._shell(statement)) != found:
                raise SystemExit(f"{text}: the shell finds another number than {found}")
            how = "without the index" if index is None else "index ready"
            return self._faster(
                f"count `{text}`, {how}: {found:,}", lambda: self._shell(statement), count, bar
            )

    def index(self) -> Iterator[Line]:
        """Building the index, beside one read of the same columns by the shell."""
        times = []
        for _ in range(self.runs):
            theirs = seconds(lambda: self._shell(*COLUMNS))
            began = time.process_time()
            times.append((theirs, seconds(lambda: build(self.trace)), time.process_time() - began))
        theirs, ours, busy = (statistics.median(column) for column in zip(*times, strict=True))
        compared = f"{ours / theirs:.1f} x, {busy:.1f} s of processor"
        yield Line("building the index", _time(ours), _time(theirs), "", compared, "3 x")

    def memory(self) -> Iterator[Line]:
        """Resident memory while scrolling and filtering."""
        with Explorer(self.trace) as explorer:
            peak = explorer.scroll(self.seconds)
            yield Line(f"memory, scrolling {self.seconds:.0f} s", _megabytes(peak), "", "", "", "120 MB")
            peak = explorer.scroll_and_filter(self.seconds, questions.TYPED)
            beside = "; ".join(others(self.small, "memory"))
            name = f"memory, filtering {self.seconds:.0f} s"
            yield Line(name, _megabytes(peak), "", beside, "", "300 MB")

    def tail(self) -> Iterator[Line]:
        """From a commit to the screen."""
        with tempfile.TemporaryDirectory() as folder:
            yield Line("commit to screen", _spread(bench_tail.to_the_screen(Path(folder))))

    def logger(self) -> Iterator[Line]:
        """Events a second of the logger."""
        times = [
            (self._written(bench_logger.plain_core), self._written(bench_logger.ours))
            for _ in range(self.runs)
        ]
        core, ours = (statistics.median(column) for column in zip(*times, strict=True))
        beside = f"SQLAlchemy executemany {SMALL / core:,.0f}/s"
        yield Line("events written", f"{SMALL / ours:,.0f}/s", "", beside, f"{core / ours:.1f} x")

    def _written(self, write: Callable[[Path, bench_logger.Rows], None]) -> float:
        rows = bench_logger.rows(SMALL)
        with tempfile.TemporaryDirectory() as folder:
            return seconds(lambda: write(Path(folder) / "written.db", rows))

    def _faster(
        self, what: str, theirs: Callable[[], object], ours: Callable[[], object], bar: float
    ) -> Line:
        """Both asked in turn."""
        times = [(seconds(theirs), seconds(ours)) for _ in range(self.runs)]
        them, us = (statistics.median(column) for column in zip(*times, strict=True))
        return Line(what, _time(us), _time(them), "", f"{them / us:.1f} x faster", f"{bar:g} x faster")

    def _median(self, work: Callable[[], object]) -> float:
        return statistics.median(seconds(work) for _ in range(self.runs))

    def _shell(self, *statements: str) -> bytes:
        return shell(self.trace, *statements)


SECTIONS: dict[str, Callable[[Bench], Iterator[Line]]] = {
    "start": Bench.start,
    "keys": Bench.keys,
    "typed": Bench.typed,
    "counts": Bench.counts,
    "index": Bench.index,
    "memory": Bench.memory,
    "tail": Bench.tail,
    "logger": Bench.logger,
}


def _time(took: float) -> str:
    return f"{took:.2f} s" if took >= 1 else f"{took * 1000:.3g} ms"


def _spread(times: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(times)
    most = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return f"{_time(statistics.median(ordered))}, 95 %: {_time(most)}"


def _size(path: Path) -> str:
    with Trace.open(path) as trace:
        bounds = trace.bounds()
    events = 0 if bounds is None else bounds[1] - bounds[0] + 1
    return f"{events:,} events, {path.stat().st_size / 1e6:,.0f} MB"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description="The explorer and others on a large trace, in one table.")
    parser.add_argument("trace", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long memory is watched, twice")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.db"
        generate(small, SMALL, seed=1)
        print(f"{_size(args.trace)}; others: {_size(small)}; medians of {args.runs}\n")
        print(f"{HEAD}\n{re.sub('[^|]+', '---', str(HEAD))}")
        bench = Bench(args.trace, small, args.runs, args.seconds)
        for name in args.only:
            for line in SECTIONS[name](bench):
                print(line, flush=True)
    missing = [name for name, other in OTHERS.items() if not other.is_there]
    if missing:
        print(f"\nNot installed: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
