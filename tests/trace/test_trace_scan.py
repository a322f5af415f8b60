"""Scans: every event once, in order, in short transactions, whatever the gaps."""

from __future__ import annotations

import os
import random

import pytest
from sqlalchemy import bindparam, select

from support import append, boot, openat, write_trace
from tracetui.events import Event, Syscall
from tracetui.trace import Condition, Pace, SqlFunction, Trace
from tracetui.trace.pace import BESIDE_SECONDS, CHUNK_SECONDS
from tracetui.trace.rows import BATCH

EVENT, SYSCALL = Event.__table__, Syscall.__table__
FAILED = Condition.of(SYSCALL.c.retno.between(-4095, -1), source="syscall")


@pytest.fixture
def trace(tmp_path):
    with Trace.open(write_trace(tmp_path / "t.db", boot(100))) as opened:
        yield opened


def ids(chunks):
    return [event_id for chunk in chunks for event_id in chunk.ids]


def test_a_scan_meets_every_event_once(trace):
    first, last = trace.bounds()
    for width in (1, 7, 10_000):
        assert ids(trace.scan(pace=Pace(width))) == list(range(first, last + 1))
        assert ids(trace.scan(pace=Pace(width), descending=True)) == list(range(last, first - 1, -1))


def test_a_condition_is_the_same_from_its_table_and_from_event(trace):
    joined = Condition.of(FAILED.parts[0].where, {"syscall"})
    found = ids(trace.scan(FAILED))
    assert found == ids(trace.scan(joined)) == ids(trace.scan(joined, descending=True))[::-1]
    assert [record.id for record in trace.records() if record.failed] == found
    assert trace.count(FAILED) == trace.count(joined) == len(found) == 200


def test_a_range(trace):
    assert ids(trace.scan(start=5, stop=9)) == [5, 6, 7, 8, 9]
    assert ids(trace.scan(start=-5, stop=2)) == [1, 2]
    assert ids(trace.scan(start=9, stop=5)) == []
    assert [record.id for record in trace.records(start=3, limit=2)] == [3, 4]
    assert [record.id for record in trace.records(descending=True, limit=BATCH + 2)][-1] == trace.bounds()[
        1
    ] - BATCH - 1


def test_python_functions(trace):
    from sqlalchemy import func

    shout = SqlFunction("shout", 1, lambda text: text.upper() if text else None)
    condition = Condition.of(
        func.shout(EVENT.c.procname).is_not_distinct_from("/SBIN/INIT"), functions=(shout,)
    )
    assert trace.count(condition) == 100


def test_gaps_of_any_size(tmp_path):
    wanted = sorted(
        {1, 2, 3, 900, *random.Random(1).sample(range(10_000, 10**7), 50), 2**40, 2**62, 2**63 - 2, 2**63 - 1}
    )
    events = []
    for event_id in wanted:
        event = openat(f"/{event_id}", -2 if event_id % 2 else 3)
        event.id = event_id
        events.append(event)
    with Trace.open(write_trace(tmp_path / "t.db", events)) as trace:
        assert ids(trace.scan()) == wanted
        assert ids(trace.scan(descending=True)) == wanted[::-1]
        assert ids(trace.scan(FAILED)) == [event_id for event_id in wanted if event_id % 2]
        assert trace.count() == len(wanted)
        assert trace.nearest(4) == 900
        assert trace.nearest(4, descending=True) == 3
        assert [record.id for record in trace.records()] == wanted


def test_fetch_keeps_the_order_and_leaves_out_what_is_not_there(trace):
    wanted = [70_000, 3, 12345, 3, 1]
    assert (
        [record.id for record in trace.fetch(wanted)] == [3, 3, 1]
        if trace.bounds()[1] < 700
        else [700, 3, 3, 1]
    )
    many = list(range(1, 500))
    random.Random(2).shuffle(many)
    assert [record.id for record in trace.fetch(many)] == many
    assert trace.fetch([]) == []


def test_a_preview_is_short_but_knows_the_length(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(), ["UPDATE read SET buffer = zeroblob(3000000)"])
    with Trace.open(path) as trace:
        (read,) = (record for record in trace.fetch(range(1, 11), whole=False) if record.type == "read")
        assert (len(read.buffer), read.buflen) == (512, 3_000_000)
        (whole,) = trace.fetch([read.id])
        assert whole.buflen == len(whole.buffer) == 3_000_000


def test_one_statement_a_page_whatever_the_mix(trace):
    from sqlalchemy import event as sqlalchemy_event

    statements = []
    sqlalchemy_event.listen(
        trace._connection.engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    assert len({record.type for record in trace.fetch(range(1, BATCH + 1))}) == 5
    assert len(statements) == 1


def test_a_writer_can_commit_between_two_chunks(tmp_path):
    path = write_trace(tmp_path / "t.db", boot(50))
    with Trace.open(path) as trace:
        seen = 0
        for chunk in trace.scan(pace=Pace(20)):
            seen += len(chunk.ids)
            if chunk.first == 1:
                append(path, boot())
        assert seen == 304
        assert trace.bounds() == (1, 314)


def test_a_scan_stops_when_it_is_cancelled(trace):
    seen = []
    for chunk in trace.scan(pace=Pace(1), cancelled=lambda: len(seen) >= 3):
        seen.append(chunk)
    assert len(seen) == 3


def test_rows_of_a_core_statement(trace):
    statement = select(SYSCALL.c.name).where(SYSCALL.c.id.between(bindparam("low"), bindparam("high")))
    names = [name for _, _, rows in trace.rows(statement, "syscall") for (name,) in rows]
    assert len(names) == 400
    assert list(trace.rows(statement, "no_such_table")) == []


def test_the_pace_keeps_chunks_short():
    pace = Pace(1000)
    pace.took(1.0)
    assert pace.width == 250
    pace.took(0.0001)
    assert pace.width == 500
    for _ in range(60):
        pace.took(0.0)
    assert pace.width == 200_000


def test_chunks_are_shorter_beside_a_logger(trace):
    pace = Pace()
    os.utime(trace.path)
    list(trace.scan(pace=pace))
    assert pace.seconds == BESIDE_SECONDS < CHUNK_SECONDS
    os.utime(trace.path, (0, 0))
    list(trace.scan(pace=pace))
    assert pace.seconds == CHUNK_SECONDS
