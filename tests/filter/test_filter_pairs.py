"""Fields compared with other fields, over the trace of ``test_filter_operators.py`` and flows of SysFlow."""

from __future__ import annotations

from pathlib import Path

import pytest
from filter_helpers import matching, tables_of

from support import boot, openat, write_trace
from tracetui.filter import FilterError, Surroundings, parse
from tracetui.process import build_forest
from tracetui.trace import Trace

FLOWS = (
    "CREATE TABLE network_flow (id INTEGER PRIMARY KEY REFERENCES event (id), sip VARCHAR, sport INTEGER, "
    "dip VARCHAR, dport INTEGER, proto INTEGER, fd INTEGER, rbytes BIGINT, rops BIGINT, wbytes BIGINT, wops BIGINT)",
    "INSERT INTO event VALUES (20, 'network_flow', 'a', 1), (21, 'network_flow', 'A', 1), (22, 'network_flow', '10', 1)",
    "INSERT INTO network_flow VALUES (20, '10.0.0.1', 80, '10.0.0.1', 80, 6, 3, 5, 1, 9, 1), "
    "(21, '10.0.0.1', 1, '10.0.0.11', 2, 6, 3, 9, 1, 5, 1), (22, '10.0.0.1', NULL, NULL, 2, 6, 3, NULL, 1, 5, 1)",
    "CREATE TABLE context (id INTEGER NOT NULL PRIMARY KEY, ts BIGINT, end_ts BIGINT, tid INTEGER, cpu INTEGER, "
    "host VARCHAR, container VARCHAR, FOREIGN KEY(id) REFERENCES event (id))",
    "INSERT INTO context VALUES (20, 5, 4, 1, 0, 'x', 'X'), (21, 5, 6, 1, 0, 'x', 'x'), (22, 5, NULL, 1, 0, 'x', NULL)",
)


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("pairs") / "t.db"
    with Trace.open(write_trace(path, boot(), FLOWS)) as trace:
        yield trace


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # numbers: the name alone will do
        ("net.sport = val(net.dport)", [20]),
        ("net.sport = net.dport", [20]),
        ("net.sport < net.dport", [21]),
        ("flow.rbytes > flow.wbytes", [21]),
        ("flow.rbytes <= val(flow.wbytes)", [20]),
        ("endts >= ts", [21]),
        ("end_ts < VAL( ts )", [20]),
        # another value, of events that have both
        ("net.sport != net.dport", [21]),
        ("net.sport not = val(net.dport)", [21]),
        ("not net.sport = net.dport and type = network_flow", [21, 22]),
        ("net.sport ?!= val(net.dport) and type = network_flow", [21, 22]),
        # texts
        ("net.sip = val(net.dip)", [20]),
        ("net.dip startswith val(net.sip)", [20, 21]),
        ("net.dip contains val(net.sip) and net.dip != val(net.sip)", [21]),
        ("net.dip endswith val(net.sip)", [20]),
        ("host = val(container)", [21]),
        ("host ieq val(container)", [20, 21]),
        ("lower(container) = val(host)", [20, 21]),
        ("container = val(lower(container))", [21]),
        ("net.dip not startswith val(net.sip)", []),
        # in quotes it is a text, and so it is without parentheses
        ('host = "val(container)"', []),
        ("host = val", []),
        ("host = container", []),
        # numbers are no texts
        ("evt.type = val(host)", []),
    ],
)
def test_what_matches(trace: Trace, text: str, expected: list[int]) -> None:
    assert matching(trace, text) == expected


def test_what_the_process_tells_is_compared_with_what_it_tells(trace: Trace) -> None:
    genealogy = build_forest(trace)
    surroundings = Surroundings(tables=tables_of(trace), genealogy=genealogy)
    assert parse("uid = val(uid)").needs_processes
    own = matching(trace, "uid = val(uid)", surroundings)
    assert own == matching(trace, "uid exists", surroundings)
    assert matching(trace, "uid != val(uid)", surroundings) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pid = val(ppid)", [1, 3]),
        ("ppid = pid", [1, 3]),
        ("pid != ppid", [2, 4]),
        ("pid > ppid", [2, 4]),
    ],
)
def test_the_pid_of_an_event_is_compared_with_what_its_process_tells(tmp_path, text, expected) -> None:
    _, init, httpd, *_ = boot()
    init.ppid = init.pid
    events = [init, httpd, openat("/a", proc_id=init.pid), openat("/b", proc_id=httpd.pid), openat("/c")]
    with Trace.open(write_trace(tmp_path / "own.db", events)) as trace:
        surroundings = Surroundings(tables=tables_of(trace), genealogy=build_forest(trace))
        assert matching(trace, text, surroundings) == expected


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("fd = val(nope)", "nope", "unknown field 'nope'"),
        ("fd = val(", "", "without its field"),
        ("fd = val(id, 3)", ",", "takes one field"),
        ("fd = val(path)", "fd = val(path)", "cannot compare a number with a text"),
        ("fd contains val(id)", "fd contains val(id)", "cannot compare"),
        ("fd in val(id)", "fd in val(id)", "takes a value"),
        ("path glob val(procname)", "path glob val(procname)", "takes a value"),
        ("path = val(text)", "path = val(text)", "text cannot be compared"),
        ("mark = val(procname)", "mark = val(procname)", "mark cannot be compared"),
    ],
)
def test_errors_show_the_place(text: str, place: str, said: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert said in str(caught.value)
    error = caught.value
    assert text[error.position : error.position + error.length].startswith(place)
