"""Columns of block characters, and short numbers."""

from __future__ import annotations

import pytest

from tracetui.output import column_chart, short_bytes, short_seconds


def test_the_highest_value_fills_all_lines_and_the_smallest_shows() -> None:
    assert column_chart([0, 1, 8, 16, 0.001], 2) == ["   █ ", " ▁██▁"]


def test_nothing_is_blank() -> None:
    assert column_chart([0, 0], 2) == ["  ", "  "]
    assert column_chart([], 2) == ["", ""]


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_960, "10 kB"), (999_600, "1.0 MB"), (2.5e9, "2.5 GB"), (3e15, "3,000.0 TB")],
)  # fmt: skip
def test_bytes(count: float, text: str) -> None:
    assert short_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 µs"), (0.0000015, "1.5 µs"), (0.028, "28 ms"), (1.23, "1.2 s"), (84, "84 s"), (240, "4.0 min"), (7200, "2.0 h")],
)  # fmt: skip
def test_seconds(seconds: float, text: str) -> None:
    assert short_seconds(seconds) == text
