"""Marks, tags and notes in the explorer."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest
from explorer_helpers import Driven, explored

from support import boot, run_sql, write_trace
from tracetui.annotations import Annotation, Book, Notebook, connection, places
from tracetui.trace import Trace
from tracetui.tui.screens.frequency import Counts
from tracetui.tui.screens.help import own
from tracetui.tui.screens.keys import KEYS
from tracetui.tui.screens.letter_prompt import LetterPrompt
from tracetui.tui.screens.note_prompt import NotePrompt, NoteText
from tracetui.tui.widgets.event_list import EventList
from tracetui.tui.widgets.overview import Overview
from tracetui.tui.widgets.tag_prompt import TagPrompt
from tracetui.tui.widgets.virtual_list import VirtualList


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return write_trace(tmp_path / "plugins.db", boot(40))


def stored(path: Path) -> Book:
    with Trace(path) as opened:
        return Notebook(opened).read()


def annotate(path: Path) -> None:
    """Annotations as another explorer writes them."""
    with Trace(path) as opened:
        notebook = Notebook(opened)
        notebook.mark("a", 5)
        notebook.tag([5, 9], ["odd", "env=prod"])
        notebook.note([200], "look here\nand there")


async def mark(driven: Driven, event_id: int, letter: str) -> None:
    """Mark an event from the keyboard."""
    await driven.go_to(event_id)
    await driven.press("m")
    await driven.until(lambda: isinstance(driven.app.screen, LetterPrompt))
    await driven.press(letter)
    await driven.until(lambda: driven.app.screen is driven.explorer)


def book(driven: Driven) -> Book:
    """What the explorer knows."""
    return driven.explorer._filters.book


def line_of(driven: Driven, event_id: int) -> str:
    """The line of the list that shows an event."""
    list_ = driven.list
    row = list_.positions.position(event_id) - list_.top
    return driven.lines[list_.region.y + row][list_.region.x :]


async def test_a_mark_is_set_moved_shown_and_removed(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        before = line_of(driven, 5)
        await mark(driven, 5, "a")
        await driven.until(lambda: line_of(driven, 5).startswith("a"))
        assert line_of(driven, 6).startswith("  ")
        assert stored(trace).marks == {"a": 5}
        await mark(driven, 6, "a")
        await driven.until(lambda: line_of(driven, 6).startswith("a"))
        assert stored(trace).marks == {"a": 6}
        await mark(driven, 6, "a")
        await driven.until(lambda: not book(driven))
        assert stored(trace).marks == {}
        await driven.go_to(1)
        await driven.until(lambda: line_of(driven, 5) == before)


async def test_escape_and_other_keys_mark_nothing(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("m")
        await driven.until(lambda: isinstance(driven.app.screen, LetterPrompt))
        await driven.press("A", "1", "up", "enter")
        assert isinstance(driven.app.screen, LetterPrompt)
        await driven.press("escape")
        await driven.until(lambda: driven.app.screen is driven.explorer)
    assert not places.beside(trace).exists()


async def test_going_to_a_mark_and_back(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("apostrophe")
        await driven.until_shown("no event is marked")
        await mark(driven, 200, "z")
        await driven.until(lambda: book(driven).marks)
        await driven.go_to(3)
        await driven.press("apostrophe")
        await driven.until_shown("Go to mark", "z  200")
        await driven.press("b", "z")
        await driven.until(lambda: driven.list.current_id == 200)
        await driven.press("ctrl+o")
        await driven.until(lambda: driven.list.current_id == 3)


async def test_tags_are_completed_given_and_taken_away(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        await driven.go_to(6)
        await driven.press("T")
        await driven.until(lambda: driven.explorer.query(TagPrompt))
        await driven.until_shown("used: env=prod odd")
        await driven.press("o", "tab", "n", "e", "w", "enter")
        await driven.until(lambda: book(driven)[6].tags == ("new", "odd"))
        await driven.until(lambda: line_of(driven, 6).startswith("#"))
        await driven.press("T")
        await driven.until(lambda: driven.explorer.query(TagPrompt))
        assert driven.explorer.query_one(TagPrompt).line.value == "new odd "
        await driven.press("ctrl+u", "enter")
        await driven.until(lambda: 6 not in book(driven))
    assert stored(trace)[5].tags == ("env=prod", "odd")


async def test_what_is_no_tag_is_said(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.press("T")
        await driven.until(lambda: driven.explorer.query(TagPrompt))
        await driven.type("x" * 101)
        await driven.until_shown("at most 100 characters")
        await driven.press("enter")
        assert driven.explorer.query(TagPrompt)


async def test_a_note_is_written_changed_and_removed(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.go_to(6)
        await driven.press("a")
        await driven.until(lambda: isinstance(driven.app.screen, NotePrompt))
        await driven.press("w", "h", "y", "ctrl+j", "s", "o", "enter")
        await driven.until(lambda: book(driven)[6].note == "why\nso")
        await driven.until(lambda: line_of(driven, 6).startswith("✎"))
        await driven.press("a")
        await driven.until(lambda: isinstance(driven.app.screen, NotePrompt))
        assert driven.app.screen.query_one(NoteText).text == "why\nso"
        await driven.press("exclamation_mark", "enter")
        await driven.until(lambda: book(driven)[6].note == "why\nso!")
        await driven.press("a")
        await driven.until(lambda: isinstance(driven.app.screen, NotePrompt))
        driven.app.screen.query_one(NoteText).text = ""
        await driven.press("enter")
        await driven.until(lambda: not book(driven))
    assert not stored(trace)


async def test_going_from_one_to_the_next_among_those_shown(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        for key, event_id in (
            ("semicolon", 5),
            ("semicolon", 9),
            ("comma", 5),
            ("comma", 200),
            ("semicolon", 5),
        ):
            await driven.press(key)
            await driven.until(lambda event_id=event_id: driven.list.current_id == event_id)
        await driven.filter("id > 6")
        await driven.press("comma")
        await driven.until(lambda: driven.list.current_id == 200)
        await driven.filter("id = 100")
        await driven.press("semicolon")
        await driven.until_shown("no event shown is annotated")


async def test_room_for_them_is_there_from_the_first_picture_on_and_only_where_there_are_any(
    trace: Path,
) -> None:
    async with explored(trace, follow=False) as driven:
        assert driven.list.columns.gutter == 2
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        assert driven.list.columns.gutter == 3
        await driven.until(lambda: line_of(driven, 5).startswith("a"))
        assert line_of(driven, 9).startswith("#")
        overview = driven.explorer.query_one(Overview)
        assert [sign for sign, _ in overview._cells].count("a") == 1


async def test_the_details_list_them(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, (120, 40), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(5)
        await driven.until_shown("annotations", "mark", "env=prod")
        await driven.show_details(200)
        await driven.until_shown("look here", "and there")
        annotate_more(trace)
        await driven.until_shown("changed by another")


def annotate_more(path: Path) -> None:
    with Trace(path) as opened:
        Notebook(opened).note([200], "changed by another")


async def test_filters_by_them_follow_what_is_annotated(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        await driven.filter("tag = odd")
        await driven.until_ids([5, 9])
        with Trace(trace) as opened:
            Notebook(opened).tag([11], ["odd"])
        await driven.until_ids([5, 9, 11])
        await driven.go_to(9)
        await driven.press("T")
        await driven.until(lambda: driven.explorer.query(TagPrompt))
        await driven.press("ctrl+u", "enter")
        await driven.until_ids([5, 11])
        await driven.filter("mark exists or note contains look")
        await driven.until_ids([5, 200])


async def test_values_of_tags_are_completed_with_their_counts(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        await driven.press("f")
        await driven.until(lambda: driven.bar.query_one("#filter-line").has_focus)
        await driven.type("tag = e")
        await driven.until(lambda: any("env=prod" in line and "2" in line for line in driven.lines))
        await driven.press("tab", "enter")
        await driven.until_ids([5, 9])


async def test_a_mark_that_a_filter_hides_is_named(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        await driven.filter("id > 100")
        await driven.press("apostrophe", "a")
        await driven.until_shown("mark a, event 5, is hidden by the filter")


async def test_two_explorers_overwrite_nothing(trace: Path) -> None:
    async with explored(trace, follow=False) as one, explored(trace, follow=False) as other:
        await mark(one, 5, "a")
        await other.until(lambda: book(other).marks == {"a": 5})
        await mark(other, 6, "b")
        await one.until(lambda: book(one).marks == {"a": 5, "b": 6})
        assert stored(trace) == book(one) == book(other)


async def test_what_cannot_be_written_is_said_and_nothing_is_lost(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotate(trace)
    really = connection.connect

    def full(path: Path, *, create: bool = False) -> sqlite3.Connection:
        opened = really(path, create=create)
        opened.execute("PRAGMA max_page_count = 1")
        return opened

    async with explored(trace, follow=False) as driven:
        monkeypatch.setattr(connection, "connect", full)
        await driven.go_to(7)
        driven.explorer._do(lambda opened, notebook: str(len(notebook.note([7], "x" * 20_000))))
        await driven.until_shown("the disk is full")
        assert book(driven)[5] == Annotation(("a",), ("env=prod", "odd"))
        monkeypatch.undo()
        await mark(driven, 7, "b")
        await driven.until(lambda: book(driven).marks == {"a": 5, "b": 7})
        assert not driven.shows("the disk is full")


async def test_a_file_that_cannot_be_read_is_said(trace: Path) -> None:
    places.beside(trace).write_bytes(b"something else" * 100)
    async with explored(trace, follow=False) as driven:
        await driven.until_shown("damaged")
        assert not driven.shows("␊")
        assert driven.list.count
        await mark(driven, 5, "a")
        await driven.until_shown("damaged")
        places.beside(trace).unlink()
        await mark(driven, 5, "a")
        await driven.until(lambda: book(driven).marks == {"a": 5})


async def test_annotations_of_another_trace_are_said(trace: Path) -> None:
    annotate(trace)
    trace.unlink()
    write_trace(trace, boot(41))
    async with explored(trace, (140, 24), follow=False) as driven:
        await driven.until_shown("annotations of another trace")
        assert not book(driven)


async def test_hostile_annotations_are_shown_as_text(trace: Path) -> None:
    annotate(trace)
    evil = "\x1b[31m[bold]$evil\n\u202e"
    connected = sqlite3.connect(places.beside(trace))
    connected.execute("INSERT INTO tag SELECT id, 9, ? FROM trace", (evil,))
    connected.execute("INSERT INTO note SELECT id, 9, ? FROM trace", (evil,))
    connected.commit()
    connected.close()
    async with explored(trace, (120, 40), follow=False) as driven:
        await driven.open_details()
        await driven.show_details(9)
        await driven.until_shown("␛[31m[bold]$evil")
        for key, kind in (("T", TagPrompt), ("a", NotePrompt), ("apostrophe", LetterPrompt)):
            await driven.press(key)
            await driven.until(
                lambda kind=kind: isinstance(driven.app.screen, kind) or driven.explorer.query(kind)
            )
            assert "\x1b" not in driven.text
            assert "\u202e" not in driven.text
            await driven.press("escape")
            await driven.until(lambda: driven.list.has_focus)
        await driven.press("T")
        await driven.until(lambda: driven.explorer.query(TagPrompt))
        await driven.press("m", "o", "r", "e", "enter")
        await driven.until(lambda: "more" in book(driven)[9].tags)
        assert evil in book(driven)[9].tags


async def test_the_end_waits_for_what_is_still_to_be_written(trace: Path) -> None:
    async with explored(trace, follow=False) as driven:
        await driven.until(lambda: driven.app.session is not None)
        for number in range(20):
            driven.explorer._do(lambda opened, notebook, n=number: str(len(notebook.tag([n + 1], [f"t{n}"]))))
    assert len(stored(trace)) == 20
    assert driven.app.unsaved == []


async def test_what_could_not_be_written_at_the_end_is_told(
    trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotate(trace)
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    locker = sqlite3.connect(places.beside(trace), isolation_level=None, check_same_thread=False)
    async with explored(trace, follow=False) as driven:
        locker.execute("BEGIN EXCLUSIVE")
        driven.app.session.annotations._stopping.set()
        driven.explorer._do(lambda opened, notebook: str(len(notebook.mark("b", 5))))
    locker.close()
    (text,) = driven.app.unsaved
    assert "is locked by another program" in text


async def test_the_report_is_written_from_the_palette(trace: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        commands = {command.title: command for command in driven.app.get_system_commands(driven.explorer)}
        await commands["Report"].callback()
        await driven.until_shown("Write the report to", "plugins.md")
        await driven.press("enter")
        await driven.until_shown("3 annotated events")
        text = (tmp_path / "plugins.md").read_text()
        assert text.startswith("# plugins.db\n\n3 annotated events")
        await commands["Report"].callback()
        await driven.until_shown("Write the report to")
        await driven.press("end", "x")
        await driven.until(lambda: not driven.shows("this is there already"))
        await driven.press("backspace")
        await driven.until_shown("this is there already")


async def test_a_growing_trace_keeps_what_is_annotated_while_it_grows(trace: Path) -> None:
    async with explored(trace, follow=True) as driven:
        await mark(driven, driven.list.current_id, "e")
        await driven.until(lambda: book(driven).marks)
        run_sql(trace, "INSERT INTO event (id, type, procname, proc_id) VALUES (1000, 'x', 'y', 0)")
        await driven.until(lambda: driven.pane.view.last == 1000)
        await driven.go_to(1000)
        await mark(driven, 1000, "f")
        await driven.until(lambda: len(book(driven).marks) == 2)
    assert len(stored(trace).marks) == 2


async def test_tags_are_counted_among_the_events_shown(trace: Path) -> None:
    annotate(trace)
    async with explored(trace, follow=False) as driven:
        await driven.filter("id > 6")
        driven.explorer._counted_field = "tag"
        await driven.press("c")
        await driven.until_shown("env=prod", "odd")
        assert [(count.value, count.events) for count in driven.app.screen.query_one(Counts).counts] == [
            ("env=prod", 1),
            ("odd", 1),
        ]


async def test_a_compressed_trace_is_annotated_beside_itself(trace: Path) -> None:
    packed = trace.with_name("packed.db.gz")
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    async with explored(packed, follow=False) as driven:
        await mark(driven, 5, "a")
        await driven.until(lambda: book(driven).marks)
    assert packed.with_name("packed.db.notes").exists()


def test_no_key_of_the_explorer_is_taken_twice() -> None:
    keys = [key for binding in KEYS for key in binding.key.split(",")]
    lists = {
        key for kind in (VirtualList, EventList) for binding in own(kind) for key in binding.key.split(",")
    }
    assert len(set(keys)) == len(keys)
    assert lists.isdisjoint(keys)
