"""An index that was kept is used for the very state of the file that it was made of, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filter_random import trace

from support import append, boot, run_sql, write_trace
from tracetui.analysis.index import ColumnIndex, cache_folder, load, save
from tracetui.analysis.index import store as store_module
from tracetui.trace import Trace


def keep(path: Path) -> ColumnIndex:
    """Build the index of ``path`` and keep it."""
    index = ColumnIndex()
    index.wants_paths = True
    with Trace.open(path) as opened:
        for _ in index.steps(opened):
            pass
        assert save(index, opened, least=1)
    return index


def loaded(path: Path) -> ColumnIndex | None:
    with Trace.open(path) as opened:
        return load(opened)


def told(index: ColumnIndex) -> list[object]:
    """Ids and values of all events."""
    contents = index.contents
    return [
        (block.ids.tolist(), [[contents.dictionaries[name].entries[code] for code in codes] for name, codes in sorted(block.codes.items())])
        for block in contents.blocks
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_it_comes_back_as_it_was(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed:
        monkeypatch.setattr("tracetui.analysis.index.contents.SIZE", 16)
    path = trace(tmp_path / "t.db", seed, 100)
    run_sql(path, "DELETE FROM event WHERE id % 9 = 0")
    index = keep(path)
    found = loaded(path)
    assert found is not None
    assert told(found) == told(index)
    assert found.progress == 1
    assert found.contents.paths_to == index.contents.paths_to == index.ready_to
    for name, total in index.contents.totals.items():
        assert found.contents.totals[name].tolist() == total.tolist()
        assert found.group_count("procname") == index.group_count("procname")


def test_it_is_kept_in_the_cache_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    path = write_trace(tmp_path / "here" / "t.db", boot(5))
    keep(path)
    assert os.listdir(path.parent) == ["t.db"]
    assert len(list(cache_folder().iterdir())) == 1


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    keep(path)
    with Trace.open(path) as opened:
        found = load(opened)
        assert found is not None
        last = append(path, boot(5))
        for _ in found.steps(opened):
            pass
        assert found.events == found.ready_to == last


CHANGES = {
    "grown": lambda path: append(path, boot(1)),
    "changed in place": lambda path: run_sql(path, "UPDATE event SET procname = 'other' WHERE id = 3"),
    "a new table": lambda path: run_sql(path, "CREATE TABLE odd (id INTEGER PRIMARY KEY, what VARCHAR)"),
    "touched": lambda path: os.utime(path, ns=(1, 1)),
    "shorter": lambda path: run_sql(path, "DELETE FROM event WHERE id > 10"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_not_used_for_another_state_of_the_file(tmp_path: Path, change: str) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    keep(path)
    CHANGES[change](path)
    assert loaded(path) is None


def test_content_is_looked_at_too(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    keep(path)
    before = path.stat()
    content = path.read_bytes()
    assert content.count(b"httpd")
    path.write_bytes(content.replace(b"httpd", b"other"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
    assert loaded(path) is None


def test_a_damaged_one_is_as_good_as_none(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    keep(path)
    (kept,) = cache_folder().iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", b"no index", whole[: len(whole) // 2], whole.replace(b"httpd", b"other")):
        kept.write_bytes(damaged)
        assert loaded(path) is None
        assert not kept.exists()


def test_a_part_of_a_trace_is_not_kept(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    with Trace.open(path) as opened:
        index = ColumnIndex()
        assert not save(index, opened, least=0)
        for _ in index.steps(opened):
            pass
        assert not save(index, opened), "few events"
        append(path, boot(1))
        assert not save(index, opened, least=0)
    assert not cache_folder().exists()


def test_the_oldest_goes_when_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_FILES", 2)
    paths = [write_trace(tmp_path / f"{number}.db", boot(1)) for number in range(3)]
    for number, path in enumerate(paths):
        keep(path)
        for kept in cache_folder().iterdir():
            os.utime(kept, ns=(number, min(number, kept.stat().st_mtime_ns)))
    assert [loaded(path) is not None for path in paths].count(True) == 2


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "t.db", boot(5))
    cache_folder().parent.parent.mkdir(parents=True)
    cache_folder().parent.write_text("a file in the place of the folder")
    with Trace.open(path) as opened:
        index = ColumnIndex()
        for _ in index.steps(opened):
            pass
        assert not save(index, opened, least=1)
        assert load(opened) is None
