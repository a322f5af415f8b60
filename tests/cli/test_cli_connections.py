"""The connections verb."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from connections_helpers import BEGIN, SECOND, flow, flows_trace

from support import boot, write_trace
from tracetui.cli import main
from tracetui.events.flows import CLOSE, CONNECT

EXACT = {
    "host": "node",
    "pid": 7,
    "procname": "curl",
    "fd": 3,
    "proto": "tcp",
    "sip": "10.0.0.1",
    "sport": 4000,
    "dip": "10.0.0.2",
    "dport": 80,
    "direction": "out",
    "state": "closed",
    "first_ts": BEGIN,
    "last_ts": BEGIN + 60 * SECOND,
    "rbytes": 12_345,
    "rops": 2,
    "wbytes": 3,
    "wops": 4,
    "flows": 2,
    "first_id": 1,
    "last_id": 2,
}


@pytest.fixture
def connections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    trace = flows_trace(
        tmp_path,
        flow(0, 30, flags=CONNECT, wbytes=3, rbytes=12_000),
        flow(30, 60, flags=CLOSE, rbytes=345),
        flow(10, 20, fd=4, dport=443, wbytes=20, procname="e\x1b[1mvil"),
    )

    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["connections", str(trace), *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_table_for_people(connections: Any) -> None:
    code, out, err = connections()
    heading, first, second = out.splitlines()
    assert (code, err) == (0, "")
    assert heading.split()[:4] == ["START", "DURATION", "PID", "PROCESS"]
    assert "10.0.0.1:4000  10.0.0.2:80" in first
    assert first.split()[-4:] == ["12,345", "3", "2", "closed"]
    assert "60 s" in first
    assert "\x1b" not in second
    assert second.split()[-1] == "open"


def test_exact_values_in_every_format(connections: Any) -> None:
    assert json.loads(connections("--format", "json")[1])[0] == EXACT
    assert json.loads(connections("--format", "jsonl", "--top", "1")[1]) == EXACT
    rows = list(csv.DictReader(io.StringIO(connections("--format", "csv")[1])))
    assert rows[0] == {name: str(value) for name, value in EXACT.items()}
    assert rows[1]["direction"] == ""


def test_filter_order_and_top(connections: Any) -> None:
    by_time = [
        json.loads(line)["fd"] for line in connections("--format", "jsonl", "--sort", "time")[1].splitlines()
    ]
    assert by_time == [3, 4]
    assert json.loads(connections("net.dport = 443", "--format", "jsonl")[1])["fd"] == 4
    _, out, err = connections("--top", "1", "--sort", "duration", "--format", "jsonl")
    assert json.loads(out)["fd"] == 3
    assert "1 more connection is not shown" in err


def test_a_plot_of_the_bytes_over_time(connections: Any) -> None:
    lines = connections("--plot")[1].splitlines()
    assert lines[0] == "received: 12,345 B, at most 333 B in 833 ms"
    assert lines[6].startswith("sent: 23 B, at most")
    assert set("".join(lines[1:5])) <= set(" ▁▂▃▄▅▆▇█")
    assert len({len(line) for line in lines[1:6]}) == 1


def test_a_trace_without_flows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = write_trace(tmp_path / "t.db", boot())
    assert main(["connections", str(trace), "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == []
    assert "no network flow matches" in captured.err
    assert main(["connections", str(trace), "--plot"]) == 0
    assert capsys.readouterr().out == ""


def test_wrong_usage(connections: Any) -> None:
    assert connections("--top", "0")[0] == 2
    assert connections("nope nope =")[0] == 2
