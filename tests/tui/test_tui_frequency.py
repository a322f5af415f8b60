"""The frequency table: counts of the events shown, into a value and back, at the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import explored, scanned

from support import boot, write_trace
from tracetui.tui.screens.frequency import Counts, FrequencyScreen


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(30))


async def test_counts_of_the_events_shown_and_into_one_and_back(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        await driven.press("c")
        await driven.until(lambda: isinstance(driven.app.screen, FrequencyScreen))
        counts = driven.app.screen.query_one(Counts)
        await driven.until(lambda: {c.value for c in counts.counts} == {"openat", "ioctl"})
        assert [(c.events, c.failures) for c in counts.counts] == [(30, 30), (30, 30)]
        assert "name where failed" in driven.text
        steps = [c.value for c in counts.counts].index("ioctl")
        await driven.press(*["down"] * steps, "enter")
        await driven.until_ids(scanned(trace, "failed and name = ioctl"))
        assert driven.bar.text == "failed and name = ioctl"
        await driven.press("backspace")
        await driven.until_ids(scanned(trace, "failed"))
        assert driven.bar.text == "failed"


async def test_another_field_and_leaving_a_value_out(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("c")
        await driven.until(lambda: isinstance(driven.app.screen, FrequencyScreen))
        counts = driven.app.screen.query_one(Counts)
        await driven.press("right")
        await driven.until(lambda: counts.counts and counts.counts[0].value == "/usr/sbin/httpd")
        await driven.press("x")
        await driven.until(lambda: driven.list.has_focus and driven.settled)
        await driven.until_ids(scanned(trace, "not procname = /usr/sbin/httpd"))


async def test_a_field_can_be_named_and_esc_changes_nothing(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("c", "f")
        await driven.until(lambda: driven.app.screen.query("#answer"))
        await driven.press(*"retno", "enter")
        await driven.until_shown("retno", "values")
        await driven.press("escape")
        await driven.until(lambda: driven.list.has_focus)
        assert driven.bar.text == ""
