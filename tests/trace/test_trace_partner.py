"""A long scan reads two halves at the same time, in one turn, and finds what it finds alone."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func

from support import boot, write_trace
from tracetui.events import Syscall
from tracetui.trace import Condition, Pace, Trace, pace, partner, walk
from tracetui.trace.condition import SqlFunction

SYSCALL = Syscall.__table__
FAILED = Condition.of(SYSCALL.c.retno.between(-4095, -1), source="syscall")


@pytest.fixture
def trace(tmp_path, monkeypatch):
    """A trace whose scans begin to share after the first chunk."""
    monkeypatch.setattr(walk, "ALONE", 2)
    monkeypatch.setattr(walk, "NARROW", 2)
    monkeypatch.setattr(pace, "MAX_CHUNK", 50)
    monkeypatch.setattr(pace, "FIRST_CHUNK", 40)
    path = write_trace(tmp_path / "t.db", boot(100))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    with Trace.open(path) as opened:
        yield opened


@pytest.fixture
def halves(monkeypatch):
    """Ranges of which a partner was asked for the second half."""
    asked = []
    read = partner.Partner.read_halves

    def noted(self, query, low, high, *others):
        asked.append((low, high))
        return read(self, query, low, high, *others)

    monkeypatch.setattr(partner.Partner, "read_halves", noted)
    return asked


def ids(chunks):
    return [event_id for chunk in chunks for event_id in chunk.ids]


def test_both_halves_are_found(trace, halves):
    failed = [record.id for record in trace.records() if record.failed]
    halves.clear()
    assert ids(trace.scan(FAILED)) == failed
    assert ids(trace.scan(FAILED, descending=True)) == failed[::-1]
    assert trace.count(FAILED) == len(failed)
    assert len(halves) > 10


def test_short_scans_are_read_alone(trace, halves):
    ids(trace.scan(FAILED, stop=40))
    assert halves == []


def test_a_trace_that_is_being_written_is_read_alone(trace, halves):
    """The logger needs a core, too."""
    os.utime(trace.path)
    assert trace.count(FAILED) == 200
    assert halves == []


def test_many_short_scans_at_one_pace_are_a_long_one(trace, halves):
    pace = Pace(40)
    found = [
        i for start in range(1, 401, 40) for i in ids(trace.scan(start=start, stop=start + 39, pace=pace))
    ]
    assert found == list(range(1, 401))
    assert halves


def test_functions_are_known_to_both(trace, halves):
    even = SqlFunction("is_even", 1, lambda number: number % 2 == 0)
    condition = Condition.of(func.is_even(SYSCALL.c.id) == 1, source="syscall", functions=(even,))
    found = ids(trace.scan(condition))
    assert halves
    assert found == [r.id for r in trace.records() if r.type == "syscall" and r.id % 2 == 0]


def test_what_the_partner_cannot_read_is_read_alone(trace, halves, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(partner.Partner, "_read", fail)
    assert trace.count(FAILED) == 200
    assert halves


def test_both_read_in_the_turn_of_one(trace, halves, monkeypatch):
    read, owners = partner.Partner._read, []

    def noted(self, *asked):
        owners.append(trace._driver.turn._depth)
        return read(self, *asked)

    monkeypatch.setattr(partner.Partner, "_read", noted)
    trace.count(FAILED)
    assert owners
    assert min(owners) >= 1


def test_a_closed_trace_leaves_no_thread(trace):
    trace.count(FAILED)
    helper = trace._partner
    assert helper is not None
    trace.close()
    assert trace._partner is None
    assert not any(thread.is_alive() for thread in helper._thread._threads)


def test_a_trace_that_has_been_replaced_is_read_alone(trace, halves, tmp_path):
    write_trace(tmp_path / "u.db", boot(1)).rename(trace.path)
    assert trace.count(FAILED) == 200
    assert halves == []
