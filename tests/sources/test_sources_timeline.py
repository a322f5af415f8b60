"""Sorting by time in bounded memory."""

from __future__ import annotations

import random

import pytest

from tracetui.sources.timeline import Timeline


# A run is a file, and a thousand files at once are more than many systems allow.
@pytest.mark.parametrize(("run", "count"), [(1, 200), (7, 1_400), (1_000, 3_000), (100_000, 3_000)])
def test_any_order_becomes_the_order_of_time(run, count):
    entries = [
        (random.Random(position).randrange(50), position, {"x": position}) for position in range(count)
    ]
    timeline = Timeline(run)
    for entry in entries:
        timeline.add(entry)
    assert list(timeline) == sorted(entries, key=lambda entry: entry[:2])
    timeline.close()


def test_nothing_gives_nothing():
    assert list(Timeline()) == []
