"""Category and description of events of every source, in filters as in canonical events."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from every_kind import every_kind

from support import openat, syscall, write_trace
from tracetui.canonical import canonical_event
from tracetui.filter import Surroundings, compile_filter, evaluator, parse
from tracetui.trace import Trace


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory):
    with Trace.open(every_kind(tmp_path_factory.mktemp("kinds") / "t.db")) as trace:
        yield trace


def matched(trace: Trace, text: str) -> set[int]:
    """Ids of the events that match; both back ends must say the same."""
    surroundings = Surroundings(
        tables={name: tuple(trace.schema.columns(name)) for name in trace.schema.tables}
    )
    parsed = parse(text, surroundings)
    found = {record.id for record in trace.records(compile_filter(parsed, trace.schema, surroundings))}
    matches = evaluator(parsed, surroundings)
    assert {record.id for record in trace.records() if matches(record)} == found
    return found


def test_categories_are_those_of_canonical_events(opened):
    categories = {record.id: canonical_event(record).category for record in opened.records()}
    assert len(set(categories.values())) > 5
    for category in filter(str.isidentifier, set(categories.values())):
        for name in ("category", "kevt.category", "evt.category"):
            expected = {number for number, known in categories.items() if known == category}
            assert matched(opened, f"{name} = '{category}'") == expected


def test_descriptions_are_those_of_canonical_events(opened):
    said = Counter(canonical_event(record).description for record in opened.records())
    for description, count in said.items():
        if description:
            assert len(matched(opened, f'kevt.desc = "{description}"')) == count
    assert len(matched(opened, "not evt.desc exists")) == said[""]


def test_calls_that_nobody_knows(tmp_path: Path):
    events = [openat("/a"), syscall("no_such_call"), syscall("read")]
    with Trace.open(write_trace(tmp_path / "t.db", events)) as trace:
        assert matched(trace, "category = file") == {1, 3}
        assert matched(trace, "category = other") == {2}
        assert matched(trace, "evt.desc contains 'opens or creates'") == {1}
        assert matched(trace, "not evt.desc exists") == {2}
