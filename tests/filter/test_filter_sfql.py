"""Expressions of SysFlow's own filter language: the same records match, but for the differences that are told.

Expected are the records that ``sysprint -f`` of sysflow-tools 0.6.1 finds, by their position in the file.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui.cli import main
from tracetui.events.sysflow import ProcessFlow, SysflowRecord
from tracetui.filter import FilterError, Surroundings, compile_filter, parse
from tracetui.logger import DB
from tracetui.process import build_forest
from tracetui.trace import Trace

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"
GOLDEN: list[dict[str, Any]] = json.loads(gzip.decompress((SAMPLES / "sfql.json.gz").read_bytes()))
TRACES = {"tcp_v5": "tcp.sf", "shellshock_v5": "shellshock.sf", "files_v5": "files.sf"}

DIFFERENT = {
    # Defects there.
    "type = PE and ret <= 73",
    "type in (FF,NF) and flow.rbytes <= 100",
    "net.sip = 127.0.0.1",
    "net.sip = 16777343",
    "proc.tty = true",
    "file.is_open_write = true",
    "file.openflags in (WRONLY,RDWR)",
    "file.path = '/etc/passwd'",
    "type == FF",
    "type in ([FF, NF])",
    "type =",
    "bogus.attr = 3",
    "bogus = bogus",
    "5 = 5",
    "proc.aname = /bin/bash",
    "proc.aname contains bash",
    "proc.apid = 35957",
    # Another meaning here.
    "opflags != OPEN",
    "proc.args exists",
    "file.path exists",
    "not file.path exists",
    "file.path pmatch (passwd, shadow)",
    "file.name = passwd",
    "filename contains tcp",
}
"""Each is told in tracetui/sources/sysflow/README.md."""


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    pytest.importorskip("fastavro")
    folder = tmp_path_factory.mktemp("sfql")
    opened: dict[str, Any] = {}
    for name, sample in TRACES.items():
        path = folder / f"{name}.db"
        assert main(["import", str(SAMPLES / sample), "-o", str(path)]) == 0
        with closing(sqlite3.connect(path)) as db:
            by_record = [event_id for (event_id,) in db.execute("SELECT id FROM sysflow ORDER BY record")]
        trace = Trace.open(path)
        opened[name] = trace, {event_id: index for index, event_id in enumerate(by_record)}
    yield opened
    for trace, _ in opened.values():
        trace.close()


def found(trace: Trace, positions: dict[int, int], text: str) -> list[int] | None:
    """Positions of the records that match; ``None`` for what is no filter here."""
    tables = {name: trace.schema.columns(name) for name in trace.schema.tables}
    try:
        expression = parse(text, tables=tables)
    except FilterError:
        return None
    genealogy = build_forest(trace) if expression.needs_processes else None
    condition = compile_filter(expression, trace.schema, Surroundings(genealogy=genealogy))
    return sorted(positions[event_id] for chunk in trace.scan(condition) for event_id in chunk.ids)


ASKED = sorted({entry["expr"] for entry in GOLDEN if entry["trace"] in TRACES and "idx" in entry})


@pytest.mark.parametrize("text", ASKED)
def test_the_same_records_match(traces: dict[str, Any], text: str) -> None:
    asked = [e for e in GOLDEN if e["expr"] == text and e["trace"] in TRACES and "idx" in e]
    same = [found(*traces[entry["trace"]], text) == entry["idx"] for entry in asked]
    assert all(same) is (text.strip() not in DIFFERENT)


@pytest.mark.parametrize("text", sorted({e["expr"] for e in GOLDEN if "Error" in str(e.get("error", ""))}))
def test_what_fails_there_has_an_answer_here(traces: dict[str, Any], text: str) -> None:
    for entry in GOLDEN:
        if entry["expr"] == text and entry["trace"] in TRACES and "Error" in str(entry.get("error", "")):
            assert found(*traces[entry["trace"]], text) is not None


ATTRIBUTES = (
    *("type", "opflags", "ret", "ts", "endts", "schema", "filename", "node.id", "node.ip"),
    *(
        f"proc.{name}"
        for name in "pid tid uid user gid group apid aname cwd exe args name cmdline tty env entry createts".split()
    ),
    *(
        f"pproc.{name}"
        for name in "pid uid user gid group cwd exe args name cmdline tty env entry createts".split()
    ),
    *(
        f"file.{name}"
        for name in "fd path newpath name directory type is_open_write is_open_read openflags".split()
    ),
    *(f"net.{name}" for name in "proto sport dport port sip dip ip".split()),
    *(f"flow.{name}" for name in "rbytes rops wbytes wops".split()),
    *(f"container.{name}" for name in "id name imageid image type privileged".split()),
    *(f"pf.{name}" for name in "nthreads nexits nerrors".split()),
    *(f"pod.{name}" for name in "id name nname hostip internalip ns rstrtcnt".split()),
)
"""All that sfql knows."""


@pytest.mark.parametrize("name", [*ATTRIBUTES, "ts_uts", "endts_uts", "opflags_bitmap"])
def test_every_attribute_is_a_field(name: str) -> None:
    parse(f"{name} exists")
    if name in ATTRIBUTES:
        parse(f"sf.{name} exists")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pf.nthreads > 1", ["2 threads"]),
        ("sf.pf.nexits > pf.nthreads", ["1 thread"]),
        ("pf.nerrors = 0 and type = PF", ["1 thread"]),
        ("opflags_bitmap = 5", ["1 thread", "2 threads"]),
        ("endts_uts > 300 and ts_uts <= 100", ["1 thread"]),
    ],
)
def test_process_flows(tmp_path: Path, text: str, expected: list[str]) -> None:
    rows = [
        ("1 thread", {"nthreads": 1, "nexits": 2, "nerrors": 0}, 100),
        ("2 threads", {"nthreads": 2, "nexits": 2, "nerrors": 3}, 200),
    ]
    with DB(tmp_path, order="arrival") as db:
        for procname, flow, ts in rows:
            beside = {SysflowRecord: {"source": 1, "record": ts, "kind": "PF", "opflags": 5}}
            db.add_event(ProcessFlow, {"procname": procname, **flow}, {"ts": ts, "end_ts": ts + 250}, beside)
    with Trace.open(tmp_path / "plugins.db") as trace:
        condition = compile_filter(parse(text), trace.schema)
        assert [record.procname for record in trace.records(condition)] == expected
