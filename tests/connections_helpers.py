"""Shared by the tests of connections: traces with network flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracetui.events.sysflow import NetworkFlow, SysflowRecord
from tracetui.logger import DB

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND


def flow(start: float, end: float | None = None, **other: Any) -> dict[str, Any]:
    """A flow of ``curl`` (pid 7, descriptor 3), from and to seconds after :data:`BEGIN`."""
    usual = {"pid": 7, "procname": "curl", "fd": 3, "flags": 0, "sport": 4000, "rbytes": 0, "wbytes": 0}
    return {**usual, "ts": start, "end": end, "dip": "10.0.0.2", "dport": 80, "host": "node", **other}


def flows_trace(folder: Path, *flows: dict[str, Any]) -> Path:
    """A trace with these flows."""
    with DB(folder, order="arrival") as db:
        for number, given in enumerate(flows):
            row = {
                "procname": given["procname"],
                "proc_id": given["pid"],
                "fd": given["fd"],
                "proto": 6,
                "sip": "10.0.0.1",
                "sport": given["sport"],
                "dip": given["dip"],
                "dport": given["dport"],
                "rbytes": given["rbytes"],
                "rops": 1,
                "wbytes": given["wbytes"],
                "wops": 2,
            }
            links = dict.fromkeys(column.name for column in SysflowRecord.__table__.c)
            links |= {"source": 1, "record": number, "kind": "NF", "opflags": given["flags"]}
            db.add_event(NetworkFlow, row, _context(given), {SysflowRecord: links})
    return folder / "plugins.db"


def _context(given: dict[str, Any]) -> dict[str, Any]:
    def moment(seconds: float | None) -> int | None:
        return None if seconds is None else BEGIN + int(seconds * SECOND)

    return {"ts": moment(given["ts"]), "end_ts": moment(given["end"]), "host": given["host"]}
