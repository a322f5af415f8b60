"""Compressed traces, and what a killed writer left: made readable in a copy that goes away again."""

from __future__ import annotations

import bz2
import gzip
import importlib
import json
import lzma
import os
import shutil
import sqlite3
import stat
import sys
import threading
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from support import boot, write_trace
from tracetui.cli import main
from tracetui.trace import Cancelled, Trace, TraceError, compressed, copies, locate, open_source
from tracetui.trace.connection import connect
from tracetui.trace.errors import HotJournal, NotADatabase
from tracetui.trace.recovery import recover

MAGIC = bytes.fromhex("d9d505f920a163d7")


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A temporary folder of the test's own; it must be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(copies.tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def killed(path: Path) -> Path:
    """A database of 304 events whose writer was killed while it changed them all."""
    made = write_trace(path.with_name(f"made-{path.name}"), boot(50))
    with closing(sqlite3.connect(made, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE syscall SET name = 'sys_lost', arg0_repr = hex(randomblob(900))")
        shutil.copy(made, path)
        shutil.copy(f"{made}-journal", f"{path}-journal")
    return path


def names(path):
    with Trace(path) as trace:
        return [record.name for record in trace.records()]


def compress_zstd(data):
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").compress(data)
    return importlib.import_module("zstandard").ZstdCompressor().compress(data)


COMPRESS = {"xz": (".xz", lzma.compress), "gzip": (".gz", gzip.compress), "bzip2": (".bz2", bz2.compress),
            "zstd": (".zst", compress_zstd)}  # fmt: skip


@pytest.fixture(params=COMPRESS)
def packed(request, tmp_path):
    """A compressed trace, and how it is compressed."""
    suffix, compress = COMPRESS[request.param]
    path = tmp_path / f"plugins.db{suffix}"
    path.write_bytes(compress(write_trace(tmp_path / "made.db", boot(50)).read_bytes()))
    return path, request.param


def test_a_plain_trace_is_opened_where_it_is(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with open_source(path) as source:
        assert (source.path, source.sentence, source.is_copy) == (path, None, False)
    assert path.exists()


def test_a_compressed_trace_is_unpacked_in_private(packed, temporary):
    path, kind = packed
    seen = []
    with open_source(path, lambda *progress: seen.append(progress)) as source:
        assert source.path.name == "plugins.db"
        assert kind in source.sentence
        assert stat.S_IMODE(source.path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(source.path.stat().st_mode) == 0o600
        assert len(names(source.path)) == 304
    size = path.stat().st_size
    assert seen
    assert all(0 < done <= total == size for done, total in seen)
    source.close()


def test_the_content_counts_and_not_the_name(packed):
    path, _ = packed
    renamed = path.rename(path.with_name("trace"))
    with open_source(renamed) as source:
        assert len(names(source.path)) == 304


def test_a_folder_may_hold_a_compressed_trace(packed, monkeypatch):
    path, _ = packed
    run = path.parent / "project" / "results" / "3"
    run.mkdir(parents=True)
    moved = path.rename(run / path.name)
    assert locate(run) == locate(run.parent) == moved
    (run / "plugins.db").touch()
    assert locate(run) == run / "plugins.db"


@pytest.mark.parametrize("packed", sorted(COMPRESS.keys() - {"zstd"}), indirect=True)
def test_a_broken_compressed_trace_says_so(packed):
    path, _ = packed
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(TraceError, match="is damaged"):
        open_source(path)


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_compressed_file_that_is_no_trace(tmp_path, kind):
    suffix, compress = COMPRESS[kind]
    path = tmp_path / f"strace.log{suffix}"
    path.write_bytes(compress(b"openat(AT_FDCWD, 1)\n" * 1000))
    with pytest.raises(NotADatabase, match="not a SQLite database"):
        open_source(path)


@pytest.mark.parametrize("statement", [None, "CREATE TABLE urls (url)"])
def test_what_is_wrong_with_a_copy_is_said_of_the_file(tmp_path, capsys, statement):
    made, path = tmp_path / "made.db", tmp_path / "t.db.gz"
    made.touch()
    if statement:
        with closing(sqlite3.connect(made)) as connection:
            connection.execute(statement)
    path.write_bytes(gzip.compress(made.read_bytes()))
    assert main(["info", str(path)]) == 3
    assert capsys.readouterr().err.splitlines()[1].startswith(f"tracetui: {path} is ")


@pytest.mark.parametrize("kind", COMPRESS)
def test_gigabytes_of_something_else_are_not_unpacked(tmp_path, monkeypatch, kind):
    """A small file may hold them; the first bytes tell that it is no trace."""
    suffix, compress = COMPRESS[kind]
    path = tmp_path / f"zeros{suffix}"
    path.write_bytes(compress(bytes(8 << 20)))
    read = []
    monkeypatch.setattr(copies, "_require_room", lambda folder, size: read.append(size))
    with pytest.raises(NotADatabase):
        open_source(path)
    assert read == []


def test_an_endless_stream_of_something_else_is_not_kept(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused = []

    def write():
        with pipe.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(7))
            except BrokenPipeError as error:
                refused.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(NotADatabase):
        open_source(pipe)
    writer.join(10)
    assert refused


def test_copying_can_be_cancelled(packed):
    path, _ = packed
    with pytest.raises(Cancelled):
        open_source(path, cancelled=lambda: True)


def test_a_full_disk_is_said_before_it_is_full(packed, monkeypatch):
    path, _ = packed
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(copies.shutil, "disk_usage", lambda folder: usage(0, 0, copies.RESERVE))
    with pytest.raises(TraceError, match="no room"):
        open_source(path)


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    path = tmp_path / "t.db.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(1000))

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(compressed.importlib, "import_module", missing)
    with pytest.raises(TraceError, match="package zstandard") as caught:
        open_source(path)
    assert "zstd -dk" in caught.value.hint


def test_no_temporary_folder(packed, monkeypatch):
    path, _ = packed
    monkeypatch.setattr(copies.tempfile, "tempdir", str(path.parent / "gone"))
    with pytest.raises(TraceError, match="no temporary folder"):
        open_source(path)


def test_a_killed_writers_transaction_is_undone_in_a_copy(tmp_path):
    path = killed(tmp_path / "plugins.db")
    before = path.read_bytes(), Path(f"{path}-journal").read_bytes()
    with pytest.raises(HotJournal):
        connect(path)
    seen = []
    with open_source(path, lambda *progress: seen.append(progress)) as source:
        assert "killed in the middle of a flush" in source.sentence
        found = names(source.path)
        assert stat.S_IMODE(source.path.parent.stat().st_mode) == 0o700
    assert found == names(tmp_path / "made-plugins.db")
    assert "sys_lost" not in found
    assert (path.read_bytes(), Path(f"{path}-journal").read_bytes()) == before
    assert seen[-1] == (len(before[0]) + len(before[1]),) * 2


def test_a_sound_trace_is_read_where_it_is(tmp_path):
    path = write_trace(tmp_path / "t.db", boot())
    with open_source(path) as source:
        assert source.path == path
    with pytest.raises(TraceError, match="does not exist"):
        open_source(tmp_path / "none.db")


def test_a_journal_that_names_a_file_does_not_have_it_deleted(tmp_path):
    """SQLite deletes the super-journal that a journal names: with a made-up journal, any file of the user."""
    path = killed(tmp_path / "plugins.db")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    name = os.fsencode(victim)
    with Path(f"{path}-journal").open("ab") as journal:
        journal.write(bytes(4) + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + MAGIC)
    with pytest.raises(TraceError, match="larger transaction"):
        recover(path)
    assert victim.exists()


def test_a_trace_that_is_being_written_is_not_recovered(tmp_path):
    path = killed(tmp_path / "plugins.db")

    def write(done, total):
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(TraceError, match="something is writing it"):
        recover(path, write)


def test_the_commands_read_what_has_to_be_copied(tmp_path, capsys):
    path = tmp_path / "plugins.db.xz"
    path.write_bytes(lzma.compress(write_trace(tmp_path / "made.db", boot()).read_bytes()))
    assert main(["info", str(path), "--format", "json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["events"] == 10
    assert shown.err == f"tracetui: {path}: decompressed (xz) to a temporary copy\n"
    assert main(["query", str(path), "-o", str(path)]) == 2
    assert "is the trace itself" in capsys.readouterr().err
    left = killed(tmp_path / "left.db")
    assert main(["info", str(left)]) == 0
    assert "is undone in a temporary copy" in capsys.readouterr().err


def write_ahead(path: Path) -> Path:
    """A trace of 10 events that keeps a write-ahead log, closed in order."""
    with closing(sqlite3.connect(write_trace(path, boot()))) as writer:
        writer.execute("PRAGMA journal_mode = wal")
    return path


def test_a_trace_with_an_unused_log_is_read_and_nothing_is_left_beside_it(tmp_path):
    path = write_ahead(tmp_path / "t.db")
    with open_source(path) as source, Trace(source.path) as trace:
        assert not source.is_copy
        assert trace.count() == 10
    assert [file.name for file in tmp_path.glob("t.db*")] == ["t.db"]


@pytest.mark.parametrize("versions", [b"\1\1", b"\1\2", b"\2\1", b"\2\2"])
@pytest.mark.parametrize("log", [None, b"", b"garbage" * 1000])
def test_whatever_the_first_page_says_of_a_log_nothing_is_left_beside(tmp_path, versions, log):
    """SQLite goes by the second number and by the file beside."""
    path = write_trace(tmp_path / "t.db", boot())
    data = path.read_bytes()
    path.write_bytes(data[:18] + versions + data[20:])
    if log is not None:
        Path(f"{path}-wal").write_bytes(log)
    before = {file.name: file.read_bytes() for file in tmp_path.glob("t.db*")}
    with open_source(path) as source, Trace(source.path) as trace:
        assert trace.count() == 10
    assert {file.name: file.read_bytes() for file in tmp_path.glob("t.db*")} == before


def test_a_live_log_is_read_where_it_is(tmp_path):
    path = write_ahead(tmp_path / "t.db")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO event VALUES (11, 'x', 'y', 0)")
        writer.commit()
        with open_source(path) as source, Trace(source.path) as trace:
            assert not source.is_copy
            assert trace.count() == 11


def left_behind(tmp_path: Path, *suffixes: str) -> Path:
    """A trace of 11 events, one of them in the log alone, with those of its files that a killed writer left."""
    path = write_ahead(tmp_path / "t.db")
    left = tmp_path / "left.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO event VALUES (11, 'x', 'y', 0)")
        writer.commit()
        for suffix in ("", *suffixes):
            shutil.copy(f"{path}{suffix}", f"{left}{suffix}")
    return left


def test_a_log_that_a_killed_writer_left_is_read_and_not_mended(tmp_path):
    left = left_behind(tmp_path, "-wal", "-shm")
    before = {file.name: file.read_bytes() for file in tmp_path.glob("left.db*")}
    with open_source(left) as source, Trace(source.path) as trace:
        assert not source.is_copy
        assert trace.count() == 11
    assert {file.name: file.read_bytes() for file in tmp_path.glob("left.db*")} == before


def test_a_log_left_behind_is_applied_in_a_copy(tmp_path):
    left = left_behind(tmp_path, "-wal")
    before = Path(f"{left}-wal").read_bytes()
    with open_source(left) as source, Trace(source.path) as trace:
        assert "write-ahead log is applied" in source.sentence
        assert trace.count() == 11
    assert sorted(file.name for file in tmp_path.glob("left.db*")) == ["left.db", "left.db-wal"]
    assert Path(f"{left}-wal").read_bytes() == before
