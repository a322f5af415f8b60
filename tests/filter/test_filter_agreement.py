"""Both back ends say the same of random filters over random events of every type and era."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from filter_random import TABLES, expression, trace

from support import run_sql
from tracetui.filter import FilterError, compile_filter, evaluator, parse
from tracetui.trace import Trace


def compare(path: Path, seed: int, expressions: int) -> int:
    """Check filters on all events of a trace; how many pairs were compared."""
    rng = random.Random(seed * 7919)
    pairs = 0
    with Trace.open(path) as opened:
        tables = {name: tuple(table.c.keys()) for name, table in opened.schema.tables.items()}
        records = list(opened.records())
        for _ in range(expressions):
            text = expression(rng)
            try:
                parsed = parse(text, tables=tables)
            except FilterError:
                continue
            condition = compile_filter(parsed, opened.schema)
            found = {event_id for chunk in opened.scan(condition) for event_id in chunk.ids}
            test = evaluator(parsed)
            wrong = [record.id for record in records if test(record) != (record.id in found)]
            assert not wrong, f"seed {seed}: {text!r}\nevents {wrong[:10]}: SQL found {sorted(found)[:20]}"
            assert opened.count(condition) == len(found)
            pairs += len(records)
    return pairs


@pytest.mark.parametrize("seed", range(4))
def test_sql_and_python_agree(tmp_path: Path, seed: int) -> None:
    assert compare(trace(tmp_path / "t.db", seed, 60), seed, 45) > 1_500


@pytest.mark.long
def test_sql_and_python_agree_at_length(tmp_path: Path) -> None:
    pairs = sum(compare(trace(tmp_path / f"{seed}.db", seed, 80), seed, 100) for seed in range(100, 110))
    assert pairs >= 20_000


def test_sql_and_python_agree_in_old_eras(tmp_path: Path) -> None:
    path = trace(tmp_path / "old.db", 50, 60)
    run_sql(
        path,
        "DROP TABLE proc_start",
        "DROP TABLE proc_exit",
        "CREATE TABLE r2 (id INTEGER NOT NULL PRIMARY KEY, fd INTEGER NOT NULL, fname VARCHAR NOT NULL, buffer VARCHAR)",
        "INSERT INTO r2 SELECT id, fd, fname, CASE WHEN id % 3 THEN 'Zürich' || id ELSE 'plain' END FROM read",
        "DROP TABLE read",
        "ALTER TABLE r2 RENAME TO read",
        "UPDATE event SET proc_id = 5000000001 WHERE id % 2",
    )
    compare(path, 50, 60)


def test_the_generator_makes_filters_that_parse() -> None:
    rng = random.Random(1)
    refused = 0
    for _ in range(300):
        try:
            parse(expression(rng), tables=TABLES)
        except FilterError:
            refused += 1
    assert refused < 60
