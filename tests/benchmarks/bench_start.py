"""From start to the first events, jumps anywhere, memory: python tests/benchmarks/bench_start.py TRACE"""

from __future__ import annotations

import re
import statistics
import sys
import time

from terminal import Terminal

EMPTY_APP = """
import sqlalchemy, sqlalchemy.orm
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready to go")
Empty().run()
"""
ROUNDS = 7


def start(argv: list[str], marker: str) -> tuple[float, Terminal]:
    """Seconds from exec until ``marker`` is on the screen."""
    terminal = Terminal(argv)
    terminal.wait(lambda text: re.search(marker, text) is not None)
    return time.perf_counter() - terminal.started, terminal


def main() -> None:
    trace = sys.argv[1]
    explorer = [sys.executable, "-m", "tracetui", trace, "--no-follow"]
    empty, opened = [], []
    for _ in range(ROUNDS):
        seconds, terminal = start([sys.executable, "-c", EMPTY_APP], "ready to go")
        empty.append(seconds)
        terminal.close()
        seconds, terminal = start(explorer, r"(?m)^\D*1 \w+ ")
        opened.append(seconds)
        terminal.close()
    base, ours = statistics.median(empty), statistics.median(opened)
    print(f"empty app with SQLAlchemy   {base * 1000:7.0f} ms")
    print(f"first events of the trace   {ours * 1000:7.0f} ms   ratio {ours / base:.2f}")
    _, terminal = start(explorer, r"(?m)^\D*1 \w+ ")
    terminal.settle(1.0)
    for name, keys in KEYS.items():
        times = sorted(_key(terminal, keys) for _ in range(15))
        print(f"{name:<27} {times[7] * 1000:7.1f} ms median, {times[-1] * 1000:.1f} ms worst of 15")
    resident, peak = terminal.memory()
    print(f"memory                      {resident / 1e6:7.0f} MB resident, {peak / 1e6:.0f} MB peak")
    terminal.close()


KEYS = {"page down": ["\x1b[6~"], "line down": ["\x1b[B"], "end, then home": ["\x1b[F", "\x1b[H"]}


def _key(terminal: Terminal, keys: list[str]) -> float:
    """The longest time from one of the keys until the last byte that it made the program paint."""
    worst = 0.0
    for key in keys:
        began = painted = time.perf_counter()
        terminal.send(key)
        while terminal.pump(0.06 if painted > began else 2.0, keep=False):
            painted = time.perf_counter()
        worst = max(worst, painted - began)
    return worst


if __name__ == "__main__":
    main()
