"""The explorer as a whole: help, commands, colours, sizes, how it ends, what it cannot open."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.binding import Binding
from textual.command import CommandPalette
from textual.dom import DOMNode
from tui_helpers import wait_for

import tracetui.tui
from support import boot, write_trace
from tracetui.filter.help import GRAMMAR
from tracetui.tui.app import TracetuiApp
from tracetui.tui.options import Options
from tracetui.tui.screens.help import OWNERS, HelpScreen


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(5))


async def open_help(driven: Driven, key: str = "question_mark") -> str:
    await driven.press(key)
    await driven.until(lambda: isinstance(driven.app.screen, HelpScreen))
    return str(driven.app.screen.query_one("Static").content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("owner", [kind for _, kind in OWNERS])
def test_all_that_bindings_say_is_in_the_help(owner: type) -> None:
    text = HelpScreen()._text().plain
    described = [one for one in vars(owner)["BINDINGS"] if isinstance(one, Binding) and one.description]
    assert described
    for binding in described:
        assert (binding.tooltip or binding.description) in text


def test_every_widget_with_keys_is_in_the_help() -> None:
    """A new widget with bindings is found here before a user misses its keys."""
    dialogs = {"HelpScreen", "Prompt", "FilterStackScreen"}

    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    for module in pkgutil.walk_packages(tracetui.tui.__path__, "tracetui.tui."):
        importlib.import_module(module.name)
    own = {
        kind
        for kind in below(DOMNode)
        if kind.__module__.startswith("tracetui.") and "BINDINGS" in vars(kind)
    }
    assert {kind.__name__ for kind in own} - dialogs == {kind.__name__ for _, kind in OWNERS}


def test_binding_ids_are_unique_so_that_each_key_can_be_set() -> None:
    ids = [one.id for _, owner in OWNERS for one in vars(owner)["BINDINGS"] if isinstance(one, Binding)]
    assert None not in ids
    assert sorted(one for one in set(ids) if one and ids.count(one) > 1) == []


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_the_help_shows_keys_signs_and_the_filter_language_and_closes(trace: Path, key: str) -> None:
    async with explored(trace, follow=False) as driven:
        text = await open_help(driven, key)
        assert GRAMMAR in text
        assert "✗   the event failed" in text
        assert driven.shows("Keys", "Everywhere", "esc closes")
        before = driven.text
        await driven.press("j", "pagedown")
        assert driven.text != before
        await driven.press("escape")
        await driven.until(lambda: len(driven.app.screen_stack) == 1)
        assert driven.list.has_focus


async def test_f1_helps_while_a_filter_is_typed_and_a_question_mark_is_typed(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("f", "question_mark")
        assert driven.bar.text == "?"
        await open_help(driven, "f1")
        await driven.press("escape")
        await driven.until(lambda: len(driven.app.screen_stack) == 1)
        assert driven.bar.text == "?"


async def test_the_command_palette_opens_and_closes(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("ctrl+p")
        await driven.until(lambda: isinstance(driven.app.screen, CommandPalette))
        await driven.press(*"theme")
        await driven.until_shown("Theme")
        await driven.press("escape")
        await driven.until(lambda: len(driven.app.screen_stack) == 1)


async def test_the_key_line_says_what_keys_do_where_the_keys_are(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.lines[-1].split("  ")[:3] == [" f Filter", "/ Search", ". Point"]
        await driven.press("t")
        await driven.until(lambda: "And below" in driven.lines[-1])
        await driven.press("f")
        await driven.until(lambda: "Complete" in driven.lines[-1])
        assert "q Quit" not in driven.lines[-1]


async def test_a_click_on_a_key_presses_it(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        column = driven.lines[-1].index("d Detail")
        await driven.pilot.click("#keys", offset=(column, 0))
        await driven.until(lambda: driven.explorer.query("#detail") and driven.detail.display)


async def test_themes_change_colours_and_nothing_else(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        before, colours = driven.lines, driven.list.render_line(0)
        for theme in ("textual-light", "ansi-dark", "nord", "textual-dark"):
            driven.app.theme = theme
            await driven.pilot.pause()
            await driven.until(lambda: driven.lines == before)
            changed = driven.list.render_line(0) != colours
            assert changed is (theme != "textual-dark"), theme


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_what_is_dim_is_dim_and_the_cursor_shows_where_the_keys_are(trace: Path, theme: str) -> None:
    async with explored(trace, follow=False, theme=theme) as driven:
        events = driven.list
        plain, dim = events.rich_style, events.component("dim")
        assert dim.color is not None
        assert dim.color != plain.color
        assert dim.bgcolor is None
        cursor, blurred = events.component("cursor").bgcolor, events.component("cursor-blurred").bgcolor
        assert len({cursor, blurred, plain.bgcolor}) == 3


async def test_a_theme_that_is_not_there_is_not_taken(trace: Path) -> None:
    async with explored(trace, follow=False, theme="no-such-theme") as driven:
        assert driven.app.theme == "textual-dark"
    async with explored(trace, follow=False, theme="textual-light") as driven:
        assert driven.app.theme == "textual-light"


async def test_no_color_leaves_no_colour_but_every_sign(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with explored(trace, follow=False) as driven:
        with_colour = driven.lines
    monkeypatch.setenv("NO_COLOR", "1")
    async with explored(trace, follow=False) as driven:
        await driven.until(lambda: driven.lines == with_colour)
        assert "✗" in driven.text
        assert driven.app.no_color
        for strip in driven.app.screen._compositor.render_strips():
            for filtered in driven.app.get_line_filters():
                strip = strip.apply_filter(filtered, driven.app.background_colors[1])  # noqa: PLW2901
            for segment in strip:
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    rgb = colour.triplet if colour is not None else None
                    assert rgb is None or max(rgb) - min(rgb) <= 1


async def test_any_size_is_survived_and_the_place_kept(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("t", "d")
        await driven.until(lambda: driven.explorer.query("#tree-lines") and driven.tree.count)
        await driven.go_to(20)
        before = driven.lines
        for size in ((20, 5), (1, 1), (40, 10), (200, 60)):
            await driven.pilot.resize_terminal(*size)
            await driven.until(lambda: driven.app.size == size)  # noqa: B023
            await driven.press("down", "up")
            assert driven.list.current_id == 20
            assert all(len(line) <= size[0] for line in driven.lines)
            await driven.pilot.resize_terminal(100, 30)
            await driven.until(lambda: len(driven.lines) == 30 and driven.lines[1] == before[1])
            assert driven.list.current_id == 20
            assert driven.list.top <= driven.list.cursor < driven.list.top + driven.list.page_height


async def test_a_very_small_screen_still_shows_events(trace: Path) -> None:
    async with explored(trace, size=(20, 5), follow=False) as driven:
        assert driven.list.page_height >= 1
        assert " 1 " in driven.lines[2]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quit(trace: Path, key: str) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press(key)
        await driven.until(lambda: not driven.app.is_running)
    assert driven.app.return_code in (0, None)


async def ended(path: Path) -> int | None:
    """The exit code of an explorer that cannot open ``path``."""
    app = TracetuiApp(Options(trace=path))
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.return_code is not None)
    return app.return_code


@pytest.mark.parametrize("content", [b"This is no database at all, only text." * 200, b"", None])
async def test_what_is_no_database_ends_with_code_3(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    assert await ended(path) == 3


async def test_a_database_of_another_program_ends_with_code_3(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR)")
    connection.close()
    assert await ended(path) == 3


async def test_a_defect_while_opening_ends_the_program_and_is_not_waited_for(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("tracetui.trace.places.locate", broken)
    app = TracetuiApp(Options(trace=trace))
    with pytest.raises(RuntimeError, match="a defect"):
        async with app.run_test() as pilot:
            await wait_for(pilot, lambda: not app.is_running)
