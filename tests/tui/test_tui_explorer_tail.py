"""A trace that grows, appears, disappears or is replaced while the explorer shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from explorer_helpers import explored

from support import append, boot, openat, run_sql, write_trace
from tracetui.events import Write
from tracetui.logger import DB
from tracetui.tui.messages import EventsExist
from tracetui.tui.screens.keys import EXPLORER_KEYS

ROUNDS = 10
LAST = 3 + 6 * ROUNDS + 1


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


async def test_the_end_is_followed_while_events_come(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        assert "● FOLLOW" in driven.title
        assert driven.list.current_id == LAST
        for number in range(1, 4):
            last = append(trace, [openat(f"/tmp/new-{number}")])
            await driven.until(lambda: driven.list.current_id == last)  # noqa: B023
            await driven.until_shown(f"/tmp/new-{number}")
        await driven.until(lambda: f"{LAST + 3} events" in driven.title)
        assert driven.ids == list(range(1, LAST + 4))


async def test_a_trace_that_was_just_written_is_followed_unless_told_otherwise(trace: Path) -> None:
    async with explored(trace) as driven:
        assert "● FOLLOW" in driven.title
    async with explored(trace, follow=False) as driven:
        assert "FOLLOW" not in driven.title
    os.utime(trace, (1_000_000_000, 1_000_000_000))
    async with explored(trace) as driven:
        assert "FOLLOW" not in driven.title
        assert driven.list.current_id == 1


async def test_moving_up_pauses_and_counts_and_end_resumes(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        append(trace, [openat("/tmp/first")])
        await driven.until(lambda: driven.list.current_id == LAST + 1)
        await driven.press("up")
        await driven.until(lambda: "‖ PAUSED" in driven.title)
        before = (driven.list.current_id, driven.list.cursor - driven.list.top, driven.lines[2:-2])
        append(trace, [openat("/tmp/second"), openat("/tmp/third")])
        await driven.until(lambda: "‖ PAUSED +2 new" in driven.title)
        assert before[:2] == (driven.list.current_id, driven.list.cursor - driven.list.top)
        assert [line[:60] for line in before[2]] == [line[:60] for line in driven.lines[2:-2]]
        await driven.press("end")
        await driven.until(lambda: "● FOLLOW" in driven.title)
        assert driven.list.current_id == LAST + 3
        append(trace, [openat("/tmp/fourth")])
        await driven.until(lambda: driven.list.current_id == LAST + 4)


def more(events: int) -> EventsExist:
    """News of events after the last."""
    return EventsExist([(LAST + 1, LAST + events)], LAST + events, live=True, complete=True)


async def test_a_key_holds_though_events_come_before_it_is_heard_of(trace: Path) -> None:
    """Keys and news take turns: neither may undo what the other has done."""
    async with explored(trace, follow=True) as driven:
        driven.list.action_move(-1)
        driven.pane.take_events(more(5))
        await driven.until(lambda: "‖ PAUSED" in driven.title)
        assert driven.list.current_id == LAST - 1
        driven.list.action_last()
        driven.pane.take_events(more(9))
        await driven.until(lambda: "● FOLLOW" in driven.title)
        driven.pane.take_events(more(12))
        await driven.until(lambda: driven.list.current_id == LAST + 12)


async def test_end_follows_again_where_the_last_event_is_selected_already(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        await driven.press("F")
        await driven.until(lambda: "FOLLOW" not in driven.title)
        assert driven.list.current_id == LAST
        await driven.press("end")
        await driven.until(lambda: "● FOLLOW" in driven.title)


async def test_shift_f_pauses_and_follows(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        await driven.press("F")
        await driven.until(lambda: "FOLLOW" not in driven.title)
        append(trace, [openat("/tmp/first")])
        await driven.until(lambda: len(driven.ids) == LAST + 1)
        assert driven.list.current_id == LAST
        await driven.press("F")
        await driven.until(lambda: "● FOLLOW" in driven.title and driven.list.current_id == LAST + 1)


async def test_a_filter_holds_for_what_comes(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        await driven.filter("path startswith /tmp and failed")
        assert driven.ids == []
        append(trace, [openat("/tmp/a", -2), openat("/tmp/b", 3), openat("/etc/c", -2)])
        await driven.until(lambda: driven.ids == [LAST + 1])
        append(trace, [openat("/tmp/d", -2)])
        await driven.until_ids([LAST + 1, LAST + 4])
        await driven.until(lambda: f"2 of {LAST + 4} shown" in driven.title)
        assert driven.list.current_id == LAST + 4


async def test_a_paused_list_keeps_its_place_under_a_filter(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        await driven.go_to(22)
        before = driven.list.cursor - driven.list.top
        append(trace, [openat(f"/tmp/{number}", -2) for number in range(50)])
        await driven.until(lambda: len(driven.ids) == 2 * ROUNDS + 50)
        assert (driven.list.current_id, driven.list.cursor - driven.list.top) == (22, before)


async def test_wait_shows_what_is_waited_for_and_opens_it_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("later.db")
    async with explored(path, events=False, wait=True) as driven:
        await driven.until_shown("… WAITING")
        path.touch()
        await driven.until_shown("waiting: ")
        write_trace(Path("ready.db"), boot()).replace(path)
        await driven.until_shown('openat("/dev/nvram"')
        await driven.until(lambda: driven.explorer.query("#filter"))
        append(path, [openat("/tmp/after")])
        await driven.until_shown("/tmp/after")
        assert "WAITING" not in driven.title


async def test_waiting_ends_when_the_user_quits(tmp_path: Path) -> None:
    async with explored(tmp_path / "never.db", events=False, wait=True) as driven:
        await driven.until_shown("… WAITING")
        await driven.press("q")
        await driven.until(lambda: not driven.app.is_running)
    assert driven.app.return_code in (0, None)


async def test_keys_do_nothing_while_there_is_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "later.db"
    async with explored(path, events=False, wait=True) as driven:
        await driven.until_shown("… WAITING")
        for key in EXPLORER_KEYS:
            if key.action != "quit":
                await driven.app.run_action(key.action, default_namespace=driven.explorer)
                await driven.press(*key.key.split(",")[:1])
        assert driven.app.is_running
        assert driven.app.screen is driven.explorer
        write_trace(path, boot())
        await driven.until_shown("10 events")
        await driven.press("t")
        await driven.until(lambda: driven.explorer.query("#tree"))


async def test_an_empty_trace_says_so_and_fills(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "empty.db", [])
    async with explored(path, events=False) as driven:
        await driven.until_shown("no events yet", " 0 events")
        await driven.until(lambda: driven.explorer.query("#filter"))
        await driven.press("down", "end", "e", "y", "enter", "d", "full_stop", "escape")
        await driven.filter("failed")
        append(path, boot())
        await driven.until_ids([4, 6])
        await driven.press("f", "ctrl+u", "enter")
        await driven.until(lambda: len(driven.ids) == 10)


async def test_a_file_that_is_removed_stays_readable_and_that_is_said(trace: Path) -> None:
    async with explored(trace, size=(160, 30), follow=True) as driven:
        trace.unlink()
        await driven.until(lambda: "! LOST" in driven.title)
        assert "the file was removed" in driven.title
        await driven.press("home")
        await driven.until_shown("exec /sbin/init -s")


async def test_a_file_that_is_replaced_says_so(trace: Path) -> None:
    async with explored(trace, size=(160, 30), follow=True) as driven:
        write_trace(trace.with_name("other.db"), boot(2)).replace(trace)
        await driven.until(lambda: "! LOST" in driven.title)
        assert "another file has taken its place" in driven.title
        assert driven.ids == list(range(1, LAST + 1))


async def test_the_logger_writes_while_the_explorer_reads(tmp_path: Path) -> None:
    row = {"procname": "sh", "proc_id": 0, "fd": 1, "fname": "/dev/console"}
    with DB(tmp_path, interval=0.05) as logger:
        logger.add_event(Write, row | {"buffer": b"first"})
        logger.flush()
        async with explored(tmp_path, follow=True) as driven:
            for number in range(60):
                logger.add_event(Write, row | {"buffer": b"line %d" % number})
                if number % 20 == 19:
                    logger.flush()
            await driven.until(lambda: len(driven.ids) == 61)
            await driven.until_shown("line 59")
        assert (logger.written, logger.rejected_count, logger.last_error) == (61, 0, None)


async def test_ids_that_the_writer_left_out_are_no_events(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        run_sql(
            trace, f"INSERT INTO event (id, type, procname, proc_id) VALUES ({LAST + 100}, 'read', 'x', 0)"
        )
        await driven.until(lambda: driven.list.current_id == LAST + 100)
        assert driven.ids == [*range(1, LAST + 1), LAST + 100]
