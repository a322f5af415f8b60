"""Searching in the whole explorer: from match to match, hiding nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.widgets import Static

from support import append, boot, openat, write_trace
from tracetui.tui.filtering import SearchBar

ROUNDS = 30
LAST = 3 + 6 * ROUNDS + 1


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


def said(driven: Driven) -> str:
    """What the search line says of the place among the matches."""
    return str(driven.explorer.query_one(SearchBar).query_one("#search-place", Static).content)


async def search(driven: Driven, text: str, kinds: int = 0) -> None:
    await driven.press("slash")
    await driven.until(lambda: driven.explorer.query(SearchBar) and driven.app.focused is not driven.list)
    await driven.press(*["ctrl+t"] * kinds)
    await driven.type(text)
    await driven.press("enter")
    await driven.until(lambda: driven.list.has_focus and driven.settled)


@pytest.mark.parametrize(
    ("text", "kinds", "first", "count"),
    [
        ("nvram", 0, 4, ROUNDS),
        ("NVRAM", 0, None, 0),
        ("/e.c/pass", 1, 5, 2 * ROUNDS),
        ("00 1b 5b", 2, 7, ROUNDS),
        ("type = write", 3, 8, ROUNDS),
        ("killed by nobody", 0, None, 0),
    ],
)
async def test_a_search_goes_to_the_first_match_and_hides_nothing(
    trace: Path, text: str, kinds: int, first: int | None, count: int
) -> None:
    async with explored(trace, follow=False) as driven:
        await search(driven, text, kinds)
        if first is None:
            await driven.until(lambda: said(driven) == "nothing found")
            assert driven.list.current_id == 1
        else:
            await driven.until(lambda: driven.list.current_id == first)
            await driven.until(lambda: said(driven) == f"1 of {count}")
        assert driven.ids == list(range(1, LAST + 1))


async def test_n_goes_on_and_says_when_it_begins_again(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await search(driven, "nvram")
        await driven.until(lambda: said(driven) == f"1 of {ROUNDS}")
        await driven.press("n")
        await driven.until(lambda: said(driven) == f"2 of {ROUNDS}")
        assert driven.list.current_id == 10
        await driven.press("N", "N")
        await driven.until(lambda: said(driven) == f"wrapped · {ROUNDS} of {ROUNDS}")
        assert driven.list.current_id == 4 + 6 * (ROUNDS - 1)
        await driven.press("n")
        await driven.until(lambda: said(driven) == f"wrapped · 1 of {ROUNDS}")


async def test_each_more_letter_is_searched_from_where_the_search_began(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(19)
        await driven.press("slash")
        for letter, event_id in zip("540", (22, 24, 24), strict=True):
            await driven.press(letter)
            await driven.until(lambda: driven.settled and driven.list.current_id == event_id)  # noqa: B023
        await driven.press("Q")
        await driven.until(lambda: said(driven) == "nothing found")
        assert driven.list.current_id == 19
        await driven.press("backspace")
        await driven.until(lambda: driven.list.current_id == 24)


async def test_shift_e_finds_the_failure_before_at_once(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(20)
        await driven.press("E")
        await driven.until(lambda: driven.list.current_id == 18)


async def test_the_search_begins_at_the_cursor(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(101)
        await search(driven, "nvram")
        await driven.until(lambda: driven.list.current_id == 106)
        await search(driven, "/dev/nv")
        await driven.until(lambda: driven.settled and said(driven).startswith("18 of"))
        assert driven.list.current_id == 106


async def test_esc_in_the_line_goes_back_to_where_the_search_began(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(20)
        before = driven.list.cursor - driven.list.top
        await driven.press("slash")
        await driven.type("SIGSEGV")
        await driven.until(lambda: driven.list.current_id == LAST)
        await driven.press("escape")
        await driven.until(lambda: driven.list.has_focus)
        assert driven.list.current_id == 20
        assert before >= 0
        assert not driven.explorer.query_one(SearchBar).display
        assert driven.list.highlighted is None


async def test_esc_on_the_list_ends_the_search_and_stays(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await search(driven, "nvram")
        await driven.until(lambda: driven.list.current_id == 4 and driven.list.highlighted is not None)
        await driven.press("escape")
        assert driven.list.highlighted is None
        assert driven.list.current_id == 4
        await driven.press("n")
        assert driven.list.current_id == 4


async def test_a_filter_narrows_what_is_searched(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("id >= 100")
        driven.list.select(0, by_user=True)
        await search(driven, "nvram")
        await driven.until(lambda: said(driven) == "1 of 14")
        assert driven.list.current_id == 100
        matches = driven.list.highlighted
        assert matches is not None
        assert min(matches.ids(0, len(matches))) >= 100


async def test_a_search_that_makes_no_sense_is_explained(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("slash", "ctrl+t")
        await driven.type("(unclosed")
        await driven.until(lambda: "not a regular expression" in said(driven))
        await driven.press("ctrl+t")
        await driven.until(lambda: "hex" in driven.lines[-2] + driven.lines[-3])
        await driven.press("enter")
        assert not driven.list.has_focus


async def test_matches_that_are_written_later_are_found_too(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await search(driven, "brand-new")
        await driven.until(lambda: said(driven) == "nothing found")
        append(trace, [openat("/tmp/brand-new")])
        await driven.until(lambda: driven.list.highlighted is not None and len(driven.list.highlighted) == 1)
        await driven.press("n")
        await driven.until(lambda: driven.list.current_id == LAST + 1)


async def test_special_signs_are_searched_as_they_are(tmp_path: Path) -> None:
    paths = ["/a.b", "/a%b", "/a_b", "/a'b", '/a\\"b', "/a[b", "/a*b", "/axb"]
    trace = write_trace(tmp_path / "signs.db", [openat(path) for path in paths])
    async with explored(trace, follow=False) as driven:
        for event_id, sign in enumerate(".%_'", 1):
            await search(driven, f"a{sign}b")
            await driven.until(lambda: said(driven) == "1 of 1")
            assert driven.list.current_id == event_id
