"""The connections screen: network flows put together, plotted, and the list narrowed to one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from connections_helpers import flow, flows_trace
from explorer_helpers import Driven, explored, scanned

from support import boot, write_trace
from tracetui.events.flows import CLOSE, CONNECT
from tracetui.tui.screens.connections import ConnectionList, ConnectionsScreen


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return flows_trace(
        tmp_path,
        flow(0, 30, flags=CONNECT, wbytes=3_000, rbytes=1_200_000),
        flow(10, 20, fd=4, dport=443, wbytes=20, procname="e\x1b[1mvil"),
        flow(30, 60, flags=CLOSE, rbytes=345),
        flow(5, 6, fd=9, sport=0, dport=0, dip="0.0.0.0"),
    )


async def opened(driven: Driven, count: int) -> ConnectionList:
    await driven.press("C")
    await driven.until(lambda: isinstance(driven.app.screen, ConnectionsScreen))
    shown = driven.app.screen.query_one(ConnectionList)
    await driven.until(lambda: len(shown.connections) == count)
    return shown


async def test_flows_are_merged_and_enter_narrows_the_list_to_one(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        shown = await opened(driven, 3)
        assert [one.bytes for one in shown.connections] == [1_203_345, 20, 0]
        await driven.until_shown("1.2 MB", "3.0 kB", "10.0.0.1:4000 → 10.0.0.2:80", "closed", "3 connections")
        expression = shown.connections[0].expression
        await driven.press("enter")
        await driven.until_ids(scanned(trace, expression))
        assert driven.ids == [1, 3]
        assert driven.bar.text == expression
        await driven.press("backspace")
        await driven.until_ids([1, 2, 3, 4])


async def test_the_list_shows_what_flows_moved(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        moved = [line.split()[-1].strip("┃╸") for line in driven.lines[2:5]]
    assert moved == ["↓1.2M↑3.0k", "↑20", "↓345"]


async def test_orders_and_the_cursor_stays_on_its_connection(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        shown = await opened(driven, 3)
        await driven.press("s")
        await driven.until_shown("Connections by time")
        assert [one.first_id for one in shown.connections] == [1, 4, 2]
        await driven.press("s", "s", "s", "s")
        await driven.until_shown("Connections by bytes")


async def test_bytes_over_time_of_the_selected_one_or_of_all(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await opened(driven, 3)
        await driven.until_shown("curl, a column is", "received", "█")
        await driven.press("down")
        await driven.until_shown("vil, a column is", "20 B")
        assert "\x1b" not in driven.text
        await driven.press("a")
        await driven.until_shown("all connections, a column is")


async def test_only_the_flows_that_the_filter_shows(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("net.dport = 443")
        shown = await opened(driven, 1)
        assert shown.connections[0].ends.dport == 443
        assert driven.shows("where net.dport = 443")
        await driven.press("escape")
        await driven.until(lambda: driven.list.has_focus)
        assert driven.bar.text == "net.dport = 443"


async def test_a_trace_without_flows_says_so(tmp_path: Path) -> None:
    async with explored(write_trace(tmp_path / "t.db", boot()), follow=False) as driven:
        await driven.press("C")
        await driven.until_shown("no network flows among these events")
        await driven.press("enter", "s", "a", "escape")
        await driven.until(lambda: driven.list.has_focus)


@pytest.mark.parametrize("size", [(80, 24), (160, 40), (40, 12)])
async def test_any_terminal(trace: Path, size: tuple[int, int]) -> None:
    async with explored(trace, follow=False, size=size) as driven:
        await opened(driven, 3)
        await driven.until_shown("1.2 MB")
        assert ("began" in driven.text) == (size[0] == 160)


async def test_the_palette_offers_it_by_name(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("ctrl+p")
        await driven.until_shown("Search for commands")
        await driven.type("connections")
        await driven.until_shown("Network flows put together")
        await driven.press("enter")
        await driven.until(lambda: isinstance(driven.app.screen, ConnectionsScreen))
        await driven.until_shown("3 connections")
