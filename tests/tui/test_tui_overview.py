"""The overview strip: where events are shown, fail and match; clicks and drags."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored, scanned

from support import boot, openat, syscall, write_trace
from tracetui.tui import background
from tracetui.tui.widgets.overview import Failures, Overview


def strip(driven: Driven) -> Overview:
    return driven.explorer.query_one(Overview)


def signs(driven: Driven) -> list[str]:
    overview = strip(driven)
    return [overview.render_line(y).text for y in range(overview.size.height)]


def test_failures_between_ids_count_by_the_part_of_a_span() -> None:
    failures = Failures([(1, 10, 5), (11, 20, 0), (21, 30, 10)])
    assert failures.total == 15
    assert failures.between(1, 30) == pytest.approx(15)
    assert failures.between(1, 5) == pytest.approx(2.5)
    assert failures.between(6, 25) == pytest.approx(7.5)
    assert failures.between(31, 99) == 0
    assert Failures().between(1, 5) == 0


async def test_a_click_goes_there_and_a_drag_narrows_the_list(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "plugins.db", boot(100))
    async with explored(trace, follow=False) as driven:
        overview = strip(driven)
        await driven.until(lambda: overview.size.height > 10)
        middle = overview.size.height // 2
        await driven.pilot.click(Overview, offset=(0, middle))
        first, last = overview.ids_of(middle) or (0, 0)
        await driven.until(lambda: first <= (driven.list.current_id or 0) <= last)
        await driven.pilot.mouse_down(Overview, offset=(0, 2))
        await driven.pilot.mouse_up(Overview, offset=(0, 5))
        low, high = (overview.ids_of(2) or (0, 0))[0], (overview.ids_of(5) or (0, 0))[1]
        await driven.until_ids(list(range(low, high + 1)))
        assert driven.bar.text == f"id in {low}..{high}"


async def test_ticks_where_failures_crowd_and_where_a_search_matches(tmp_path: Path) -> None:
    calls = [syscall("getpid", retno=0) for _ in range(900)]
    calls[600:610] = [openat("/dev/nvram", -2) for _ in range(10)]
    trace = write_trace(tmp_path / "plugins.db", calls)
    async with explored(trace, follow=False) as driven:
        height = strip(driven).size.height
        await driven.until(lambda: "╸" in signs(driven))
        ticks = [y for y, sign in enumerate(signs(driven)) if sign == "╸"]
        assert all(abs(y - height * 605 / 900) < 3 for y in ticks)
        await driven.press("slash")
        await driven.type("nvram")
        await driven.press("enter")
        await driven.until(lambda: "●" in signs(driven))
        assert {signs(driven)[y] for y in range(height // 3)} <= {" ", "┃"}


async def test_failures_are_counted_where_they_are_whatever_ids_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "OVERVIEW_STEP", 500)
    calls = [openat("/dev/nvram", -2 if number in range(600, 610) else 3) for number in range(1, 2_001)]
    trace = write_trace(tmp_path / "plugins.db", calls, ["DELETE FROM event WHERE id BETWEEN 300 AND 400"])
    async with explored(trace, follow=False) as driven:
        failures = strip(driven)._failures
        assert failures.total == 10
        assert failures.between(591, 610) == pytest.approx(10)
        assert failures.between(1, 590) == failures.between(611, 2_000) == 0


async def test_the_brightness_follows_the_share_of_shown_events(tmp_path: Path) -> None:
    calls = [*(syscall("getpid") for _ in range(300)), *(openat("/etc/x") for _ in range(300))]
    trace = write_trace(tmp_path / "plugins.db", calls)
    async with explored(trace, follow=False) as driven:
        await driven.filter("name = openat")
        await driven.until_ids(scanned(trace, "name = openat"))
        overview = strip(driven)
        grounds = [next(iter(overview.render_line(y))).style.bgcolor for y in (1, overview.size.height - 2)]  # type: ignore[union-attr]
        assert grounds[0] != grounds[1]
