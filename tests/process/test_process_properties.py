"""What holds for any rows: no cycles, every event counted once, growing and whole traces agree."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from process_helpers import end, start

from support import append, syscall, write_trace
from tracetui.events import Era
from tracetui.process import ForestBuilder, build_forest
from tracetui.trace import Trace

PIDS = st.integers(1, 5)
TIMES = st.integers(0, 4)
REASONS = st.sampled_from(["exit", "exit_group", "signal:SIGSEGV", "signal:SIGKILL"])
EVENT = st.one_of(
    st.tuples(st.just("start"), PIDS, st.integers(0, 5), TIMES),
    st.tuples(st.just("end"), PIDS, REASONS, TIMES),
    st.tuples(st.just("call"), st.integers(0, 5), st.sampled_from([0, -2])),
)


def make(kind, *values):
    if kind == "start":
        pid, ppid, created = values
        return start(pid, ppid, created=created)
    if kind == "end":
        pid, reason, created = values
        return end(pid, 1, reason, created)
    pid, retno = values
    return syscall("x", proc_id=pid, retno=retno, procname=f"/bin/n{pid}")


def facts(forest):
    return {
        identity: (
            p.parent.identity if p.parent else None,
            {child.identity for child in p.children},
            (p.name, p.status, p.events, p.failures, p.first_id, p.last_id, p.placeholder),
        )
        for identity, p in forest.processes.items()
    }


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    with Trace.open(write_trace(tmp_path_factory.mktemp("schema") / "t.db", [start(1)])) as trace:
        return trace.schema


@given(
    flushes=st.lists(st.lists(EVENT, min_size=1, max_size=8), min_size=1, max_size=5),
    era=st.sampled_from([Era.V3B, Era.RECORDED]),
)
@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_any_rows(schema, flushes, era):
    with tempfile.TemporaryDirectory() as folder:
        path = write_trace(Path(folder) / "t.db", [])
        with Trace(path, replace(schema, era=era)) as trace:
            builder = ForestBuilder(trace)
            for flush in flushes:
                append(path, [make(*row) for row in flush])
                forest = builder.update()
            whole = build_forest(trace)
            records = [record for chunk in trace.scan() for record in trace.fetch(chunk.ids)]
    assert facts(forest) == facts(whole)
    check(whole, records)


def check(whole, records):
    lines = whole.flatten()
    assert len(lines) == len(whole.processes) == len({id(line.process) for line in lines})
    with_pid = [record for record in records if record.pid]
    if whole.events_have_pids:
        assert sum(p.events for p in whole.processes.values()) == len(with_pid)
        assert sum(p.failures for p in whole.processes.values()) == sum(bool(r.failed) for r in with_pid)
        assert sum(root.subtree_events for root in whole.roots) == len(with_pid)
        assert whole.unassigned == len(records) - len(with_pid)
    for record in with_pid:
        process = whole.of(record.pid, record.id)
        assert process is not None
        assert process.pid == record.pid
    for pid in range(1, 6):
        lifetimes = list(whole.lifetimes(pid))
        assert [first for _, first, _ in lifetimes[1:]] == [last + 1 for _, _, last in lifetimes[:-1]]
        assert all(last is None or first <= last for _, first, last in lifetimes)
