"""The index holds what the trace holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from filter_random import ERAS, trace

from support import append, boot, run_sql, write_trace
from tracetui.analysis.index import ColumnIndex
from tracetui.analysis.index.facets import UNKNOWN, Span
from tracetui.events import Record
from tracetui.trace import Trace


def built(opened: Trace) -> ColumnIndex:
    index = ColumnIndex()
    for _ in index.steps(opened):
        pass
    return index


def told(index: ColumnIndex) -> dict[int, dict[str, object]]:
    """What the index tells of each event; nothing of a facet that it does not know."""
    events: dict[int, dict[str, object]] = {}
    for block in index.contents.blocks:
        for place, event_id in enumerate(block.ids.tolist()):
            events[event_id] = {}
            for name, codes in block.codes.items():
                events[event_id] |= index.contents.dictionaries[name].entries[codes[place]]
    return events


def expected(record: Record) -> dict[str, object]:
    kind = record.event.__tablename__
    values: dict[str, object] = {
        "table": "" if kind == "event" else kind,
        "event.type": record.type,
        "event.procname": record.procname,
        "=pid": record.pid,
    }
    if kind == "syscall":
        values |= {"syscall.name": record.name, "=errno": record.errno, "=fd": record.fd}
        values["=failed"] = None if record.failed is None else int(record.failed)
    elif kind in ("read", "write"):
        values[f"={kind}.fd"] = record.fd
    return values


def check(path: Path) -> None:
    with Trace.open(path) as opened:
        index = built(opened)
        events = told(index)
        records = list(opened.records())
        assert list(events) == [record.id for record in records]
        for record in records:
            found = events[record.id]
            wanted = expected(record)
            assert {name: found[name] for name in wanted} == wanted, record
            result = found.get("=retno")
            if isinstance(result, Span):
                assert record.retno is not None
                assert result.low <= record.retno <= result.high
            else:
                assert result == record.retno
        assert index.progress == 1
        assert index.ready_to == records[-1].id


@pytest.mark.parametrize("seed", range(3))
def test_it_holds_the_values_of_every_event(tmp_path: Path, seed: int) -> None:
    check(trace(tmp_path / "t.db", seed, 200))


@pytest.mark.parametrize("era", ERAS)
def test_it_holds_the_values_of_old_eras(tmp_path: Path, era: str) -> None:
    path = trace(tmp_path / "t.db", 3, 100)
    run_sql(path, *ERAS[era])
    check(path)


def test_ids_may_have_gaps(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(30))
    run_sql(
        path,
        *(
            f"DELETE FROM {table} WHERE id % 3 = 0 OR id BETWEEN 50 AND 90"
            for table in ("event", "syscall", "read")
        ),
    )
    check(path)


def test_it_grows_with_the_trace(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    with Trace.open(path) as opened:
        index = built(opened)
        before = index.events
        last = append(path, boot(50))
        assert list(index.steps(opened))[-1] == 1
        assert (index.ready_to, index.events) == (last, last)
        assert before < last
        assert not list(index.steps(opened))
        assert told(index) == told(built(opened))


def test_a_pass_that_is_given_up_is_taken_up_later(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(2_000))
    with Trace.open(path) as opened:
        index = ColumnIndex()
        steps = 0
        while index.ready_to is None or index.ready_to < opened.bounds()[1]:  # type: ignore[index]
            left = iter((False, True))
            steps += len(list(index.steps(opened, lambda: next(left))))  # noqa: B023
        assert steps > 2
        assert told(index) == told(built(opened))


def test_rows_in_two_tables_are_left_to_a_scan(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(1))
    run_sql(path, "INSERT INTO write SELECT id, fd, fname, buffer FROM read")
    with Trace.open(path) as opened:
        (block,) = built(opened).contents.blocks
        odd = [record.id for record in opened.records() if record.type == "read"]
    assert odd
    assert block.ids[block.codes["call"] == UNKNOWN].tolist() == odd


def test_it_takes_twelve_bytes_an_event_at_most(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(500))
    for table in ("event", "syscall", "read", "write", "exec", "proc_start", "proc_exit"):
        run_sql(path, f"UPDATE {table} SET id = id * -3", f"UPDATE {table} SET id = -id")
    run_sql(path, "UPDATE event SET proc_id = id, procname = 'p' || id", "UPDATE read SET fd = id")
    with Trace.open(path) as opened:
        index = built(opened)
        assert 0 < index.size <= 12 * index.events


def test_a_trace_without_events_is_not_ready(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", ())) as opened:
        index = built(opened)
        assert (index.ready_to, index.progress, index.events) == (None, 0, 0)


def test_what_cannot_be_read_leaves_everything_to_scans(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(5))) as opened:
        index = built(opened)
        opened.damage.add(3, 4)
        append(tmp_path / "t.db", boot(1))
        assert list(index.steps(opened)) == []
        assert (index.ready_to, index.events, index.progress) == (None, 0, 0)


def test_a_trace_of_another_era_is_read_anew(tmp_path: Path) -> None:
    path = trace(tmp_path / "t.db", 2, 60)
    with Trace.open(path) as opened:
        index = built(opened)
        assert index.knows(opened.schema)
    run_sql(path, *ERAS["v3a"])
    with Trace.open(path) as opened:
        assert not index.knows(opened.schema)
        for _ in index.steps(opened):
            pass
        assert index.knows(opened.schema)
        assert told(index) == told(built(opened))
