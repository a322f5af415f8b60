"""The search line at the keyboard."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.pilot import Pilot
from tui_helpers import Host, press, screen_lines, type_text, typing_in, wait_for

from tracetui.tui.filtering import SearchBar, SearchKind


def running(width: int = 80) -> AbstractAsyncContextManager[tuple[Host, SearchBar, Pilot[Any]]]:
    return typing_in(SearchBar(), width)


def wanted(app: Host) -> list[tuple[SearchKind, str]]:
    return [(message.kind, message.text) for message in app.kinds(SearchBar.Wanted)]


async def test_a_text_is_wanted_once_the_keys_rest() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "passwd")
        await wait_for(pilot, lambda: wanted(app) == [(SearchKind.TEXT, "passwd")])


async def test_enter_submits_what_is_wanted_only_once() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "passwd")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: app.kinds(SearchBar.Submitted))
        assert wanted(app) == [(SearchKind.TEXT, "passwd")]


async def test_the_kind_goes_round_and_the_text_is_checked_by_it() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "7f4")
        await press(pilot, "ctrl+t")
        await wait_for(pilot, lambda: (SearchKind.REGEX, "7f4") in wanted(app))
        await press(pilot, "ctrl+t")
        await wait_for(pilot, lambda: "not hex" in screen_lines(app)[0])
        await press(pilot, "enter")
        assert app.kinds(SearchBar.Submitted) == []
        await type_text(pilot, "5")
        await wait_for(pilot, lambda: (SearchKind.HEX, "7f45") in wanted(app))
        assert "not hex" not in screen_lines(app)[0]


async def test_down_and_up_go_from_match_to_match() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "x")
        await press(pilot, "down", "up")
        await wait_for(pilot, lambda: [message.step for message in app.kinds(SearchBar.Moved)] == [1, -1])


async def test_the_place_among_the_matches_is_shown() -> None:
    async with running() as (app, bar, pilot):
        bar.set_place(12, 3_400)
        await wait_for(pilot, lambda: "12 of 3,400" in screen_lines(app)[0])
        bar.set_place(1, 3_400, wrapped=True)
        await wait_for(pilot, lambda: "wrapped · 1 of 3,400" in screen_lines(app)[0])
        bar.set_place(None, 7, counting=True)
        await wait_for(pilot, lambda: "7… found" in screen_lines(app)[0])
        bar.set_place(None, 0)
        await wait_for(pilot, lambda: "nothing found" in screen_lines(app)[0])
        bar.set_place(None, 0, counting=True)
        await wait_for(pilot, lambda: "searching" in screen_lines(app)[0])


async def test_escape_ends_the_search() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "x")
        await press(pilot, "escape")
        await wait_for(pilot, lambda: app.kinds(SearchBar.Cancelled))


async def test_a_new_search_starts_empty_and_of_the_kind_of_the_last() -> None:
    async with running() as (_, bar, pilot):
        await type_text(pilot, "x")
        await press(pilot, "ctrl+t")
        bar.start()
        assert (bar.text, bar.kind) == ("", SearchKind.REGEX)


async def test_a_narrow_screen_keeps_text_and_place() -> None:
    async with running(width=40) as (app, bar, pilot):
        await type_text(pilot, "passwd")
        await wait_for(pilot, lambda: app.kinds(SearchBar.Wanted))
        bar.set_place(12, 340)
        await wait_for(pilot, lambda: "12 of 340" in screen_lines(app)[0])
        assert "passwd" in screen_lines(app)[0]


async def test_what_is_wrong_stays_said_while_places_are_told() -> None:
    async with running() as (app, bar, pilot):
        await pilot.press("ctrl+t")
        await type_text(pilot, "(unclosed")
        await wait_for(pilot, lambda: "not a regular expression" in screen_lines(app)[0])
        bar.set_place(None, 0)
        await pilot.pause()
        assert "not a regular expression" in screen_lines(app)[0]
        await pilot.press("ctrl+u")
        await wait_for(pilot, lambda: "not a regular" not in screen_lines(app)[0])
