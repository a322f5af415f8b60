"""Keys come first: a text is painted before it is looked up, and what it sets going makes way for the next."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from explorer_helpers import explored, scanned
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from tui_helpers import press, typing_in, wait_for

from support import boot, write_trace
from tracetui.filter import Surroundings, parse
from tracetui.tui import background as background_module
from tracetui.tui.filtering import FilterBar, bar
from tracetui.tui.filtering.line import Line
from tracetui.tui.question import Question
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.events_pane import DIM, HIGHLIGHT


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(60))


async def test_a_text_is_painted_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "DEBOUNCE_SECONDS", 0.0001)
    painted: list[str] = []
    painted_when_told: list[str] = []
    apply, render_line = FilterBar._apply, Line.render_line

    def told(self: FilterBar, final: bool = False) -> None:
        painted_when_told.append(painted[-1])
        apply(self, final)

    def rendered(self: Line, y: int) -> Strip:
        painted.append(self.value)
        return render_line(self, y)

    monkeypatch.setattr(FilterBar, "_apply", told)
    monkeypatch.setattr(Line, "render_line", rendered)
    async with typing_in(FilterBar()) as (_, line, pilot):
        for typed in ("a", "ab", "abc"):
            await press(pilot, typed[-1])
            await wait_for(pilot, lambda typed=typed: line.applied == typed)
    assert painted_when_told == ["a", "ab", "abc"]


async def test_a_text_that_is_left_before_it_is_painted_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FilterBar, "call_after_refresh", lambda *_: True)
    async with typing_in(FilterBar()) as (app, line, pilot):
        await press(pilot, "a")
        app.set_focus(None)
        await wait_for(pilot, lambda: line.applied == "a")


async def test_values_that_come_before_a_text_is_painted_do_not_keep_it_from_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after_paint: list[Callable[[], None]] = []
    monkeypatch.setattr(FilterBar, "call_after_refresh", lambda _, call: after_paint.append(call))
    async with typing_in(FilterBar()) as (_, line, pilot):
        await press(pilot, "a")
        line.offer_values("name", [("openat", 2)])
        after_paint.pop()()
        await wait_for(pilot, lambda: line.applied == "a")


async def test_the_index_is_not_begun_while_the_keys_are_busy(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_module, "WORTHWHILE", 100)
    async with explored(trace, follow=False) as driven:
        assert driven.app.session is not None
        background = driven.app.session.background
        monkeypatch.setattr(background_module, "QUIET_SECONDS", 1e6)
        await driven.press("f")
        await driven.pilot.press(*"failed")
        await driven.meanwhile(lambda: driven.ids == scanned(trace, "failed") and driven.settled)
        assert background._index.busy
        assert background.indexing.progress is None
        monkeypatch.setattr(background_module, "QUIET_SECONDS", 0.0)
        await driven.until(lambda: background.indexing.progress == 1)


async def test_a_scan_rests_until_the_keys_do(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.app.session is not None
        background = driven.app.session.background
        background.touch()
        began = time.monotonic()
        background.await_rest(lambda: False)
        assert time.monotonic() - began >= background_module.REST_SECONDS * 0.9
        monkeypatch.setattr(background_module, "REST_SECONDS", 1e6)
        background.await_rest(lambda: True)
        monkeypatch.setattr(background_module, "LONGEST_REST", 0.05)
        background.await_rest(lambda: False)


async def test_marks_that_stay_away_paint_nothing(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with explored(trace, follow=False) as driven:
        painted: list[EventList] = []
        monkeypatch.setattr(driven.pane, "_show_marks", lambda: painted.append(driven.list))
        for role in (DIM, HIGHLIGHT):
            driven.pane.mark(role, None)
        assert not painted
        schema = driven.explorer._filters.schema
        assert schema is not None
        driven.pane.beside[DIM].expect(Question(parse("failed"), schema, Surroundings()), 0)
        driven.pane.mark(DIM, None)
        assert painted


async def test_a_layout_that_changes_nothing_paints_no_scroll_bar(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with explored(trace, size=(160, 45), follow=False) as driven:
        await driven.until(lambda: driven.explorer.query("#detail"))
        painted: list[ScrollBar] = []
        monkeypatch.setattr(ScrollBar, "refresh", lambda self, *_, **__: painted.append(self))
        driven.explorer.refresh(layout=True)
        await driven.rest()
        assert not painted
        driven.detail.set_count(1_000)
        await driven.rest()
        assert painted == [driven.detail.vertical_scrollbar] * len(painted) != []
