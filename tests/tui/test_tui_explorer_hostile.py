"""Every text of the trace is hostile: nothing of it reaches the terminal as anything but signs to read."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored
from textual.widgets import Input

from support import NO_ARGUMENTS, run_sql, write_trace
from tracetui.events import Event, Exec, ProcExit, ProcStart, Read, Syscall, Write

NASTY = (
    (
        "\x1b]52;c;ZXZpbA==\x07\x1b[31mred\x1b[2J\x9b5n[bold red]x[/] [link=http://a]b[/link][/] [@click=app.quit]q[/]\n\r\t"
        "\u202eevil\u2066\u200b\ufeff\x00\x08\x7f\u0085\u2028 {}%s ${pid} `id` 'a\" \\ \ud83d 漢字 é\u0301 🏴‍☠️ $(reboot)"
    )
    .encode("utf-8", "replace")
    .decode()
)
TABLE = "no [b]te\x1b]0;title\x07\x9b2J\u202e"
MEGABYTES = 10_000_000


def starts(pid: int, ppid: int, name: str) -> ProcStart:
    return ProcStart(
        procname=name,
        proc_id=pid,
        pid=pid,
        ppid=ppid,
        create_time=1_000 + pid,
        comm=NASTY,
        uid=0,
        gid=0,
        euid=0,
        egid=0,
    )


def hostile_events() -> list[Event]:
    arguments = NO_ARGUMENTS | {
        "arg0": 4,
        "arg0_repr": f"fd=0x4({NASTY})",
        "arg1_repr": f'filename=0x1("{NASTY}")',
        "arg2_repr": NASTY,
        "arg3_repr": "=",
        "arg4_repr": "[/]=[b](",
    }
    named = {"procname": NASTY, "proc_id": 0}
    return [
        Exec(procname=NASTY, proc_id=0, calltree=NASTY, argc=NASTY, euid=0, egid=0, argv=NASTY, envp=NASTY),
        Exec(
            **named,
            calltree="",
            argc="1",
            euid=0,
            egid=0,
            argv=repr([NASTY, "[/]"]),
            envp=repr({NASTY: NASTY}),
        ),
        starts(1, 0, NASTY),
        starts(2, 1, "[bold]" + NASTY),
        Syscall(**named, name=f"sys_{NASTY}", retno=-2, retno_repr=NASTY, **arguments),
        Syscall(**named, name="sys_openat", retno=3, retno_repr=NASTY, **arguments),
        Read(**named, fd=3, fname=NASTY, buffer=NASTY.encode("utf-8", "surrogatepass")),
        Write(**named, fd=-1, fname=NASTY, buffer=bytes(range(256))),
        ProcExit(procname=NASTY, proc_id=2, pid=2, create_time=1_002, code=1, reason=NASTY),
    ]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(
        tmp_path / "[red]\x1b[31m plugins.db",
        hostile_events(),
        [
            f'CREATE TABLE "{TABLE}" (id INTEGER PRIMARY KEY REFERENCES event(id), "[/]\x1b[1m" VARCHAR)',
            f'INSERT INTO "{TABLE}" SELECT id, procname FROM event',
        ],
    )


def controls(driven: Driven) -> list[str]:
    """Characters on the screen that a terminal would obey, or that would turn the text around."""
    found = []
    for strip in driven.app.screen._compositor.render_strips():
        for segment in strip:
            found += [sign for sign in segment.text if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs")]
            found += [
                sign
                for sign in segment.text
                if 0x202A <= ord(sign) <= 0x202E or 0x2066 <= ord(sign) <= 0x2069
            ]
            assert segment.style is None or segment.style.link is None
            assert segment.style is None or "@click" not in segment.style.meta
    return found


def assert_harmless(driven: Driven) -> None:
    assert controls(driven) == [], driven.lines
    width = driven.app.size.width
    for strip in driven.app.screen._compositor.render_strips():
        assert strip.cell_length <= width


@pytest.mark.parametrize("size", [(100, 30), (160, 45), (40, 12)])
async def test_list_tree_title_and_details_show_it_escaped(trace: Path, size: tuple[int, int]) -> None:
    async with explored(trace, size=size, follow=False) as driven:
        assert_harmless(driven)
        assert "[bold red]x[/]" in driven.list._rows.get(1).process if driven.list._rows else False  # type: ignore[union-attr]
        await driven.press("t")
        await driven.until(lambda: driven.explorer.query("#tree-lines") and driven.tree.count == 2)
        assert_harmless(driven)
        await driven.press("enter")
        await driven.until(lambda: driven.settled)
        assert_harmless(driven)
        await driven.press("backspace", "escape")
        await driven.open_details()
        for event_id in range(1, 10):
            await driven.show_details(event_id)
            for index in range(driven.detail.count):
                line = "".join(segment.text for segment in driven.detail.render_row(index, size[0], False))
                assert line.isprintable(), line
            assert_harmless(driven)


async def test_the_point_menu_offers_it_escaped_and_builds_a_filter_that_finds_it(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(7)
        await driven.press("full_stop")
        await driven.until(lambda: driven.app.screen.query("#points"))
        assert_harmless(driven)
        labels = [point.label for point in driven.app.screen.query_one("#points").points]  # type: ignore[attr-defined]
        await driven.press(*["down"] * labels.index("this program"), "enter")
        await driven.until(lambda: len(driven.app.screen_stack) == 1 and driven.settled)
        assert 7 in driven.ids
        assert 4 not in driven.ids
        assert driven.pane.view.filtered
        assert_harmless(driven)


async def test_completions_are_escaped_and_apply(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("f")
        await driven.type("procname = ")
        await driven.until(lambda: "red" in "\n".join(driven.lines[-12:-2]))
        assert_harmless(driven)
        await driven.press("down", "enter", "enter")
        await driven.until(lambda: driven.pane.view.filtered and driven.settled)
        assert driven.ids
        assert_harmless(driven)


async def test_what_is_pasted_is_shown_and_sought_as_it_is(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for key in ("f", "slash"):
            await driven.press(key)
            line = driven.app.focused
            assert isinstance(line, Input)
            line.insert_text_at_cursor(NASTY)
            await driven.press("enter", "escape", "escape")
            assert_harmless(driven)


async def test_copies_hold_no_escape_sequences(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        for event_id in (2, 5, 7):
            await driven.go_to(event_id)
            for key in ("y", "Y"):
                await driven.press(key)
                assert "\x1b" not in driven.app.clipboard
                assert "\x9b" not in driven.app.clipboard
                assert_harmless(driven)


async def test_texts_and_buffers_of_megabytes_do_not_stop_anything(tmp_path: Path) -> None:
    huge = "[b]\x1b[1m" * (MEGABYTES // 35)
    events: list[Event] = [
        Read(procname="x", proc_id=0, fd=3, fname=huge, buffer=b"A\x1b" * (MEGABYTES // 2)),
        Syscall(
            procname=huge,
            proc_id=0,
            name="sys_open",
            retno=3,
            retno_repr="3",
            **NO_ARGUMENTS | {"arg0_repr": huge},
        ),
        Exec(procname="x", proc_id=0, calltree="", argc="1", euid=0, egid=0, argv=repr([huge]), envp=huge),
    ]
    trace = write_trace(tmp_path / "huge.db", events)
    async with explored(trace, follow=False) as driven:
        assert_harmless(driven)
        await driven.open_details()
        for event_id in (1, 2, 3):
            await driven.show_details(event_id)
            assert_harmless(driven)
            driven.detail.focus()
            await driven.press("end", "h", "home", "y", "escape")
            assert_harmless(driven)
        await driven.press("full_stop")
        await driven.pilot.pause()
        assert_harmless(driven)
        await driven.press("escape")


async def test_values_of_other_types_than_the_columns_are_shown(trace: Path) -> None:
    run_sql(
        trace,
        "UPDATE syscall SET retno = 'text', name = 17, arg0 = 1.5, arg1_repr = X'00ff1b5b'",
        "UPDATE read SET fd = 'x', buffer = 'text', fname = 5",
        "UPDATE event SET procname = X'1b5b33316d', proc_id = 'p' WHERE id > 3",
        "UPDATE exec SET argv = 3, envp = X'00', argc = 2",
    )
    async with explored(trace, follow=False) as driven:
        assert len(driven.ids) == 9
        await driven.open_details()
        for event_id in range(1, 10):
            await driven.show_details(event_id)
            assert_harmless(driven)
