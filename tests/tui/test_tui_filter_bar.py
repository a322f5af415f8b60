"""The filter line at the keyboard: typing, errors, completion, history, Esc, narrow screens."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.pilot import Pilot
from tui_helpers import Host, press, screen_lines, settle, type_text, typing_in, wait_for

from tracetui.tui.filtering import FilterBar
from tracetui.tui.filtering.choices import Choices
from tracetui.tui.filtering.problem import Problem

HOSTILE = "E[red]x[/nope]\x1b]0;t\x07\n\u202e"


def running(width: int = 80) -> AbstractAsyncContextManager[tuple[Host, FilterBar, Pilot[Any]]]:
    return typing_in(FilterBar(), width)


def applied(app: Host) -> list[tuple[str, bool]]:
    return [(message.text, message.final) for message in app.kinds(FilterBar.Changed)]


async def test_a_valid_filter_is_told_once_the_keys_rest() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "pid = 3")
        await wait_for(pilot, lambda: bar.applied == "pid = 3")
        await wait_for(pilot, lambda: applied(app)[-1:] == [("pid = 3", False)])
        assert app.kinds(FilterBar.Changed)[-1].expression is not None


async def test_enter_tells_at_once_and_only_once() -> None:
    async with running() as (app, _, pilot):
        await type_text(pilot, "pid = 3")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: app.kinds(FilterBar.Submitted))
        assert [text for text, _ in applied(app)].count("pid = 3") == 1
        assert app.kinds(FilterBar.Submitted)[0].text == "pid = 3"


async def test_clearing_tells_that_there_is_no_filter() -> None:
    async with running() as (app, bar, pilot):
        bar.set_text("pid = 3")
        await press(pilot, "ctrl+u", "enter")
        await wait_for(pilot, lambda: app.kinds(FilterBar.Submitted))
        assert applied(app) == [("", True)]
        assert app.kinds(FilterBar.Changed)[0].expression is None


async def test_an_error_is_explained_under_its_place_and_the_last_filter_stays() -> None:
    async with running() as (app, bar, pilot):
        bar.set_text("pid = 3")
        await press(pilot, "ctrl+u")
        await type_text(pilot, "fd.nmae = 3")
        await wait_for(pilot, lambda: "^" in screen_lines(app)[1])
        row, below = screen_lines(app)[:2]
        start = row.index("fd.nmae")
        assert below[start : start + 7] == "^^^^^^^"
        assert "fd.nmae" in below[start + 7 :]
        assert "fd.name" in below[start + 7 :]
        assert bar.has_class("-invalid")
        assert not any(text.startswith("fd.nmae =") for text, _ in applied(app))


async def test_tab_fixes_the_error() -> None:
    async with running() as (_app, bar, pilot):
        await type_text(pilot, "fd.nmae = 3")
        await wait_for(pilot, lambda: bar.query_one(Problem).has_class("-open"))
        await press(pilot, "tab")
        await wait_for(pilot, lambda: bar.applied == "fd.name = 3")
        assert not bar.query_one(Problem).has_class("-open")
        assert not bar.has_class("-invalid")


async def test_enter_on_an_error_submits_nothing() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "pid =")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: bar.query_one(Problem).has_class("-open"))
        assert app.kinds(FilterBar.Submitted) == []


async def test_fields_are_offered_with_their_meaning_and_tab_takes_one() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "err")
        await wait_for(pilot, lambda: "errno" in screen_lines(app)[1])
        await press(pilot, "tab")
        await wait_for(pilot, lambda: bar.text.startswith("errno"))


async def test_enter_leaves_an_offer_alone_that_was_not_entered() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "err")
        await wait_for(pilot, lambda: bar.query_one(Choices).is_open)
        await press(pilot, "enter")
        await wait_for(pilot, lambda: app.kinds(FilterBar.Submitted))
        assert bar.text == "err"


async def test_values_are_asked_for_and_shown_with_counts() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "errno = E")
        await wait_for(pilot, lambda: app.kinds(FilterBar.ValuesWanted))
        wanted = app.kinds(FilterBar.ValuesWanted)[-1]
        bar.offer_values(wanted.field, [("EACCES", 12_345), ("ENOENT", 7)])
        await wait_for(pilot, lambda: any("12,345" in line for line in screen_lines(app)))
        await press(pilot, "down", "down", "enter")
        await wait_for(pilot, lambda: bar.text.strip() == "errno = ENOENT")
        assert app.kinds(FilterBar.Submitted) == []


async def test_a_click_takes_a_choice() -> None:
    async with running() as (_app, bar, pilot):
        await type_text(pilot, "err")
        choices = bar.query_one(Choices)
        await wait_for(pilot, lambda: choices.is_open and choices.region.height)
        await pilot.click(Choices, offset=(2, 0))
        await wait_for(pilot, lambda: bar.text.startswith("errno"))


async def test_hostile_values_are_shown_as_text() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "procname = E")
        await wait_for(pilot, lambda: app.kinds(FilterBar.ValuesWanted))
        wanted = app.kinds(FilterBar.ValuesWanted)[-1]
        bar.offer_values(wanted.field, [(HOSTILE, 1)])
        await wait_for(pilot, lambda: "[red]x[/nope]" in "".join(screen_lines(app)))
        shown = "\n".join(screen_lines(app))
        assert not set("\x1b\x07\u202e") & set(shown)
        await press(pilot, "tab")
        await wait_for(pilot, lambda: not bar.query_one(Choices).is_open)
        assert not set("\x1b\x07\u202e") & set("\n".join(screen_lines(app)))


async def test_hostile_filters_are_shown_as_text() -> None:
    async with running() as (app, bar, pilot):
        bar.set_text(f'path = "{HOSTILE}"')
        bar.set_status(f"1 of 2 {HOSTILE}")
        await settle(pilot)
        shown = "\n".join(screen_lines(app))
        assert shown.count("[red]x[/nope]") == 2
        assert not set("\x1b\x07\u202e") & set(shown)


async def test_escape_restores_the_former_filter() -> None:
    async with running() as (app, bar, pilot):
        bar.set_text("pid = 3")
        await type_text(pilot, " and fd = 4")
        await wait_for(pilot, lambda: bar.applied == "pid = 3 and fd = 4")
        await press(pilot, "escape")
        await wait_for(pilot, lambda: app.kinds(FilterBar.Cancelled))
        assert (bar.text, bar.applied) == ("pid = 3", "pid = 3")
        assert app.kinds(FilterBar.Cancelled)[0].text == "pid = 3"
        assert app.kinds(FilterBar.Cancelled)[0].expression is not None


async def test_escape_leaves_an_entered_offer_first() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "err")
        await wait_for(pilot, lambda: bar.query_one(Choices).is_open)
        await press(pilot, "down", "escape")
        assert not bar.query_one(Choices).is_open
        assert bar.text == "err"
        await press(pilot, "escape")
        await wait_for(pilot, lambda: app.kinds(FilterBar.Cancelled))
        assert bar.text == ""


async def test_up_and_down_walk_through_former_filters() -> None:
    async with running() as (_app, bar, pilot):
        for text in ("pid = 1", "pid = 2"):
            await press(pilot, "ctrl+u")
            await type_text(pilot, text)
            await press(pilot, "enter")
        await press(pilot, "ctrl+u")
        await type_text(pilot, "x")
        await press(pilot, "up")
        assert bar.text == "pid = 2"
        await press(pilot, "up")
        assert bar.text == "pid = 1"
        await wait_for(pilot, lambda: bar.applied == "pid = 1")
        await press(pilot, "down", "down")
        assert bar.text == "x"


async def test_recall_offers_former_filters_that_contain_what_is_typed() -> None:
    async with running() as (_app, bar, pilot):
        for text in ("pid = 1", "fd = 2"):
            await press(pilot, "ctrl+u")
            await type_text(pilot, text)
            await press(pilot, "enter")
        await press(pilot, "ctrl+u")
        await type_text(pilot, "pid")
        await press(pilot, "ctrl+r", "enter")
        await wait_for(pilot, lambda: bar.text == "pid = 1")


async def test_pasted_lines_become_one_printable_line() -> None:
    from textual import events

    async with running() as (app, bar, pilot):
        app.post_message(events.Paste("pid = 3\nor \x1b[31mfd = 4"))
        await wait_for(pilot, lambda: bar.text)
        assert bar.text == "pid = 3 or ␛[31mfd = 4"


@pytest.mark.parametrize("text", ["fd.nmae = 3", "errno = ", "path contains " + "x" * 200])
async def test_nothing_leaves_a_narrow_screen(text: str) -> None:
    async with running(width=40) as (app, bar, pilot):
        bar.set_status("1,234 of 10,000 · 56 hidden: no such field [i includes]")
        await type_text(pilot, text)
        await settle(pilot)
        lines = screen_lines(app)
        assert all(len(line) <= 40 for line in lines)
        assert "1,234" in lines[0]
        for child in (bar.query_one(Choices), bar.query_one(Problem)):
            assert child.region.right <= 40


async def test_the_offer_opens_upwards_at_the_bottom_of_the_screen() -> None:
    async with running() as (_app, bar, pilot):
        bar.styles.dock = "bottom"
        await type_text(pilot, "e")
        choices = bar.query_one(Choices)
        await wait_for(pilot, lambda: choices.is_open and choices.region.height)
        assert choices.region.bottom == bar.region.y


async def test_an_empty_line_without_the_keys_says_how_to_begin() -> None:
    async with running() as (app, _bar, pilot):
        app.set_focus(None)
        await wait_for(pilot, lambda: "/ to filter" in screen_lines(app)[0])


async def test_what_was_expected_and_what_to_do_is_said() -> None:
    async with running(width=120) as (app, bar, pilot):
        await type_text(pilot, "errno = foo or evt.type = syscall")
        await press(pilot, "enter")
        await wait_for(pilot, lambda: bar.query_one(Problem).has_class("-open"))
        assert "expected a number or a name such as ENOENT" in "".join(screen_lines(app)[1:4])
        bar.set_text("evt.type = syscall")
        await wait_for(pilot, lambda: "for the kind of event write" in "".join(screen_lines(app)[1:4]))


async def test_what_is_perhaps_not_meant_is_said_and_applied() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "path = /dev/*")
        await wait_for(pilot, lambda: "glob takes wildcards" in "".join(screen_lines(app)[1:3]))
        assert bar.applied == "path = /dev/*"
        assert not bar.has_class("-invalid")
        await type_text(pilot, "x")
        await wait_for(pilot, lambda: bar.applied == "path = /dev/*x")


async def test_values_are_asked_for_anew_when_the_line_is_entered_again() -> None:
    async with running() as (app, bar, pilot):
        await type_text(pilot, "errno = E")
        await wait_for(pilot, lambda: app.kinds(FilterBar.ValuesWanted))
        asked = len(app.kinds(FilterBar.ValuesWanted))
        app.set_focus(None)
        await settle(pilot)
        bar.start()
        await settle(pilot)
        await type_text(pilot, "N")
        await wait_for(pilot, lambda: len(app.kinds(FilterBar.ValuesWanted)) > asked)
        await press(pilot, "backspace")
        await wait_for(pilot, lambda: len(app.kinds(FilterBar.ValuesWanted)) > asked + 1)


async def test_advice_on_a_refused_value_takes_the_place_of_the_values_once_the_keys_rest() -> None:
    async with running(width=120) as (app, bar, pilot):
        await type_text(pilot, "evt.type = ")
        bar.offer_values("evt.type", [("restart_syscall", 2), ("openat", 7)])
        await wait_for(pilot, lambda: bar.query_one(Choices).is_open)
        await type_text(pilot, "syscall")
        await wait_for(pilot, lambda: "for the kind of event write" in "".join(screen_lines(app)[1:4]))
        assert not bar.query_one(Choices).is_open


@pytest.mark.parametrize("begun", ["E", "ENO"])
async def test_values_stay_offered_while_the_one_that_is_typed_is_unfinished(begun: str) -> None:
    async with running(width=120) as (_app, bar, pilot):
        await type_text(pilot, "errno = ")
        bar.offer_values("errno", [("ENOENT", 2), ("ENOTTY", 7)])
        await type_text(pilot, begun)
        await wait_for(pilot, lambda: bar.has_class("-invalid"))
        assert bar.query_one(Choices).is_open
