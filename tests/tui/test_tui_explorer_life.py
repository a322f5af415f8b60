"""A run's life as the explorer shows it: growing, ended, replaced, restored, killed, damaged, locked."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored, scanned
from tui_helpers import type_text

from support import append, boot, kill_writer, openat, run_sql, write_trace
from tracetui.events import ProcStart
from tracetui.trace import copies, faults
from tracetui.tui.screens import tail_actions

ROUNDS = 10
LAST = 3 + 6 * ROUNDS + 1
WIDE = (240, 30)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(ROUNDS))


def state_of(folder: Path) -> dict[str, str]:
    """Names and contents of the files in a folder."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


async def reopen(driven: Driven) -> None:
    """Press R and let the new screen stand."""
    before = driven.app.session
    await driven.press("R")
    await driven.until(lambda: driven.app.session not in (None, before) and driven.app.screen_stack)
    await driven.until(lambda: driven.explorer.query("#filter"))


async def test_a_trace_to_which_nothing_is_added_has_ended(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_actions, "ENDED_SECONDS", 0.2)
    async with explored(trace, size=WIDE, follow=True) as driven:
        assert "ENDED" not in driven.title
        append(trace, [openat("/tmp/last")])
        await driven.until(lambda: "ENDED" in driven.title)
        append(trace, [openat("/tmp/one-more")])
        await driven.until_shown("/tmp/one-more")


async def test_the_next_run_is_offered_and_opened_by_shift_r(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for number in (0, 1):
        (results / str(number)).mkdir(parents=True)
    write_trace(results / "0" / "plugins.db", boot(ROUNDS))
    latest = results / "latest"
    latest.symlink_to("0")
    async with explored(results, size=WIDE, follow=True) as driven:
        latest.unlink()
        latest.symlink_to("1")
        await driven.until(lambda: "! LOST" in driven.title)
        write_trace(results / "1" / "plugins.db", [openat("/tmp/next-run")])
        await driven.until(lambda: "another file has taken its place: R opens it" in driven.title)
        await driven.filter("failed")
        assert len(driven.ids) == 2 * ROUNDS
        await driven.open_details()
        await driven.show_details(driven.ids[0])
        await driven.press("f", "ctrl+u", "enter")
        await reopen(driven)
        await driven.until(lambda: driven.ids == [1])
        await driven.until_shown("/tmp/next-run")
        assert "LOST" not in driven.title


def restored(trace: Path) -> None:
    """Another state of the machine in the same file: ids start again."""
    other = write_trace(trace.with_name("other.db"), [openat(f"/tmp/restored-{n}") for n in range(3)])
    trace.write_bytes(other.read_bytes())


def emptied(trace: Path) -> None:
    run_sql(trace, "DELETE FROM event", "DELETE FROM syscall")


@pytest.mark.parametrize("change", [restored, emptied])
async def test_ids_that_start_again_are_said_and_not_mixed(
    trace: Path, change: Callable[[Path], None]
) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        change(trace)
        await driven.until(lambda: "another file has taken its place" in driven.title)
        assert driven.ids == list(range(1, LAST + 1))


async def test_a_file_that_shrinks_is_said_and_opened_anew(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "t.db", boot(ROUNDS), ["CREATE TABLE t AS SELECT zeroblob(100000)"])
    async with explored(trace, size=WIDE, follow=True) as driven:
        with closing(sqlite3.connect(trace, isolation_level=None)) as writer:
            writer.execute("DROP TABLE t")
            writer.execute("VACUUM")
        await driven.until(lambda: "has become shorter" in driven.title)
        append(trace, [openat("/tmp/after")])
        await driven.until_shown("/tmp/after")


async def test_tables_that_are_added_are_said_and_shown_when_opened_anew(trace: Path) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        run_sql(
            trace,
            "CREATE TABLE netbind (id INTEGER PRIMARY KEY REFERENCES event(id), port INTEGER)",
            f"INSERT INTO event VALUES ({LAST + 1}, 'netbind', 'httpd', 12)",
            f"INSERT INTO netbind VALUES ({LAST + 1}, 8080)",
        )
        await driven.until(lambda: "tables were added: R opens it anew" in driven.title)
        await driven.until(lambda: len(driven.ids) == LAST + 1)
        await reopen(driven)
        await driven.until(lambda: len(driven.ids) == LAST + 1)
        await driven.filter("netbind.port = 8080")
        assert driven.ids == [LAST + 1]


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE read",
        "ALTER TABLE syscall RENAME TO calls",
        "ALTER TABLE syscall DROP COLUMN arg5_repr",
        "ALTER TABLE event RENAME COLUMN procname TO name",
        "ALTER TABLE syscall ADD COLUMN more",
        "CREATE TRIGGER event_read AFTER INSERT ON event BEGIN DELETE FROM event; END",
        "VACUUM",
    ],
)
async def test_whatever_is_done_to_the_tables_ends_nothing(trace: Path, change: str) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        await driven.filter("failed")
        with closing(sqlite3.connect(trace)) as connection, connection:
            connection.execute(change)
            connection.execute(f"INSERT INTO event VALUES ({LAST + 1}, 'x', 'x', 0)")
        await driven.meanwhile(lambda: f"of {LAST + 1} shown" in driven.title or _says_what_changed(driven))
        await driven.press("home", "t", "d", "end")
        await driven.filter("name = openat")
        await driven.until(lambda: driven.settled)
        assert driven.app.is_running


def _says_what_changed(driven: Driven) -> bool:
    return any(said in driven.text for said in ("has changed while", "R opens it", "is not an event trace"))


async def test_a_write_ahead_log_is_followed(trace: Path) -> None:
    with closing(sqlite3.connect(trace, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE event SET procname = procname")
        async with explored(trace, follow=True) as driven:
            for number in range(1, 4):
                writer.execute(f"INSERT INTO event VALUES ({LAST + number}, 'x', 'in-the-log-{number}', 0)")
                await driven.until(lambda: len(driven.ids) == LAST + number)  # noqa: B023
            assert driven.list.current_id == LAST + 3


async def test_nothing_is_left_beside_a_trace_in_a_folder_that_is_only_read(trace: Path) -> None:
    before = state_of(trace.parent)
    trace.chmod(0o444)
    trace.parent.chmod(0o555)
    try:
        async with explored(trace, follow=True) as driven:
            await driven.filter("failed")
            await driven.press("home", "end", "d", "t")
            await driven.until(lambda: driven.settled)
    finally:
        trace.parent.chmod(0o755)
    assert state_of(trace.parent) == before


@pytest.mark.parametrize(("suffix", "compress"), [(".xz", lzma.compress), (".gz", gzip.compress)])
async def test_a_compressed_trace_is_opened_in_a_copy_and_that_is_said(
    trace: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    packed = trace.with_name(f"plugins.db{suffix}")
    packed.write_bytes(compress(trace.read_bytes()))
    async with explored(packed, size=WIDE, follow=False) as driven:
        assert driven.ids == list(range(1, LAST + 1))
        assert "decompressed" in driven.title
        assert packed.name in driven.title


async def test_a_copy_under_way_is_given_up_and_removed_when_the_user_quits(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = trace.with_name("plugins.db.gz")
    packed.write_bytes(gzip.compress(trace.read_bytes() + bytes(40 << 20)))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    pouring = threading.Event()

    def slowly(folder: Path, size: int) -> None:
        pouring.set()
        time.sleep(0.05)

    monkeypatch.setattr(copies, "_require_room", slowly)
    async with explored(packed, size=WIDE, events=False, follow=False) as driven:
        await driven.until(pouring.is_set)
        await driven.until_shown("making a copy that can be read")
        assert list(temporary.iterdir())
    assert list(temporary.iterdir()) == []


async def test_what_a_killed_writer_left_is_explained_and_a_copy_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    path = kill_writer(write_trace(folder / "plugins.db", boot(50)))
    before = state_of(folder)
    monkeypatch.chdir(folder)
    async with explored(Path(path.name), size=WIDE, events=False, follow=False) as driven:
        await driven.until_shown("was killed in the middle of a flush", "opens a recovered copy")
        await driven.press("enter")
        await driven.until(lambda: driven.explorer.query("#filter") and len(driven.ids) == 304)
        assert "is undone in a temporary copy" in driven.title
        await driven.filter('name = "lost"')
        assert driven.ids == []
    assert state_of(folder) == before


async def test_a_writer_that_is_killed_meanwhile_holds_up_the_list_until_another_clears_up(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trace.parent)
    async with explored(Path(trace.name), size=WIDE, follow=True) as driven:
        kill_writer(trace)
        await driven.meanwhile(
            lambda: driven.shows("was killed in the middle of a flush", "R opens such a copy")
        )
        last = append(trace, [openat("/tmp/next", -2)])
        await driven.until(lambda: driven.ids[-1] == last and not driven.shows("was killed"))
        await driven.until_shown("/tmp/next")


async def test_a_filter_goes_on_after_a_killed_writer(trace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trace.parent)
    async with explored(Path(trace.name), size=WIDE, follow=True) as driven:
        kill_writer(trace)
        await driven.meanwhile(lambda: driven.shows("R opens such a copy"))
        await driven.pilot.press("f", *"failed", "enter")
        await driven.meanwhile(lambda: driven.list.has_focus and driven.bar.applied == "failed")
        last = append(trace, [openat("/tmp/next", -2)])
        await driven.until(lambda: driven.settled and driven.ids[-1:] == [last])
        assert driven.ids == scanned(trace, "failed")


async def test_a_damaged_trace_shows_what_is_left_and_counts_what_is_not(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "plugins.db", boot(60))
    with closing(sqlite3.connect(path)) as connection:
        leaf = connection.execute("SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf'")
        page = leaf.fetchall()[1][0]
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    async with explored(path, size=WIDE, events=False, follow=False) as driven:
        await driven.until(lambda: "cannot be read" in driven.title)
        lost = 364 - len(driven.ids)
        assert 0 < lost < 364
        assert f"damaged: {lost} events cannot be read" in driven.title
        await driven.until_shown("exec /sbin/init -s")


async def test_a_writer_that_holds_the_file_is_named_and_waited_for(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with explored(trace, size=WIDE, follow=True) as driven:
        monkeypatch.setattr(faults, "BUSY_SECONDS", 0.05)
        with closing(sqlite3.connect(trace, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            writer.execute(f"INSERT INTO event VALUES ({LAST + 1}, 'x', 'x', 0)")
            await driven.pilot.press("f")
            await type_text(driven.pilot, "failed")
            await driven.pilot.press("enter")
            await driven.meanwhile(lambda: driven.shows("is locked by another program"))
            writer.execute("COMMIT")
        await driven.until(lambda: len(driven.ids) == 2 * ROUNDS and driven.settled)
        await driven.until(lambda: f"{2 * ROUNDS} of {LAST + 1} shown" in driven.title)


async def test_own_files_that_cannot_be_written_do_no_harm(
    trace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        blocked = tmp_path / f"no-folder-{name}"
        blocked.write_text("a file where a folder is wanted")
        monkeypatch.setenv(f"XDG_{name}_HOME", str(blocked))
    async with explored(trace, follow=False) as driven:
        await driven.filter("failed")
        assert len(driven.ids) == 2 * ROUNDS
        await driven.press("f", "up", "escape", "z")
        await driven.until(lambda: driven.settled)
        assert driven.app.is_running


async def test_odd_ids_and_processes(tmp_path: Path) -> None:
    """Gaps, ids next to the largest, a process that is its own parent, parents in a circle, pids given again."""

    def start(pid: int, ppid: int, create_time: int) -> ProcStart:
        ids = {"uid": 0, "gid": 0, "euid": 0, "egid": 0}
        return ProcStart(
            procname=f"p{pid}", proc_id=pid, pid=pid, ppid=ppid, create_time=create_time, comm="x", **ids
        )

    far = (1 << 63) - 1
    events = [
        start(5, 5, 1),
        start(6, 7, 2),
        start(7, 6, 3),
        start(6, 1, 9),
        openat("/tmp/a"),
        openat("/tmp/b"),
    ]
    ids = [1, 2, 1_000, 1 << 40, far - 1, far]
    for event, event_id in zip(events, ids, strict=True):
        event.id = event_id
    trace = write_trace(
        tmp_path / "t.db",
        events,
        [
            f"UPDATE syscall SET arg0 = 'text', retno = 'none', name = 17 WHERE id = {far}",
            "UPDATE event SET procname = CAST(x'ff00fe' AS TEXT) WHERE id = 1000",
        ],
    )
    async with explored(trace, follow=False) as driven:
        await driven.until(lambda: driven.ids == ids)
        await driven.press("t", "t", "end")
        await driven.until(lambda: driven.list.current_id == far)
        await driven.filter("path startswith /tmp")
        assert driven.ids == [far - 1, far]
        await driven.open_details()
        await driven.show_details(far)


async def test_following_a_trace_at_the_end_of_all_ids(tmp_path: Path) -> None:
    far = (1 << 63) - 1
    trace = write_trace(tmp_path / "t.db", [openat("/tmp/a")], first_id=far - 1)
    async with explored(trace, follow=True) as driven:
        await driven.filter("path startswith /tmp")
        append(trace, [openat("/tmp/b")])
        await driven.until(lambda: driven.ids == [far - 1, far] and driven.settled)
        os.utime(trace)
        await driven.pilot.pause(0.3)
        assert driven.ids == [far - 1, far]
