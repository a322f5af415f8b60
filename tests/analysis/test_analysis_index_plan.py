"""With the index, a filter finds exactly what a scan finds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filter_helpers import tables_of
from filter_random import ERAS, Family, Filters, Notes, trace

from support import append, boot, openat, run_sql, write_trace
from tracetui.analysis.index import ColumnIndex, Plan, plan
from tracetui.analysis.index.decisions import looked_up
from tracetui.filter import FilterError, Surroundings, compile_filter, parse
from tracetui.trace import Chunk, Condition, Trace


def built(opened: Trace, *, paths: bool = False) -> ColumnIndex:
    index = ColumnIndex()
    index.wants_paths = paths
    for _ in index.steps(opened):
        pass
    return index


def planned(opened: Trace, index: ColumnIndex, text: str) -> Plan:
    surroundings = Surroundings(tables=tables_of(opened))
    return plan(parse(text, surroundings), index, opened.schema, surroundings)


def found(made: Plan, opened: Trace, **wanted: int | bool) -> list[int]:
    return [event_id for chunk in made.chunks(opened, **wanted) for event_id in chunk.ids]  # type: ignore[arg-type]


def delete(path: Path, which: str) -> None:
    """Delete events with all their rows."""
    with Trace.open(path) as opened:
        tables = list(opened.schema.tables)
    run_sql(path, *(f"DELETE FROM {table} WHERE {which}" for table in tables))


def check(path: Path, seed: int, expressions: int) -> tuple[int, int]:
    """Compare random filters; how many were asked, and how many of them the index decided."""
    rng = random.Random(seed)
    asked = decided = 0
    with Trace.open(path) as opened:
        index = built(opened, paths=True)
        records = list(opened.records())
        filters = Filters(rng, records)
        for _ in range(expressions):
            surroundings = Surroundings(
                tables=tables_of(opened),
                selected=rng.choice(records),
                genealogy=rng.choice((None, Family())),
                annotations=rng.choice((None, Notes())),
            )
            text = filters.expression()
            try:
                expression = parse(text, surroundings)
            except FilterError:
                continue
            condition = compile_filter(expression, opened.schema, surroundings)
            # A scan finds an event twice where it has rows of two kinds.
            wanted = sorted({event_id for chunk in opened.scan(condition) for event_id in chunk.ids})
            made = plan(expression, index, opened.schema, surroundings)
            assert found(made, opened) == wanted, text
            assert made.count(opened) == len(wanted), text
            candidates = made.candidates()
            assert set(candidates.sure.tolist()) <= set(wanted), text
            assert set(wanted) <= {*candidates.sure.tolist(), *candidates.open.tolist()}, text
            assert not (made.is_decided and len(candidates.open)), text
            low, high = sorted(rng.sample(range(-2, len(records) + 5), 2))
            expected = [event_id for event_id in wanted if low <= event_id <= high]
            assert found(made, opened, start=low, stop=high) == expected, text
            assert found(made, opened, start=low, stop=high, descending=True) == expected[::-1], text
            matches = index.matches(expression, surroundings, low, high)
            assert matches is None or matches.tolist() == expected, text
            asked += 1
            decided += made.is_decided
    return asked, decided


@pytest.mark.parametrize("seed", range(3))
def test_random_filters_find_what_a_scan_finds(tmp_path: Path, seed: int) -> None:
    asked, decided = check(trace(tmp_path / "t.db", seed, 60), seed, 14)
    assert asked > 3
    assert decided > 0


def test_random_filters_find_it_in_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.contents.SIZE", 7)
    path = trace(tmp_path / "t.db", 11, 60)
    delete(path, "id % 5 = 0 OR id BETWEEN 20 AND 40")
    with Trace.open(path) as opened:
        blocks = built(opened).contents.blocks
        assert len(blocks) > 4
        assert max(block.count for block in blocks) == 7
    check(path, 11, 6)


def test_random_filters_find_it_event_by_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.planning.FEW", 0)
    monkeypatch.setattr("tracetui.analysis.index.planning.BATCH", 9)
    check(trace(tmp_path / "t.db", 12, 40), 12, 6)


def test_random_filters_find_it_among_many_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.leaves._MANY_SPANS", 0)
    path = trace(tmp_path / "t.db", 13, 60)
    with Trace.open(path) as opened:
        index = built(opened)
        surroundings = Surroundings(tables=tables_of(opened), genealogy=Family())
        for text in ("proc.apid = 2", "not proc.aname = httpd", "uid = 1000 or tree = 3"):
            made = plan(parse(text, surroundings), index, opened.schema, surroundings)
            wanted = [event_id for chunk in opened.scan(made.condition) for event_id in chunk.ids]
            assert found(made, opened) == wanted
            assert not made.is_decided


@pytest.mark.parametrize("era", ERAS)
def test_random_filters_find_it_in_old_eras(tmp_path: Path, era: str) -> None:
    path = trace(tmp_path / "t.db", 7, 60)
    run_sql(path, *ERAS[era])
    check(path, 7, 4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 104))
def test_random_filters_find_it_at_length(tmp_path: Path, seed: int) -> None:
    path = trace(tmp_path / "t.db", seed, 300)
    delete(path, "id % 7 = 0")
    run_sql(path, "UPDATE event SET type = 'read' WHERE id % 50 = 3")
    check(path, seed, 200)


DECIDED = (
    "type = syscall",
    "procname endswith httpd",
    "name = stat",
    "name in (openat, ioctl) and errno = ENOENT",
    "failed",
    "not failed",
    "ret < 0",
    "ret >= 0",
    "fd = 4",
    "pid = 12",
    "pid exists",
    "errno exists or type = exec",
    "name != openat",
    "name ?!= openat",
    "id in 5..9",
    "evt.type = ioctl",
    "argv exists and type = read",
    "buffer contains root and type = syscall",
    "type = nothing and path contains etc",
    "name = openat or path = /etc/passwd or type exists",
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    with Trace.open(write_trace(tmp_path_factory.mktemp("plan") / "t.db", boot(20))) as trace:
        yield trace


@pytest.fixture(scope="module")
def index(opened: Trace) -> ColumnIndex:
    return built(opened)


@pytest.fixture(scope="module")
def index_of_paths(opened: Trace) -> ColumnIndex:
    return built(opened, paths=True)


def decides(made: Plan, opened: Trace) -> None:
    """The index knows all of the answer, and it is that of a scan."""
    assert made.is_decided
    expected = list(opened.scan(made.condition))
    assert found(made, opened) == [event_id for chunk in expected for event_id in chunk.ids]


@pytest.mark.parametrize("text", DECIDED)
def test_the_index_decides(opened: Trace, index: ColumnIndex, text: str) -> None:
    decides(planned(opened, index, text), opened)


PATHS = (
    "path = /etc/passwd",
    "path endswith passwd or path exists",
    "path in (/etc/passwd, /dev/null)",
    "path pmatch (/etc, /dev)",
    "path glob '/e*d'",
    "path regex 'p.ss'",
    "not path exists",
    "fd.name exists",
    "fd.directory = /etc",
    "fd.filename = passwd",
    "type = exec and path startswith /",
    "name = openat and path icontains PASS and errno = ENOENT",
)


@pytest.mark.parametrize("text", PATHS)
def test_the_index_decides_what_events_name(opened: Trace, index_of_paths: ColumnIndex, text: str) -> None:
    decides(planned(opened, index_of_paths, text), opened)


def test_names_of_files_are_read_once_they_are_asked_for(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(20))
    with Trace.open(path) as opened:
        index = built(opened)
        assert not planned(opened, index, "path = /etc/passwd").is_decided
        assert index.wants_paths
        for _ in index.steps(opened):
            pass
        before = planned(opened, index, "path = /etc/passwd")
        assert before.is_decided
        append(path, boot(7))
        for _ in index.steps(opened):
            pass
        after = planned(opened, index, "path = /etc/passwd")
        assert after.is_decided
        assert after.count(opened) > after.count(opened, stop=before.ready_to)
        assert found(after, opened) == [i for chunk in opened.scan(after.condition) for i in chunk.ids]


def test_reading_names_of_files_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.contents.SIZE", 20)
    with Trace.open(write_trace(tmp_path / "t.db", boot(20))) as opened:
        index = built(opened)
        index.wants_paths = True
        shares = list(index.steps(opened))
    assert shares == sorted(set(shares))
    assert len(shares) > 3
    assert shares[0] < 0.5 < shares[-1] == 1


def test_reading_names_of_files_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.contents.SIZE", 16)
    with Trace.open(write_trace(tmp_path / "t.db", boot(20))) as opened:
        index = built(opened)
        index.wants_paths = True
        left = iter([False] * 3)
        for _ in index.steps(opened, lambda: next(left, True)):
            pass
        assert index.contents.paths_to is not None
        made = planned(opened, index, "path = /etc/passwd")
        assert not made.is_decided
        assert found(made, opened) == [i for chunk in opened.scan(made.condition) for i in chunk.ids]
        for _ in index.steps(opened):
            pass
        assert planned(opened, index, "path = /etc/passwd").is_decided


def test_many_names_leave_the_rest_to_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.analysis.index.facets.MAX_VALUES", 12)
    with Trace.open(write_trace(tmp_path / "t.db", [openat(f"/tmp/{n}") for n in range(40)])) as opened:
        made = planned(opened, built(opened, paths=True), "path in (/tmp/3, /tmp/33)")
        assert not made.is_decided
        assert found(made, opened) == [i for chunk in opened.scan(made.condition) for i in chunk.ids]


def test_only_events_in_question_are_scanned(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(50))) as opened:
        made = planned(opened, built(opened), "name = openat and arg contains passwd")
        candidates = made.candidates()
        assert not made.is_decided
        assert len(candidates.sure) == 0
        assert len(candidates.open) == 100, "two of six events in a round"
        assert len(found(made, opened)) == 50


def test_a_scan_is_not_asked_what_the_index_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Condition] = []
    scan = Trace.scan

    def spy(self: Trace, condition: Condition | None, **options: Any) -> Iterator[Chunk]:
        assert condition is not None
        asked.append(condition)
        return scan(self, condition, **options)

    monkeypatch.setattr(Trace, "scan", spy)
    with Trace.open(write_trace(tmp_path / "t.db", boot(50))) as opened:
        index = built(opened)
        made = planned(opened, index, "type = syscall and passwd")
        asked.clear()
        assert len(found(made, opened)) == 50
    assert asked
    for condition in asked:
        (part,) = condition.parts
        assert (part.source, part.tables) == ("syscall", frozenset()), "no other kind, no name of a process"


def test_events_after_the_index_are_scanned(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    with Trace.open(path) as opened:
        index = built(opened)
        made = planned(opened, index, "name = openat")
        before = found(made, opened)
        append(path, (openat("/etc/new") for _ in range(10)))
        assert len(found(made, opened)) == len(before) + 10
        assert made.count(opened) == len(before) + 10
        assert index.matches(parse("name = openat"), stop=opened.bounds()[1]) is None  # type: ignore[index]
        for _ in index.steps(opened):
            pass
        assert len(index.matches(parse("name = openat"), stop=opened.bounds()[1])) == len(before) + 10  # type: ignore[index,arg-type]


def test_without_an_index_everything_is_scanned(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(5))) as opened:
        made = planned(opened, ColumnIndex(), "failed")
        assert made.ready_to is None
        assert len(found(made, opened)) == made.count(opened) == 10


def test_a_plan_can_be_given_up(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(5))) as opened:
        made = planned(opened, built(opened), "failed")
        assert list(made.chunks(opened, cancelled=lambda: True)) == []


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("chosen", [(), (3,), (0, 299), range(100), range(5, 300), range(300)])
def test_codes_are_looked_up(kind: type[np.unsignedinteger], chosen: Sequence[int]) -> None:
    table = np.zeros(300, np.bool_)
    table[list(chosen)] = True
    codes = np.arange(0, 256 if kind is np.uint8 else 300, dtype=kind)
    assert looked_up(table, codes).tolist() == table[codes].tolist()
