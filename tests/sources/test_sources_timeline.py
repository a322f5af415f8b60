"""Sorting by time in bounded memory."""

from __future__ import annotations

import random

import pytest

from tracetui.sources.timeline import Timeline


@pytest.mark.parametrize("run", [1, 7, 1_000, 100_000])
def test_any_order_becomes_the_order_of_time(run):
    entries = [
        (random.Random(position).randrange(50), position, {"x": position}) for position in range(3_000)
    ]
    timeline = Timeline(run)
    for entry in entries:
        timeline.add(entry)
    assert list(timeline) == sorted(entries, key=lambda entry: entry[:2])
    timeline.close()


def test_nothing_gives_nothing():
    assert list(Timeline()) == []
