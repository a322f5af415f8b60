"""The session's index: asked for by the first filter of a large trace, and never another answer than a scan's."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored, scanned

from support import append, boot, write_trace
from tracetui.tui import background
from tracetui.tui.screens.frequency import Counts


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(background, "WORTHWHILE", 100)
    return write_trace(tmp_path / "plugins.db", boot(60))


async def test_no_filter_no_index(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.app.session is not None
        assert driven.app.session.background.indexing.progress is None


async def test_filters_and_counts_are_those_of_a_scan(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        await driven.until(
            lambda: driven.app.session and driven.app.session.background.indexing.progress == 1
        )
        for text in (
            "name = openat",
            "failed and path contains nvram",
            "not procname contains httpd",
            "fd = 4",
        ):
            await driven.filter(text)
            await driven.until_ids(scanned(trace, text))
        await driven.filter("failed")
        await driven.press("c")
        await driven.until(lambda: driven.app.screen.query(Counts))
        counts = driven.app.screen.query_one(Counts)
        await driven.until(
            lambda: {(c.value, c.events) for c in counts.counts} == {("openat", 60), ("ioctl", 60)}
        )


async def test_events_that_come_are_found_too(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("name = openat")
        await driven.until(
            lambda: driven.app.session and driven.app.session.background.indexing.progress == 1
        )
        append(trace, boot(5))
        await driven.until_ids(scanned(trace, "name = openat"))
        await driven.filter("errno = ENOENT")
        await driven.until_ids(scanned(trace, "errno = ENOENT"))


async def test_paths_are_indexed_once_a_filter_asks_for_them(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.app.session is not None
        indexing = driven.app.session.background.indexing
        await driven.filter("failed")
        await driven.until(lambda: indexing.progress == 1)
        assert indexing._index is not None
        assert indexing._index.contents.paths_to is None
        await driven.filter("path = /dev/nvram")
        await driven.until(lambda: indexing._index.contents.paths_to == indexing._index.ready_to)
        assert not indexing.lacks_paths
        await driven.filter("path = /dev/mtd0")
        await driven.until_ids(scanned(trace, "path = /dev/mtd0"))
