"""Broken pages: all that can be read is shown, the rest is counted, and no scan takes for ever."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing

import pytest

from support import boot, openat, run_sql, write_trace
from tracetui.cli import main
from tracetui.trace import Trace, TraceError
from tracetui.trace import connection as connections
from tracetui.trace.damage import FAILURES_A_GRAIN, Damage, Salvage, farthest

PAGE = 4096
ROUNDS = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_trace(tmp_path_factory.mktemp("whole") / "t.db", boot(ROUNDS)).read_bytes()


def root_pages(data, path):
    path.write_bytes(data)
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))


def readable(path, table):
    """Ids whose row SQLite itself can read, asked one by one."""
    ids = set()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        for event_id in range(1, ROUNDS * 6 + 5):
            try:
                ids.update(
                    connection.execute(f"SELECT id FROM {table} WHERE id = {event_id}").fetchone() or ()
                )
            except sqlite3.DatabaseError:
                continue
    return ids


def break_page(path, data, number):
    """Overwrite one page, the first of which has number 1."""
    start = (number - 1) * PAGE
    path.write_bytes(data[:start] + b"\xa5" * PAGE + data[start + PAGE :])


def test_any_broken_page(tmp_path, whole):
    """Every other page, and the first of each table: what SQLite can read id by id is what is shown."""
    path = tmp_path / "t.db"
    roots = root_pages(whole, path)
    for number in sorted({*range(2, len(whole) // PAGE + 1, 2), *roots.values()}):
        break_page(path, whole, number)
        if number == roots["event"]:
            with pytest.raises(TraceError, match="damaged"), Trace.open(path) as trace:
                trace.bounds()
            continue
        events, syscalls = readable(path, "event"), readable(path, "syscall")
        with Trace.open(path) as trace:
            records = list(trace.records())
            assert {record.id for record in records} == events, number
            assert [record.id for record in records] == sorted(events)
            named = {record.id for record in records if record.name is not None}
            assert named == events & syscalls, number
            assert trace.count() == len(events)
            assert [record.id for record in trace.records(descending=True)] == sorted(events, reverse=True)
            assert sum(trace.table_counts().values()) > 0
            if trace.damage.count:
                assert "cannot be read" in trace.damage.sentence
            complete = len(events) == ROUNDS * 6 + 4 and len(syscalls) == ROUNDS * 4
            assert complete or trace.damage.sentence


@pytest.mark.parametrize("share", [0.55, 0.75, 0.9])
def test_a_file_that_is_cut_off(tmp_path, whole, share):
    path = tmp_path / "t.db"
    path.write_bytes(whole)
    os.truncate(path, int(len(whole) * share) // PAGE * PAGE)
    expected = readable(path, "event")
    assert expected
    with Trace.open(path) as trace:
        assert {record.id for record in trace.records()} == expected
        assert trace.damage.cut
        assert "the file is cut off" in trace.damage.sentence


def test_a_file_that_lacks_half_a_page(tmp_path, whole):
    """SQLite takes what is missing of it for zeros, and says nothing."""
    path = tmp_path / "t.db"
    path.write_bytes(whole[: -PAGE // 2])
    with Trace.open(path) as trace:
        assert trace.damage.sentence == "damaged: the file is cut off"


def test_a_schema_that_is_damaged_in_part(tmp_path, whole, capsys):
    path = tmp_path / "t.db"
    path.write_bytes(whole)
    run_sql(
        path,
        "PRAGMA writable_schema = 1",
        "INSERT INTO sqlite_master SELECT * FROM sqlite_master WHERE name = 'read'",
    )
    assert main(["query", str(path), "--count"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{len(boot(ROUNDS))}\n"
    assert shown.err == f"tracetui: {path} is damaged: its schema cannot be read as a whole\n"


def test_many_broken_pages(tmp_path, whole):
    path = tmp_path / "t.db"
    roots = root_pages(whole, path)
    data = bytearray(whole)
    chosen = random.Random(3).sample(range(2, len(whole) // PAGE + 1), 6)
    for number in set(chosen) - set(roots.values()):
        data[(number - 1) * PAGE : number * PAGE] = bytes(PAGE)
    path.write_bytes(data)
    with Trace.open(path) as trace:
        assert {record.id for record in trace.records()} == readable(path, "event")
        assert trace.damage.sentence


def test_what_the_connections_of_a_trace_find_is_counted_once(tmp_path, whole):
    path = tmp_path / "t.db"
    roots = root_pages(whole, path)
    break_page(path, whole, roots["syscall"])
    with Trace.open(path) as trace, trace.again() as other:
        trace.fetch(range(1, 20))
        counted = trace.damage.count
        assert counted == 11  # the other events of these 19 are no calls
        other.fetch(range(1, 20))
        assert other.damage is trace.damage
        assert trace.damage.count == counted


def test_a_sound_trace_has_no_damage(tmp_path, whole):
    path = tmp_path / "t.db"
    path.write_bytes(whole)
    with Trace.open(path) as trace:
        assert len(list(trace.records())) == ROUNDS * 6 + 4
        assert (trace.damage.count, trace.damage.ranges, trace.damage.sentence) == (0, [], None)


def test_damage_between_ids_far_apart(tmp_path):
    """The broken leaf stands for an endless range of ids: it is passed all the same."""
    events = []
    for number in range(600):
        event = openat(f"/{number}")
        event.id = number if number < 200 else 2**62 + number
        events.append(event)
    path = write_trace(tmp_path / "t.db", events)
    data = path.read_bytes()
    roots = root_pages(data, path)
    for number in range(2, len(data) // PAGE + 1, 3):
        break_page(path, data, number)
        if number in roots.values():
            continue
        with Trace.open(path) as trace:
            if trace.bounds()[1] < 2**62:
                continue  # the end itself is broken
            assert 350 <= sum(len(chunk.ids) for chunk in trace.scan()) <= 600, number


def test_a_value_that_is_too_long_is_counted(tmp_path, monkeypatch):
    path = write_trace(tmp_path / "t.db", boot(), ["UPDATE read SET buffer = zeroblob(20000)"])
    monkeypatch.setitem(connections._LIMITS, "SQLITE_LIMIT_LENGTH", 10_000)
    with Trace.open(path) as trace:
        if not hasattr(trace._driver, "setlimit"):
            pytest.skip("limits since Python 3.11")
        assert len(list(trace.records())) == 10
        assert trace.damage.count == 1


def test_an_error_that_is_no_damage_is_raised(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with Trace.open(path) as trace:
        with closing(sqlite3.connect(path)) as writer:
            writer.execute("DROP TABLE syscall")
        with pytest.raises(TraceError, match="has changed"):
            list(trace.records())
        assert trace.damage.count == 0


def test_a_command_shows_what_is_left_and_says_what_is_not(tmp_path, whole, capsys):
    path = tmp_path / "t.db"
    roots = root_pages(whole, path)
    break_page(path, whole, roots["read"])
    assert main(["info", str(path)]) == 0
    assert "t.db is damaged: how much more is lost cannot be told" in capsys.readouterr().err


def test_ranges_are_merged():
    damage = Damage()
    for low, high in ((5, 7), (1, 1), (9, 9), (8, 8), (20, 30), (25, 40), (2, 2)):
        damage.add(low, high)
    assert damage.ranges == [(1, 2), (5, 9), (20, 40)]
    assert damage.count == 2 + 5 + 21
    assert damage.sentence == (
        "damaged: 28 events cannot be read, or not whole (id 1 to 2, 5 to 9, 20 to 40)"
    )


class Broken(Exception):
    orig = "database disk image is malformed"


def test_a_range_that_is_all_broken_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("tracetui.trace.damage.DBAPIError", Broken)
    reads = []

    def read(low, high):
        reads.append((low, high))
        raise Broken

    damage = Damage()
    driver = connections.connect(write_trace(tmp_path / "t.db", []))
    assert list(Salvage(damage, driver).pieces(read, 0, 10**6)) == []
    assert damage.ranges == [(0, 10**6)]
    assert len(reads) < 12 * FAILURES_A_GRAIN
    driver.close()


def test_the_farthest_id_beyond_holes(monkeypatch):
    monkeypatch.setattr("tracetui.trace.damage.DBAPIError", Broken)
    holes = [(40, 60), (900, 1000), (5000, 1 << 63)]

    def nearest(event_id, descending):
        if any(low <= event_id < high for low, high in holes):
            raise Broken
        return event_id if event_id >= 1 else 1 if not descending else None

    assert farthest(nearest, 1, descending=False) == 4999
    assert farthest(nearest, 4999, descending=True) == 1
