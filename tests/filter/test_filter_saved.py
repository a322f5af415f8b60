"""Saved filters and the history of applied ones: files that users edit and programs share."""

from __future__ import annotations

import json
import os
import threading

import pytest

from tracetui.filter import FilterError, parse
from tracetui.filter.history import MAX_ENTRIES, History
from tracetui.filter.history import default_file as history_file
from tracetui.filter.saved import SavedError, add_all, default_file, dumps, load, loads, remove, save

TEXTS = (
    "failed",
    'buffer contains "GET /\\r\\n"',
    "path ~ r'a\\b'",
    "procname = 'é日本'",
    "procname = '# no comment'",
    'procname = "it\'s"',
    "path contains '\t'",
    "procname = \x7f",
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config" / "filters.toml"


def test_nothing_is_saved_at_first(file):
    assert load(file) == {}
    assert not file.exists()


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_saved_is_loaded(file, text):
    save("mine", text, file)
    assert load(file) == {"mine": text}


def test_toml_of_any_text_comes_back():
    filters = {f"f{n}": text for n, text in enumerate((*TEXTS, "", '"""', "\\", "\n\r\t\0\x1f", "\u2028"))}
    assert loads(dumps(filters)) == filters


def test_filters_are_sorted_and_one_a_line(file):
    for name in ("b", "a", "c-1", "0"):
        save(name, "failed", file)
    assert file.read_text() == '[filters]\n0 = "failed"\na = "failed"\nb = "failed"\nc-1 = "failed"\n'


def test_others_tables_and_values_do_not_matter():
    assert loads('x = 1\n[filters]\na = "failed"\nb = 3\n[other]\nc = "x"\n') == {"a": "failed"}
    assert loads("") == {}


@pytest.mark.parametrize("text", ["[filters", "filters = 3", "filters = ['a']", '[filters]\na = "\x00"'])
def test_what_is_no_toml_is_an_error(text, file):
    with pytest.raises(SavedError):
        loads(text)
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(SavedError, match=r"filters\.toml"):
        load(file)
    with pytest.raises(SavedError):
        save("a", "failed", file)
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["", " ", "a b", "a.b", "é", "-a", "a\n", "@a", '"'])
def test_names_are_simple(name, file):
    with pytest.raises(SavedError, match="letters"):
        save(name, "failed", file)
    assert not file.exists()


def test_a_filter_must_parse(file):
    with pytest.raises(FilterError):
        save("a", "fd.nmae = 3", file)
    assert not file.exists()


def test_a_filter_must_not_come_to_contain_itself(file):
    save("a", "failed", file)
    save("b", "@a", file)
    with pytest.raises(FilterError, match="contains itself"):
        save("a", "@b", file)
    with pytest.raises(FilterError, match="contains itself"):
        save("a", "@a", file)
    assert load(file) == {"a": "failed", "b": "@a"}


def test_removing(file):
    save("a", "failed", file)
    with pytest.raises(SavedError, match="no filter is saved as 'b'"):
        remove("b", file)
    remove("a", file)
    assert load(file) == {}


def test_adding_many_keeps_what_parses(file):
    save("a", "failed", file)
    refused = add_all(
        {"b": "@c", "c": "id = 1", "d": "fd.nmae = 3", "e f": "failed", "g": "@g", "a": "not failed"}, file
    )
    assert sorted(refused) == ["d", "e f", "g"]
    assert load(file) == {"a": "not failed", "b": "@c", "c": "id = 1"}


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "config").write_text("a file, not a folder")
    with pytest.raises(SavedError):
        save("a", "failed", tmp_path / "config" / "filters.toml")


def test_no_half_written_file_is_left(file, monkeypatch):
    save("a", "failed", file)
    monkeypatch.setattr(
        os, "replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(SavedError, match="No space left"):
        save("b", "failed", file)
    assert load(file) == {"a": "failed"}
    assert [path.name for path in file.parent.iterdir()] == ["filters.toml"]


def test_the_files_are_where_the_system_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_file() == tmp_path / "config" / "tracetui" / "filters.toml"
    assert history_file() == tmp_path / "state" / "tracetui" / "filters"


def test_a_loaded_filter_can_be_named(file):
    save("noise", "path pmatch (/proc, /sys)", file)
    assert parse("not @noise", saved=load(file)).leaves[0].field.name == "path"


# History.


def test_history_is_newest_first_and_kept(tmp_path):
    history = History(tmp_path / "deep" / "filters")
    assert history.entries == []
    for text in ("a", "b", "  a  ", "a", "", "c\nd"):
        history.add(text)
    assert history.entries == ["c\nd", "a", "b"]
    assert History(tmp_path / "deep" / "filters").entries == history.entries


def test_history_has_a_limit(tmp_path):
    history = History(tmp_path / "filters")
    for number in range(MAX_ENTRIES + 10):
        history.add(f"id = {number}")
    assert len(history.entries) == len(History(tmp_path / "filters").entries) == MAX_ENTRIES
    assert history.entries[0] == f"id = {MAX_ENTRIES + 9}"


def test_the_file_of_the_history_does_not_grow_for_ever(tmp_path):
    for _ in range(6):
        history = History(tmp_path / "filters")
        for number in range(2 * MAX_ENTRIES):
            history.add(f"id = {number}")
    newest = [f"id = {number}" for number in range(2 * MAX_ENTRIES - 1, MAX_ENTRIES - 1, -1)]
    assert History(tmp_path / "filters").entries == newest
    assert len((tmp_path / "filters").read_text().splitlines()) <= 6 * MAX_ENTRIES


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"3\n[]\nnull\n", b"\x00" * 100, b'"half'])
def test_a_broken_history_is_no_error(tmp_path, content):
    (tmp_path / "filters").write_bytes(content)
    history = History(tmp_path / "filters")
    assert history.entries == []
    history.add("failed")
    assert history.entries == ["failed"]


def test_a_history_that_cannot_be_written_lasts_for_the_session(tmp_path):
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "filters")
    history.add("failed")
    assert history.entries == ["failed"]


def test_two_programs_share_a_history(tmp_path):
    def work(name):
        history = History(tmp_path / "filters")
        for number in range(50):
            history.add(f"{name} = {number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in ("id", "fd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in (tmp_path / "filters").read_text().splitlines()]
    assert len(lines) == len(set(lines)) == 100
