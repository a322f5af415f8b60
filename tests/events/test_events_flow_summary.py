"""Flows in one line."""

from __future__ import annotations

import pytest

from tracetui.events import Era, Event, Record, summarise

COUNTS = {"rbytes": 1324, "rops": 2, "wbytes": 0, "wops": 0}
ENDS = {"sip": "172.17.0.3", "sport": 42188, "dip": "172.17.0.1", "dport": 4444, "proto": 6}


def record(kind, row, opflags=0):
    event = Event(id=1, type=kind, procname="p", proc_id=1)
    return Record(
        event, Era.RECORDED, extras={"sysflow": {"id": 1, "opflags": opflags}, kind: {"id": 1, **row}}
    )


@pytest.mark.parametrize(
    ("kind", "row", "flags", "text"),
    [
        ("file_flow", {"path": "/etc/passwd", **COUNTS}, 1408, "O   R   C   /etc/passwd read 1,324 B in 2"),
        (
            "file_flow",
            {"path": "/a\x1b[31m", "wbytes": 5, "wops": 1},
            512,
            "   W        /a␛[31m wrote 5 B in 1",
        ),
        (
            "network_flow",
            {**ENDS, **COUNTS},
            64,
            "  C         172.17.0.3:42188-172.17.0.1:4444 tcp received 1,324 B in 2",
        ),
        ("network_flow", {**ENDS, "proto": -1}, 0, "            172.17.0.3:42188-172.17.0.1:4444 unknown"),
        ("network_event", ENDS, 64, "connect 172.17.0.3:42188-172.17.0.1:4444 tcp"),
        (
            "process_flow",
            {"nthreads": 4, "nexits": 5, "nerrors": 6},
            5,
            "threads: 4 made, 5 ended, 6 not made",
        ),
        (
            "k8s_event",
            {"kind": "K8S_PODS", "action": "K8S_X", "message": '{"a":1}\n'},
            0,
            'K8S_PODS K8S_X {"a":1}␊',
        ),
    ],
)
def test_summaries(kind, row, flags, text):
    assert summarise(record(kind, row, flags)) == text


def test_values_of_any_type_in_a_foreign_table():
    row = {"path": None, "rbytes": "many", "rops": b"\xff", "wbytes": None, "wops": 2.5}
    shown = summarise(record("file_flow", row, "flags"))
    assert " ? read many B" in shown
    assert "wrote ? B in 2.5" in shown


def test_types_that_are_no_flows_keep_their_columns():
    assert summarise(record("lamp", {"lit": 1})) == "lamp opflags=0 lit=1"
