"""The readers: every event with what it refers to, in traces of any origin."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support import boot, openat, write_trace
from tracetui.cli import main
from tracetui.filter import FilterError
from tracetui.reader import EventReader, FlattenedReader, condition
from tracetui.trace import Trace, TraceError

SAMPLES = Path(__file__).parents[1] / "sources" / "data" / "sysflow"


@pytest.fixture
def firmware(tmp_path):
    events = [*boot(), openat("/late", procname="/usr/sbin/httpd", proc_id=12)]
    return write_trace(tmp_path / "plugins.db", events)


@pytest.fixture
def sysflow(tmp_path):
    pytest.importorskip("fastavro")

    def imported(name: str) -> Path:
        trace = tmp_path / "t.db"
        assert main(["import", str(SAMPLES / name), "-o", str(trace)]) == 0
        return trace

    return imported


@pytest.mark.parametrize(
    "expression",
    ["tree = 1", "uid = 0", "proc.aname = init", "tag = odd", "event.proc_id = 12", "not failed", "", None],
)
def test_a_condition_finds_what_query_finds(firmware, expression, capsys):
    assert main(["annotate", str(firmware), "id = 4", "--tag", "odd"]) == 0
    assert main(["query", str(firmware), *([expression] if expression else []), "--count"]) == 0
    with Trace.open(firmware) as trace:
        found = trace.count(condition(trace, expression))
    assert found == int(capsys.readouterr().out) > 0


def test_a_condition_may_be_wrong(firmware):
    with Trace.open(firmware) as trace, pytest.raises(FilterError, match="did you mean fd.name"):
        condition(trace, "fd.nmae = 3")


def test_events_with_their_types(firmware):
    with EventReader(firmware) as reader:
        pairs = list(reader)
        assert list(map(str, pairs)) == list(map(str, reader)), "a second time"
    assert [kind for kind, _ in pairs][:4] == ["exec", "proc_start", "proc_start", "syscall"]
    assert [record.id for _, record in pairs] == list(range(1, len(pairs) + 1))


def test_penguins_events_with_process_parent_and_files(firmware):
    with FlattenedReader(firmware) as reader:
        last = list(reader)[-1]
        init = reader.getProcess(1)
        assert reader.getProcess(12, 5_000).parent_pid == 1
        assert reader.getProcess(12, 5_001) is None
        assert reader.getProcess(99) is None
    assert last.objtype == "syscall"
    assert last.evt.paths == ("/late",)
    assert last.flow is None
    assert (last.proc.pid, last.proc.create_time, last.proc.exe) == (12, 5_000, "httpd")
    assert (last.pproc.pid, init.exe, init.args) == (1, "/sbin/init", "-s")
    assert last.files[0].path == "/late"
    assert last.files[1] is None
    assert (last.header, last.pod, last.cont) == (None, None, None)


@pytest.mark.parametrize("name", ["shellshock", "files", "setuid", "oss"])
def test_sysflows_events_as_its_own_reader_links_them(sysflow, name):
    expected = [
        json.loads(line)
        for line in gzip.decompress((SAMPLES / f"{name}.flat.json.gz").read_bytes()).splitlines()
    ]
    with FlattenedReader(sysflow(f"{name}.sf.gz" if name == "oss" else f"{name}.sf")) as reader:
        found = list(reader)
    assert len(found) == len(expected)
    found.sort(key=lambda item: (item.evt or item.flow).extras["sysflow"]["record"])
    for item, flat in zip(found, expected, strict=True):
        assert item.objtype == flat["type"]
        assert (item.proc.pid, item.proc.exe) == (flat["proc.pid"], flat["proc.exe"])
        assert (item.pproc.exe if item.pproc else "") == flat["pproc.exe"]
        assert (item.cont.uid if item.cont else "") == flat["container.id"]
        assert item.header.version == flat["schema"]
        first, second = item.files or (None, None)
        assert (first.path if first else "") == flat["file.path"]
        assert (second.path if second else "") == flat["file.newpath"]
        assert (item.flow is None) == (flat["type"] in ("PE", "FE"))
        assert (item.evt is None) == (item.flow is not None)


def test_pods_and_kubernetes_events(sysflow):
    with FlattenedReader(sysflow("k8s_small.sf")) as reader:
        found = list(reader)
    assert "redis-0" in {item.pod.name for item in found if item.pod}
    event = next(item for item in found if item.objtype == "KE")
    assert event.evt.extras["k8s_event"]["kind"] == "K8S_PODS"
    assert event.proc is None
    assert event.files is None


def test_a_process_is_found_by_its_identity(sysflow):
    with FlattenedReader(sysflow("shellshock.sf")) as reader:
        shell = reader.getProcess(35957, 1683705588015265771)
        assert (shell.exe, shell.args) == ("/bin/bash", "-i"), "as it was last"
        assert reader.getProcess(35957).create_time == shell.create_time
        assert reader.getProcess(35957, 1) is None


def test_the_next_event(firmware):
    with EventReader(firmware) as events, FlattenedReader(firmware) as flattened:
        assert [next(events)[1].id, next(events)[1].id] == [1, 2]
        assert next(flattened).evt.id == 1
        assert [record.id for _, record in events][:2] == [1, 2], "a loop begins anew"
        assert next(events)[1].id == 3
        assert len([next(flattened) for _ in range(10)]) == 10
        with pytest.raises(StopIteration):
            next(flattened)


def test_files_that_the_recording_does_not_describe(sysflow):
    trace = sysflow("rename2at.sf")
    with closing(sqlite3.connect(trace)) as connection, connection:
        connection.execute("UPDATE sysflow SET file = NULL")
    with FlattenedReader(trace) as reader:
        found = {item.objtype: item.files for item in reader if item.objtype != "FE"}
        renamed = [item.files for item in reader if item.objtype == "FE" and item.evt.name == "sys_rename"]
    assert found == {"PE": None, "FF": (None, None)}
    assert {(first, second is None) for first, second in renamed} == {(None, False)}


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(TraceError):
        EventReader(tmp_path / "missing.db")
    (tmp_path / "text").write_text("no database")
    with pytest.raises(TraceError):
        FlattenedReader(tmp_path / "text")
