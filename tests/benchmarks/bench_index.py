"""The column index beside the sqlite3 shell: building it, counting by group, counting what a filter matches.

    python tests/benchmarks/bench_index.py TRACE [--runs N]

Make a TRACE with generate.py. Medians; each pair is measured in turn in the same run.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tracetui.analysis.index import ColumnIndex, plan
from tracetui.filter import parse
from tracetui.trace import Trace

COLUMNS = (
    "SELECT id, type, procname, proc_id FROM event",
    "SELECT id, name, retno, retno_repr, arg0, arg0_repr FROM syscall",
    "SELECT id, fd FROM read",
    "SELECT id, fd FROM write",
)
"""What the index is made of."""

GROUPS = {
    "procname": "SELECT procname, count(*) FROM event GROUP BY procname",
    "type": "SELECT type, count(*) FROM event GROUP BY type",
    "name": "SELECT name, count(*) FROM syscall GROUP BY name",
}

FILTERS = {
    "procname = {name}": "SELECT count(*) FROM event WHERE procname = '{name}'",
    "name = sys_openat and procname = {name}": "SELECT count(*) FROM syscall JOIN event USING (id) "
    "WHERE name = 'sys_openat' AND procname = '{name}'",
    "errno = ENOENT and name = sys_openat": "SELECT count(*) FROM syscall WHERE retno = -2 AND name = 'sys_openat'",
    "type = read and fd = 4": "SELECT count(*) FROM read WHERE fd = 4",
    "path = /dev/null": "SELECT (SELECT count(*) FROM read WHERE fname = '/dev/null') + "
    "(SELECT count(*) FROM write WHERE fname = '/dev/null') + (SELECT count(*) FROM syscall WHERE "
    + " OR ".join(
        f"arg{n}_repr GLOB 'fd=*(/dev/null)' OR arg{n}_repr GLOB '*name=*(\"/dev/null\")'" for n in range(3)
    )
    + ")",
}


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def compare(title: str, shell: Callable[[], object], ours: Callable[[], object], runs: int) -> None:
    """Run both in turn and print the medians."""
    times = [(seconds(shell), seconds(ours)) for _ in range(runs)]
    theirs, mine = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{title:<52} sqlite3 {theirs:8.3f} s   index {mine:8.4f} s   {theirs / mine:8.1f} x", flush=True)


def shell(path: Path, *statements: str) -> bytes:
    return subprocess.run(
        ["sqlite3", "-readonly", path, ";".join(statements)], check=True, capture_output=True
    ).stdout


def read_all(path: Path) -> None:
    """One sequential read of the columns by Python's sqlite3."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for statement in COLUMNS:
        cursor = connection.execute(statement)
        while cursor.fetchmany(5_000):
            pass
    connection.close()


def build(path: Path) -> ColumnIndex:
    index = ColumnIndex()
    with Trace.open(path) as trace:
        for _ in index.steps(trace):
            pass
    return index


def read_paths(path: Path, index: ColumnIndex) -> None:
    """What the first filter over a path asks for."""
    index.wants_paths = True
    with Trace.open(path) as trace:
        for _ in index.steps(trace):
            pass


def measure(path: Path, runs: int) -> None:
    compare(
        "build, beside a read of the columns by Python", lambda: read_all(path), lambda: build(path), runs
    )
    compare("build, beside a read by the shell", lambda: shell(path, *COLUMNS), lambda: build(path), 1)
    index = build(path)
    events = index.events
    print(f"{events:,} events, {index.size / events:.1f} bytes an event")
    began = time.process_time()
    took = seconds(lambda: read_paths(path, index))
    busy = time.process_time() - began
    print(
        f"names of files: {took:.1f} s, {busy:.1f} s of processor; {index.size / events:.1f} bytes an event"
    )
    for field, statement in GROUPS.items():
        compare(
            f"events by {field}",
            lambda s=statement: shell(path, s),
            lambda f=field: index.group_count(f),
            runs,
        )
    found = index.group_count("procname")
    assert found is not None
    name = found[len(found) // 4][0]
    with Trace.open(path) as trace:
        for text, statement in FILTERS.items():
            expression = parse(text.format(name=f'"{name}"'))
            wanted = statement.format(name=name)
            counted = plan(expression, index, trace.schema).count(trace)
            assert int(shell(path, wanted)) == counted, text
            compare(
                f"{text.format(name=name)}: {counted:,}",
                lambda s=wanted: shell(path, s),
                lambda e=expression: plan(e, index, trace.schema).count(trace),
                runs,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="The column index beside the sqlite3 shell.")
    parser.add_argument("trace", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    measure(args.trace, args.runs)


if __name__ == "__main__":
    main()
