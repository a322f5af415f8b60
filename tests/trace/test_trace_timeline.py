"""Events in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tracetui.events import ProcExit
from tracetui.filter import compile_filter, parse
from tracetui.logger import DB
from tracetui.trace import Trace, has_times, ids_by_time, records_by_time
from tracetui.trace.timeline import TimeOrder


def trace_of(folder: Path, times: Sequence[int | None]) -> Trace:
    """A trace with one event for each of ``times``, code = its position."""
    with DB(folder, order="arrival") as db:
        for position, time in enumerate(times):
            row = {"pid": 1, "create_time": 2, "code": position, "reason": "exit"}
            db.add_event(ProcExit, row, None if time is None else {"ts": time})
    return Trace(folder / "plugins.db")


@pytest.mark.parametrize("run", [1, 3, 100, 10_000])
@pytest.mark.parametrize("spread", [1, 20, 5_000])
def test_any_order_is_sorted_in_any_number_of_runs(run: int, spread: int) -> None:
    random = Random(run * spread)
    times = [position + random.randrange(spread) for position in range(1_000)]
    order = TimeOrder(run)
    for event_id, time in enumerate(times):
        order.add(event_id, time)
    assert list(order) == sorted(range(1_000), key=lambda event_id: (times[event_id], event_id))


def test_nothing_is_in_any_order() -> None:
    assert list(TimeOrder()) == []


def test_events_by_time_and_where_equal_by_id(tmp_path: Path) -> None:
    with trace_of(tmp_path, [50, 20, 40, 20, 10]) as trace:
        assert list(ids_by_time(trace)) == [5, 2, 4, 3, 1]
        assert [record.id for record in records_by_time(trace, limit=3)] == [5, 2, 4]


def test_an_event_without_a_time_stays_behind_the_one_before_it(tmp_path: Path) -> None:
    with trace_of(tmp_path, [None, 50, None, 20, None, None]) as trace:
        assert list(ids_by_time(trace)) == [1, 4, 5, 6, 2, 3]


def test_a_filter_leaves_places_as_they_are(tmp_path: Path) -> None:
    with trace_of(tmp_path, [50, None, 20, None]) as trace:
        condition = compile_filter(parse("code in (1, 3)"), trace.schema)
        assert list(ids_by_time(trace, condition)) == [4, 2]


def test_traces_without_times_say_so(tmp_path: Path) -> None:
    with trace_of(tmp_path / "without", [None, None]) as trace:
        assert not has_times(trace)
    with trace_of(tmp_path / "with", [None, 7]) as trace:
        assert has_times(trace)


def test_many_events_over_many_chunks(tmp_path: Path) -> None:
    times = [Random(position).randrange(10**18) for position in range(20_000)]
    with trace_of(tmp_path, times) as trace:
        found = list(ids_by_time(trace))
    assert [times[event_id - 1] for event_id in found] == sorted(times)
