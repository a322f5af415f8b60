"""A census counts what going through all records counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from filter.filter_random import trace as random_trace

from support import boot, write_trace
from tracetui.analysis import Census
from tracetui.events import Record
from tracetui.filter import compile_filter, evaluator, parse
from tracetui.filter.lookup import BY_NAME
from tracetui.trace import Trace


def run(census: Census) -> Census:
    for _ in census.steps():
        pass
    return census


OWN = {
    "type": lambda record: [record.type] if record.type else [],
    "ret": lambda record: [] if record.retno is None else [record.retno],
}
"""Values without those that SysFlow tells again."""


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trace]:
    with Trace.open(random_trace(tmp_path_factory.mktemp("census") / "t.db", 7, 150)) as trace:
        yield trace


@pytest.fixture(scope="module")
def records(trace: Trace) -> list[Record]:
    return list(trace.records())


@pytest.mark.parametrize("field", ["procname", "type", "pid", "ret", "failed", "fd", "code", "reason", "uid"])
@pytest.mark.parametrize("text", ["", "failed", "procname contains httpd or type = read", "not failed"])
def test_counts_are_those_of_the_records(
    trace: Trace, records: Sequence[Record], field: str, text: str
) -> None:
    condition = compile_filter(parse(text), trace.schema) if text else None
    matches = evaluator(parse(text)) if text else lambda record: True
    expected: Counter[object] = Counter()
    failures: Counter[object] = Counter()
    for record in records:
        if matches(record):
            for value in OWN.get(field, BY_NAME[field].values)(record):
                expected[value] += 1
                failures[value] += bool(record.failed)
    census = run(Census(trace, field, condition))
    assert census.counts == expected
    assert +census.failures == +failures


def test_paths_and_names_of_calls(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(10))) as trace:
        assert dict(run(Census(trace, "name")).top(9)) == {"openat": 20, "ioctl": 10, "newfstatat": 10}
        paths = dict(run(Census(trace, "path")).top(9))
        assert paths["/dev/nvram"] == 10
        assert paths["/etc/passwd"] == 20
        assert dict(run(Census(trace, "errno")).top(9)) == {"ENOENT": 10, "ENOTTY": 10}


def test_it_can_be_given_up(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot(10))) as trace:
        census = Census(trace, "procname")
        assert list(census.steps(lambda: True)) == []
        assert not census.counts


def test_an_unknown_field_is_named(tmp_path: Path) -> None:
    with Trace.open(write_trace(tmp_path / "t.db", boot())) as trace, pytest.raises(ValueError, match="nmae"):
        Census(trace, "nmae")
