"""The live tail as a tool: rate, what was missed, the picture held still, the watch, and all counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored

from support import append, boot, openat, write_trace
from tracetui.events import ProcStart
from tracetui.tui.app import TracetuiApp
from tracetui.tui.follow import SPARK_SECONDS, WINDOW_SECONDS, Follow

ROUNDS = 10
LAST = 3 + 6 * ROUNDS + 1
WIDE = (160, 30)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for each time that the terminal rings."""
    rung: list[str] = []
    monkeypatch.setattr(TracetuiApp, "bell", lambda app: rung.append("bell"))
    return rung


async def watch(driven: Driven, expression: str) -> None:
    await driven.press("w")
    await driven.until(lambda: driven.app.screen.query("#answer"))
    await driven.press("ctrl+u")
    if expression:
        await driven.type(expression)
    await driven.press("enter")


def test_the_rate_is_that_of_the_last_seconds() -> None:
    follow = Follow(following=True)
    follow.arrived(1_000, now=100.0)
    follow.arrived(500, now=102.0)
    assert follow.rate(102.0) == 1_500 / WINDOW_SECONDS
    assert follow.rate(100.5 + WINDOW_SECONDS) == 500 / WINDOW_SECONDS
    assert follow.rate(200.0) == 0
    assert follow.missed == 0


def test_the_sparkline_has_a_bar_for_each_second_with_the_newest_at_the_right() -> None:
    follow = Follow()
    for second, count in enumerate((800, 0, 1, 400)):
        follow.arrived(count, now=100.5 + second)
    assert follow.sparkline(104.0) == " " * (SPARK_SECONDS - 4) + "█ ▁▄"
    assert follow.sparkline(100.0 + 2 * SPARK_SECONDS) == ""


async def test_following_says_how_many_events_come(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        append(trace, [openat(f"/tmp/{number}") for number in range(50)])
        await driven.until(lambda: "█ 10/s" in driven.title)


async def test_paused_counts_what_came_and_what_of_it_matches(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await driven.filter("failed")
        await driven.press("up")
        append(trace, [openat(f"/tmp/{number}", -2 if number % 5 == 0 else 3) for number in range(1_000)])
        await driven.until(lambda: "‖ PAUSED +1,000 new (200 match)" in driven.title)
        append(trace, [openat("/tmp/last", -2)])
        await driven.until(lambda: "‖ PAUSED +1,001 new (201 match)" in driven.title)
        await driven.press("F")
        await driven.until(lambda: "● FOLLOW" in driven.title and driven.list.current_id == LAST + 1_001)
        await driven.until_shown("/tmp/last")


async def test_a_frozen_picture_is_still_until_it_is_let_go(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await driven.press("p")
        await driven.until(lambda: "❄ FROZEN" in driven.title)
        before = driven.lines[1:-2]
        append(trace, [openat(f"/tmp/{number}") for number in range(7)])
        await driven.until(lambda: "❄ FROZEN +7 new" in driven.title)
        assert driven.lines[1:-2] == before
        assert f"{LAST} events" in driven.title
        await driven.press("p")
        await driven.until(lambda: "● FOLLOW" in driven.title and driven.list.current_id == LAST + 7)
        assert driven.ids == list(range(1, LAST + 8))


async def test_a_watch_rings_and_marks_when_new_events_match(trace: Path, bells: list[str]) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await watch(driven, "path = /dev/nvram")
        append(trace, [openat("/etc/passwd")])
        await driven.until(lambda: driven.list.current_id == LAST + 1)
        assert bells == []
        append(trace, [openat("/dev/nvram"), openat("/etc/passwd"), openat("/dev/nvram")])
        await driven.until_shown("2 new events match the watch")
        assert bells == ["bell"]
        highlighted = driven.list.highlighted
        assert highlighted is not None
        assert list(highlighted.ids(0, len(highlighted))) == [LAST + 2, LAST + 4]


async def test_a_watch_is_kept_while_the_list_is_frozen_and_ended_by_nothing(
    trace: Path, bells: list[str]
) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await watch(driven, "failed")
        await driven.press("p")
        append(trace, [openat("/x", -2)])
        await driven.until_shown("1 new event matches the watch")
        await watch(driven, "")
        append(trace, [openat("/x", -2)])
        await driven.until(lambda: "+2 new" in driven.title)
        await driven.press("p")
        await driven.until(lambda: driven.list.current_id == LAST + 2)
        assert bells == ["bell"]


async def test_what_is_no_filter_is_not_watched_for(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await watch(driven, "errno = NOTHING")
        await driven.until_shown("no errno is called 'NOTHING'")
        assert driven.app.is_running


async def test_tree_and_counts_grow_with_the_trace(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await driven.until_shown("2 processes")
        start = ProcStart(
            procname="dropbear", proc_id=77, pid=77, ppid=1, create_time=9_000, comm="init",
            uid=0, gid=0, euid=0, egid=0,
        )  # fmt: skip
        append(trace, [start, openat("/x", -2, procname="dropbear", proc_id=77)])
        await driven.until_shown("3 processes", "dropbear 77", f"{LAST + 2} events")


async def test_a_watch_outlasts_a_search(trace: Path) -> None:
    async with explored(trace, size=WIDE) as driven:
        await watch(driven, "failed")
        driven.explorer._filters.end_search(driven.pane)
        assert driven.explorer._filters.watched == "failed"
