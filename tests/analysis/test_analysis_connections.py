"""Network flows merged to connections, and their bytes over time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from connections_helpers import BEGIN, SECOND, flow, flows_trace

from support import boot, run_sql, write_trace
from tracetui.analysis import Connections, Sort, bytes_over_time
from tracetui.events.flows import ACCEPT, CLOSE, CONNECT, READ_RECV, TRUNCATE, WRITE_SEND
from tracetui.filter import compile_filter, parse
from tracetui.trace import Trace


@contextmanager
def connections(folder: Path, *flows: dict[str, Any], filtered: str = "") -> Iterator[Connections]:
    with Trace.open(flows_trace(folder, *flows)) as trace:
        condition = compile_filter(parse(filtered), trace.schema) if filtered else None
        found = Connections(trace, condition)
        assert [*found.steps()][-1:] == [len(flows)]
        yield found


def test_fragments_of_a_connection_add_up(tmp_path: Path) -> None:
    parts = (
        flow(0, 30, flags=CONNECT | WRITE_SEND, wbytes=100, procname="sh"),
        flow(60, 70, flags=READ_RECV | CLOSE, rbytes=5),
        flow(30, 60, flags=READ_RECV, rbytes=1 << 40, wbytes=1),
    )
    with connections(tmp_path, *parts) as found:
        (one,) = found.sorted()
    assert (one.rbytes, one.wbytes, one.rops, one.wops) == ((1 << 40) + 5, 101, 3, 6)
    assert (one.first, one.last, one.duration) == (BEGIN, BEGIN + 70 * SECOND, 70 * SECOND)
    assert (one.first_id, one.last_id, len(one.fragments)) == (1, 3, 3)
    assert (one.procname, one.protocol, one.direction, one.state.value) == ("curl", "tcp", "out", "closed")


@pytest.mark.parametrize("other", [{"pid": 8}, {"fd": 4}, {"sport": 1}, {"dip": "::1"}, {"host": "other"}])
def test_what_differs_in_process_descriptor_or_ends_is_another(tmp_path: Path, other: dict[str, Any]) -> None:
    with connections(tmp_path, flow(0, 1), flow(1, 2, **other)) as found:
        assert len(found) == 2


@pytest.mark.parametrize(
    ("flags", "direction", "state"),
    [
        (CONNECT | CLOSE, "out", "closed"),
        (ACCEPT, "in", "open"),
        (READ_RECV | TRUNCATE, None, "cut"),
        (ACCEPT | CLOSE | TRUNCATE, "in", "closed"),
    ],
)
def test_flags_tell_who_made_it_and_how_it_ended(
    tmp_path: Path, flags: int, direction: str | None, state: str
) -> None:
    with connections(tmp_path, flow(0, 1, flags=flags)) as found:
        (one,) = found.sorted()
    assert (one.direction, one.state.value) == (direction, state)


def test_orders(tmp_path: Path) -> None:
    parts = (
        flow(5, 6, fd=1, wbytes=10, procname="b"),
        flow(0, 1, fd=2, wbytes=30, procname="c"),
        flow(2, 99, fd=3, wbytes=1, procname="a"),
        flow(4, None, fd=2, wbytes=0, procname="c"),
    )
    with connections(tmp_path, *parts) as found:
        by = {sort: [one.ends.fd for one in found.sorted(sort)] for sort in Sort}
    assert by == {
        Sort.BYTES: [2, 1, 3],
        Sort.TIME: [2, 3, 1],
        Sort.DURATION: [3, 2, 1],
        Sort.FLOWS: [2, 1, 3],
        Sort.PROCESS: [3, 1, 2],
    }


def test_a_filter_leaves_flows_out(tmp_path: Path) -> None:
    parts = (flow(0, 1, wbytes=1), flow(1, 2, wbytes=20), flow(2, 3, dport=443))
    with connections(tmp_path, *parts, filtered="flow.wbytes > 10") as found:
        (one,) = found.sorted()
    assert (one.wbytes, len(one.fragments)) == (20, 1)


def test_the_expression_of_a_connection_matches_its_flows_alone(tmp_path: Path) -> None:
    parts = (flow(0, 1), flow(1, 2, fd=4), flow(2, 3), flow(3, 4, host='a "b" \\'), flow(4, 5, pid=9))
    path = flows_trace(tmp_path, *parts)
    with Trace.open(path) as trace:
        found = Connections(trace)
        list(found.steps())
        for one in found.sorted():
            condition = compile_filter(parse(one.expression), trace.schema)
            ids = [event_id for chunk in trace.scan(condition) for event_id in chunk.ids]
            assert ids == [fragment.id for fragment in one.fragments]


def test_a_trace_without_flows_has_none(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace:
        found = Connections(trace)
        assert list(found.steps()) == []
        assert found.sorted() == []


def test_columns_that_hold_something_else_do_no_harm(tmp_path: Path) -> None:
    path = flows_trace(tmp_path, flow(0, 1, wbytes=7), flow(0, 1))
    run_sql(
        path,
        "UPDATE network_flow SET rbytes = 'many', sport = X'00ff', dip = 5 WHERE id = 1",
        "UPDATE context SET ts = 'noon' WHERE id = 1",
        "DELETE FROM sysflow WHERE id = 1",
    )
    with Trace.open(path) as trace:
        found = Connections(trace)
        list(found.steps())
        one = next(one for one in found.sorted() if one.first_id == 1)
    assert (one.rbytes, one.wbytes, one.ends.sport, one.flags) == (0, 7, None, 0)
    assert parse(one.expression)


def found_traffic(folder: Path, *flows: dict[str, Any], parts: int) -> Any:
    with connections(folder, *flows) as found:
        return bytes_over_time(found.sorted(), parts)


def test_bytes_are_spread_over_the_time_of_their_flow(tmp_path: Path) -> None:
    found = found_traffic(
        tmp_path, flow(0, 10, rbytes=100), flow(5, 10, wbytes=50), flow(9, 9, wbytes=3), parts=4
    )
    assert (found.first, found.last, found.part) == (BEGIN, BEGIN + 10 * SECOND, 2.5)
    assert found.received == pytest.approx([25, 25, 25, 25])
    assert found.sent == pytest.approx([0, 0, 25, 28])


def test_a_single_moment_and_no_time_at_all(tmp_path: Path) -> None:
    found = found_traffic(tmp_path / "one", flow(3, None, wbytes=9), parts=5)
    assert sum(found.sent) == 9
    assert found_traffic(tmp_path / "none", flow(None, None, wbytes=9), parts=5) is None
