"""The event list of the whole explorer: opening, moving, failures, going somewhere, copying."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.events import MouseScrollDown

from support import boot, openat, run_sql, write_trace
from tracetui.tui.widgets.prompt import Prompt

ROUNDS = 30
LAST = 3 + 6 * ROUNDS + 1


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


def row(driven: Driven, event_id: int) -> str:
    """The line of the screen that shows an event, without the overview strip."""
    width = driven.list.size.width
    found = [line[:width].rstrip() for line in driven.lines if f" {event_id} " in line[:10]]
    assert len(found) == 1, driven.lines
    return found[0]


async def test_the_first_events_are_shown_with_their_count_and_writer(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.title.strip().startswith("plugins.db Penguin v3")
        assert f" {LAST} events" in driven.title
        assert driven.lines[1].split() == ["id", "type", "process", "event", "result"]
        assert 'openat("/dev/nvram", O_RDONLY)' in row(driven, 4)
        assert row(driven, 4).endswith("ENOENT")
        assert driven.ids == list(range(1, LAST + 1))
        assert (driven.list.cursor, driven.list.current_id) == (0, 1)
        assert driven.list.has_focus


async def test_failures_are_marked_by_a_sign_and_not_by_colour_alone(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert [" ✗ " in row(driven, event_id)[:4] for event_id in range(4, 10)] == [
            True,
            False,
            True,
            False,
            False,
            False,
        ]
        await driven.press("end")
        await driven.until_shown("killed by SIGSEGV")
        assert "✗" in row(driven, LAST)[:4]


async def test_keys_move_the_cursor(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for keys, event_id in (
            ("j", 2),
            ("down down k", 3),
            ("home up", 1),
            ("end", LAST),
            ("down", LAST),
            ("g", 1),
            ("G", LAST),
            ("pageup pagedown", LAST),
            ("home pagedown pageup", 1),
        ):
            await driven.press(*keys.split())
            assert (driven.list.current_id, driven.list.selected_id) == (event_id, event_id), keys
            await driven.until_shown(f" {event_id} ")


async def test_a_page_is_as_long_as_what_is_seen(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        height = driven.list.page_height
        await driven.press("pagedown")
        assert driven.list.cursor == height
        assert (driven.list.top, driven.list.cursor - driven.list.top) == (height, 0)
        await driven.press("ctrl+d")
        assert driven.list.cursor == height + height // 2


async def test_the_wheel_keeps_the_cursor_in_view(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.pilot._post_mouse_events([MouseScrollDown], "#events", button=0)
        assert driven.list.top == 3
        assert driven.list.current_id == 4


async def test_a_click_selects_and_a_double_click_opens_the_details(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.pilot.click("#events", offset=(10, 6))
        assert driven.list.current_id == 7
        await driven.pilot.click("#events", offset=(10, 6), times=2)
        await driven.until(lambda: driven.explorer.query("#detail") and driven.detail.display)
        await driven.until(lambda: driven.detail.record is not None and driven.detail.record.id == 7)


async def test_e_goes_through_the_failures_and_round_the_ends(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        met = []
        for key in ("e", "e", "e", "E", "E", "E"):
            before = driven.list.current_id
            await driven.press(key)
            await driven.until(lambda: driven.list.current_id != before and driven.settled)  # noqa: B023
            met.append(driven.list.current_id)
        assert met == [4, 6, 10, 6, 4, LAST]


async def test_colon_goes_to_an_id_a_percentage_or_a_step(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for answer, event_id in (
            ("150", 150),
            ("99999", LAST),
            ("50%", 92),
            ("100%", LAST),
            ("20", 20),
            ("+10", 30),
            ("-7", 23),
            ("-500", 1),
        ):
            await driven.press("colon")
            await driven.until_shown("Go to event")
            await driven.type(answer)
            await driven.press("enter")
            await driven.until(lambda: driven.list.has_focus)
            assert driven.list.current_id == event_id, answer


async def test_a_target_that_is_none_is_explained_and_not_taken(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("colon", "x")
        await driven.until_shown("an id (12345), a percentage (50%)")
        await driven.press("enter")
        assert driven.explorer.query(Prompt)
        await driven.press("escape")
        await driven.until(lambda: driven.list.has_focus and not driven.explorer.query(Prompt))
        assert driven.list.current_id == 1


async def test_ids_with_gaps_are_neither_invented_nor_lost(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "gaps.db", boot(20))
    run_sql(trace, "DELETE FROM event WHERE id BETWEEN 20 AND 80", "DELETE FROM event WHERE id % 7 = 0")
    rest = [event_id for event_id in range(1, 125) if not 20 <= event_id <= 80 and event_id % 7]
    async with explored(trace, follow=False) as driven:
        assert driven.ids == rest
        driven.list.select_id(50, by_user=True)
        assert driven.list.current_id == 81
        await driven.press("end")
        await driven.until_shown(" 124 ")


async def test_goto_opens_there(trace: Path) -> None:
    async with explored(trace, follow=False, goto=100) as driven:
        assert driven.list.current_id == 100
        assert "newfstatat" not in row(driven, 100)


async def test_y_copies_the_line_and_shift_y_all_columns_as_json(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(4)
        await driven.press("y")
        assert driven.app.clipboard == '4 (/sbin/init) openat("/dev/nvram", O_RDONLY) = ENOENT'
        await driven.until_shown("Copied 1 event")
        await driven.press("Y")
        copied = json.loads(driven.app.clipboard)
        assert (copied["id"], copied["name"], copied["retno"]) == (4, "sys_openat", -2)


async def test_ids_of_a_million_fit_their_column(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "late.db", boot(), first_id=4_999_990)
    async with explored(trace, follow=False) as driven:
        assert "4999993 call" in driven.text
        assert driven.lines[1].index("id") == 2 + len("4999999") - 2


async def test_times_are_shown_where_the_trace_has_them_and_the_screen_is_wide(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "timed.db", [openat("/etc/hosts")])
    async with explored(trace, size=(140, 20), follow=False) as driven:
        assert "time" not in driven.lines[1]
    run_sql(
        trace,
        "CREATE TABLE context (id INTEGER PRIMARY KEY, ts BIGINT, end_ts BIGINT, tid INTEGER, cpu INTEGER, "
        "host VARCHAR, container VARCHAR)",
        "INSERT INTO context (id, ts) VALUES (1, 1700000000123456789)",
    )
    async with explored(trace, size=(140, 20), follow=False) as driven:
        assert "time" in driven.lines[1]
        assert ":20.123456 call" in driven.text
    async with explored(trace, size=(80, 20), follow=False) as driven:
        assert "time" not in driven.lines[1]


async def test_rows_that_come_late_replace_placeholders_whatever_was_painted_meanwhile(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        rows = driven.list._rows
        assert rows is not None
        kept = {event_id: rows.get(event_id) for event_id in driven.ids}
        rows.put(kept, [])
        driven.list.refresh()
        await driven.until(lambda: "…" in driven.lines[2])
        driven.explorer.refresh(layout=True)
        await driven.pilot.pause()
        rows.put(kept, [row for row in kept.values() if row is not None])
        driven.list.rows_ready()
        await driven.until(lambda: "…" not in driven.lines[2])
