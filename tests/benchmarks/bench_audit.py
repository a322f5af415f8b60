"""What recording of audit events costs: the same program plain and recorded, medians, side by side.

    python tests/benchmarks/bench_audit.py [RUNS]

The first columns are the processor time of the program itself, or for pytest the time from start to end; the
last ones are always that, and for a recorded program include the start of tracetui and the writing of the
trace, which goes on beside the program where a second processor is free.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

_TIMED = """
import os, sys, time
began = time.process_time()
{body}
print(time.process_time() - began, file=sys.stderr)
"""
_LOOPS = {
    "open loop": "for _ in range(50_000): open('/etc/hostname').close()",
    "os.open loop": "for _ in range(50_000): os.close(os.open('/etc/hostname', os.O_RDONLY))",
    "imports": "import asyncio, http.client, sqlite3, json, email, unittest",
    "children": "import subprocess\nfor _ in range(5): subprocess.run([sys.executable, '-c', 'import json'])",
    "nothing": "for _ in range(2_000_000): pass",
}
_TESTS = """
import json, os, subprocess, sys
import pytest

@pytest.mark.parametrize("number", range(100))
def test_many(tmp_path, number):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(list(range(number))))
    assert json.loads(path.read_text()) == list(range(number))

@pytest.mark.parametrize("number", range(5))
def test_child(number):
    assert subprocess.run([sys.executable, "-c", "import json"]).returncode == 0
"""


def main() -> None:
    """Print a line for each program."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(
            f"{'program':14} {'plain':>9} {'recorded':>9} {'factor':>7}   whole: {'plain':>7} {'recorded':>9}"
        )
        for title, body in _LOOPS.items():
            program = folder / "program.py"
            program.write_text(_TIMED.format(body=body))
            report(title, [sys.executable, str(program)], folder, runs, inside=True)
        tests = folder / "test_many.py"
        tests.write_text(textwrap.dedent(_TESTS))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            name,
            str(tests),
        ]
        report("pytest", command, folder, runs, inside=False)


def report(title: str, command: list[str], folder: Path, runs: int, *, inside: bool) -> None:
    """Run a command plain and recorded in turns, and print the medians of both."""
    trace = folder / "trace.db"
    recorder = [
        sys.executable,
        "-m",
        "tracetui",
        "record",
        "--python",
        "-q",
        "--force",
        "-o",
        str(trace),
        "--",
    ]
    plain, recorded = [], []
    for _ in range(runs):
        plain.append(measure(command))
        recorded.append(measure([*recorder, *command]))
    inner = [statistics.median(one[0] for one in some) for some in (plain, recorded)]
    whole = [statistics.median(one[1] for one in some) for some in (plain, recorded)]
    shown = inner if inside else whole
    print(
        f"{title:14} {shown[0]:8.3f}s {shown[1]:8.3f}s {shown[1] / shown[0]:6.2f}x   "
        f"       {whole[0]:7.3f}s {whole[1]:8.3f}s"
    )


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds that the program tells on standard error, or 0, and seconds in all."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    whole = time.perf_counter() - began
    said = done.stderr.split()
    return float(said[-1]) if len(said) == 1 else 0.0, whole


if __name__ == "__main__":
    main()
