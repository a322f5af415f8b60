"""Jumps: events alike, lines, and back through where one was."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored, scanned

from support import boot, write_trace
from tracetui.tui.trail import Trail


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(40))


async def test_the_next_event_alike(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for following, former, field in (
            ("right_curly_bracket", "left_curly_bracket", "name = openat"),
            ("greater_than_sign", "less_than_sign", "path = /dev/nvram"),
            ("right_parenthesis", "left_parenthesis", "fd = 4"),
        ):
            first, second, third = scanned(trace, field)[:3]
            await driven.go_to(first)
            for key, event_id in ((following, second), (following, third), (former, second)):
                await driven.press(key)
                await driven.until(lambda: driven.list.current_id == event_id)  # noqa: B023
                await driven.until(lambda: driven.selected_record_id == event_id)  # noqa: B023


async def test_the_same_process_is_its_name_where_there_is_no_pid(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        ids = scanned(trace, "procname = /sbin/init")
        await driven.go_to(ids[0])
        await driven.press("right_square_bracket")
        await driven.until(lambda: driven.list.current_id == ids[1])


async def test_back_and_forward_through_jumps(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        first = driven.list.current_id
        await driven.press("end")
        last = driven.list.current_id
        await driven.press("colon")
        await driven.until(lambda: driven.app.screen.query("#answer"))
        await driven.press("number_sign", "1", "0", "0", "enter")
        await driven.until(lambda: driven.list.cursor == 99)
        hundredth = driven.list.current_id
        await driven.press("ctrl+o")
        await driven.until(lambda: driven.list.current_id == last)
        await driven.press("ctrl+o")
        await driven.until(lambda: driven.list.current_id == first)
        await driven.press("alt+right", "alt+right")
        await driven.until(lambda: driven.list.current_id == hundredth)


def test_a_trail_forgets_what_was_ahead_of_a_new_jump() -> None:
    trail = Trail()
    trail.left(1)
    trail.left(5)
    assert trail.back(9) == 5
    assert trail.back(5) == 1
    assert trail.back(1) is None
    assert trail.forward(1) == 5
    trail.left(5)
    assert trail.forward(7) is None
    assert trail.back(7) == 5
