"""The dialog over the filter stack at the keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Label
from tui_helpers import Host, press, screen_lines, settle, type_text, wait_for

from tracetui.tui.filtering import FilterStack, FilterStackScreen, Mode, StackedFilter

HOSTILE = "[red]x[/nope] \x1b]0;t\x07"


@asynccontextmanager
async def running(
    *texts: str, width: int = 80
) -> AsyncIterator[tuple[Host, list[FilterStack | None], Pilot[Any]]]:
    """The dialog over filters of these texts; the list receives its answer."""
    answers: list[FilterStack | None] = []
    app = Host(Label(""))
    async with app.run_test(size=(width, 24)) as pilot:
        stack = FilterStack(tuple(StackedFilter(text) for text in texts))
        app.push_screen(FilterStackScreen(stack), answers.append)
        await wait_for(pilot, lambda: any("Filters" in line for line in screen_lines(app)))
        await settle(pilot)
        yield app, answers, pilot


def last(app: Host) -> FilterStack:
    stack = app.kinds(FilterStackScreen.Changed)[-1].stack
    assert isinstance(stack, FilterStack)
    return stack


async def test_it_shows_state_mode_and_expression() -> None:
    async with running("pid = 1", "fd = 2") as (app, _, _pilot):
        shown = "\n".join(screen_lines(app))
        assert "● hide      pid = 1" in shown
        assert "● hide      fd = 2" in shown
        assert "space On/off" in shown


async def test_space_turns_a_filter_off_and_tells_so_at_once() -> None:
    async with running("pid = 1", "fd = 2") as (app, _, pilot):
        await press(pilot, "down", "space")
        await wait_for(pilot, lambda: app.kinds(FilterStackScreen.Changed))
        assert last(app).hiding == "pid = 1"
        await wait_for(pilot, lambda: "○ hide      fd = 2" in "\n".join(screen_lines(app)))


async def test_m_goes_through_the_modes() -> None:
    async with running("pid = 1") as (app, _, pilot):
        await press(pilot, "m", "m")
        await wait_for(pilot, lambda: len(app.kinds(FilterStackScreen.Changed)) == 2)
        assert last(app).filters[0].mode is Mode.HIGHLIGHT


async def test_filters_are_moved_with_the_cursor_on_them() -> None:
    async with running("pid = 1", "fd = 2", "ret = 3") as (_app, answers, pilot):
        await press(pilot, "J", "J", "d", "escape")
        await wait_for(pilot, lambda: answers)
        assert answers[0] is not None
        assert [one.text for one in answers[0].filters] == ["fd = 2", "ret = 3"]


async def test_z_puts_all_aside_and_brings_them_back() -> None:
    async with running("pid = 1") as (app, _, pilot):
        await press(pilot, "z")
        await wait_for(pilot, lambda: "put aside" in "\n".join(screen_lines(app)))
        assert last(app).suspended
        await press(pilot, "z")
        await wait_for(pilot, lambda: last(app).hiding == "pid = 1")


async def test_a_filter_is_edited_in_place() -> None:
    async with running("pid = 1", "fd = 2") as (app, answers, pilot):
        await press(pilot, "down", "e")
        await type_text(pilot, "2")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: app.kinds(FilterStackScreen.Changed))
        assert last(app).hiding == "pid = 1 and fd = 22"
        await press(pilot, "escape")
        await wait_for(pilot, lambda: answers)
        assert answers[0] is not None
        assert answers[0].text == "fd = 22"


async def test_a_filter_is_added_to_an_empty_stack() -> None:
    async with running() as (app, _, pilot):
        assert "No filters" in "\n".join(screen_lines(app))
        await press(pilot, "a")
        await type_text(pilot, "pid = 4")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: app.kinds(FilterStackScreen.Changed))
        assert last(app).hiding == "pid = 4"


async def test_leaving_the_edit_keeps_the_filter() -> None:
    async with running("pid = 1") as (_app, answers, pilot):
        await press(pilot, "e")
        await type_text(pilot, "7")
        await press(pilot, "escape", "escape")
        await wait_for(pilot, lambda: answers)
        assert answers[0] is not None
        assert answers[0].text == "pid = 1"


@pytest.mark.parametrize("key", ["space", "m", "e", "d", "J", "K", "s", "z"])
async def test_keys_on_an_empty_stack_do_no_harm(key: str) -> None:
    async with running() as (_, answers, pilot):
        await press(pilot, key, "escape")
        await wait_for(pilot, lambda: answers)
        assert answers[0] is not None
        assert answers[0].filters == ()


async def test_hostile_filters_and_narrow_screens() -> None:
    async with running(HOSTILE * 5, width=40) as (app, _, _pilot):
        lines = screen_lines(app)
        assert "[red]x[/nope]" in "\n".join(lines)
        assert not set("\x1b\x07") & set("\n".join(lines))
        assert all(len(line) <= 40 for line in lines)
        assert "esc Close" in "\n".join(lines)
