"""SysFlow files as traces: every value that SysFlow's own reader gives for a sample is in the database."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sysflow_helpers import DATA, content, process, process_event, sysflow_file

from tracetui.cli import main
from tracetui.events.flows import connection, operation_columns
from tracetui.trace import Trace

pytest.importorskip("fastavro")

EXEC = 2

LINKED = """
SELECT s.kind, s.opflags, s.ret, e.type, e.procname, e.proc_id, c.ts, c.end_ts, c.tid, c.host, c.container,
       p.pid, p.create_time, p.state, p.exe, p.args, p.uid, p.user, p."group", p.tty, p.entry, p.cwd, p.env,
       pp.pid AS ppid, pp.exe AS pexe, pp.create_time AS pborn, k.uid AS kid, k.name AS kname, k.image,
       k.type AS ktype, k.privileged, o.uid AS podid, o.name AS podname, o.host_ip, o.services,
       f.path, f.type AS ftype, f.state AS fstate, n.path AS newpath,
       ff.fd, ff.openflags, ff.path AS ffpath, coalesce(ff.rbytes, nf.rbytes) AS rbytes, coalesce(ff.wops, nf.wops) AS wops,
       nf.sip, nf.sport, nf.dip, nf.dport, nf.proto, nf.fd AS nfd, h.version, h.filename, h.ip, k8.message, k8.kind AS k8kind
FROM event e JOIN sysflow s USING (id) JOIN context c USING (id)
LEFT JOIN sysflow_process p ON p.source = s.source AND p.number = s.process
LEFT JOIN sysflow_process pp ON pp.source = s.source AND pp.number = s.parent
LEFT JOIN sysflow_container k ON k.source = s.source AND k.number = s.container
LEFT JOIN sysflow_pod o ON o.source = s.source AND o.number = s.pod
LEFT JOIN sysflow_file f ON f.source = s.source AND f.number = s.file
LEFT JOIN sysflow_file n ON n.source = s.source AND n.number = s.newfile
LEFT JOIN sysflow_header h ON h.source = s.source AND h.number = s.header
LEFT JOIN file_flow ff USING (id) LEFT JOIN network_flow nf USING (id) LEFT JOIN k8s_event k8 USING (id)
ORDER BY s.record
"""
EMPTY = (
    "CREATE TEMP TABLE {} (id, fd, openflags, path, rbytes, wops, sip, sport, dip, dport, proto, message, kind, source, "
    "number, uid, name, image, type, privileged, host_ip, services)"
)


def imported(tmp_path: Path, *names: str) -> Path:
    trace = tmp_path / "t.db"
    assert main(["import", *(str(DATA / name) for name in names), "-o", str(trace)]) == 0
    return trace


def linked(trace: Path) -> list[sqlite3.Row]:
    """One row an event, with all it refers to, in the order of the file."""
    with closing(sqlite3.connect(trace)) as db:
        there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        for table in {
            "network_flow",
            "k8s_event",
            "sysflow_pod",
            "sysflow_container",
            "sysflow_file",
        } - there:
            db.execute(EMPTY.format(table))
        db.row_factory = sqlite3.Row
        return db.execute(LINKED).fetchall()


def flattened(row: sqlite3.Row) -> dict[str, Any]:
    """A row under the names of SysFlow's flat JSON, as far as they are compared."""
    flow = row["kind"] in ("FF", "NF")
    path = row["path"] or ""
    return {
        "type": row["kind"],
        "opflags": "" if row["opflags"] is None else operation_columns(row["opflags"]),
        "ret": row["ret"],
        "ts_uts": row["ts"],
        "endts_uts": row["end_ts"],
        "state": row["state"] or "",
        "proc.pid": row["pid"],
        "proc.tid": row["tid"],
        "proc.createts": row["create_time"],
        "proc.exe": row["exe"] or "",
        "proc.args": row["args"] or "",
        "proc.uid": row["uid"],
        "proc.cwd": row["cwd"] or "",
        "proc.env": ";".join(json.loads(row["env"] or "[]")),
        "pproc.pid": row["ppid"],
        "pproc.exe": row["pexe"] or "",
        "file.path": path,
        "file.newpath": row["newpath"] or "",
        "file.type": row["ftype"] or "",
        "file.openflags": "" if row["openflags"] is None else row["openflags"],
        "net.sip": row["sip"] or "",
        "net.dport": row["dport"],
        "flow.rbytes": row["rbytes"] if flow else None,
        "flow.wops": row["wops"] if flow else None,
        "res": connection(row["sip"], row["sport"], row["dip"], row["dport"])
        if row["sip"]
        else ", ".join(filter(None, (path, row["newpath"]))),
        "container.id": row["kid"] or "",
        "container.name": row["kname"] or "",
        "pod.id": row["podid"] or "",
        "node.id": row["host"] or "",
        "schema": row["version"],
        "filename": row["filename"] or "",
    }


SAMPLES = ["alpine", "files", "rename2at", "setuid", "shellshock", "tcp", "tcp_v1", "oss", "k8s_small"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_record_is_linked_as_by_sysflow(tmp_path, name):
    expected = [json.loads(line) for line in content(f"{name}.flat.json.gz").splitlines()]
    rows = linked(imported(tmp_path, f"{name}.sf.gz" if name == "oss" else f"{name}.sf"))
    assert len(rows) == (5_247 if name == "k8s_small" else len(expected))
    for index, flat in enumerate(expected):
        ours = flattened(rows[flat.get("idx", index)])
        assert ours == {field: flat[field] for field in ours}


def test_kubernetes_pods_and_events(tmp_path):
    rows = linked(imported(tmp_path, "k8s_small.sf"))
    redis = next(row for row in rows if row["podname"] == "redis-0")
    assert json.loads(redis["host_ip"]) == ["192.168.59.100"]
    (service,) = json.loads(redis["services"])
    assert service["clusterIP"] == ["10.111.214.104"]
    assert service["portList"] == [{"port": 6379, "targetPort": 6379, "nodePort": 0, "proto": "TCP"}]
    events = [row for row in rows if row["kind"] == "KE"]
    assert {(row["type"], row["procname"], row["proc_id"]) for row in events} == {("k8s_event", "[k8s]", 0)}
    assert {row["k8kind"] for row in events} == {"K8S_PODS"}
    assert all(json.loads(row["message"])["kind"] == "Pod" for row in events)
    assert not any(row["message"].endswith(("\n", "\0")) for row in events)


def test_ids_follow_time_and_times_stay_exact(tmp_path):
    trace = imported(tmp_path, "k8s_small.sf")
    with closing(sqlite3.connect(trace)) as db:
        times = [ts for (ts,) in db.execute("SELECT ts FROM context ORDER BY id")]
        positions = [record for (record,) in db.execute("SELECT record FROM sysflow ORDER BY id")]
        tied = db.execute("SELECT ts FROM context GROUP BY ts HAVING count(*) > 1").fetchone()
    assert times == sorted(times)
    assert positions != sorted(positions), "the sample is out of order"
    assert tied is not None, "the sample has records of the same time"
    assert sorted(zip(times, positions, strict=True)) == list(zip(times, positions, strict=True))


def test_a_file_of_several_traces_is_one_timeline_and_each_keeps_its_entities(tmp_path):
    trace = imported(tmp_path, "oss.sf.gz")
    with closing(sqlite3.connect(trace)) as db:
        assert db.execute("SELECT count(DISTINCT header) FROM sysflow").fetchone() == (4,)
        times = [ts for (ts,) in db.execute("SELECT ts FROM context ORDER BY id")]
        crossing = db.execute(
            "SELECT count(*) FROM sysflow s JOIN sysflow_header h ON h.number = s.header "
            "WHERE s.process < s.header OR s.file < s.header"
        ).fetchone()
    assert times == sorted(times)
    assert crossing == (0,), "nothing refers to what came before its header"


def test_the_prototype_of_2018(tmp_path):
    trace = imported(tmp_path, "objectstore_play_mon")
    with closing(sqlite3.connect(trace)) as db:
        types = dict(db.execute("SELECT type, count(*) FROM event GROUP BY 1"))
        flags = dict(db.execute("SELECT opflags, count(*) FROM sysflow GROUP BY 1"))
    assert sum(types.values()) == 143
    assert set(types) <= {"exec", "proc_start", "proc_exit", "syscall"}
    assert set(flags) <= {1, 2, 4}


def test_the_reader_meets_flows_as_types_with_columns(tmp_path):
    with Trace.open(imported(tmp_path, "k8s_small.sf")) as trace:
        assert {"file_flow", "network_flow", "k8s_event", "sysflow"} <= set(trace.schema.reflected)
        assert not {"sysflow_process", "sysflow_file"} & set(trace.schema.reflected)
        records = list(trace.records())
    assert Counter(record.type for record in records)["network_flow"] == 1511
    flow = next(record for record in records if record.extras.get("network_flow", {}).get("dport") == 8080)
    assert flow.type == "network_flow"
    assert flow.extras["sysflow"]["kind"] == "NF"
    assert flow.ts is not None
    assert flow.host == "minikube"


def test_importing_twice_keeps_both_apart(tmp_path):
    trace = imported(tmp_path, "tcp.sf", "tcp.sf")
    assert main(["import", str(DATA / "alpine.sf"), "-o", str(trace), "--append"]) == 0
    with closing(sqlite3.connect(trace)) as db:
        counts = [n for (n,) in db.execute("SELECT count(*) FROM sysflow GROUP BY source ORDER BY source")]
        names = db.execute("SELECT count(DISTINCT source) FROM sysflow_process").fetchone()
    assert counts == [10, 10, 24]
    assert names == (3,)


def test_a_cut_file_is_imported_as_far_as_it_goes(tmp_path, capsys):
    whole = content("k8s_small.sf")
    cut, trace = tmp_path / "cut.sf", tmp_path / "t.db"
    cut.write_bytes(whole[: len(whole) * 4 // 5])
    assert main(["import", str(cut), "-o", str(trace)]) == 0
    said = capsys.readouterr().err
    assert "the file is damaged or cut off after record" in said
    with closing(sqlite3.connect(trace)) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() > (1_000,)


def test_what_cannot_be_read_is_explained(tmp_path, capsys):
    bad, trace = tmp_path / "bad.sf", tmp_path / "t.db"
    bad.write_bytes(b"Obj\x01 SFHeader and no more")
    assert main(["import", str(bad), "-o", str(trace)]) == 3
    assert "not a readable Avro file" in capsys.readouterr().err
    assert not trace.exists()


def test_recognising_a_file_imports_little(tmp_path):
    """Neither the formats that it is not in, nor what only reading needs."""
    code = (
        "import sys; from tracetui.sources import detect_format; "
        "assert detect_format(open(sys.argv[1], 'rb').read(65_536)).name == 'sysflow'; print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, str(DATA / "tcp.sf")]
    loaded = set(
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    )
    assert "tracetui.sources.sysflow.container" in loaded
    assert not loaded & {"tracetui.sources.strace", "tracetui.sources.fibratus", "sqlalchemy", "fastavro"}


def test_importing_needs_no_models(tmp_path):
    """They would take three times as long as all the rest of a small import."""
    code = "import sys; from tracetui.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    command = [sys.executable, "-c", code, "import", str(DATA / "k8s_small.sf"), "-o", str(tmp_path / "t.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "tracetui.logger.db" in loaded
    assert not loaded & {"sqlalchemy", "fastavro", "numpy"}


def test_several_files_are_merged_by_time_and_each_keeps_its_entities(tmp_path):
    """Rotated files of two nodes, the later one named first; the same pid means a process in each."""
    files = {
        "b.sf": sysflow_file(
            process(7, "/bin/late"), process_event(7, 20, EXEC), process_event(7, 50, EXEC), exporter="b"
        ),
        "a.sf": sysflow_file(
            process(7, "/bin/early"), process_event(7, 40, EXEC), process_event(7, 20, EXEC), exporter="a"
        ),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    trace = tmp_path / "t.db"
    assert main(["import", *(str(tmp_path / name) for name in files), "-o", str(trace)]) == 0
    with closing(sqlite3.connect(trace)) as db:
        rows = db.execute(
            "SELECT c.ts, e.procname, c.host, p.exe FROM event e JOIN context c USING (id) JOIN sysflow s USING (id) "
            "JOIN sysflow_process p ON p.source = s.source AND p.number = s.process ORDER BY id"
        ).fetchall()
    assert rows == [
        (20, "late", "b", "/bin/late"),
        (20, "early", "a", "/bin/early"),
        (40, "early", "a", "/bin/early"),
        (50, "late", "b", "/bin/late"),
    ]


def test_processes_that_several_files_name_are_counted_once(tmp_path, capsys):
    part = sysflow_file(process(7, "/bin/sh"), process_event(7, 20, EXEC))
    for name in ("1", "2"):
        (tmp_path / name).write_bytes(part)
    assert main(["import", str(tmp_path / "1"), str(tmp_path / "2"), "-o", str(tmp_path / "t.db")]) == 0
    assert "2 events of 1 process from 6 records" in capsys.readouterr().err
