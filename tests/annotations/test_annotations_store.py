"""Annotations on disk: where they are, whose they are, and what can go wrong with the file."""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support import append, boot, openat, run_sql, write_trace
from tracetui.annotations import Annotation, AnnotationError, Notebook, connection, places
from tracetui.trace import Trace


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return write_trace(folder / "plugins.db", boot(20))


@contextmanager
def notebook(path: Path) -> Iterator[Notebook]:
    with Trace(path) as opened:
        yield Notebook(opened)


def read(path: Path) -> dict[int, Annotation]:
    """All annotations of a trace, by event."""
    with notebook(path) as notes:
        book = notes.read()
    return {event_id: book[event_id] for event_id in book}


def sentence(path: Path) -> str:
    """What is said of annotations that are not shown."""
    with notebook(path) as notes:
        notes.read()
        return notes.sentence


def annotate(path: Path) -> dict[int, Annotation]:
    """Write one annotation of each kind."""
    with notebook(path) as notes:
        notes.mark("a", 5)
        notes.tag([5, 6], ["odd", "env=prod"])
        notes.note([6], "why?\nbecause")
    return WRITTEN


WRITTEN = {
    5: Annotation(("a",), ("env=prod", "odd")),
    6: Annotation((), ("env=prod", "odd"), "why?\nbecause"),
}


# Reading and writing.


def test_what_is_written_is_there_again_and_the_trace_is_as_before(trace):
    before = trace.read_bytes(), trace.stat().st_mtime_ns
    assert read(trace) == {}
    assert os.listdir(trace.parent) == [trace.name]
    annotate(trace)
    assert read(trace) == WRITTEN
    assert sorted(os.listdir(trace.parent)) == ["plugins.db", "plugins.db.notes"]
    assert (trace.read_bytes(), trace.stat().st_mtime_ns) == before


def test_a_mark_names_one_event(trace):
    with notebook(trace) as notes:
        notes.mark("a", 5)
        assert notes.mark("a", 9).marks == {"a": 9}
        assert notes.mark("b", 9)[9].marks == ("a", "b")
        assert notes.unmark("a").marks == {"b": 9}
        with pytest.raises(AnnotationError, match="a letter from a to z"):
            notes.mark("A", 5)


def test_tags_and_notes_are_taken_away_again(trace):
    annotate(trace)
    with notebook(trace) as notes:
        assert notes.untag([5, 6], ["odd"])[5].tags == ("env=prod",)
        assert notes.retag(6, ["new", "env=prod"])[6].tags == ("env=prod", "new")
        assert notes.note([6], "other")[6].note == "other"
        assert notes.note([6], "  ")[6].note == ""
        assert notes.untag([5, 6], ["env=prod", "new"]).event_ids == [5]


def test_nothing_to_take_away_makes_no_file(trace):
    with notebook(trace) as notes:
        notes.unmark("a")
        notes.untag([1], ["odd"])
        notes.note([1], "")
        notes.retag(1, [])
    assert os.listdir(trace.parent) == [trace.name]


def test_many_events_are_tagged_at_once(trace):
    ids = range(1, 30_001)
    with notebook(trace) as notes:
        assert len(notes.tag(ids, ["odd"])) == len(ids)
        assert len(notes.untag(ids[:-1], ["odd"])) == 1


def test_two_at_once_see_each_other_and_overwrite_nothing(trace):
    with notebook(trace) as one, notebook(trace) as other:
        one.read()
        other.read()
        one.tag([5], ["one"])
        assert other.changed
        assert not one.changed
        assert other.tag([5], ["other"])[5].tags == ("one", "other")
        assert one.changed
        assert one.read()[5].tags == ("one", "other")
        assert not one.changed


def test_writers_wait_for_each_other(trace):
    def write(letter: str) -> None:
        with notebook(trace) as notes:
            for event_id in range(1, 11):
                notes.tag([event_id], [letter])

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(trace) == {event_id: Annotation((), ("a", "b", "c")) for event_id in range(1, 11)}


def test_a_writer_that_is_killed_leaves_all_or_nothing(trace):
    annotate(trace)
    code = (
        "import os, sys; from pathlib import Path; from tracetui.annotations import Notebook, changes\n"
        "from tracetui.trace import Trace\n"
        "changes.tag = lambda ids, tags, tag=changes.tag: lambda s, key: (tag(ids, tags)(s, key), s.flush(), "
        "os.kill(os.getpid(), 9))\n"
        "Notebook(Trace(Path(sys.argv[1]))).tag(range(1, 50_000), ['half'])\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(trace)], timeout=60, check=False)
    assert ended.returncode == -9
    assert read(trace) == WRITTEN


# Whose they are.


def test_a_trace_that_grows_keeps_its_annotations(tmp_path):
    trace = write_trace(tmp_path / "plugins.db", boot(1))
    annotate(trace)
    append(trace, boot(100))
    assert read(trace) == WRITTEN
    with notebook(trace) as notes:
        notes.mark("z", 500)
    append(trace, boot(1))
    assert 500 in read(trace)


def test_another_trace_in_its_place_does_not_inherit_them_and_they_are_kept(trace):
    annotate(trace)
    kept = trace.rename(trace.with_name("before.db"))
    write_trace(trace, [openat("/other"), *boot(30)])
    assert read(trace) == {}
    assert "6 annotations of another trace that was here before" in sentence(trace)
    with notebook(trace) as notes:
        notes.mark("q", 3)
    assert read(trace) == {3: Annotation(("q",))}
    kept.replace(trace)
    assert read(trace) == WRITTEN
    assert sentence(trace) == ""


def test_a_run_that_differs_only_later_is_another_trace(trace):
    annotate(trace)
    run_sql(trace, "UPDATE syscall SET arg1 = arg1 + 16 WHERE id > 100")
    assert read(trace) == {}


def test_a_trace_that_is_shorter_is_another_trace(trace):
    annotate(trace)
    trace.unlink()
    write_trace(trace, boot(19))
    assert read(trace) == {}


def test_a_copy_with_its_notes_has_them(trace, tmp_path):
    annotate(trace)
    moved = tmp_path / "elsewhere"
    shutil.copytree(trace.parent, moved)
    assert read(moved / trace.name) == WRITTEN


def test_links_lead_to_the_notes_of_the_run(trace, tmp_path):
    (tmp_path / "latest").symlink_to(trace.parent)
    annotate(tmp_path / "latest" / trace.name)
    assert read(trace) == WRITTEN


def test_a_compressed_trace_shares_the_notes_of_the_plain_one(trace):
    annotate(trace)
    packed = trace.with_name(trace.name + ".gz")
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    with Trace(trace, name=packed) as opened:
        assert Notebook(opened).read().marks == {"a": 5}


def test_a_trace_without_events_has_nothing_to_annotate(tmp_path):
    trace = write_trace(tmp_path / "plugins.db", [])
    with notebook(trace) as notes:
        assert len(notes.read()) == 0
        with pytest.raises(AnnotationError, match="no events yet"):
            notes.mark("a", 1)


# Where nothing can be written.


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes folders in which SQLite can write no file."""
    folders: set[Path] = set()
    really = connection.connect

    def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
        if path.parent not in folders:
            return really(path, create=create)
        if create and not path.exists():
            raise sqlite3.OperationalError("unable to open database file")
        opened = really(path, create=create)
        opened.execute("PRAGMA query_only = 1")
        return opened

    monkeypatch.setattr(connection, "connect", connect)
    return folders.add


def test_beside_a_trace_in_a_sealed_folder_they_go_to_the_users_own_file(trace, sealed, tmp_path):
    sealed(trace.parent)
    annotate(trace)
    assert os.listdir(trace.parent) == [trace.name]
    assert read(trace) == WRITTEN
    assert places.own().is_relative_to(os.environ["XDG_DATA_HOME"])
    other = write_trace(tmp_path / "plugins.db", boot(7))
    assert read(other) == {}
    assert sentence(other) == ""


def test_notes_that_can_only_be_read_are_shown_with_ones_own_over_them(trace, sealed):
    annotate(trace)
    sealed(trace.parent)
    with notebook(trace) as notes:
        notes.mark("a", 9)
        notes.note([6], "mine")
        book = notes.tag([6], ["own"])
    assert book.marks == {"a": 9}
    assert book[6] == Annotation((), ("env=prod", "odd", "own"), "mine")
    with notebook(trace) as notes, pytest.raises(AnnotationError, match="cannot be written"):
        notes.untag([5], ["odd"])
    with notebook(trace) as notes:
        assert notes.untag([6], ["own"])[6].tags == ("env=prod", "odd")


def test_ones_own_give_way_once_the_folder_can_be_written(trace, sealed, monkeypatch):
    sealed(trace.parent)
    with notebook(trace) as notes:
        notes.mark("a", 9)
        notes.note([6], "old")
    data = os.environ["XDG_DATA_HOME"]
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", data)
    with notebook(trace) as notes:
        notes.mark("a", 10)
        assert notes.note([6], "new")[6].note == "new"
        assert notes.read().marks == {"a": 10}


def test_where_nothing_can_be_written_at_all_both_places_are_named(trace, sealed):
    sealed(trace.parent)
    sealed(places.own().parent)
    with (
        notebook(trace) as notes,
        pytest.raises(AnnotationError, match=r"db\.notes .*annotations\.notes") as told,
    ):
        notes.mark("a", 5)
    assert "Nothing was changed" in str(told.value)


# What can be wrong with the file.


def test_a_full_disk_changes_nothing_and_says_so(trace, monkeypatch):
    annotate(trace)
    really = connection.connect

    def full(path: Path, *, create: bool = False) -> sqlite3.Connection:
        opened = really(path, create=create)
        opened.execute("PRAGMA max_page_count = 1")
        return opened

    monkeypatch.setattr(connection, "connect", full)
    with notebook(trace) as notes, pytest.raises(AnnotationError, match="the disk is full") as told:
        notes.tag(range(1, 10_000), ["much"])
    assert told.value.hint == "Nothing was changed."
    monkeypatch.undo()
    assert read(trace) == WRITTEN


def test_a_locked_file_says_so_and_can_be_read_afterwards(trace, monkeypatch):
    annotate(trace)
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(places.beside(trace), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with notebook(trace) as notes:
            with pytest.raises(AnnotationError, match="locked by another program"):
                notes.mark("b", 5)
            with pytest.raises(AnnotationError, match="locked by another program"):
                notes.read()
    assert read(trace) == WRITTEN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"these are my own notes\n" * 100, "damaged"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged"),
        (b"\0" * 5000, "damaged"),
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(trace, content, said):
    file = places.beside(trace)
    file.write_bytes(content)
    with notebook(trace) as notes:
        with pytest.raises(AnnotationError, match=said):
            notes.read()
        with pytest.raises(AnnotationError, match=said) as told:
            notes.mark("a", 5)
    assert "Move it away" in str(told.value)
    assert file.read_bytes() == content


def test_a_file_damaged_inside_is_told(trace):
    annotate(trace)
    with notebook(trace) as notes:
        notes.tag(range(1, 120), [f"t{n}" for n in range(20)])
    file = places.beside(trace)
    whole = bytearray(file.read_bytes())
    whole[4096 * 3 :] = b"\xa5" * len(whole[4096 * 3 :])
    file.write_bytes(whole)
    with notebook(trace) as notes, pytest.raises(AnnotationError, match="damaged"):
        notes.read()


OURS = f"PRAGMA application_id = {connection.APPLICATION}"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["CREATE TABLE mine (id)"], "no file of annotations"),
        ([OURS, "PRAGMA user_version = 9"], "newer version"),
        ([OURS, "CREATE VIEW mark AS SELECT 1"], "no file of annotations"),
        ([OURS, "CREATE TABLE trace (id)"], "damaged"),
    ],
)
def test_a_file_of_others_is_left_alone(trace, statements, said):
    run_sql(places.beside(trace), *statements)
    before = places.beside(trace).read_bytes()
    with notebook(trace) as notes:
        with pytest.raises(AnnotationError, match=said):
            notes.read()
        with pytest.raises(AnnotationError, match=said):
            notes.mark("a", 5)
    assert places.beside(trace).read_bytes() == before


def test_values_that_make_no_sense_are_counted(trace):
    annotate(trace)
    run_sql(
        places.beside(trace),
        "INSERT INTO tag SELECT id, 'x', 'word' FROM trace",
        "INSERT INTO mark SELECT id, 'AB', 7 FROM trace",
        "INSERT INTO note SELECT id, 8, x'00ff' FROM trace",
        "INSERT INTO note SELECT id, 10, printf('%.*c', 30000, 'x') FROM trace",
        "INSERT INTO tag SELECT id, 10, '' FROM trace",
        "INSERT INTO note SELECT id, 9, CAST(x'41ff' AS TEXT) FROM trace",
    )
    assert read(trace) == {**WRITTEN, 9: Annotation((), (), "A\\xff")}
    assert sentence(trace) == "5 annotations make no sense and are not shown"


def test_an_empty_file_is_one_that_is_being_made(trace):
    places.beside(trace).touch()
    assert read(trace) == {}
    assert annotate(trace) == read(trace)


def test_a_folder_in_its_place_is_told(trace, monkeypatch):
    places.beside(trace).mkdir()
    with notebook(trace) as notes, pytest.raises(AnnotationError, match="cannot be read"):
        notes.read()
