"""Both back ends say the same of random filters over random events of every type and era."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filter_helpers import tables_of
from filter_random import ERAS, MADE, OTHER_TYPES, TABLES, Family, Filters, Notes, trace

from support import run_sql
from tracetui.filter import FIELDS, FilterError, Surroundings, compile_filter, evaluator, parse
from tracetui.filter.operators import EXISTS, OPERATORS
from tracetui.trace import Trace

SAMPLES = ((1, True, 14), (2, True, 14), (3, False, 24), (4, False, 24))
"""Seeds, whether Fibratus has written too, and how many filters are tried: its many tables make one large."""


@dataclass
class Compared:
    """What a comparison was about."""

    pairs: int = 0
    """Filters times events."""
    filters: int = 0
    refused: int = 0
    telling: int = 0
    """Filters that match some events and not all."""


def compare(path: Path, seed: int, expressions: int) -> Compared:
    """Check filters on all events of a trace."""
    rng = random.Random(seed * 7919)
    compared = Compared()
    with Trace.open(path) as opened:
        records = list(opened.records())
        for text, surroundings in questions(rng, opened, expressions):
            try:
                parsed = parse(text, surroundings)
            except FilterError:
                compared.refused += 1
                continue
            condition = compile_filter(parsed, opened.schema, surroundings)
            found = {event_id for chunk in opened.scan(condition) for event_id in chunk.ids}
            test = evaluator(parsed, surroundings)
            wrong = [record.id for record in records if test(record) != (record.id in found)]
            assert not wrong, f"seed {seed}: {text!r}\nevents {wrong[:10]}: SQL found {sorted(found)[:20]}"
            assert opened.count(condition) == len(found)
            compared.filters += 1
            compared.pairs += len(records)
            compared.telling += 0 < len(found) < len(records)
    return compared


def questions(rng: random.Random, opened: Trace, count: int) -> Iterator[tuple[str, Surroundings]]:
    """Filters, each with what it may refer to."""
    records = list(opened.records())
    saved = {f"saved{n}": Filters(rng, records).expression(1) for n in range(5)}
    saved["more"] = "@saved1 or not @saved2"
    filters = Filters(rng, records, saved)
    for _ in range(count):
        yield (
            filters.expression(),
            Surroundings(
                tables=tables_of(opened),
                selected=rng.choice(records),
                saved=saved,
                genealogy=rng.choice((None, Family())),
                annotations=rng.choice((None, Notes())),
            ),
        )


@pytest.mark.parametrize(("seed", "fibratus", "expressions"), SAMPLES)
def test_sql_and_python_agree(tmp_path: Path, seed: int, fibratus: bool, expressions: int) -> None:
    compared = compare(trace(tmp_path / "t.db", seed, 60, fibratus=fibratus), seed, expressions)
    assert compared.pairs >= 600
    assert compared.telling > 2, "filters that tell events apart"


@pytest.mark.parametrize("era", ERAS)
def test_sql_and_python_agree_in_old_eras(tmp_path: Path, era: str) -> None:
    path = trace(tmp_path / "old.db", 50, 60)
    run_sql(path, *ERAS[era])
    with Trace.open(path) as opened:
        assert opened.era.value == era
    assert compare(path, 50, 14).telling > 1


@pytest.mark.parametrize("seed", [61, 62])
def test_sql_and_python_agree_on_values_of_other_types(tmp_path: Path, seed: int) -> None:
    path = trace(tmp_path / "t.db", seed, 60)
    run_sql(path, *(statement for statement in OTHER_TYPES if seed % 2 or "context" not in statement))
    assert compare(path, seed, 20).telling > 1


@pytest.mark.long
def test_sql_and_python_agree_at_length(tmp_path: Path) -> None:
    pairs = 0
    statements = [(), (), *ERAS.values()]
    for seed in range(100, 118):
        path = trace(tmp_path / f"{seed}.db", seed, 80, fibratus=True)
        run_sql(path, *statements[seed % len(statements)])
        pairs += compare(path, seed, 150).pairs
    assert pairs >= 20_000


def test_the_generator_makes_filters_that_parse(tmp_path: Path) -> None:
    refused = 0
    with Trace.open(trace(tmp_path / "t.db", 8, 10, fibratus=True)) as opened:
        for text, surroundings in questions(random.Random(8), opened, 200):
            try:
                parse(text, surroundings)
            except FilterError:
                refused += 1
    assert refused < 50


def test_the_generator_covers_every_name_and_operator() -> None:
    filters = Filters(random.Random(1))
    for _ in range(6_000):
        filters.expression()
    assert set(filters.names) == {name for field in FIELDS for name in (field.name, *field.aliases)} | set(
        MADE
    )
    assert set(filters.operators) == {EXISTS, *(spelling for op in OPERATORS for spelling in op.spellings)}


def test_the_tables_of_the_generator_are_there(tmp_path: Path) -> None:
    with Trace.open(trace(tmp_path / "t.db", 1, 60)) as opened:
        found = tables_of(opened)
    assert all(set(columns) <= set(found[table]) for table, columns in TABLES.items())
