"""Events per second of the logger beside plain Core executemany: python tests/benchmarks/bench_logger.py [N]"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert

from tracetui.events import Base, Event, Read, Syscall
from tracetui.logger import DB

ROUNDS = 5
Rows = list[tuple[type[Event], dict[str, Any]]]


def rows(count: int) -> Rows:
    """A mix as firmware makes it: nine calls and a read, one call in ten with an unsigned -1."""
    made: Rows = []
    for number in range(count):
        if number % 10 == 9:
            made.append(
                (
                    Read,
                    {"procname": "/bin/sh", "proc_id": 0, "fd": 3, "fname": "/etc/x", "buffer": b"x" * 100},
                )
            )
            continue
        row: dict[str, Any] = {"procname": "/usr/sbin/httpd", "proc_id": 0, "name": "sys_openat"}
        row |= {"retno": 3, "retno_repr": "0x3"}
        for index in range(6):
            row[f"arg{index}"] = (1 << 64) - 1 if number % 10 == 3 and index == 4 else 0x7FFD0000 + number
            row[f"arg{index}_repr"] = (
                f'filename=0x7ffd0001e598("/dev/nvram{number}")' if index == 1 else f"flags={number:#x}"
            )
        made.append((Syscall, row))
    return made


def plain_core(path: Path, made: Rows) -> None:
    """What one writes with SQLAlchemy Core: two executemany of dictionaries per class."""
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    groups: dict[type[Event], list[dict[str, Any]]] = {}
    for cls, row in made:
        groups.setdefault(cls, []).append({k: _signed(v) for k, v in row.items()})
    next_id = 1
    with engine.begin() as connection:
        for cls, group in groups.items():
            events = []
            for event_id, row in enumerate(group, next_id):
                row["id"] = event_id
                events.append(
                    {
                        "id": event_id,
                        "type": cls.__tablename__,
                        "procname": row["procname"],
                        "proc_id": row["proc_id"],
                    }
                )
            connection.execute(insert(Event), events)
            connection.execute(insert(cls), group)
            next_id += len(group)
    engine.dispose()


def ours(path: Path, made: Rows) -> None:
    with DB(path.parent, filename=path.name) as db:
        for cls, row in made:
            db.add_event(cls, row)


def _signed(value: Any) -> Any:
    return value - (1 << 64) if isinstance(value, int) and value > (1 << 63) - 1 else value


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds: dict[str, list[float]] = {"plain Core executemany": [], "tracetui.logger.DB": []}
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(ROUNDS):
            for name, write in (("plain Core executemany", plain_core), ("tracetui.logger.DB", ours)):
                made = rows(count)
                path = Path(folder) / f"{name[:5]}{round_number}.db"
                began = time.perf_counter()
                write(path, made)
                seconds[name].append(time.perf_counter() - began)
                path.unlink()
        made = rows(count)
        db = DB(folder, bufsize=10**9, interval=3600)
        began = time.perf_counter()
        for cls, row in made:
            db.add_event(cls, row)
        call = (time.perf_counter() - began) / count
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name:<24} {count / median:>10,.0f} events/s   (median of {ROUNDS} x {count:,} events)")
    print(
        f"ratio                    {medians['plain Core executemany'] / medians['tracetui.logger.DB']:>10.2f}"
    )
    print(f"add_event                {call * 1e6:>10.2f} us")
    print(f"peak memory              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10.0f} MB")


if __name__ == "__main__":
    main()
