"""Counts by group are those of the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from filter_helpers import tables_of
from filter_random import ERAS, trace

from support import boot, run_sql, write_trace
from tracetui.analysis.index import GROUPED, ColumnIndex, plan
from tracetui.filter import Surroundings, evaluator, parse
from tracetui.output import select
from tracetui.trace import Trace


def built(opened: Trace) -> ColumnIndex:
    index = ColumnIndex()
    index.wants_paths = True
    for _ in index.steps(opened):
        pass
    return index


def expected(
    opened: Trace, fields: tuple[str, ...], text: str | None = None
) -> dict[object, tuple[int, int]]:
    surroundings = Surroundings(tables=tables_of(opened))
    test = evaluator(parse(text, surroundings), surroundings) if text else lambda record: True
    getters = [select(field, opened.schema, stored_first=False).value for field in fields]
    counts: Counter[object] = Counter()
    failures: Counter[object] = Counter()
    for record in opened.records():
        if test(record):
            key = tuple(get(record) for get in getters)
            counts[key] += 1
            failures[key] += bool(record.failed)
    return {key: (count, failures[key]) for key, count in counts.items()}


NO_FLOWS = ("DROP TABLE file_flow", "DROP TABLE network_flow", "DROP TABLE sysflow")

PAIRS = (("procname", "name"), ("type", "name", "errno"), ("pid", "fd"), ("procname", "pid", "fd", "name"))


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Trace, ColumnIndex]]:
    """A trace of random events, and what an index knows of it."""
    path = trace(tmp_path_factory.mktemp("counts") / "t.db", 2, 150)
    run_sql(path, *NO_FLOWS)
    with Trace.open(path) as opened:
        yield opened, built(opened)


@pytest.mark.parametrize("fields", [*((field,) for field in GROUPED), *PAIRS], ids="-".join)
@pytest.mark.parametrize(
    "text", [None, "type = syscall", "failed or procname exists", "path exists and fd exists"]
)
def test_groups_are_those_of_the_records(
    indexed: tuple[Trace, ColumnIndex], fields: tuple[str, ...], text: str | None
) -> None:
    opened, index = indexed
    groups = plan(parse(text) if text else None, index, opened.schema).group_count(opened, fields)
    assert groups is not None
    assert {group.values: (group.count, group.failures) for group in groups} == expected(opened, fields, text)
    assert [group.count for group in groups] == sorted((group.count for group in groups), reverse=True)


@pytest.mark.parametrize("era", ERAS)
def test_groups_of_old_eras(tmp_path: Path, era: str) -> None:
    path = trace(tmp_path / "t.db", 4, 80)
    run_sql(path, *NO_FLOWS, *ERAS[era])
    with Trace.open(path) as opened:
        index = built(opened)
        for field in GROUPED:
            found = index.group_count(field)
            assert found is not None
            assert {(value,): counts for value, *counts in found} == {
                key: list(counts) for key, counts in expected(opened, (field,)).items()
            }


def test_what_the_index_does_not_know_is_not_counted(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(3))
    run_sql(path, "UPDATE event SET procname = x'00ff' WHERE id = 5")
    with Trace.open(path) as opened:
        index = built(opened)
        assert index.group_count("procname") is None
        assert index.group_count("name") is not None


def test_values_in_other_tables_are_not_counted(tmp_path: Path) -> None:
    with Trace.open(trace(tmp_path / "t.db", 2, 150)) as opened:
        index = built(opened)
        assert index.group_count("fd") is None, "flows have descriptors too"
        assert index.group_count("procname") is not None


def test_an_unknown_field_is_an_error(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(1))) as opened, pytest.raises(KeyError):
        built(opened).group_count("buffer")
