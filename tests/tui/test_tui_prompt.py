"""Questions that one line of text answers: where they stand, how they end, what is painted for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.geometry import Region
from textual.widgets import Input

from support import boot, write_trace
from tracetui.tui.screens.frequency import FrequencyScreen
from tracetui.tui.widgets.prompt import LinePrompt, Prompt

WATCH = "Watch for ›"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(40))


async def ask_where_to_go(driven: Driven) -> Prompt:
    await driven.press("colon")
    await driven.until(lambda: isinstance(driven.app.focused, Input))
    return driven.explorer.query_one(Prompt)


async def test_a_prompt_lies_over_the_last_lines_and_moves_nothing(trace: Path) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        before = driven.list.region
        await ask_where_to_go(driven)
        await driven.until_shown("Go to event ›", "id, 50%, +100, -100")
        assert driven.lines[22].startswith("Go to event ›")
        assert driven.list.region == before
        await driven.press("escape")
        await driven.until(lambda: driven.lines[22].startswith("filter ›"))
        assert driven.list.region == before


async def test_an_answer_is_painted_at_once_with_its_effect(trace: Path) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        await ask_where_to_go(driven)
        await driven.type("200")
        painted: list[set[Region]] = []
        compositor = driven.explorer._compositor
        update = compositor.render_update

        def note(*given: object, **named: object) -> object:
            painted.append(set(compositor._dirty_regions))
            return update(*given, **named)  # type: ignore[arg-type]

        compositor.render_update = note  # type: ignore[method-assign, assignment]
        await driven.press("enter")
        await driven.until(lambda: driven.list.has_focus and driven.list.current_id == 200)
        first = next(regions for regions in painted if regions)
        assert driven.list.region in first
        assert Region(0, 22, 80, 2) in first
        assert compositor.size.region not in set().union(*painted)


async def test_a_prompt_ends_when_another_pane_is_given_the_keys(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await ask_where_to_go(driven)
        driven.list.focus()
        await driven.until(lambda: not driven.explorer.query(LinePrompt))
        assert driven.list.has_focus


async def test_a_prompt_stays_while_the_terminal_is_left(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        prompt = await ask_where_to_go(driven)
        driven.app.app_focus = False
        await driven.until(lambda: driven.app.focused is None)
        driven.app.app_focus = True
        await driven.until(lambda: prompt.line.has_focus)
        assert driven.explorer.query(LinePrompt)


async def test_a_second_prompt_takes_the_place_of_the_first(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await ask_where_to_go(driven)
        await driven.explorer.action_watch()
        await driven.until(lambda: len(driven.explorer.query(LinePrompt)) == 1)
        await driven.until_shown(WATCH)
        await driven.press("escape")
        await driven.until(lambda: driven.list.has_focus and not driven.explorer.query(LinePrompt))


async def test_enter_without_an_answer_ends_a_prompt_that_needs_one(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await ask_where_to_go(driven)
        await driven.press("enter")
        await driven.until(lambda: driven.list.has_focus)
        assert driven.list.current_id == 1


async def test_a_watch_that_is_no_filter_is_explained_and_stays_in_the_line(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("w")
        await driven.until_shown(WATCH)
        await driven.type("errno ~ (")
        await driven.press("enter")
        await driven.until(lambda: driven.explorer.query(".hint.-wrong"))
        assert driven.explorer.query_one(Prompt).line.has_focus
        assert driven.explorer._filters.watched == ""


async def test_a_dialog_asks_over_its_own_last_lines(trace: Path) -> None:
    async with explored(trace, (80, 24), follow=False) as driven:
        await driven.press("c")
        await driven.until(lambda: isinstance(driven.app.screen, FrequencyScreen))
        await driven.press("f")
        await driven.until(lambda: driven.lines[22].startswith("Count the values of ›"))
        await driven.press("escape")
        await driven.until(lambda: not driven.shows("Count the values of"))
        assert isinstance(driven.app.screen, FrequencyScreen)


async def test_a_prompt_leaves_a_tiny_screen_to_the_list(trace: Path) -> None:
    async with explored(trace, (20, 5), follow=False) as driven:
        await ask_where_to_go(driven)
        await driven.until(lambda: driven.lines[3].startswith("Go to event"))
        assert driven.lines[4].endswith("…")
