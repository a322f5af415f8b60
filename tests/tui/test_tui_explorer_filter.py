"""Filters in the whole explorer: typed, pointed at, stacked, put aside; what they leave and what stays in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored, scanned

from support import boot, syscall, write_trace
from tracetui.tui.filtering.choices import Choices

ROUNDS = 30
LAST = 3 + 6 * ROUNDS + 1


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


def place(driven: Driven) -> tuple[int | None, int]:
    """(selected event, its line on the screen)."""
    return driven.list.current_id, driven.list.cursor - driven.list.top


async def typing(driven: Driven, text: str) -> None:
    """Type a filter and leave the keys in the line."""
    await driven.press("f")
    await driven.type(text, instead=True)


async def point(driven: Driven, label: str, key: str) -> None:
    """Open the menu, go to a choice and take it with ``key``."""
    await driven.press("full_stop")
    await driven.until(lambda: driven.app.screen.query("#points"))
    menu = driven.app.screen.query_one("#points")
    labels = [point.label for point in menu.points]  # type: ignore[attr-defined]
    await driven.press(*["down"] * labels.index(label), key)
    await driven.until(lambda: len(driven.app.screen_stack) == 1 and driven.settled)


async def test_the_list_holds_what_a_scan_of_the_trace_finds_in_its_order(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for text in (
            "failed",
            "errno = ENOENT and path startswith /dev",
            "name = open or type = write",
            "not procname endswith httpd",
            'buffer contains "root:"',
            "passwd",
            "id in 20..40",
            "code > 100",
            'arg1 ~ "nv.am"',
            "name = nosuchcall",
        ):
            await driven.filter(text)
            wanted = scanned(trace, text)
            assert driven.ids == wanted, text
            await driven.until(lambda: f"{len(wanted)} of {LAST} shown" in driven.title)  # noqa: B023
        assert driven.shows("no event matches")


async def test_the_list_follows_each_valid_text_while_it_is_typed(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await typing(driven, "id = 1")
        await driven.until(lambda: driven.ids == [1])
        await driven.press("7")
        await driven.until(lambda: driven.ids == [17])
        assert driven.bar.query_one("#filter-line").has_focus


async def test_a_wrong_filter_is_explained_and_the_last_right_one_stays(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        before = driven.ids
        await typing(driven, "errno = = 3")
        await driven.press("enter")
        await driven.until(lambda: driven.bar.has_class("-invalid"))
        assert driven.ids == before
        assert driven.bar.applied == "failed"
        assert driven.bar.query_one("#filter-line").has_focus
        assert "no errno is called '='" in driven.text


async def test_clearing_a_filter_keeps_the_selected_event_on_its_line(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("name = ioctl")
        await driven.go_to(90)
        before = place(driven)
        await driven.press("f", "ctrl+u", "enter")
        await driven.until(lambda: not driven.pane.view.filtered)
        assert driven.ids == list(range(1, LAST + 1))
        assert place(driven) == before == (90, before[1])


async def test_a_selected_event_that_a_filter_hides_is_selected_again_without_it(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(100)
        before = place(driven)
        await driven.filter("name = ioctl")
        assert driven.list.current_id in (96, 102)
        await driven.press("f", "ctrl+u", "enter")
        await driven.until(lambda: not driven.pane.view.filtered)
        assert place(driven) == before


async def test_esc_brings_back_the_former_filter_and_place(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        await driven.go_to(90)
        before, ids = place(driven), driven.ids
        await typing(driven, "id < 5")
        await driven.until(lambda: driven.ids == [1, 2, 3, 4])
        await driven.press("escape")
        await driven.until(lambda: driven.settled and driven.ids == ids)
        assert (driven.bar.text, place(driven)) == ("failed", before)
        assert driven.list.has_focus


POINTED = (
    # the filter before, the event, what is pointed at, the key, and the filter then
    ("", 10, "this call", "enter", "name = openat"),
    ("failed", 10, "this call", "enter", "name = openat"),
    ("failed", 10, "this call", "plus", "failed and name = openat"),
    ("failed", 10, "this errno", "minus", "failed and not errno = ENOENT"),
    ("type = read", 7, "this descriptor", "o", "type = read or fd = 4"),
    ("type = read or failed", 7, "this path", "plus", "(type = read or failed) and path = /etc/passwd"),
)


async def test_pointing_at_a_field_builds_the_filter(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for former, event_id, label, key, text in POINTED:
            if former:
                await driven.filter(former)
            await driven.go_to(event_id)
            await point(driven, label, key)
            assert driven.bar.text == text
            assert driven.ids == scanned(trace, text)
            assert driven.list.selected_id == event_id, text


async def test_a_value_in_the_details_is_pointed_at(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(8)
        await driven.press("d")
        await driven.until(lambda: driven.explorer.query("#detail") and driven.detail.record is not None)
        driven.detail.focus()
        line = next(y for y in range(driven.detail.count) if driven.detail._line(y).label == "process")  # type: ignore[union-attr]
        driven.detail.select(line, by_user=True)
        await driven.press("full_stop", "minus")
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        assert driven.bar.text == "not procname = /usr/sbin/httpd"


async def test_a_filter_given_at_start_is_in_the_line_and_applies(trace: Path) -> None:
    async with explored(trace, follow=False, filter="type = write") as driven:
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        assert driven.bar.text == "type = write"
        assert driven.ids == scanned(trace, "type = write")


async def test_events_that_lack_the_field_are_counted_and_i_includes_them(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("fd != 4")
        lacking = scanned(trace, "not fd exists")
        await driven.until_shown(f"{len(lacking)} lack the field (i includes)")
        await driven.press("i")
        wanted = scanned(trace, "fd ?!= 4")
        await driven.until(lambda: driven.ids == wanted)
        assert set(lacking) < set(driven.ids)
        assert "?!=" in driven.bar.text
        assert "lack the field" not in driven.text


async def test_filters_are_stacked_and_hide_dim_or_highlight(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        await driven.press("s")
        await driven.until_shown("Filters", "● hide")
        await driven.press("a")
        await driven.type("path = /dev/nvram")
        await driven.press("enter")
        await driven.until_ids(scanned(trace, "failed and path = /dev/nvram"))
        await driven.press("m")
        await driven.until_ids(scanned(trace, "failed"))
        dimming = driven.list.dim_others
        assert dimming is not None
        assert list(dimming.ids(0, len(dimming))) == scanned(trace, "path = /dev/nvram")
        await driven.press("m")
        await driven.until(lambda: driven.list.highlighted is not None and driven.settled)
        assert driven.list.dim_others is None
        await driven.press("space", "escape")
        await driven.until(lambda: driven.list.highlighted is None and driven.settled)
        assert "1 of 2 filters on (s)" in driven.title


async def test_dimmed_and_highlighted_rows_look_different(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        plain = driven.list.render_line(4)
        await driven.filter("type = syscall")
        await driven.press("s", "m")
        await driven.until(lambda: driven.list.dim_others is not None and driven.settled)
        await driven.press("escape")
        read = next(y for y in range(20) if "read(" in driven.list.render_line(y).text)
        call = next(y for y in range(20) if "openat(" in driven.list.render_line(y).text)
        assert len({segment.style for segment in driven.list.render_line(read)}) < len(
            {segment.style for segment in driven.list.render_line(call)}
        )
        assert plain.text == driven.list.render_line(4).text


async def test_z_puts_the_filters_aside_and_brings_them_back_in_place(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("name = ioctl")
        await driven.go_to(90)
        before, ids = place(driven), driven.ids
        await driven.press("z")
        await driven.until(lambda: len(driven.ids) == LAST)
        assert place(driven) == before
        assert "filters off (z)" in driven.title
        await driven.press("z")
        await driven.until(lambda: driven.ids == ids and driven.settled)
        assert place(driven) == before


async def test_values_of_the_trace_are_offered_for_completion(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await typing(driven, "path = /etc")
        await driven.until(lambda: driven.bar.query_one(Choices).is_open)
        await driven.press("tab")
        assert driven.bar.text.startswith("path = ")
        await driven.press("enter")
        await driven.until_ids(scanned(trace, "path = /etc/passwd"))


async def test_the_selected_event_can_be_referred_to_and_is_taken_once(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(7)
        await typing(driven, "fd = ${fd} and type = ${type}")
        await driven.press("escape")
        await driven.go_to(7)
        await typing(driven, "fd = ${fd} and type = ${type} ")
        await driven.press("enter")
        await driven.until_ids(scanned(trace, "fd = 4 and type = read"))
        await driven.go_to(13)
        assert driven.ids == scanned(trace, "fd = 4 and type = read")


async def test_an_empty_result_says_so_and_keys_do_nothing(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("name = nosuchcall")
        await driven.press("down", "end", "e", "y", "enter", "full_stop", "pagedown")
        assert driven.ids == []
        await driven.press("escape", "escape")
        await driven.filter("failed")
        assert driven.ids == scanned(trace, "failed")


async def test_the_kind_of_a_call_family_is_what_is_pointed_at(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "f.db", [syscall("newfstatat", retno=0), syscall("stat64", retno=-2)])
    async with explored(trace, follow=False) as driven:
        await driven.go_to(2)
        await point(driven, "this errno", "enter")
        assert driven.bar.text == "errno = ENOENT"
        assert driven.ids == [2]
