"""The detail pane: every column, decoded arguments, argument lists, buffers."""

from __future__ import annotations

from pathlib import Path

import pytest
from explorer_helpers import Driven, explored

from support import boot, openat, run_sql, syscall, write_trace
from tracetui.events import Read
from tracetui.output.stored import stored_columns
from tracetui.tui.detail.hexdump import wrap


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot())


def shown(driven: Driven) -> list[str]:
    """All lines of the pane, those that are scrolled away too."""
    pane = driven.detail
    lines = []
    for index in range(pane.count):
        text = "".join(segment.text for segment in pane.render_row(index, pane.size.width - 1, False))
        lines.append(" ".join(text.split()))
    return lines


async def details(driven: Driven, event_id: int, key: str = "enter") -> list[str]:
    """What the pane shows of an event."""
    await driven.go_to(event_id)
    if not driven.explorer.query("#detail") or not driven.detail.display:
        await driven.press(key)
    await driven.until(
        lambda: (
            driven.explorer.query("#detail")
            and driven.detail.record is not None
            and driven.detail.record.id == event_id
        )
    )
    return shown(driven)


async def fold(driven: Driven, title: str) -> list[str]:
    """Fold or unfold a section by keyboard."""
    driven.detail.focus()
    line = next(index for index, text in enumerate(shown(driven)) if text[2:].startswith(title))
    driven.detail.select(line, by_user=True)
    await driven.press("enter")
    return shown(driven)


async def test_a_failed_call_has_its_arguments_decoded_and_its_errno_explained(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        lines = await details(driven, 4)
        assert "event 4 syscall" in lines
        assert "result -2 ENOENT No such file or directory" in lines
        assert "path /dev/nvram" in lines
        assert "pid unknown: the logger records none" in lines
        assert lines[lines.index("dfd AT_FDCWD") + 1] == "4294967196 0xffffff9c"
        assert 'filename "/dev/nvram"' in lines
        assert "flags O_RDONLY" in lines
        lines = await details(driven, 6)
        assert "result -25 ENOTTY Not a typewriter" in lines
        assert "fd 4 /dev/mtd0" in lines
        assert "cmd TCGETS" in lines


async def test_every_stored_column_of_every_event_is_there(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await details(driven, 1)
        await fold(driven, "stored columns")
        for event_id in driven.ids:
            lines = await details(driven, event_id)
            record = driven.detail.record
            assert record is not None
            begin = next(index for index, line in enumerate(lines) if line.startswith("▾ stored columns"))
            names = [line.split()[0] for line in lines[begin + 1 :] if line]
            columns = [name for name in stored_columns(record) if name != "context"]
            assert [name for name in names if name in columns] == columns


async def test_an_execution_has_its_words_and_its_environment_one_a_line(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        lines = await details(driven, 1)
        assert [line for line in lines if line.startswith("[")] == ["[0] /sbin/init", "[1] -s"]
        begin = next(index for index, line in enumerate(lines) if "environment" in line)
        assert lines[begin + 1 : begin + 3] == ["PATH=/bin:/sbin", "HOME=/root"]


async def test_a_buffer_is_shown_as_text_or_as_hex(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        lines = await details(driven, 7)
        begin = next(index for index, line in enumerate(lines) if "buffer 17 bytes" in line)
        assert lines[begin + 1 : begin + 3] == ["root:x:0:0␊", "␀␛[31m"]
        driven.detail.focus()
        await driven.press("h", "h")
        hexed = shown(driven)[begin + 1 : begin + 3]
        assert hexed[0] == "00000000 72 6f 6f 74 3a 78 3a 30 3a 30 0a 00 1b 5b 33 31 root:x:0:0···[31"
        assert hexed[1].startswith("00000010 6d")
        await driven.press("h")
        assert shown(driven) == lines


async def test_all_bytes_of_a_large_buffer_can_be_reached(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4096
    trace = write_trace(tmp_path / "big.db", [Read(procname="dd", proc_id=0, fd=3, fname="/f", buffer=data)])
    async with explored(trace, follow=False) as driven:
        await details(driven, 1)
        driven.detail.focus()
        assert driven.shows("buffer  1,048,576 bytes ")
        driven.detail.select(driven.detail.count - 2, by_user=True)
        await driven.until_shown("000ffff0 f0 f1 f2 f3")


async def test_a_line_is_copied_whole_although_it_is_cut(tmp_path: Path) -> None:
    path = "/" + "very-long-name/" * 20
    trace = write_trace(tmp_path / "long.db", [openat(path)])
    async with explored(trace, follow=False) as driven:
        await details(driven, 1)
        driven.detail.focus()
        line = next(index for index, text in enumerate(shown(driven)) if text.startswith("path /very"))
        driven.detail.select(line, by_user=True)
        await driven.press("y")
        assert driven.app.clipboard == path


async def test_sections_fold_and_stay_folded_for_other_events(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert "flags O_RDONLY" in await details(driven, 4)
        assert "flags O_RDONLY" not in await fold(driven, "arguments")
        assert "flags O_RDONLY" not in await details(driven, 5)
        assert "flags O_RDONLY" in await fold(driven, "arguments")


async def test_d_opens_and_closes_the_pane_which_follows_the_cursor(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        assert "event 4 syscall" in await details(driven, 4, key="d")
        assert driven.list.has_focus
        await driven.press("down")
        await driven.until(lambda: "event 5 syscall" in shown(driven))
        await driven.press("d")
        assert not driven.detail.display
        await driven.press("down", "d")
        await driven.until(lambda: driven.detail.display and "event 6 syscall" in shown(driven))


async def test_columns_of_tables_of_others_are_shown_and_can_be_filtered_on(trace: Path) -> None:
    run_sql(
        trace,
        "CREATE TABLE note (id INTEGER PRIMARY KEY REFERENCES event(id), author VARCHAR, weight FLOAT)",
        "INSERT INTO note VALUES (5, 'a [bold]reader[/]', 2.5)",
    )
    async with explored(trace, follow=False) as driven:
        lines = await details(driven, 5)
        assert 'author "a [bold]reader[/]"' in lines
        assert "weight 2.5" in lines


async def test_a_result_that_was_not_recorded_is_unknown_and_not_zero(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "entry.db", [syscall("execve", 'filename=0x1("/bin/true")', retno=None)])
    async with explored(trace, follow=False) as driven:
        lines = await details(driven, 1)
        assert "result unknown: logged when the call begins" in lines
        assert driven.lines[2].rstrip(" ┃").endswith("?")


async def test_the_pane_stands_beside_the_list_on_a_wide_screen_from_the_start(trace: Path) -> None:
    async with explored(trace, size=(160, 45), follow=False) as driven:
        await driven.until(lambda: driven.explorer.query("#detail") and driven.detail.record is not None)
        assert driven.detail.region.x > driven.list.region.right - 2
        assert driven.list.has_focus
        assert driven.tree.region.right <= driven.list.region.x


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [""]),
        ("as long as it", ["as long as it"]),
        ("a sentence of words", ["a sentence of ", "words"]),
        ("/a/path/without/blanks", ["/a/path/without", "/blanks"]),
        ("a /path/after/a/word", ["a /path/after/a", "/word"]),
    ],
)
def test_lines_break_between_words_where_that_leaves_them_full(text: str, pieces: list[str]) -> None:
    assert wrap(text, 15) == pieces
    assert "".join(pieces) == text
