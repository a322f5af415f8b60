"""Replay: the copy is exact, and keeps the pace."""

from __future__ import annotations

import gzip
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tracetui.cli import main
from tracetui.cli.demo import demo_trace
from tracetui.events import Syscall, Write
from tracetui.logger import DB
from tracetui.sources.replay import LONGEST_GAP, Step, plan, replay
from tracetui.trace import TraceError

SECOND = 1_000_000_000
START = 1_795_243_027 * SECOND


def write_trace(path: Path, times: list[float | None]) -> None:
    with DB(path.parent, filename=path.name, order="arrival") as db:
        for index, moment in enumerate(times):
            row = {
                "procname": "é\udcff",
                "proc_id": index,
                "fd": 1,
                "fname": "/x",
                "buffer": bytes(range(256)),
            }
            context = None if moment is None else {"ts": START + int(moment * SECOND), "tid": index}
            db.add_event(Write, row, context)


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        names = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
        tables = [name.decode() for name, sql in names if sql and sql.startswith(b"CREATE TABLE")]
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in tables}
        rows = [
            f"{name}: {row}" for name in tables for row in connection.execute(f"SELECT * FROM {quoted[name]}")
        ]
        return [str(names), *rows]


def steps(path: Path, interval: float, *, timed: bool = True) -> list[Step]:
    with closing(sqlite3.connect(path)) as connection:
        return list(plan(connection, interval, timed=timed))


def test_the_copy_is_exact(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    write_trace(source, [0.0, 0.1, None, 0.2])
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript(
            """
            CREATE TABLE "odd ""one"" name" (id INTEGER PRIMARY KEY, a BLOB, b);
            INSERT INTO event VALUES (7, 'odd "one" name', '[?]', 0), (-3, 'gone', 'x', 1), (900000, 'late', 'y', 2);
            INSERT INTO "odd ""one"" name" VALUES (7, x'00ff', 1.5), (8888, NULL, CAST(x'ff41' AS TEXT));
            CREATE TABLE settings (key TEXT, value);
            INSERT INTO settings VALUES ('a', 1), ('a', 1), (NULL, NULL);
            CREATE TABLE no_rows (x);
            CREATE INDEX by_name ON event (procname);
            """
        )
    done = replay(source, target, speed=0)
    assert dump(target) == dump(source)
    assert (done.events, done.timed, done.left_out) == (7, True, ())


def test_what_could_act_is_left_out_and_named(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    write_trace(source, [None])
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1")
        connection.execute("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END")
        connection.commit()
    assert replay(source, target, speed=0).left_out == ("view v", "trigger t")
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_steps_follow_the_times(tmp_path: Path) -> None:
    source = tmp_path / "a.db"
    write_trace(source, [0.0, 0.1, 0.2, 0.7, 0.5, None, 1.3])
    assert steps(source, 0.5) == [
        Step(pytest.approx(0.7), 1, 3),
        Step(pytest.approx(1.3), 4, 6),
        Step(pytest.approx(1.3), 7, 7),
    ]


def test_long_gaps_are_shortened(tmp_path: Path) -> None:
    source = tmp_path / "a.db"
    write_trace(source, [0.0, 3600.0, 3600.1])
    assert steps(source, 0.5)[-1].due == pytest.approx(LONGEST_GAP + 0.1)


def test_without_times_all_is_due_at_once(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    write_trace(source, [None] * 10)
    assert steps(source, 0.5, timed=False) == [Step(0.0, 1, 10)]
    assert replay(source, target).timed is False


def test_pace_and_visibility(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    write_trace(source, [0.0, 1.0, 2.0, 3.0, 4.0])
    counts: list[int] = []
    player = threading.Thread(target=replay, args=(source, target), kwargs={"speed": 3.0})
    started = time.monotonic()
    player.start()
    while player.is_alive():
        if target.exists():
            reader = sqlite3.connect(f"file:{target}?mode=ro", uri=True)
            with closing(reader), suppress(sqlite3.OperationalError):  # no table yet, or a commit under way
                counts += reader.execute("SELECT count(*) FROM event").fetchone()
        time.sleep(0.01)
    assert time.monotonic() - started >= 1.3, "four seconds at three times the speed"
    assert len(set(counts)) > 1, "it is seen to grow"
    assert counts == sorted(counts)
    assert dump(target) == dump(source)


def test_a_replay_can_be_stopped(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    write_trace(source, [0.0, 2.0, 4.0, 6.0, 8.0])
    stop = threading.Event()
    stop.set()
    assert replay(source, target, speed=0.001, stop=stop).events == 0


def test_what_is_no_trace(tmp_path: Path) -> None:
    source = tmp_path / "a.db"
    with pytest.raises(TraceError):
        replay(source, tmp_path / "b.db")
    source.write_text("hello, this is no database")
    with pytest.raises(TraceError):
        replay(source, tmp_path / "b.db")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "a.db", tmp_path / "b.db"
    with DB(tmp_path, filename="a.db") as db:
        row: dict[str, Any] = {"procname": "x", "proc_id": 1, "name": "sys_read", "retno": 0}
        db.add_event(Syscall, row)
    assert main(["replay", str(source), "-o", str(target)]) == 0
    assert "no times" in capsys.readouterr().err
    assert dump(target) == dump(source)
    assert main(["replay", str(source), "-o", str(target)]) == 2
    assert "exists" in capsys.readouterr().err
    assert main(["replay", str(source), "-o", str(target), "--force", "--speed", "0"]) == 0
    assert main(["replay", str(source), "-o", str(source), "--force"]) == 2
    assert source.exists(), "replayed into itself it would be lost"
    assert main(["replay", str(source), "-o", str(target), "--force", "--speed", "-1"]) == 2
    assert main(["replay", str(tmp_path / "no.db"), "-o", str(target), "--force"]) == 3
    assert target.exists(), "a target is not removed for a source that is not there"


def test_command_takes_what_other_commands_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, target = tmp_path / "run", tmp_path / "b.db"
    run.mkdir()
    write_trace(run / "plugins.db", [0.0, 1.0])
    assert main(["replay", str(run), "-o", str(target), "--speed", "0"]) == 0
    assert dump(target) == dump(run / "plugins.db")
    (run / "plugins.db.gz").write_bytes(gzip.compress((run / "plugins.db").read_bytes()))
    assert main(["replay", str(run / "plugins.db.gz"), "-o", str(target), "--speed", "0", "--force"]) == 0
    assert dump(target) == dump(run / "plugins.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE event (id INTEGER PRIMARY KEY)")
    capsys.readouterr()
    assert main(["replay", str(tmp_path / "other.db"), "-o", str(target), "--force"]) == 3
    assert "is not an event trace" in capsys.readouterr().err
    assert dump(target) == dump(run / "plugins.db"), "not removed for a source that cannot be read"


def test_demo_trace_tells_its_story() -> None:
    path = demo_trace()
    assert path is not None
    assert path.stat().st_size <= 12_000_000
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:

        def count(query: str) -> int:
            number = connection.execute(query).fetchone()[0]
            assert isinstance(number, int)
            return number

        assert count("SELECT count(*) FROM event") >= 20_000
        assert count("SELECT count(DISTINCT pid) FROM proc_start") >= 40
        assert count("SELECT count(*) FROM event") == count("SELECT count(*) FROM context WHERE ts > 0")
        assert count("SELECT count(*) FROM proc_exit WHERE reason = 'signal:SIGSEGV'") > 1
        assert (
            count("SELECT count(*) FROM syscall WHERE retno = -2 AND arg1_repr LIKE '%\"/dev/gpio\")'") > 50
        )
        assert count("SELECT count(*) FROM syscall WHERE name = 'sys_ioctl' AND retno = -25") > 1
        assert count("SELECT count(*) FROM write WHERE CAST(buffer AS TEXT) LIKE 'HTTP/1.1 404%'") > 1
        assert connection.execute("SELECT DISTINCT host FROM context").fetchall() == [("gateway",)]


def test_demo_without_its_interface(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--no-ui", "--speed", "0"]) == 0
    captured = capsys.readouterr()
    assert captured.out.endswith("plugins.db\n")
    assert "events in" in captured.err
    assert not Path(captured.out.strip()).exists(), "the temporary file is gone"
